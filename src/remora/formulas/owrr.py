"""OWRR: on which side of a market stand the large holders, weighed by past success and money at risk (U-48, D-50, OWR-05..09).

    owrr(stakes, yes_price, no_price)  # our rule: current holdings, hedges netted, one vote per entity
    tally(candidates)                  # the same from holders that are pooled, netted and ranked already
    source_convention(yes, no)         # the rule as its source document has it, for its worked cases

Differences of our rule from its source: money at risk is shares x the token's own price on both sides (D-41); an Omega
of 0 counts as 0.1 and a missing one does not vote; who holds both sides counts with the difference; contracts do not
count; a cluster has one vote; beside the source's class of confidence stands one that looks at the smaller side and the
interval, the number of independent votes, and whose absence would turn the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil, floor, sqrt
from typing import Final, NamedTuple

import msgspec

from remora.formulas import omega as omegas
from remora.model.units import MICRO_PER_USDC

INSUFFICIENT: Final = "insufficient_data"
LEVELS: Final = (INSUFFICIENT, "low", "medium", "high")
READINGS: Final = ("strong NO", "lean NO", "neutral", "lean YES", "strong YES")
WIDE: Final = 0.30
"""A 90 % interval wider than this lowers our confidence by one level."""
DRAWS: Final = 200
"""Bootstrap draws of the interval."""
_MASK: Final = (1 << 64) - 1
_MULTIPLIER: Final = 6364136223846793005  # Knuth's MMIX generator: state x a + c modulo 2^64, the upper 31 bits are used
_INCREMENT: Final = 1442695040888963407


class OwrrRules(msgspec.Struct, frozen=True):
    """Numbers of the rule. cap: the most of the whole mass one entity may have (OWR-07), None: no cap."""

    largest: int = 20
    resolved_least: int = omegas.RESOLVED_LEAST
    side_least: int = 3
    total_least: int = 6
    high: int = 20
    medium: int = 12
    use_shrunken: bool = False
    cap: float | None = None
    yes_at: int = 60
    no_at: int = 40
    """D-38: copy thresholds of the slider, inclusive (`conservative`: 65 and 35)."""


RULES: Final = OwrrRules()
CAPPED: Final = OwrrRules(cap=0.10)
CONSERVATIVE: Final = OwrrRules(yes_at=65, no_at=35)


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """What a wallet holds of both outcomes now, in atoms, and its record in the market's category.

    gains, losses: net by resolved market, micro-dollars; resolved: how many. excluded: a contract or other infrastructure.
    """

    wallet: str
    entity: str
    yes_atoms: int
    no_atoms: int
    gains: int = 0
    losses: int = 0
    resolved: int = 0
    median_bet: int = 0
    excluded: bool = False


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An entity on one side: money at risk in micro-dollars, its Omega (None missing) and resolved markets."""

    entity: str
    yes: bool
    risk: int
    omega: float | None
    resolved: int


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """A vote: omega x sqrt(dollars at risk); 0 where unqualified. counted: after the cap."""

    entity: str
    yes: bool
    risk: int
    omega: float | None
    resolved: int
    qualified: bool
    vote: float
    counted: float


class Owrr(msgspec.Struct, frozen=True, kw_only=True):
    """OWR-01. Means are over the qualified, risk in micro-dollars. confidence: the rule's class; own_confidence: ours.

    low, high: 90 % of the bootstrap over entities. voters: effective number of independent votes, (sum v)^2 / sum v^2.
    turning: entities without whom the answer (YES, NO or neither by the copy thresholds) is another one.
    one_sided: enough voters in all on one side, too few on the other (defect 24).
    """

    owrr: float
    slider: int
    yes_score: float
    no_score: float
    yes_qualified: int
    no_qualified: int
    yes_avg_omega: float
    no_avg_omega: float
    yes_avg_risk: float
    no_avg_risk: float
    confidence: str
    own_confidence: str
    low: float
    high: float
    voters: float
    turning: tuple[str, ...]
    one_sided: str
    votes: tuple[Vote, ...]


def owrr(stakes: Iterable[Stake], yes_price: int, no_price: int, rules: OwrrRules = RULES, seed: int = 0) -> Owrr:
    """Our rule. Prices in micro-dollars a share, each token's own."""
    return tally(candidates(stakes, yes_price, no_price, rules), rules, seed)


def candidates(stakes: Iterable[Stake], yes_price: int, no_price: int, rules: OwrrRules = RULES) -> list[Candidate]:
    """Entities with a net stake: gains, losses and shares summed, the most resolved markets of any member.

    A YES and a NO share together are a dollar, whoever holds them: only the difference is at risk.
    """
    found: dict[str, list[Stake]] = {}
    for stake in stakes:
        if not stake.excluded:
            found.setdefault(stake.entity, []).append(stake)
    result = []
    for entity, members in found.items():
        net = sum(member.yes_atoms - member.no_atoms for member in members)
        risk = abs(net) * (yes_price if net > 0 else no_price) // MICRO_PER_USDC
        gains, losses = sum(member.gains for member in members), sum(member.losses for member in members)
        bet = max(member.median_bet for member in members)
        value = omegas.shrunken(gains, losses, bet) if rules.use_shrunken else omegas.omega(gains, losses)
        resolved = max(member.resolved for member in members)
        if risk > 0:
            result.append(Candidate(entity=entity, yes=net > 0, risk=risk, omega=value, resolved=resolved))
    return result


