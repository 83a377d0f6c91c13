"""Records that lack size, side or identity: kept as observations with the reason, never booked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from remora.model import ids
from remora.model.facts import Fact, Observation
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.fills import VENUE
from remora.venues.polymarket.multiplicity import Occurrences


class Seen(NamedTuple):
    """What an observation tells beside the raw fields."""

    reason: str
    happened_at: int | None = None
    wallet: str | None = None
    asset: str | None = None
    market: str | None = None


def observation(row: wire.Row, kind: str, seen: Seen, record: Record, occurrences: Occurrences | None = None) -> Observation:
    """The observation fact of a row; equal rows of one instant are told apart only where `occurrences` counts them."""
    data = wire.as_json(row)
    parts = (kind, seen.happened_at, seen.wallet, seen.asset, seen.market, data)
    occurrence = 0 if occurrences is None else occurrences.of(seen.happened_at, parts)
    return Observation(
        id=ids.by_content(VENUE, "observation", parts, occurrence),
        source=f"polymarket.{kind}",
        happened_at=seen.happened_at,
        seen_at=record.seen_at,
        venue=VENUE,
        kind=kind,
        reason=seen.reason,
        wallet=seen.wallet,
        asset=seen.asset,
        market=seen.market,
        data=data,
    )


class ObservationDecoder:
    """Every row of a file becomes one observation, read by a function from row to `Seen`."""

    def __init__(self, kind: str, read: Callable[[wire.Row], Seen], envelopes: tuple[str, ...] = ()) -> None:
        self._kind = kind
        self._read = read
        self._envelopes = envelopes
        self._occurrences = Occurrences()

    def decode(self, record: Record) -> Decoded:
        """One observation per row."""
        out = Decoded()
        for where, value in wire.each(record.value, *self._envelopes):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[Fact]:
        row = wire.row(value)
        yield observation(row, self._kind, self._read(row), record, self._occurrences)


def position(row: wire.Row) -> Seen:
    """A Data API position: a snapshot of one moment, which holds the losers nobody redeemed and not the winners."""
    return Seen(
        reason="a snapshot of a position, not what happened: profit comes from trades and resolutions",
        wallet=wire.wallet(row, "proxyWallet", "proxy_wallet"),
        asset=wire.token(row, "asset", "token_id"),
        market=wire.condition(row, "conditionId", "condition_id"),
    )


def stream_trade(row: wire.Row) -> Seen:
    """A row of the platform-wide stream: wallet, market slug, size and price, but neither side nor outcome."""
    wire.tx_hash(row, "tx_hash")
    return Seen(
        reason="the feed tells neither side nor outcome",
        happened_at=wire.when(row, "timestamp"),
        wallet=wire.wallet(row, "wallet"),
        market=None if wire.find(row, "market") is None else f"slug:{wire.text(row, 'market')}",
    )


def whale_signal(row: wire.Row) -> Seen:
    """A scored whale signal: it tells the market and the side, but not of which outcome."""
    return Seen(
        reason="the signal tells no outcome",
        happened_at=wire.when(row, "timestamp"),
        wallet=wire.wallet(row, "wallet"),
        market=wire.condition(row, "condition_id"),
    )


def whale_trade(row: wire.Row) -> Seen:
    """A large trade as a scanner published it: dollars and a rounded price, but neither size nor side."""
    wire.tx_hash(row, "tx")
    return Seen(
        reason="the row tells neither size nor side",
        happened_at=wire.when(row, "timestamp"),
        wallet=wire.wallet(row, "wallet"),
        market=wire.condition_or_none(row, "conditionId"),
    )
