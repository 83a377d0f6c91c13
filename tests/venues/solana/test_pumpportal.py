"""PumpPortal: what its frames say, and how far they may be believed."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from remora.model.errors import Reason
from remora.model.facts import Graduation, Launch, Trade
from remora.ports import Context, Decoded, Record
from remora.venues.solana.kinds import PUMPPORTAL
from remora.venues.solana.programs import PUMPSWAP
from solana_cases import SIGNATURE, log_frames, portal_frames, record

MINT = "9BRWMMdgx2NcLBb2Tagh7UgR9rSVgpEMh8L8CQvmpump"
WALLET = "6Q9413Rt2YTH2rKCjVueFwnxM4Ri472EmrgRPDzMyxxf"
HEARD = 1_783_089_923_000_000_000


def read(frame: Any) -> Decoded:
    return PUMPPORTAL.open(Context()).decode(Record(value=frame, seen_at=HEARD))


def frame(**changes: Any) -> dict[str, Any]:
    base = {
        "signature": SIGNATURE, "mint": MINT, "traderPublicKey": WALLET, "txType": "buy", "tokenAmount": Decimal("1000.5"),
        "solAmount": Decimal("0.25"), "pool": "pump",
    }  # fmt: skip
    return base | changes


def test_the_recorded_session() -> None:
    decoder = PUMPPORTAL.open(Context())
    kinds: Counter[str] = Counter()
    for one in portal_frames():
        found = decoder.decode(record(one))
        kinds.update(type(fact).__name__ for fact in found.facts)
        kinds.update(item.reason.value for item in [*found.ignored, *found.undecodable])
        raw = json.loads(one["raw"], parse_float=Decimal)
        for fact in found.facts:
            assert fact.seen_at == fact.happened_at is not None
            if isinstance(fact, Trade):
                assert (fact.exact, fact.side, fact.quote) == (False, "buy", "SOL")
                assert set(fact.flags) == {"time_assumed", "fee_unknown"}
                assert abs(Decimal(fact.quantity_atoms) / 10**6 - raw["initialBuy"]) <= Decimal("0.0000005")
                assert abs(Decimal(fact.quote_atoms) / 10**9 - raw["solAmount"]) <= Decimal("0.0000000005")
    assert kinds == {"Launch": 124, "Trade": 109, "Graduation": 6, "acknowledgement": 3, "contradiction": 7}


def test_a_trade_is_matched_within_its_last_digit() -> None:
    (one,) = read(frame()).facts
    assert isinstance(one, Trade)
    assert (one.quantity_atoms, one.quantity_step_atoms) == (1_000_500_000, 100_000)
    assert (one.quote_atoms, one.quote_step_atoms) == (250_000_000, 10_000_000)
    assert (one.wallet, one.asset, one.tx, one.happened_at) == (WALLET, MINT, SIGNATURE, HEARD)
    (same,) = read(frame()).facts
    assert same == one


def test_a_sale_and_float_noise() -> None:
    (one,) = read(frame(txType="sell", tokenAmount=Decimal("32425292.22108698"), solAmount=1)).facts
    assert isinstance(one, Trade)
    assert (one.side, one.quantity_atoms, one.quantity_step_atoms) == ("sell", 32_425_292_221_087, 1)
    assert (one.quote_atoms, one.quote_step_atoms) == (10**9, 10**9)


def test_a_creation_without_a_buy_is_only_a_launch() -> None:
    created = frame(txType="create", initialBuy=0, solAmount=0, name="<b>", symbol="\u202e", is_mayhem_mode=True)
    (one,) = read(created).facts
    assert isinstance(one, Launch)
    assert (one.name, one.symbol, one.flags) == ("<b>", "\u202e", ("time_assumed", "mayhem_coin"))


def test_a_migration() -> None:
    (one,) = read({"signature": SIGNATURE, "mint": MINT, "txType": "migrate", "pool": "pump-amm"}).facts
    assert isinstance(one, Graduation)
    assert (one.stage, one.asset, one.destination) == ("migrated", MINT, PUMPSWAP)


@pytest.mark.parametrize(
    ("changes", "reason", "where"),
    [
        ({"solAmount": Decimal("1e30")}, Reason.OUT_OF_RANGE, "solAmount"),
        ({"solAmount": Decimal("NaN")}, Reason.BAD_NUMBER, "solAmount"),
        ({"solAmount": float("inf")}, Reason.BAD_NUMBER, "solAmount"),
        ({"tokenAmount": -1}, Reason.BAD_NUMBER, "tokenAmount"),
        ({"tokenAmount": "5"}, Reason.WRONG_TYPE, "tokenAmount"),
        ({"tokenAmount": True}, Reason.WRONG_TYPE, "tokenAmount"),
        ({"tokenAmount": None}, Reason.MISSING_FIELD, "tokenAmount"),
        ({"mint": "0x12"}, Reason.BAD_ADDRESS, "mint"),
        ({"signature": ""}, Reason.BAD_ADDRESS, "signature"),
        ({"txType": "burn"}, Reason.UNKNOWN_VALUE, "txType"),
        ({"txType": None}, Reason.MISSING_FIELD, "txType"),
        ({"pool": 7}, Reason.WRONG_TYPE, "pool"),
    ],
)
def test_wrong_values_are_refused_by_field(changes: dict[str, Any], reason: Reason, where: str) -> None:
    found = read(frame(**changes))
    assert found.facts == []
    (problem,) = found.undecodable
    assert (problem.reason, problem.where) == (reason, where)


def test_errors_of_the_feed_are_acknowledgements() -> None:
    assert read({"errors": "no key"}).ignored[0].reason is Reason.ACKNOWLEDGEMENT
    assert read({}).undecodable[0].reason is Reason.MISSING_FIELD


def test_a_foreign_feed_is_not_its_own() -> None:
    for one in log_frames():
        assert not PUMPPORTAL.open(Context()).decode(record(one)).facts
