"""The data of a BondingCurve account: reserves, completion, creator. Fields were added at the end; the size says nothing."""

from __future__ import annotations

import binascii
from typing import Final

import msgspec

from remora.model import ids
from remora.model.errors import Reason
from remora.model.facts import Observation
from remora.venues.solana import fields
from remora.venues.solana.borsh import Reader
from remora.venues.solana.fields import Malformed
from remora.venues.solana.programs import quote_name

SOURCE: Final = "solana.curve_accounts"
DISCRIMINATOR: Final = bytes.fromhex("17b7f83760d8ac60")
_WHERE: Final = "BondingCurve"


class CurveAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A curve's state: reserves in atoms of token and quote; fields younger than the account are None."""

    virtual_token_atoms: int
    virtual_quote_atoms: int
    real_token_atoms: int
    real_quote_atoms: int
    supply_atoms: int
    complete: bool
    creator: str | None = None
    mayhem: bool | None = None
    cashback: bool | None = None
    quote: str = "SOL"
    lamports: int | None = None
    slot: int | None = None


def parse(data: bytes, *, lamports: int | None = None, slot: int | None = None) -> CurveAccount:
    """The account's state. Raises Malformed for foreign or short data."""
    if data[:8] != DISCRIMINATOR:
        raise Malformed(Reason.FOREIGN, f"account data begin with {data[:8].hex() or 'nothing'}", _WHERE)
    reader = Reader(data, _WHERE)
    virtual_token, virtual_quote, real_token, real_quote, supply = [reader.u64() for _ in range(5)]
    complete = reader.flag()
    size = len(data)
    return CurveAccount(
        virtual_token_atoms=virtual_token,
        virtual_quote_atoms=virtual_quote,
        real_token_atoms=real_token,
        real_quote_atoms=real_quote,
        supply_atoms=supply,
        complete=complete,
        creator=reader.key() if size >= 81 else None,
        mayhem=reader.flag() if size >= 82 else None,
        cashback=reader.flag() if size >= 83 else None,
        quote=quote_name(reader.key()) if size >= 115 else "SOL",
        lamports=lamports,
        slot=slot,
    )


def observation(curve: str, state: CurveAccount, *, source: str, seen_at: int | None) -> Observation:
    """The state as an observation: the account tells neither its coin nor when it became so."""
    content = msgspec.json.encode(state).decode()
    return Observation(
        id=ids.by_content(ids.SOLANA, "curve_account", (curve, content), 0),
        source=source,
        seen_at=seen_at,
        venue=ids.SOLANA,
        kind="curve_account",
        reason="a state without a move: the account names no coin, wallet or amount",
        market=curve,
        data=content,
    )


def of_row(row: object, seen_at: int | None) -> Observation:
    """One recorded row {"pubkey", "data_b64", "lamports"}. Raises Malformed."""
    entry = fields.mapping(row, "account")
    curve = fields.address(entry.get("pubkey"), "pubkey")
    try:
        data = binascii.a2b_base64(fields.text(entry.get("data_b64"), "data_b64"), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(Reason.BAD_ENCODING, f"not base64: {error}", "data_b64") from error
    lamports = entry.get("lamports")
    held = None if lamports is None else fields.integer(lamports, "lamports")
    return observation(curve, parse(data, lamports=held), source=SOURCE, seen_at=seen_at)
