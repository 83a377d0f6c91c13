"""What a market pays, by evidence that settles it; closed is not resolved.

Accepted: exact prices 1 and 0 of a closed market, exact halves of one whose oracle says resolved, winner flags of the
CLOB, payouts of the chain or of a resolutions answer, `market_resolved` of the market channel. Never accepted: a
larger price, the last trade, somebody's own column of results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import gcd
from typing import Final

from remora.model import ids
from remora.model.errors import Ignored, Reason
from remora.model.facts import Resolution
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.exports import market_surrogate
from remora.venues.polymarket.fills import VENUE

SOURCE: Final = "polymarket.resolution"
_HALVES: Final = (Decimal("0.5"), Decimal("0.5"))
_WORDS: Final = {"YES": (1, 0), "NO": (0, 1)}


def resolution(
    market: str,
    payouts: tuple[int, ...],
    record: Record,
    *,
    evidence: str,
    happened_at: int | None = None,
    outcomes: tuple[str, ...] = (),
    token_ids: tuple[str, ...] = (),
) -> Resolution:
    """The fact of a payout vector, reduced to lowest terms ((5, 5) is (1, 1) / 2). Refuses vectors that pay nothing."""
    divisor = gcd(*payouts)
    if divisor == 0:
        raise wire.Refused(Reason.OUT_OF_RANGE, "no outcome is paid", "payouts")
    numerators = tuple(value // divisor for value in payouts)
    denominator = sum(numerators)
    if denominator > 2**62:
        raise wire.Refused(Reason.OUT_OF_RANGE, "payouts beyond 64 bits", "payouts")
    parts = (market, *numerators, "of", *outcomes, "for", *token_ids, evidence, happened_at)
    return Resolution(
        id=ids.by_content(VENUE, "resolution", parts, 0),
        source=SOURCE,
        happened_at=happened_at,
        seen_at=record.seen_at,
        market=market,
        payout_numerators=numerators,
        payout_denominator=denominator,
        outcomes=outcomes,
        token_ids=token_ids,
        evidence=evidence,
    )


def payouts_of_prices(prices: Sequence[Decimal], *, closed: bool, oracle: str) -> tuple[int, int] | None:
    """The payouts that final prices settle, else None.

    closed, two outcomes, exactly 1 and 0, and an oracle status that is absent or `resolved` (not proposed or
    disputed); or exactly 0.5 and 0.5 with the status `resolved`.
    """
    if not closed or len(prices) != 2 or oracle not in ("", "resolved"):
        return None
    if set(prices) == {Decimal(0), Decimal(1)}:
        return int(prices[0]), int(prices[1])
    if tuple(prices) == _HALVES and oracle == "resolved":
        return 1, 1
    return None


class ResolutionMapDecoder:
    """Maps of resolutions: {"resolutions": [{condition_id, resolved_outcome, payout_yes, payout_no, ...}]}.

    Also rows of the Data API's /v2/resolutions that carry their payouts as a list.
    """

    def decode(self, record: Record) -> Decoded:
        """One resolution per row that has a result."""
        out = Decoded()
        for where, value in wire.each(record.value, "resolutions", "data"):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[wire.Item]:
        row = wire.row(value)
        market = wire.condition(row, "condition_id", "conditionId")
        happened_at = wire.when_or_none(row, "resolved_at", "resolvedAt")
        listed = wire.listed(row, "payout_numerators", "payouts")
        if listed:
            payouts = tuple(wire.as_number(item, 0, "payouts") for item in listed)
            yield resolution(market, payouts, record, evidence="resolutions", happened_at=happened_at)
            return
        word = wire.text_or(row, "", "resolved_outcome").strip().upper()
        if not word:
            yield Ignored(reason=Reason.NO_FACTS, detail="no result is given: not resolved", where="resolved_outcome")
            return
        told = tuple(wire.number(row, 0, name) for name in ("payout_yes", "payout_no"))
        if word not in _WORDS:
            raise wire.Refused(Reason.UNKNOWN_VALUE, f"a result {wire.shown(word)} is not known here", "resolved_outcome")
        if told != _WORDS[word]:
            raise wire.Refused(Reason.CONTRADICTION, f"{word} with payouts {told[0]}/{told[1]}", "resolved_outcome")
        yield resolution(market, told, record, evidence="resolutions", happened_at=happened_at, outcomes=("Yes", "No"))


class ResultsTableDecoder:
    """A CSV of short markets with their winners: slug, outcomes and prices separated by `|`. Names no condition id."""

    def decode(self, record: Record) -> Decoded:
        """The resolution of one row, when its closed market, its prices and its winner agree."""
        out = Decoded()
        wire.collect(self._facts(record), out)
        return out

    def _facts(self, record: Record) -> Iterator[wire.Item]:
        row = wire.row(record.value)
        slug = wire.text(row, "slug")
        outcomes = tuple(wire.text(row, "outcomes").split("|"))
        prices = [wire.as_decimal(price, "outcomePrices") for price in wire.text(row, "outcomePrices").split("|")]
        payouts = payouts_of_prices(prices, closed=wire.boolean(row, "closed"), oracle="")
        winner = wire.text_or(row, "", "winner")
        if payouts is None:
            yield Ignored(reason=Reason.NO_FACTS, detail="not closed at prices 1 and 0: not resolved", where="outcomePrices")
            return
        if len(outcomes) != 2 or outcomes[payouts.index(1)] != winner:
            raise wire.Refused(Reason.CONTRADICTION, f"the winner {wire.shown(winner)} is not the outcome at 1", "winner")
        yield resolution(
            market_surrogate(slug),
            payouts,
            record,
            evidence="prices",
            happened_at=wire.when_or_none(row, "closedTime"),
            outcomes=outcomes,
            token_ids=tuple(ids.surrogate_asset(slug, outcome) for outcome in outcomes),
        )
