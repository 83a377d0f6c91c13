"""The wallet part of a token's score, 0-333: who of the smart wallets bought, how good they are, how much they paid in.

Count (U-01) + quality (U-02, D-12) + investment (U-03), minus a penalty for clusters, times the market's adjustment
(U-14), clamped. A cluster is one entity and counts once. What its members paid in can be read in two ways: as the best
member's money or as all of it. The entity is given whichever makes the points lower, so neither copying a buyer nor
splitting one over wallets of its own cluster ever raises the points. (No formula with D-12's weights can leave them
*unchanged* in both cases: ten members with 10 SOL each are ten copies of a 10 SOL buyer and also a split 100 SOL buyer.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from remora.formulas.ranges import Range
from remora.model.units import LAMPORTS_PER_SOL, MICRO_PER_USDC

PART_MAX: Final = 333.0
COUNT_MAX: Final = 100.0
QUALITY_MAX: Final = 133.0
INVESTMENT_MAX: Final = 100.0
SCORE_MAX: Final = 1000.0


class WalletRules(msgspec.Struct, frozen=True):
    """Numbers of the wallet part. Money in base units."""

    smart_score: float = 700.0
    """D-03: at least this many points make a buyer smart."""
    points_each: float = 20.0
    """U-01: per entity, up to COUNT_MAX."""
    weight_lamports: int = 50 * LAMPORTS_PER_SOL
    """D-12: more SOL than this does not weigh more."""
    profit_unit: int = 1000 * MICRO_PER_USDC
    profit_least: float = 0.05
    profit_most: float = 10.0
    """D-12: clamp(profit / 1000, 0.05, 10)."""
    investment: tuple[tuple[int, float], ...] = (
        (10 * LAMPORTS_PER_SOL, 0.0), (50 * LAMPORTS_PER_SOL, 25.0), (100 * LAMPORTS_PER_SOL, 50.0),
        (250 * LAMPORTS_PER_SOL, 75.0),
    )  # fmt: skip
    """U-03: (below so many lamports, points); beyond the last INVESTMENT_MAX."""
    excluded_confidence: float = 0.8
    """U-15: members of clusters as sure as this do not count, whitelisted ones do."""
    penalty_share: float = 0.7
    """D-11, U-14: the most of PART_MAX that the penalty takes."""
    adjustment_least: float = 0.8
    adjustment_most: float = 1.2
    """U-14: bounds of the market's adjustment."""
    suspicious_share: float = 0.5
    """U-14: more clustered money than this makes a signal suspicious."""


RULES: Final = WalletRules()


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """A smart wallet that bought the token: one per wallet, all its purchases joined.

    entity: the cluster's name, or the wallet's own. lamports: what it paid. profit: all its profit in micro-dollars, None
    where nothing is known. reputation 0-100. cluster_confidence 0: in no cluster. cluster_risk 0..1, None unknown.
    """

    wallet: str
    entity: str
    score: float
    lamports: int
    profit: int | None = None
    reputation: float = 50.0
    cluster_confidence: float = 0.0
    cluster_risk: float | None = 0.0
    whitelisted: bool = False
    bot_network: bool = False


class WalletPart(msgspec.Struct, frozen=True, kw_only=True):
    """The part with what it is made of. points: 0-333, a range where the penalty is unknown. lamports: of all that count."""

    points: Range
    count: float
    quality: float
    investment: float
    penalty: Range
    adjustment: float
    entities: int
    excluded: int
    lamports: int
    clustered_share: float
    suspicious: bool


NO_BUYERS: Final = WalletPart(
    points=Range(0.0, 0.0), count=0.0, quality=0.0, investment=0.0, penalty=Range(0.0, 0.0), adjustment=1.0, entities=0,
    excluded=0, lamports=0, clustered_share=0.0, suspicious=False,
)  # fmt: skip


def cluster_status(buyer: Buyer, rules: WalletRules = RULES) -> str:
    """U-15: 'none', 'member' (counts, once per cluster) or 'excluded'."""
    if buyer.cluster_confidence <= 0:
        return "none"
    return "excluded" if buyer.cluster_confidence >= rules.excluded_confidence and not buyer.whitelisted else "member"


