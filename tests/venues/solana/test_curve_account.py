"""BondingCurve accounts: states that are seen, not trades."""

from __future__ import annotations

import json
from struct import pack

import msgspec
import pytest

from remora.formulas import curve
from remora.model.errors import Reason
from remora.model.facts import Observation
from remora.ports import Context
from remora.venues.solana import base58, curve_account
from remora.venues.solana.fields import Malformed
from remora.venues.solana.kinds import CURVE_ACCOUNTS
from shared_data import shared
from solana_cases import KEYS, record

HEAD = curve_account.DISCRIMINATOR + pack("<QQQQQB", 5, 6, 7, 8, 9, 1)


def test_the_recorded_accounts() -> None:
    rows = json.loads(shared("solana/streams/bonding_curve_accounts.json").read_text())
    decoder = CURVE_ACCOUNTS.open(Context())
    assert len(rows) == 17
    for row in rows:
        (one,) = decoder.decode(record(row)).facts
        assert isinstance(one, Observation)
        assert (one.kind, one.market, one.asset, one.happened_at) == ("curve_account", row["pubkey"], None, None)
        state = msgspec.json.decode(one.data, type=curve_account.CurveAccount)
        assert state.lamports == row["lamports"]
        assert state.supply_atoms == curve.SUPPLY_ATOMS
        assert state.complete is curve.is_complete(state.real_token_atoms)
        if state.mayhem is False and state.quote == "SOL" and not state.complete:  # a migrated curve is empty
            assert state.virtual_quote_atoms - state.real_quote_atoms == curve.INITIAL_VIRTUAL_LAMPORTS
            assert state.virtual_token_atoms - state.real_token_atoms == 279_900_000_000_000


def test_fields_that_an_older_account_lacks() -> None:
    old = curve_account.parse(HEAD)
    assert (old.creator, old.mayhem, old.cashback, old.quote, old.complete) == (None, None, None, "SOL", True)
    later = curve_account.parse(HEAD + KEYS[0] + b"\1\0" + KEYS[1] + bytes(99))
    assert (later.creator, later.mayhem, later.cashback) == (base58.key_text(KEYS[0]), True, False)
    assert later.quote == base58.key_text(KEYS[1])


@pytest.mark.parametrize("data", [b"", b"12345678" + bytes(99), HEAD[:40], HEAD[:48] + b"\7"])
def test_foreign_and_short_data_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        curve_account.parse(data)


def test_rows_that_are_none() -> None:
    decoder = CURVE_ACCOUNTS.open(Context())
    for row, reason in (
        ({"pubkey": base58.key_text(KEYS[0]), "data_b64": "!!"}, Reason.BAD_ENCODING),
        ({"pubkey": "x", "data_b64": ""}, Reason.BAD_ADDRESS),
        ([], Reason.WRONG_TYPE),
    ):
        assert decoder.decode(record(row)).undecodable[0].reason is reason