def tally(found: Iterable[Candidate], rules: OwrrRules = RULES, seed: int = 0) -> Owrr:
    """The largest of each side vote. Ties go by name. One candidate per entity is expected."""
    ranked = sorted(found, key=lambda c: (not c.yes, -c.risk, c.entity))
    sides = [[c for c in ranked if c.yes is yes][: rules.largest] for yes in (True, False)]
    drafts = [_vote(c, rules) for side in sides for c in side]
    counted = capped([vote.vote for vote in drafts], rules.cap)
    votes = tuple(msgspec.structs.replace(vote, counted=value) for vote, value in zip(drafts, counted, strict=True))
    return _result(votes, rules, seed)


def capped(votes: Sequence[float], share: float | None) -> list[float]:
    """Votes of which none is more than `share` of what is left of all: v' = min(v, c) with c = share x sum v'.

    With so few voters that the share cannot be kept (n x share <= 1) all count alike. Found by fixing the largest one
    after the other, which ends after at most 1 / share steps.
    """
    voting = sum(1 for vote in votes if vote > 0)
    if share is None or voting == 0:
        return list(votes)
    if voting * share <= 1:
        least = min(vote for vote in votes if vote > 0)
        return [min(vote, least) for vote in votes]
    ranked = sorted(votes)
    below = list(accumulate(ranked))  # sums from the smallest on, so that nothing small is lost
    for fixed in range(ceil(1 / share - 1e-9)):
        largest = ranked[-1 - fixed]
        limit = share * below[-1 - fixed] / (1 - share * fixed)  # c = share x (fixed x c + all below)
        if largest <= limit:
            return [min(vote, limit) for vote in votes]
    return [min(vote, largest) for vote in votes]


def reading(slider: int) -> str:
    """OWR-06 with D-38's inclusive thresholds: at most 40 strong NO, below 45 lean NO, to 55 neutral, below 60 lean YES."""
    if slider <= 40:
        return READINGS[0]
    if slider < 45:
        return READINGS[1]
    if slider <= 55:
        return READINGS[2]
    return READINGS[3] if slider < 60 else READINGS[4]


def answer(value: float, rules: OwrrRules = RULES) -> str:
    """What a copier would take from it: 'YES', 'NO' or 'neither' (D-38)."""
    slider = slider_of(value)
    return "YES" if slider >= rules.yes_at else "NO" if slider <= rules.no_at else "neither"


def slider_of(value: float) -> int:
    """100 x OWRR, rounded half up."""
    return floor(100 * value + 0.5)


def _vote(found: Candidate, rules: OwrrRules) -> Vote:
    qualified = found.omega is not None and found.resolved >= rules.resolved_least and found.risk > 0
    value = None if found.omega is None else omegas.clamped(found.omega)
    vote = value * sqrt(found.risk / MICRO_PER_USDC) if qualified and value is not None else 0.0
    return Vote(
        entity=found.entity, yes=found.yes, risk=found.risk, omega=value, resolved=found.resolved, qualified=qualified,
        vote=vote, counted=vote,
    )  # fmt: skip


class _Side(NamedTuple):
    score: float
    qualified: int
    omega: float
    risk: float


def _side(votes: Iterable[Vote]) -> _Side:
    counted = [vote for vote in votes if vote.qualified]
    number = max(len(counted), 1)
    return _Side(
        sum(vote.counted for vote in counted), len(counted), sum(vote.omega or 0.0 for vote in counted) / number,
        sum(vote.risk for vote in counted) / number,
    )  # fmt: skip


