"""The holder part of a token's score, 0-333 (TOK-30..37): distribution 111 + quality 111 + activity 111; its risk (U-24).

Holders are entities that hold the token now, without the curve, pools, programmes and other infrastructure (TOK-35).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Final

import msgspec

from remora.formulas.ranges import Range, known, step, step_down, total, unknown
from remora.model.units import LAMPORTS_PER_SOL

PART_MAX: Final = 333.0
THIRD: Final = 111.0
AGE_BOUNDS: Final = (7.0, 30.0, 90.0, 180.0)
"""TOK-34: buckets of wallet ages, days."""
BALANCE_BOUNDS: Final = (0.0001, 0.001, 0.01, 0.05)
"""TOK-34: buckets of balances, shares of the supply."""
RISK_WEIGHTS: Final = {"concentration": 0.25, "bots": 0.20, "rug": 0.25, "wash": 0.10, "liquidity": 0.10, "volatility": 0.10}
"""U-07."""


class HolderRules(msgspec.Struct, frozen=True):
    """Numbers of the part. from_progress, to_progress: outside this percentage of the curve nothing is said (None: always)."""

    gini: tuple[tuple[float, float], ...] = ((0.3, 40.0), (0.5, 30.0), (0.7, 20.0), (0.8, 10.0))
    top: tuple[tuple[float, float], ...] = ((0.05, 40.0), (0.10, 30.0), (0.15, 20.0), (0.20, 10.0))
    bots: tuple[tuple[float, float], ...] = ((0.10, 40.0), (0.20, 30.0), (0.30, 20.0), (0.40, 10.0))
    age_days: tuple[tuple[float, float], ...] = ((90.0, 31.0), (60.0, 25.0), (30.0, 20.0), (14.0, 15.0), (7.0, 10.0))
    age_other: float = 5.0
    least_holders: int = 5
    from_progress: float | None = None
    to_progress: float | None = None


RULES: Final = HolderRules()
CLASSIC: Final = HolderRules(from_progress=10.0, to_progress=50.0)
"""TOK-35 as the source has it: it looks only between 10 and 50 %, to save calls. Here looking costs nothing."""


class Holders(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token's holders; None is unknown. Shares are 0..1; of the supply only where named so.

    top_share: largest holder, of the supply. smart_share: holders of at least 700 points, of the number of holders.
    mean_age_days: days since a wallet was first seen; age_is_least: wallets may be older than our record of them.
    active_share: seen in the last 24 hours. growth: TOK-34's organic growth. velocity: TOK-34's.
    """

    holders: int
    gini: float
    top_share: float | None = None
    bot_share: float | None = None
    smart_share: float | None = None
    mean_age_days: float | None = None
    age_is_least: bool = False
    active_share: float | None = None
    growth: Range | None = None
    velocity: float | None = None


class HolderPart(msgspec.Struct, frozen=True):
    """The part (0-333) and its thirds."""

    points: Range
    distribution: Range
    quality: Range
    activity: Range


UNKNOWN: Final = HolderPart(unknown(PART_MAX), unknown(THIRD), unknown(THIRD), unknown(THIRD))


def holder_part(found: Holders | None, progress: float | None = None, rules: HolderRules = RULES) -> HolderPart:
    """TOK-30. None, fewer than 5 holders, or a progress outside the rules' bounds: unknown."""
    if found is None or found.holders < rules.least_holders or not _looked_at(progress, rules):
        return UNKNOWN
    parts = (distribution(found, rules), quality(found, rules), activity(found))
    return HolderPart(total(parts).clamped(0.0, PART_MAX), *parts)


def _looked_at(progress: float | None, rules: HolderRules) -> bool:
    if rules.from_progress is None or rules.to_progress is None:
        return True
    return progress is not None and rules.from_progress <= progress <= rules.to_progress


def distribution(found: Holders, rules: HolderRules = RULES) -> Range:
    """TOK-31: Gini 40 + largest holder 40 + a tenth of a point a holder, at most 31."""
    top = unknown(40.0) if found.top_share is None else known(step(found.top_share, rules.top))
    return total((known(step(found.gini, rules.gini)), top, known(min(found.holders / 10, 31.0))))


def quality(found: Holders, rules: HolderRules = RULES) -> Range:
    """TOK-32: few bots 40 + smart money 40 + age 31."""
    bots = unknown(40.0) if found.bot_share is None else known(step(found.bot_share, rules.bots))
    smart = unknown(40.0) if found.smart_share is None else known(min(found.smart_share * 400, 40.0))
    most = rules.age_days[0][1]
    age = unknown(most, rules.age_other)
    if found.mean_age_days is not None:
        least = step_down(found.mean_age_days, rules.age_days, rules.age_other)
        age = Range(least, most if found.age_is_least else least)
    return total((bots, smart, age))


def activity(found: Holders) -> Range:
    """TOK-33: active in 24 hours 40 + organic growth 40 + velocity 31."""
    active = unknown(40.0) if found.active_share is None else known(min(found.active_share * 50, 40.0))
    growth = unknown(40.0) if found.growth is None else found.growth.times(40.0)
    velocity = unknown(31.0) if found.velocity is None else known(found.velocity * 31)
    return total((active, growth, velocity))


def gini(balances: Sequence[int]) -> float:
    """Gini index of balances: 0 when all are equal, towards 1 when one has all; 0 without any."""
    ordered = sorted(balances)
    whole = sum(ordered)
    if whole <= 0:
        return 0.0
    ranked = sum(place * balance for place, balance in enumerate(ordered, 1))
    return 2 * ranked / (len(ordered) * whole) - (len(ordered) + 1) / len(ordered)


