"""Gamma's markets and events, and the CLOB's market answers: what a condition is called, holds and pays.

Gamma writes outcomes, prices and token ids as JSON texts inside JSON. No current market has a category: it comes from
the tags of its event. Every accepted form ends in the same two facts, `Market` and, by careful evidence, `Resolution`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from remora.model import ids, units
from remora.model.errors import Ignored, Reason
from remora.model.facts import Market
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.categories import tags_of
from remora.venues.polymarket.fills import VENUE
from remora.venues.polymarket.resolutions import payouts_of_prices, resolution

SOURCE: Final = "polymarket.gamma"
CLOB_SOURCE: Final = "polymarket.clob"
_FEE_SCALE: Final = 6
_MOST_OUTCOMES: Final = 256


class Event(NamedTuple):
    """What a market's event adds to it."""

    slug: str | None = None
    tags: tuple[Any, ...] = ()


class GammaDecoder:
    """Markets and events of Gamma: one answer, a page, a list, a search answer, or rows reshaped by others."""

    def decode(self, record: Record) -> Decoded:
        """All markets of one record and the resolutions they prove."""
        out = Decoded()
        single = isinstance(record.value, dict) and "conditionId" in record.value  # a market names its events inside
        for where, value in wire.each(record.value, *(() if single else ("markets", "events", "data"))):
            if isinstance(value, dict) and isinstance(value.get("markets"), list) and "conditionId" not in value:
                self._event(value, record, out, where)
            else:
                wire.collect(_market_facts(value, record, _event_above(record.value)), out, where)
        return out

    def _event(self, event: wire.Row, record: Record, out: Decoded, where: str) -> None:
        above = _event_above(event)
        for place, market in wire.each(event["markets"], "markets"):
            wire.collect(_market_facts(market, record, above), out, f"{where}{'.' if where else ''}markets{place}")


def _event_above(value: object) -> Event:
    """The event that an answer is, when it is one."""
    if not isinstance(value, dict) or not isinstance(value.get("markets"), list):
        return Event()
    slug = value.get("slug")
    tags = value.get("tags")
    return Event(slug if wire.has_text(slug) else None, tuple(tags) if isinstance(tags, list) else ())


def _market_facts(value: object, record: Record, above: Event) -> Iterator[wire.Item]:
    row = wire.row(value)
    outer = row
    if isinstance(row.get("raw"), dict):
        row = row["raw"]
        if wire.condition(row, "conditionId") != wire.condition(outer, "condition_id"):
            raise wire.Refused(Reason.CONTRADICTION, "the row and its raw answer name different conditions", "condition_id")
    market = market_of(row, record, above)
    yield market
    prices = [wire.as_decimal(price, "outcomePrices") for price in wire.listed(row, "outcomePrices")]
    payouts = payouts_of_prices(prices, closed=market.closed, oracle=wire.text_or(row, "", "umaResolutionStatus").lower())
    if payouts is None or len(market.outcomes) != 2:
        return
    yield resolution(
        market.market,
        payouts,
        record,
        evidence="prices",
        happened_at=market.closed_at,
        outcomes=market.outcomes,
        token_ids=market.token_ids,
    )


def market_of(row: wire.Row, record: Record, above: Event) -> Market:
    """The description of one Gamma market; refuses one without condition id or with tokens that do not fit its outcomes."""
    flags: list[str] = []
    outcomes = tuple(wire.as_text(item, "outcomes") for item in wire.listed(row, "outcomes"))
    token_ids = tuple(wire.as_token(item, "clobTokenIds") for item in wire.listed(row, "clobTokenIds"))
    condition = wire.condition(row, "conditionId")
    _check_outcomes(outcomes, token_ids, flags)
    inner = _inner_event(row)
    tags, category = tags_of(wire.listed(row, "tags") or above.tags or inner.tags)
    if category is None and not tags:
        category = wire.text_or(row, "", "category") or None
    closed_at = _time(row, flags, "closedTime")
    rate, exponent = _fees(row)
    return sealed(
        Market(
            id="",
            source=SOURCE,
            happened_at=_time(row, flags, "updatedAt"),
            seen_at=record.seen_at,
            market=condition,
            slug=wire.text_or(row, "", "slug"),
            question=wire.text_or(row, "", "question"),
            outcomes=outcomes,
            token_ids=token_ids,
            venue_market_id=None if wire.find(row, "id") is None else wire.name_text(row, "id"),
            event_slug=wire.text_or(row, "", "eventSlug") or above.slug or inner.slug,
            category=category,
            tags=tags,
            neg_risk=wire.boolean(row, "negRisk"),
            neg_risk_id=wire.condition_or_none(row, "negRiskMarketID"),
            tick_micro_usdc=_optional(row, "orderPriceMinTickSize"),
            min_size_atoms=_optional(row, "orderMinSize"),
            fee_rate_millionths=rate,
            fee_exponent=exponent,
            starts_at=_time(row, flags, "eventStartTime", "startDate"),
            ends_at=_time(row, flags, "endDate"),
            closed_at=closed_at,
            # rows reshaped by others leave `closed` out and keep only when the market closed
            closed=wire.boolean(row, "closed", default=closed_at is not None),
            active=wire.boolean(row, "active", default=True),
            flags=tuple(flags),
        )
    )


def sealed(market: Market) -> Market:
    """The market with its id: a digest of all it says, so that the same description is one fact whoever brings it."""
    said = tuple(getattr(market, name) for name in market.__struct_fields__ if name not in ("id", "source", "seen_at"))
    return msgspec.structs.replace(market, id=ids.by_content(VENUE, "market", said, 0))