def wallet_part(
    buyers: Iterable[Buyer], *, adjustment: float = 1.0, clusters_known: bool = True, rules: WalletRules = RULES
) -> WalletPart:
    """TOK-02, TOK-03 of the buyers; those below `smart_score` are left out. clusters_known False: the penalty is a range."""
    smart = _once(buyer for buyer in buyers if buyer.score >= rules.smart_score)
    if not smart:
        return NO_BUYERS
    counted = [buyer for buyer in smart if cluster_status(buyer, rules) != "excluded"]
    entities = _entities(counted)
    count = min(rules.points_each * len(entities), COUNT_MAX)
    quality = _quality(entities, rules)
    invested = sum(max(member.lamports for member in members) for members in entities)
    investment = next((points for bound, points in rules.investment if invested < bound), INVESTMENT_MAX)
    investment = investment if entities else 0.0
    penalty = cluster_penalty(smart, rules) if clusters_known else Range(0.0, PART_MAX * rules.penalty_share)
    adjustment = min(max(adjustment, rules.adjustment_least), rules.adjustment_most)
    base = count + quality + investment
    share = _clustered_share(smart)
    return WalletPart(
        points=Range(base - penalty.high, base - penalty.low).times(adjustment).clamped(0.0, PART_MAX),
        count=count, quality=quality, investment=investment, penalty=penalty, adjustment=adjustment,
        entities=len(entities), excluded=len(smart) - len(counted), lamports=sum(buyer.lamports for buyer in counted),
        clustered_share=share, suspicious=share > rules.suspicious_share or any(buyer.bot_network for buyer in smart),
    )  # fmt: skip


def cluster_penalty(smart: Sequence[Buyer], rules: WalletRules = RULES) -> Range:
    """U-14: 333 x share of the smart money that is clustered x its mean risk (by money) x 0.7; whitelisted clusters none."""
    money = sum(buyer.lamports for buyer in smart)
    if money <= 0:
        return Range(0.0, 0.0)
    most = PART_MAX * rules.penalty_share
    clustered = [buyer for buyer in smart if _clustered(buyer)]
    low = sum(buyer.lamports * (0.0 if buyer.cluster_risk is None else buyer.cluster_risk) for buyer in clustered)
    high = sum(buyer.lamports * (1.0 if buyer.cluster_risk is None else buyer.cluster_risk) for buyer in clustered)
    return Range(most * low / money, most * high / money)


def weight(lamports: int, profit: int | None, reputation: float, rules: WalletRules = RULES) -> float:
    """D-12: min(SOL, 50) x clamp(profit / 1000, 0.05, 10) x reputation / 100; unknown profit weighs as the least."""
    gains = 0.0 if profit is None else profit / rules.profit_unit
    sol = min(lamports, rules.weight_lamports) / LAMPORTS_PER_SOL
    return sol * min(max(gains, rules.profit_least), rules.profit_most) * reputation / 100


def _clustered(buyer: Buyer) -> bool:
    return buyer.cluster_confidence > 0 and not buyer.whitelisted


def _clustered_share(smart: Sequence[Buyer]) -> float:
    money = sum(buyer.lamports for buyer in smart)
    return sum(buyer.lamports for buyer in smart if _clustered(buyer)) / money if money > 0 else 0.0


def _once(buyers: Iterable[Buyer]) -> list[Buyer]:
    """Each wallet once (its largest report), in an order that does not depend on the order given."""
    found: dict[str, Buyer] = {}
    for buyer in sorted(buyers, key=_order):
        found.setdefault(buyer.wallet, buyer)
    return sorted(found.values(), key=_order)


def _order(buyer: Buyer) -> tuple[float, int, int, float, str, str]:
    return (-buyer.score, -buyer.lamports, -(buyer.profit or 0), -buyer.reputation, buyer.entity, buyer.wallet)


def _entities(counted: Iterable[Buyer]) -> list[list[Buyer]]:
    """Members by entity, the best first."""
    found: dict[str, list[Buyer]] = {}
    for buyer in counted:
        found.setdefault(buyer.entity, []).append(buyer)
    return list(found.values())


def _quality(entities: list[list[Buyer]], rules: WalletRules) -> float:
    """U-02: 133 x weighted mean of the best members' scores / 1000; the lowest that the entities' weights allow."""
    if not entities:
        return 0.0
    scores = [members[0].score for members in entities]
    bounds = [_weights(members, rules) for members in entities]
    if not any(high for _, high in bounds):
        return QUALITY_MAX * sum(scores) / len(scores) / SCORE_MAX
    ranked = sorted(zip(scores, bounds, strict=True))
    mass = sum(low for _, (low, _) in ranked)
    points = sum(score * low for score, (low, _) in ranked)
    means = [points / mass] if mass > 0 else []
    for score, (low, high) in ranked:  # the lowest mean weighs every score below some bound fully, all others least
        mass, points = mass + high - low, points + score * (high - low)
        means += [points / mass] if mass > 0 and high > low else []
    return QUALITY_MAX * min(means) / SCORE_MAX


def _weights(members: list[Buyer], rules: WalletRules) -> tuple[float, float]:
    """Least and greatest weight of an entity: that of any of its members, or of all their money and profit together."""
    each = [weight(member.lamports, member.profit, member.reputation, rules) for member in members]
    if len(members) > 1:
        known = [member.profit for member in members if member.profit is not None]
        together = sum(member.lamports for member in members)
        reputation = members[0].reputation
        each.append(weight(together, sum(known) if known else None, reputation, rules))
    return min(each), max(each)
