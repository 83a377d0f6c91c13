"""The technical part of a token's score, 0-333 (TOK-20..28): curve 83 + market cap 100 + trading health 75 + sell-off 75.

Two numbers of the source cannot hold (defect 29, D-61) and are chosen anew; its own are the preset CLASSIC.

Velocity. The source's best zone, 0.5-2 % an hour, needs 50-200 hours to graduate. Measured on 1,676 recorded round trips
of labelled wallets whose token's age at the entry is known (velocity = progress / age): 30-300 % an hour 30 of 80 won,
median -9 %; slower 2 of 50, -29 %; faster 342 of 1,546, -20 %. Within: 30-50 4 of 9, 50-200 18 of 51, 200-300 8 of 20,
300-500 2 of 36. All zones of the source times 100 fit this, so that is our choice. The wallets were chosen by others and the
band in the middle is small: it is a zone that can be argued for, not an edge.

Market cap. The zones are those that the curve's own arithmetic gives at the bounds of the progress zones, in SOL: best at
45-55 % = 62.8-79.4 SOL, falling to both sides. CLASSIC has the source's dollar zones at 200 dollars a SOL. The source names
the zones and the most points; the points at their bounds are ours, with straight lines between.

Curve zone. 45-55 % stays the best (D-62). The same trips by progress: below 30 % 98 of 604 won, 30-45 61 of 247, 45-55 39 of
157, 55-85 165 of 606, above 11 of 62. What follows 55 % was no worse: HOLD_TO_GRADUATION keeps high points up to 85 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

import msgspec

from remora.formulas import curve
from remora.formulas.ranges import Range, known, step, step_down, total, unknown
from remora.model.units import LAMPORTS_PER_SOL

PART_MAX: Final = 333.0
CURVE_MAX: Final = 83.0
VELOCITY_MAX: Final = 33.0
CONSISTENCY_MAX: Final = 12.5
CAP_MAX: Final = 100.0
CAP_BONUS_MAX: Final = 40.0
HEALTH_MAX: Final = 75.0
SELL_OFF_MAX: Final = 75.0
SELL_OFF_MIN: Final = -60.0
STEPS_LEAST: Final = 3
"""Fewer 5-minute steps say nothing about consistency."""
ALERT_CHANGE: Final = 10.0
"""TOK-28: a change of the score worth an alert."""
HEALTH_WEIGHTS: Final = (1.0, 0.7, 0.4, 0.2)
"""TOK-25: of what was traded in the last 5, 15, 30 and 60 minutes."""
RECOVERY_WEIGHTS: Final = (1.5, 1.0, 0.5, 0.5)
"""TOK-27, the same spans."""
_ENDLESS: Final = 1e9
"""The ratio of buys to no sells."""


def cap_at(progress: float) -> float:
    """SOL that the whole supply is worth at so many percent of the curve."""
    left = curve.INITIAL_VIRTUAL_TOKEN_ATOMS - round(curve.INITIAL_REAL_TOKEN_ATOMS * progress / 100)
    product = curve.INITIAL_VIRTUAL_LAMPORTS * curve.INITIAL_VIRTUAL_TOKEN_ATOMS
    return product * curve.SUPPLY_ATOMS / left / left / LAMPORTS_PER_SOL


_RISE = ((0.0, 0.0, 0.5), (5.0, 2.5, 0.75), (15.0, 10.0, 0.625))
_KNOTS = ((0, 15.0), (15, 30.0), (35, 45.0), (45, 60.0), (55, 60.0), (65, 45.0), (75, 30.0), (85, 15.0), (100, 5.0))


class TechnicalRules(msgspec.Struct, frozen=True):
    """Numbers of the part.

    position: TOK-21, (from percent, points there, points per percent). early: (below percent, factor). velocity: TOK-22,
    (below % an hour, points), 0 beyond; early_velocity as early. cap: TOK-24, (SOL, points) with straight lines between.
    cap_velocity: (below % an hour, points), `cap_velocity_other` beyond; not above 0 gives 0.
    """

    position: tuple[tuple[float, float, float], ...] = (
        *_RISE, (35.0, 22.5, 1.25), (45.0, 37.5, 0.0), (55.0, 37.5, -1.0), (65.0, 27.5, -1.5), (75.0, 12.5, -0.75),
        (85.0, 3.0, 0.0),
    )  # fmt: skip
    early: tuple[tuple[float, float], ...] = ((10.0, 0.3), (20.0, 0.6), (30.0, 0.85))
    velocity: tuple[tuple[float, float], ...] = ((30.0, 8.0), (50.0, 25.0), (200.0, 33.0), (300.0, 20.0), (500.0, 10.0))
    early_velocity: tuple[tuple[float, float], ...] = ((10.0, 0.5), (20.0, 0.75))
    cap: tuple[tuple[float, float], ...] = tuple((cap_at(progress), points) for progress, points in _KNOTS)
    cap_velocity: tuple[tuple[float, float], ...] = ((20.0, 10.0), (50.0, 25.0), (200.0, 40.0), (300.0, 25.0))
    cap_velocity_other: float = 10.0


RULES: Final = TechnicalRules()
CLASSIC: Final = TechnicalRules(
    velocity=((0.3, 8.0), (0.5, 25.0), (2.0, 33.0), (3.0, 20.0), (5.0, 10.0)),
    cap=((29.0, 15.0), (40.0, 30.0), (75.0, 45.0), (125.0, 60.0), (225.0, 60.0), (300.0, 45.0), (500.0, 15.0)),
    cap_velocity=((0.2, 10.0), (0.5, 25.0), (2.0, 40.0), (3.0, 25.0)),
)
"""The source's numbers; its caps of 8k, 15k, 25-45k, 60k and 100k dollars at 200 dollars a SOL (D-61)."""
HOLD_TO_GRADUATION: Final = TechnicalRules(
    position=(*_RISE, (35.0, 22.5, 3.0), (40.0, 37.5, 0.0), (60.0, 37.5, -0.5), (70.0, 32.5, 0.0), (85.0, 32.5, -1.5)),
)
"""D-62: best at 40-60 %, high until 85 %."""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What was traded 0-5, 5-15, 15-30 and 30-60 minutes ago, lamports; largest: one entity's share of all of it."""

    buys: tuple[int, int, int, int]
    sells: tuple[int, int, int, int]
    largest: float | None = None