def spread(values: Sequence[float], bounds: Sequence[float]) -> float:
    """Shannon entropy of the values' buckets divided by that of equal buckets: 0 in one bucket .. 1 evenly in all."""
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[sum(value >= bound for bound in bounds)] += 1
    return evenness(counts)


def evenness(counts: Sequence[int]) -> float:
    """As `spread`, of the numbers in each bucket."""
    number = sum(counts)
    if number == 0 or len(counts) < 2:
        return 0.0
    return -sum(count / number * log(count / number) for count in counts if count) / log(len(counts))


def organic_growth(ages: float, balances: float, suspicion: float | None) -> Range:
    """TOK-34: half the entropy of ages + half that of balances - 0.3 x suspicion (share of suspicious holders), 0..1."""
    base = (ages + balances) / 2
    low, high = (1.0, 0.0) if suspicion is None else (suspicion, suspicion)
    return Range(base - 0.3 * low, base - 0.3 * high).clamped(0.0, 1.0)


def holder_velocity(days_since: float, transactions: int) -> float:
    """TOK-34 of one holder: 0.7 x recency within 30 days + 0.3 x min(1, transactions / 100); a token's is the mean."""
    return 0.7 * max(0.0, 1 - days_since / 30) + 0.3 * min(1.0, transactions / 100)


# --- risk -----------------------------------------------------------------------------------------------------------


class RiskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What U-24 needs; None is unknown. Shares of the number of holders, 0..1, but top_share of the supply.

    same_count_share: largest share with one and the same number of transactions above 10. same_hour_share: first seen in
    one hour. balanced_share: more than 5 purchases and sales that differ by less than 2. mean_sells: a holder, 24 hours.
    """

    holders: int
    gini: float
    top_share: float | None = None
    bot_share: float | None = None
    young_share: float | None = None
    same_count_share: float = 0.0
    same_hour_share: float = 0.0
    balanced_share: float = 0.0
    seller_share: float = 0.0
    mean_sells: float = 0.0


class TokenRisk(msgspec.Struct, frozen=True):
    """U-24: overall 0-100 and its parts, each 0-100."""

    overall: Range
    parts: dict[str, Range]


def token_risk(facts: RiskFacts) -> TokenRisk:
    """U-24 with U-07's weights."""
    uneven = step_down(facts.gini, ((0.9, 100.0), (0.8, 80.0), (0.7, 60.0), (0.6, 40.0)), 40 * facts.gini)
    tops = (0.0, 1.0) if facts.top_share is None else (facts.top_share, facts.top_share)
    young = (0.0, 1.0) if facts.young_share is None else (facts.young_share, facts.young_share)
    rug = Range(*(200 * top + 100 * part + 50 * facts.gini for top, part in zip(tops, young, strict=True)))
    wash = 20.0 * (facts.same_count_share > 0.10) + 30.0 * (facts.same_hour_share > 0.20) + 30.0 * (facts.balanced_share > 0.30)
    parts = {
        "concentration": known(uneven),
        "bots": unknown(100.0) if facts.bot_share is None else known(200 * facts.bot_share),
        "rug": rug,
        "wash": known(wash),
        "liquidity": known(step(facts.holders, ((10, 90.0), (50, 70.0), (100, 50.0), (500, 30.0)), 10.0)),
        "volatility": known(50 * facts.seller_share + min(50.0, 5 * facts.mean_sells)),
    }
    parts = {name: part.clamped(0.0, 100.0) for name, part in parts.items()}
    return TokenRisk(total(part.times(RISK_WEIGHTS[name]) for name, part in parts.items()), parts)


def alerts(found: Holders, points: Range, risk: Range) -> list[tuple[str, str]]:
    """TOK-36: (severity, what), of what is certain."""
    rules = (
        ("critical", "gini", found.gini > 0.9), ("critical", "bots", (found.bot_share or 0.0) > 0.5),
        ("critical", "risk", risk.low > 80), ("warning", "top_holder", (found.top_share or 0.0) > 0.20),
        ("warning", "young_wallets", not found.age_is_least and found.mean_age_days is not None and found.mean_age_days < 7),
        ("positive", "smart_money", (found.smart_share or 0.0) > 0.10), ("positive", "score", points.low > 250),
    )  # fmt: skip
    return [(severity, what) for severity, what, holds in rules if holds]


# --- quick score ----------------------------------------------------------------------------------------------------

DEEP_ABOVE: Final = 35.0
DEEP_BUY: Final = 3 * LAMPORTS_PER_SOL


def quick_score(*, buyers: int, largest_buy: int, bought: int, sold: int) -> float:
    """TOK-37, 0-50, from own records only: buyers, largest purchase and buy ratio. Lamports. The bounds count."""
    ratio = bought / sold if sold > 0 else float("inf") if bought > 0 else 0.0
    crowd = 15.0 if buyers >= 10 else 10.0 if buyers >= 5 else 5.0 if buyers >= 2 else 0.0
    sol = largest_buy / LAMPORTS_PER_SOL
    size = 15.0 if sol >= 2 else 10.0 if sol >= 1 else 5.0 if sol >= 0.5 else 0.0
    return crowd + size + (20.0 if ratio >= 2 else 15.0 if ratio >= 1.5 else 10.0 if ratio >= 1 else 0.0)


def look_deeper(score: float, largest_buy: int) -> bool:
    """TOK-37: a quick score above 35, or a purchase of more than 3 SOL."""
    return score > DEEP_ABOVE or largest_buy > DEEP_BUY