def _check_outcomes(outcomes: tuple[str, ...], token_ids: tuple[str, ...], flags: list[str]) -> None:
    if len(outcomes) < 2 or len(outcomes) > _MOST_OUTCOMES:
        raise wire.Refused(Reason.OUT_OF_RANGE, f"{len(outcomes)} outcomes (2 to {_MOST_OUTCOMES} are a market)", "outcomes")
    if not token_ids:
        flags.append("no_token_ids")
    elif len(token_ids) != len(outcomes) or len(set(token_ids)) != len(token_ids):
        raise wire.Refused(
            Reason.CONTRADICTION, f"{len(token_ids)} token ids for {len(outcomes)} outcomes, or one twice", "clobTokenIds"
        )


def _inner_event(row: wire.Row) -> Event:
    """The first event inside a market answer."""
    events = row.get("events")
    if not isinstance(events, list) or not events or not isinstance(events[0], dict):
        return Event()
    slug, tags = events[0].get("slug"), events[0].get("tags")
    return Event(slug if wire.has_text(slug) else None, tuple(tags) if isinstance(tags, list) else ())


def _time(row: wire.Row, flags: list[str], *names: str) -> int | None:
    """An optional time. A date nobody can mean (year 2500) must not cost the market: it is left out and flagged."""
    try:
        return wire.when_or_none(row, *names)
    except wire.Refused:
        flags.append(f"bad_{names[0]}")
        return None


def _optional(row: wire.Row, name: str) -> int | None:
    """An optional amount in millionths."""
    return None if wire.find(row, name) is None else wire.number(row, units.USDC_DECIMALS, name)


def _fees(row: wire.Row) -> tuple[int | None, int | None]:
    """Rate in millionths and exponent of the market's own schedule; (0, None) where fees are off, (None, None) unknown."""
    schedule = row.get("feeSchedule")
    if isinstance(schedule, dict):
        exponent = None if wire.find(schedule, "exponent") is None else wire.number(schedule, 0, "exponent")
        return wire.number(schedule, _FEE_SCALE, "rate"), exponent
    return (0, None) if row.get("feesEnabled") is False else (None, None)


class ClobMarketDecoder:
    """Market answers of the CLOB: tokens with winner flags."""

    def decode(self, record: Record) -> Decoded:
        """The market of each answer, and its resolution when one flag names the winner."""
        out = Decoded()
        for where, value in wire.each(record.value, "data"):
            wire.collect(self._facts(value, record), out, where)
        return out

    def _facts(self, value: object, record: Record) -> Iterator[wire.Item]:
        row = wire.row(value)
        tokens = [wire.row(item) for item in wire.listed(row, "tokens")]
        market = self._market(row, tokens, record)
        yield market
        if not market.closed:
            return
        winners = tuple(int(wire.boolean(item, "winner")) for item in tokens)
        if wire.boolean(row, "is_50_50_outcome") and len(tokens) == 2:
            winners = (1, 1)
        elif sum(winners) > 1:
            raise wire.Refused(Reason.CONTRADICTION, "several outcomes carry the winner flag", "tokens")
        if any(winners):
            yield resolution(
                market.market, winners, record, evidence="winner_flag", outcomes=market.outcomes, token_ids=market.token_ids
            )

    def _market(self, row: wire.Row, tokens: list[wire.Row], record: Record) -> Market:
        flags: list[str] = []
        outcomes = tuple(wire.text(item, "outcome") for item in tokens)
        token_ids = tuple(wire.token(item, "token_id") for item in tokens)
        _check_outcomes(outcomes, token_ids, flags)
        tags, category = tags_of(wire.listed(row, "tags"))
        return sealed(
            Market(
                id="",
                source=CLOB_SOURCE,
                seen_at=record.seen_at,
                market=wire.condition(row, "condition_id"),
                slug=wire.text_or(row, "", "market_slug"),
                question=wire.text_or(row, "", "question"),
                outcomes=outcomes,
                token_ids=token_ids,
                category=category,
                tags=tags,
                neg_risk=wire.boolean(row, "neg_risk"),
                neg_risk_id=wire.condition_or_none(row, "neg_risk_market_id"),
                tick_micro_usdc=_optional(row, "minimum_tick_size"),
                min_size_atoms=_optional(row, "minimum_order_size"),
                ends_at=_time(row, flags, "end_date_iso"),
                closed=wire.boolean(row, "closed"),
                active=wire.boolean(row, "active", default=True),
                flags=tuple(flags),
            )
        )


class TokenMappingsDecoder:
    """Rows that map a token to an outcome's index. A wrong index (82: a place inside a JSON text) refuses the row."""

    def decode(self, record: Record) -> Decoded:
        """Nothing can be booked from a mapping: refused rows are told, right ones are left alone."""
        out = Decoded()
        for where, value in wire.each(record.value):
            wire.collect(self._facts(value), out, where)
        return out

    def _facts(self, value: object) -> Iterator[wire.Item]:
        row = wire.row(value)
        wire.condition(row, "condition_id")
        wire.token(row, "token_id")
        index = wire.decimal(row, "outcome_index")
        if index not in (Decimal(0), Decimal(1)):
            raise wire.Refused(
                Reason.OUT_OF_RANGE,
                f"outcome {wire.shown(index)} of a market with two: an index into a JSON text, not into its list",
                "outcome_index",
            )
        yield Ignored(reason=Reason.NO_FACTS, detail="one token of a market without its outcomes: ask Gamma for the market")