class Fall(msgspec.Struct, frozen=True, kw_only=True):
    """How far the price lies below that of 5, 15 and 30 minutes ago (0..1, 0 where it rose), and the run of red minutes.

    event_minutes: age of a running sell-off, 0 without; event_drop: below the price at which that began.
    """

    drop_5m: float = 0.0
    drop_15m: float = 0.0
    drop_30m: float = 0.0
    red_minutes: int = 0
    event_minutes: float = 0.0
    event_drop: float = 0.0

    @property
    def drop(self) -> float:
        """The worst of all."""
        return max(self.drop_5m, self.drop_15m, self.drop_30m, self.event_drop)


class TokenState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token now; None is unknown. progress in percent, velocity in percent an hour.

    steps: change of progress in each of the last 5-minute spans. cap: lamports that the whole supply is worth.
    """

    progress: float | None = None
    velocity: float | None = None
    steps: tuple[float, ...] | None = None
    cap: int | None = None
    flow: Flow | None = None
    fall: Fall | None = None


class Technical(msgspec.Struct, frozen=True):
    """The part (0-333) and its four parts; selling_off: TOK-26, None unknown."""

    points: Range
    curve: Range
    market_cap: Range
    health: Range
    sell_off: Range
    selling_off: bool | None


def technical(state: TokenState, rules: TechnicalRules = RULES) -> Technical:
    """TOK-20. What is unknown makes its part a range."""
    parts = (curve_part(state, rules), cap_part(state, rules), health_part(state.flow), sell_off_part(state.fall, state.flow))
    selling = None if state.fall is None else selling_off(state.fall)
    return Technical(total(parts).clamped(0.0, PART_MAX), *parts, selling)


# --- curve ----------------------------------------------------------------------------------------------------------


def curve_part(state: TokenState, rules: TechnicalRules = RULES) -> Range:
    """TOK-21..23, at most 83."""
    if state.progress is None:
        return unknown(CURVE_MAX)
    speed = unknown(VELOCITY_MAX) if state.velocity is None else known(curve_velocity(state.velocity, state.progress, rules))
    return total((known(curve_position(state.progress, rules)), speed, consistency(state.steps)))


def curve_position(progress: float, rules: TechnicalRules = RULES) -> float:
    """TOK-21, 0-37.5."""
    start, points, slope = max(zone for zone in rules.position if zone[0] <= max(progress, 0.0))
    return (points + slope * (max(progress, 0.0) - start)) * step(progress, rules.early, 1.0)


def curve_velocity(velocity: float, progress: float, rules: TechnicalRules = RULES) -> float:
    """TOK-22, 0-33. No growth gives nothing."""
    return step(velocity, rules.velocity) * step(progress, rules.early_velocity, 1.0) if velocity > 0 else 0.0


def consistency(steps: Sequence[float] | None) -> Range:
    """TOK-23: 12.5 x (1 - coefficient of variation of the 5-minute steps); no growth gives 0, fewer than 3 are unknown."""
    if steps is None or len(steps) < STEPS_LEAST:
        return unknown(CONSISTENCY_MAX)
    mean = sum(steps) / len(steps)
    if mean <= 0:
        return known(0.0)
    deviation = sqrt(sum((part - mean) ** 2 for part in steps) / len(steps))
    return known(CONSISTENCY_MAX * max(0.0, 1 - deviation / mean))


# --- market cap -----------------------------------------------------------------------------------------------------


def cap_part(state: TokenState, rules: TechnicalRules = RULES) -> Range:
    """TOK-24, at most 100."""
    base = unknown(CAP_MAX - CAP_BONUS_MAX) if state.cap is None else known(cap_points(state.cap, rules))
    bonus = unknown(CAP_BONUS_MAX) if state.velocity is None else known(cap_bonus(state.velocity, rules))
    return total((base, bonus))


def cap_points(cap: int, rules: TechnicalRules = RULES) -> float:
    """TOK-24, 0-60, of a market cap in lamports."""
    sol = cap / LAMPORTS_PER_SOL
    before = rules.cap[0]
    for knot in rules.cap:
        if sol < knot[0]:
            share = (sol - before[0]) / (knot[0] - before[0]) if knot[0] > before[0] else 0.0
            return before[1] + share * (knot[1] - before[1])
        before = knot
    return before[1]


def cap_bonus(velocity: float, rules: TechnicalRules = RULES) -> float:
    """TOK-24, 0-40: how fast the curve fills, in percent an hour."""
    return step(velocity, rules.cap_velocity, rules.cap_velocity_other) if velocity > 0 else 0.0


# --- trading health -------------------------------------------------------------------------------------------------


def weighted_ratio(flow: Flow, weights: Sequence[float]) -> float:
    """Weighted buys / sells; without sells a very large number, without any trade 0."""
    bought, sold = (sum(part * w for part, w in zip(side, weights, strict=True)) for side in (flow.buys, flow.sells))
    return bought / sold if sold > 0 else _ENDLESS if bought > 0 else 0.0


def health_part(flow: Flow | None) -> Range:
    """TOK-25, at most 75: ratio 30 + volume trend 25 + no single hand 20. An hour without trades is no health: 0."""
    if flow is None:
        return unknown(HEALTH_MAX)
    if not any(flow.buys) and not any(flow.sells):
        return known(0.0)
    ratio = weighted_ratio(flow, HEALTH_WEIGHTS)
    points = 30.0 if ratio > 2 else 20.0 if ratio >= 1.5 else 10.0 if ratio >= 1 else 0.0
    last = flow.buys[0] + flow.sells[0]
    half_hour = sum(flow.buys[:3]) + sum(flow.sells[:3])
    trend = last * 6 / half_hour - 1 if half_hour else 0.0
    points += step_down(trend, ((0.5, 25.0), (0.2, 20.0), (0.0, 10.0)))
    if flow.largest is None:
        return Range(points, points + 20.0)
    return known(points + step(flow.largest, ((0.10, 20.0), (0.20, 15.0), (0.30, 10.0), (0.40, 5.0))))


# --- sell-off -------------------------------------------------------------------------------------------------------


class Event(msgspec.Struct, frozen=True):
    """A running sell-off: when it was noticed (nanoseconds) and the price it fell from."""

    at: int
    start_price: float


EVENT_NS: Final = 3_600_000_000_000
EVENT_RECOVERED: Final = 0.90
"""TOK-27: an event ends at 90 % of the start price or after 1 hour."""
PRESSURE: Final = ((0.05, 40.0), (0.10, 30.0), (0.20, 15.0))
RECOVERY: Final = ((3.0, 35.0), (2.0, 30.0), (1.5, 20.0), (1.2, 15.0), (1.0, 10.0), (0.8, 5.0), (0.5, 2.0))


def selling_off(fall: Fall) -> bool:
    """TOK-26."""
    steep = fall.drop_5m > 0.10 or fall.drop_15m > 0.15 or fall.drop_30m > 0.20
    return steep or fall.red_minutes >= 3 or fall.event_minutes > 0


def next_event(event: Event | None, fall: Fall, now: int, price: float) -> Event | None:
    """The event after a look at `now`: an old one goes on until it ends, a new one begins where TOK-26 says so."""
    if event is not None:
        return None if price >= EVENT_RECOVERED * event.start_price or now - event.at >= EVENT_NS else event
    return Event(now, price / (1 - min(fall.drop, 0.999))) if selling_off(fall) and fall.drop > 0 else None


def pressure(drop: float) -> float:
    """TOK-27: 40 / 30 / 15, then down to -20, -30 and -40. The drops at which are ours: 5, 10, 20, 30, 50 %."""
    if drop < PRESSURE[-1][0]:
        return step(drop, PRESSURE)
    if drop < 0.30:
        return 15.0 - 35.0 * (drop - 0.20) / 0.10
    return -30.0 if drop < 0.50 else -40.0


def sell_off_part(fall: Fall | None, flow: Flow | None) -> Range:
    """TOK-27, -60..75: pressure - min(20, minutes / 2) + recovery, + 5 without a red minute."""
    if fall is None:
        return unknown(SELL_OFF_MAX, SELL_OFF_MIN)
    base = pressure(fall.drop) - min(20.0, fall.event_minutes / 2) + (5.0 if fall.red_minutes == 0 else 0.0)
    if flow is None:
        return Range(base, base + RECOVERY[0][1]).clamped(SELL_OFF_MIN, SELL_OFF_MAX)
    back = step_down(weighted_ratio(flow, RECOVERY_WEIGHTS), RECOVERY)
    return known(base + back).clamped(SELL_OFF_MIN, SELL_OFF_MAX)


def refresh_seconds(move: float, *, selling: bool) -> float:
    """TOK-28: how often to look again; move: change of the price since the last look, 0..1."""
    return min(1.0 if selling else 5.0, step_down(abs(move), ((0.20, 0.5), (0.10, 1.0), (0.05, 2.0)), 5.0))


def at_once(*, largest_sale: int, sold_1m: int, bought_5m: int, sold_5m: int) -> bool:
    """TOK-28: a whale's dump > 5 SOL, selling > 10 SOL in a minute, or sales > 3 x purchases in 5 minutes. Lamports."""
    return largest_sale > 5 * LAMPORTS_PER_SOL or sold_1m > 10 * LAMPORTS_PER_SOL or sold_5m > 3 * bought_5m