def _result(votes: tuple[Vote, ...], rules: OwrrRules, seed: int) -> Owrr:
    yes, no = (_side(vote for vote in votes if vote.yes is side) for side in (True, False))
    smaller, both = min(yes.qualified, no.qualified), yes.qualified + no.qualified
    if smaller < rules.side_least or both < rules.total_least:
        one_sided = "" if both < rules.total_least else "YES" if yes.qualified > no.qualified else "NO"
        return Owrr(
            owrr=0.5, slider=50, yes_score=0.0, no_score=0.0, yes_qualified=yes.qualified, no_qualified=no.qualified,
            yes_avg_omega=0.0, no_avg_omega=0.0, yes_avg_risk=0.0, no_avg_risk=0.0, confidence=INSUFFICIENT,
            own_confidence=INSUFFICIENT, low=0.0, high=1.0, voters=0.0, turning=(), one_sided=one_sided, votes=votes,
        )  # fmt: skip
    value = yes.score / (yes.score + no.score)
    counted = [(vote.counted, vote.yes) for vote in votes if vote.qualified]
    low, high = interval(counted, seed)
    own = _class(2 * smaller, rules)
    own = LEVELS[max(LEVELS.index(own) - 1, 1)] if high - low > WIDE else own
    return Owrr(
        owrr=value, slider=slider_of(value), yes_score=yes.score, no_score=no.score, yes_qualified=yes.qualified,
        no_qualified=no.qualified, yes_avg_omega=yes.omega, no_avg_omega=no.omega, yes_avg_risk=yes.risk,
        no_avg_risk=no.risk, confidence=_class(both, rules), own_confidence=own, low=low, high=high,
        voters=effective([vote for vote, _ in counted]), turning=_turning(votes, value, rules), one_sided="", votes=votes,
    )  # fmt: skip


def _class(qualified: int, rules: OwrrRules) -> str:
    return "high" if qualified >= rules.high else "medium" if qualified >= rules.medium else "low"


def effective(votes: Sequence[float]) -> float:
    """Effective number of independent votes: (sum v)^2 / sum v^2; n equal ones give n, one alone 1, none 0."""
    squares = sum(vote * vote for vote in votes)
    return sum(votes) ** 2 / squares if squares > 0 else 0.0


def _turning(votes: Sequence[Vote], value: float, rules: OwrrRules) -> tuple[str, ...]:
    """Entities without whose vote the answer is another one; the cap is not worked out anew."""
    total = sum(vote.counted for vote in votes)
    ayes, now = value * total, answer(value, rules)
    without = ((vote.entity, ayes - vote.counted * vote.yes, total - vote.counted) for vote in votes if vote.counted > 0)
    return tuple(entity for entity, left, mass in without if mass > 0 and answer(left / mass, rules) != now)


def interval(votes: Sequence[tuple[float, bool]], seed: int = 0, draws: int = DRAWS) -> tuple[float, float]:
    """Middle 90 % of OWRR when as many votes are drawn from them with replacement (OWR-08); (0, 1) without votes.

    Chance comes from a 64-bit linear congruential generator started by `seed`: the same votes give the same interval.
    """
    size = len(votes)
    if size == 0:
        return 0.0, 1.0
    ordered = sorted(votes)
    ayes = [vote if yes else 0.0 for vote, yes in ordered]
    every = [vote for vote, _ in ordered]
    state, found = (seed * _MULTIPLIER + _INCREMENT) & _MASK, []
    for _ in range(draws):
        yes = total = 0.0
        for _ in range(size):
            state = (state * _MULTIPLIER + _INCREMENT) & _MASK
            place = (state >> 33) * size >> 31
            yes, total = yes + ayes[place], total + every[place]
        found.append(yes / total if total > 0 else 0.5)
    found.sort()
    return found[draws // 20], found[draws - 1 - draws // 20]


class SourceRow(NamedTuple):
    """A holder as the source document has it: shares, its entry price, Omega or None, resolved bets, dollars for ranking."""

    shares: float
    entry: float
    omega: float | None
    resolved: int
    usd_value: float


def source_convention(
    yes: Sequence[SourceRow], no: Sequence[SourceRow], *, zero_omega: float = 1.0, rules: OwrrRules = RULES
) -> dict[str, float | int | str]:
    """The source document's rule, for its worked cases only: risk of NO = shares x (1 - entry), an Omega of 0 or none is 1."""
    sides = []
    for rows, is_yes in ((yes, True), (no, False)):
        largest = sorted(rows, key=lambda row: -row.usd_value)[: rules.largest]
        votes = []
        for row in largest:
            risk = row.shares * (row.entry if is_yes else 1 - row.entry)
            value = omegas.clamped(1.0 if row.omega is None else row.omega or zero_omega)
            if row.resolved >= rules.resolved_least and risk > 0:
                votes.append((value * sqrt(risk), value, risk))
        sides.append(votes)
    counts = [len(votes) for votes in sides]
    if min(counts) < rules.side_least:
        score, value, confidence = [0.0, 0.0], 0.5, INSUFFICIENT
        means = [(0.0, 0.0)] * 2
    else:
        score = [sum(vote for vote, _, _ in votes) for votes in sides]
        value, confidence = score[0] / sum(score), _class(sum(counts), rules)
        means = [(sum(v[1] for v in votes) / len(votes), sum(v[2] for v in votes) / len(votes)) for votes in sides]
    return {
        "owrr": value, "slider": slider_of(value), "yes_score": score[0], "no_score": score[1], "yes_qualified": counts[0],
        "no_qualified": counts[1], "yes_avg_omega": means[0][0], "no_avg_omega": means[1][0], "yes_avg_risk": means[0][1],
        "no_avg_risk": means[1][1], "confidence": confidence,
    }  # fmt: skip
