"""Pump's TradeEvent in every length it ever had (129 to 373 bytes and more): the hottest decoder of this venue.

Prefix reading: the fields that are present are read, later ones are ignored, no exact length is demanded.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from remora.model.errors import Reason
from remora.model.facts import Fact, Reserves, Side, Trade
from remora.model.units import INT64_MAX
from remora.venues.solana import attribution
from remora.venues.solana.base58 import key_text
from remora.venues.solana.events import Event
from remora.venues.solana.fields import Malformed
from remora.venues.solana.programs import MAYHEM_AGENT, PUMP, bonding_curve, quote_name
from remora.venues.solana.transaction import Transaction

WHERE: Final = "pump.TradeEvent"
# mint, SOL, tokens, side, user, time, virtual SOL, virtual tokens | real SOL, real tokens
_HEAD: Final = Struct("<8x32sqqB32sqqq")
_REAL: Final = Struct("<qq")
# fee recipient, bps, fee | creator, bps, creator fee
_FEE: Final = Struct("<40xq")
_LENGTH: Final = Struct("<I")
_CASHBACK: Final = Struct("<8xq")
# quote mint, quote amount, virtual and real quote reserves
_QUOTE: Final = Struct("<32sqqq")
_NO_MINT: Final = bytes(32)
_AT_REAL, _AT_FEE, _AT_CREATOR_FEE, _AT_TRACK, _AT_NAME = 113, 129, 177, 225, 258
_FEE_COMPUTED: Final = ("fee_computed",)
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800  # as units.checked_instant: 2000 to 2100
_ID_TAIL: Final = f":{PUMP}:e"


def decode(tx: Transaction, event: Event, facts: list[Fact]) -> None:
    """Append the event's Trade and the curve's Reserves. Raises Malformed."""
    data = event.data
    size = len(data)
    if size < _AT_REAL:
        raise Malformed(Reason.TRUNCATED, f"{size} bytes, at least {_AT_REAL} expected", WHERE)
    mint, sol, tokens, is_buy, user, seconds, virtual_sol, virtual_tokens = _HEAD.unpack_from(data)
    real_sol, real_tokens = _REAL.unpack_from(data, _AT_REAL) if size >= _AT_FEE else (None, None)
    if (sol | tokens | virtual_sol | virtual_tokens | (real_sol or 0) | (real_tokens or 0)) < 0:
        raise Malformed(Reason.OUT_OF_RANGE, "an amount does not fit 64 signed bits", WHERE)
    if is_buy > 1 or not _EARLIEST <= seconds <= _LATEST:
        raise _refused(is_buy, seconds)
    flags: tuple[str, ...] = ()
    quote = "SOL"
    if size >= _AT_CREATOR_FEE:
        fee, paired = _fees(data, size)
        if paired is not None:
            quote, sol, virtual_sol, real_sol = paired
    else:
        fee = -(-sol // 100)  # 1 % rounded up: the fee of the time when the event did not say it
        flags = _FEE_COMPUTED
    asset = key_text(mint)
    wallet = key_text(user)
    if wallet == MAYHEM_AGENT:
        flags += ("mayhem",)
    elif tx.complete:
        wallet, more = attribution.trader(tx, wallet, asset, tokens)
        flags += more
    market = bonding_curve(asset)
    side: Side = "buy" if is_buy else "sell"
    signature, source, slot, tx_index, seen_at = tx.signature, tx.source, tx.slot, tx.tx_index, tx.seen_at
    happened_at, ordinal = seconds * 1_000_000_000, event.ordinal
    name = f"solana:{signature}{_ID_TAIL}{event.n}"  # as ids.solana_event, written out for speed
    facts.append(
        Trade(
            id=name, source=source, happened_at=happened_at, seen_at=seen_at, venue="solana", tx=signature, slot=slot,
            tx_index=tx_index, ordinal=ordinal, wallet=wallet, asset=asset, side=side, quantity_atoms=tokens, quote=quote,
            quote_atoms=sol, venue_fee_quote_atoms=fee, market=market, program=PUMP, flags=flags,
        )
    )  # fmt: skip
    facts.append(
        Reserves(
            id=name + ":r", source=source, happened_at=happened_at, seen_at=seen_at, venue="solana", tx=signature, slot=slot,
            tx_index=tx_index, ordinal=ordinal, market=market, asset=asset, side=side, quantity_atoms=tokens, quote_atoms=sol,
            virtual_quote_atoms=virtual_sol, virtual_token_atoms=virtual_tokens, real_quote_atoms=real_sol,
            real_token_atoms=real_tokens, flags=flags,
        )
    )  # fmt: skip


def _refused(is_buy: int, seconds: int) -> Malformed:
    if is_buy > 1:
        return Malformed(Reason.UNKNOWN_VALUE, f"side is neither 0 nor 1 but {is_buy}", WHERE)
    return Malformed(Reason.BAD_TIME, f"{seconds} s is not between 2000 and 2100", WHERE)


def _fees(data: bytes, size: int) -> tuple[int, tuple[str, int, int, int] | None]:
    """Fee, creator fee and cashback together; and for coins not paired with SOL (quote, amount, virtual, real reserves)."""
    fee: int = _FEE.unpack_from(data, _AT_FEE)[0]
    paired = None
    if size >= _AT_TRACK:
        fee += _FEE.unpack_from(data, _AT_CREATOR_FEE)[0]
    if size > _AT_NAME:
        cashback, tail = _tail(data, size)
        fee += cashback
        if tail is not None and tail[0] != _NO_MINT:
            paired = (quote_name(key_text(tail[0])), tail[1], tail[2], tail[3])
    if not 0 <= fee <= INT64_MAX:
        raise Malformed(Reason.OUT_OF_RANGE, "a fee does not fit 64 signed bits", WHERE)
    return fee, paired


def _tail(data: bytes, size: int) -> tuple[int, tuple[bytes, int, int, int] | None]:
    """Cashback, and (quote mint, quote amount, virtual, real quote reserves) where the event is new enough."""
    if size < _AT_NAME + 4:
        raise Malformed(Reason.TRUNCATED, f"{size} bytes end inside the instruction's name", WHERE)
    at = _AT_NAME + 4 + _LENGTH.unpack_from(data, _AT_NAME)[0] + 1  # the name, the Mayhem byte
    if size < at - 1:
        raise Malformed(Reason.TRUNCATED, f"{size} bytes end inside the instruction's name", WHERE)
    if size < at + 16:
        return 0, None
    cashback: int = _CASHBACK.unpack_from(data, at)[0]
    at += 32  # cashback bps and amount, buyback bps and fee
    if size < at + 4:
        return cashback, None
    at += 4 + 34 * _LENGTH.unpack_from(data, at)[0]  # shareholders: (key, bps)
    if size < at + _QUOTE.size:
        return cashback, None
    quote: tuple[bytes, int, int, int] = _QUOTE.unpack_from(data, at)
    if (quote[1] | quote[2] | quote[3]) < 0:
        raise Malformed(Reason.OUT_OF_RANGE, "a quote amount does not fit 64 signed bits", WHERE)
    return cashback, quote
