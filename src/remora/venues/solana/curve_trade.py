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
from remora.venues.solana.fields import Malformed
from remora.venues.solana.programs import MAYHEM_AGENT, PUMP, bonding_curve, quote_name
from remora.venues.solana.transaction import Transaction

WHERE: Final = "pump.TradeEvent"
# Bound methods: this runs for every trade of the stream.
# mint, SOL, tokens, side, user, time, virtual SOL, virtual tokens | real SOL, real tokens
_head: Final = Struct("<8x32sqqB32sqqq").unpack_from
_real: Final = Struct("<qq").unpack_from
# fee recipient, bps, fee | creator, bps, creator fee | volume counters | length of the instruction's name
_fee: Final = Struct("<40xq").unpack_from
_both_fees: Final = Struct("<40xq40xq").unpack_from
_fees_and_name: Final = Struct("<40xq40xq33xI").unpack_from
# cashback bps and amount | buyback bps and fee, number of shareholders
_cashback: Final = Struct("<8xq").unpack_from
_cashback_and_shareholders: Final = Struct("<8xq16xI").unpack_from
# quote mint, quote amount, virtual and real quote reserves
_quote: Final = Struct("<32sqqq").unpack_from
_QUOTE_SIZE, _SHAREHOLDER_SIZE = 56, 34
_NO_MINT: Final = bytes(32)
_AT_REAL, _AT_FEE, _AT_CREATOR_FEE, _AT_TRACK, _AT_NAME = 113, 129, 177, 225, 258
_FEE_COMPUTED: Final = ("fee_computed",)
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800  # as units.checked_instant: 2000 to 2100
_ID_TAIL: Final = f":{PUMP}:e"


def decode(tx: Transaction, data: bytes, n: int, ordinal: int, facts: list[Fact]) -> None:
    """Append the Trade and the curve's Reserves that the n-th event tells. Raises Malformed."""
    size = len(data)
    if size < _AT_REAL:
        raise Malformed(Reason.TRUNCATED, f"{size} bytes, at least {_AT_REAL} expected", WHERE)
    mint, sol, tokens, is_buy, user, seconds, virtual_sol, virtual_tokens = _head(data)
    real_sol, real_tokens = _real(data, _AT_REAL) if size >= _AT_FEE else (None, None)
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
        fee = sol // 100  # 1 % rounded down, as recorded transactions of the time when the event did not say it show
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
    happened_at = seconds * 1_000_000_000
    name = f"solana:{signature}{_ID_TAIL}{n}"  # as ids.solana_event, written out for speed
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
    """Fee, creator fee and cashback together; and (quote, amount, virtual, real reserves) of coins not paired with SOL."""
    if size <= _AT_NAME:
        return _fees_before_names(data, size), None
    if size < _AT_NAME + 4:
        raise Malformed(Reason.TRUNCATED, f"{size} bytes end inside the instruction's name", WHERE)
    fee, creator_fee, length = _fees_and_name(data, _AT_FEE)
    at = _AT_NAME + 5 + length  # its length, the name, the Mayhem byte
    cashback, paired = 0, None
    if size >= at + 36:
        cashback, shareholders = _cashback_and_shareholders(data, at)
        at += 36 + _SHAREHOLDER_SIZE * shareholders
        if size >= at + _QUOTE_SIZE and data[at : at + 32] != _NO_MINT:
            paired = _paired(data, at)
    elif size < at - 1:
        raise Malformed(Reason.TRUNCATED, f"{size} bytes end inside the instruction's name", WHERE)
    elif size >= at + 16:
        (cashback,) = _cashback(data, at)
    fee += creator_fee + cashback
    if fee > INT64_MAX or (creator_fee | cashback) < 0 or fee < 0:
        raise Malformed(Reason.OUT_OF_RANGE, "a fee does not fit 64 signed bits", WHERE)
    return fee, paired


def _fees_before_names(data: bytes, size: int) -> int:
    """Fee, and the creator's where the event has it: events of 177 to 258 bytes."""
    fee, creator_fee = _both_fees(data, _AT_FEE) if size >= _AT_TRACK else (*_fee(data, _AT_FEE), 0)
    total: int = fee + creator_fee
    if total > INT64_MAX or (fee | creator_fee) < 0:
        raise Malformed(Reason.OUT_OF_RANGE, "a fee does not fit 64 signed bits", WHERE)
    return total


def _paired(data: bytes, at: int) -> tuple[str, int, int, int]:
    """Quote, amount, virtual and real quote reserves of a coin that is not paired with SOL."""
    mint, amount, virtual, real = _quote(data, at)
    if (amount | virtual | real) < 0:
        raise Malformed(Reason.OUT_OF_RANGE, "a quote amount does not fit 64 signed bits", WHERE)
    return quote_name(key_text(mint)), amount, virtual, real
