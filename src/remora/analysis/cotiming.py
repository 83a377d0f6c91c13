"""Ties by time: wallets that buy the same tokens at the same moments are one hand; who always comes a little later copies.

Copying is open to everybody, so it is told (kind `cotrade`) and never surer than chance that the two are one hand; nor
are two wallets that follow the same third one. Snipers that each buy every launch at once are near each other by habit,
not by agreement: the expected share counts that too.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.analysis.choices import Choices, beyond
from remora.analysis.edges import KINDS, METHODS, Edges, joined
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.firsts import WINDOW, Firsts
from remora.analysis.meetings import CLOSE, LEAST_COMMON, Meetings, Reals
from remora.analysis.pairs import halves
from remora.analysis.sentences import percent, said, seconds
from remora.model.units import SECOND

CORRELATED: Final = 0.8
CONFIDENCE: Final = 0.9
"""Coefficient above which a pair is tied, and how sure that is (U-29, SYB-03)."""
CHANCE: Final = 1e-5
"""... where chance explains it less often than once in so many pairs: five of five tokens prove little in a crowd."""
DOUBT: Final = 0.01
"""Copying is told at CHANCE too; that a pair may be copying keeps it from being tied where chance explains it so often."""
COPIES: Final = 0.4
"""How sure a copier and the copied are one hand by their trades alone: less than what clusters are made of."""
ONE_SIDED: Final = 0.9
"""Share of the common tokens in which the same one of the two comes first, of a copier."""
LEAST_LAG: Final = SECOND
"""Nobody can see and copy a purchase faster: who is nearer was not waiting for the other."""
SAME_CHOICE: Final = 0.5
NEARLY_ALL: Final = 0.75
"""Jaccard of the tokens from which on two wallets choose alike, and nearly the same."""
TWINS: Final = 0.7
"""How sure of a copier that takes nearly the same tokens and nearly always the same amounts: a mirror, seldom a stranger's."""


def timing_edges(first: Firsts, met: Meetings, choices: Choices) -> Edges:
    """Edges of kinds timing_correlation (one hand) and cotrade (copiers)."""
    likely = met.expected / np.maximum(met.common, 1)
    leads = _leads(met, likely, DOUBT)
    kept = np.flatnonzero((leads != 0) | correlated(met.near, met.common, likely))
    met, likely, leads = met.take(kept), likely[kept], leads[kept]
    alike = _same_choice(choices, met, SAME_CHOICE)
    level = np.maximum(likely, np.where(alike, 0.0, met.habit))
    together = correlated(met.near, met.common, level)
    led = _led(first.wallets, *halves(met.key), leads) & ~alike
    tied = together & (leads == 0) & ~led
    copied = _leads(met, likely, CHANCE) != 0
    twins = copied & _same_choice(choices, met, NEARLY_ALL)
    twins &= np.minimum(met.equal, met.steady) >= NEARLY_ALL * met.common
    follows = (copied & ~twins) | (together & led)
    return joined([
        _tied(met.take(tied), level[tied]), _twins(met.take(twins)), _copies(met.take(follows), leads[follows])
    ])  # fmt: skip


def copying(met: Meetings) -> Ints:
    """Keys of the pairs of which the one may be copying the other, or both a third: their habits are alike for that."""
    return np.asarray(met.key[_leads(met, met.expected / np.maximum(met.common, 1), DOUBT) != 0], np.int64)


def correlated(hits: Any, of: Any, level: Reals, chance: float = CHANCE) -> Bools:
    """Where (share - expected) / (1 - expected) exceeds 0.8 and chance explains it less often than `chance` (Chernoff)."""
    share = hits / np.maximum(of, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        coefficient = (share - level) / (1 - level)
        above = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - level)), 0.0)
        distance = np.where(share > level, share * np.log(share / level) + above, 0.0)
    return np.asarray((level < 1) & (coefficient > CORRELATED) & (np.exp(-of * distance) <= chance))


def _same_choice(choices: Choices, met: Meetings, part: float) -> Bools:
    """Pairs whose tokens are much the same, and not because both buy everything."""
    a, b = halves(met.key)
    common, chance = choices.shared(met.key)
    either = choices.tokens[a] + choices.tokens[b] - common
    return np.asarray((common >= part * either) & beyond(common, chance, LEAST_COMMON))


def _leads(met: Meetings, likely: Reals, chance: float) -> Any:
    """1: the lower wallet leads and the higher copies; -1: the other way round; 0: neither."""
    after = met.common - met.before - met.same
    steady = correlated(met.steady - 1, met.common - 1, likely, chance)
    close = correlated(met.close, met.common, np.minimum(CLOSE / WINDOW * likely, 1.0), chance)
    copied = (steady | close) & (np.abs(met.lag) >= LEAST_LAG)
    lower = copied & (met.before >= ONE_SIDED * met.common)
    higher = copied & (after >= ONE_SIDED * met.common)
    return lower.astype(np.int8) - higher.astype(np.int8)


def _led(wallets: int, a: Any, b: Any, leads: Any) -> Bools:
    """Pairs that copy the same third wallet."""
    leader = np.concatenate((a[leads > 0], b[leads < 0]))
    follower = np.concatenate((b[leads > 0], a[leads < 0]))
    order = np.lexsort((leader, follower))
    start = np.searchsorted(follower[order], np.arange(wallets + 1)).astype(np.int64)
    shared = np.zeros(len(a), np.bool_)
    _share_leader(a, b, start, leader[order], shared)
    return shared


@compiled
def _share_leader(a: Any, b: Any, start: Any, leader: Any, shared: Any) -> None:
    for pair in range(len(a)):
        i, j = start[a[pair]], start[b[pair]]
        while i < start[a[pair] + 1] and j < start[b[pair] + 1]:
            if leader[i] == leader[j]:
                shared[pair] = True
                break
            if leader[i] < leader[j]:
                i += 1
            else:
                j += 1


def _tied(met: Meetings, level: Reals) -> Edges:
    evidence = said(
        "first bought ", met.near, " of ", met.common, " common tokens within 10 s or 25 slots of each other (",
        percent(level), " expected by chance), ", met.same, " of them in the same slot",
    )  # fmt: skip
    share = met.near / np.maximum(met.common, 1)
    beyond_chance = (share - level) / np.maximum(1 - level, 1e-9)
    return _edges(met, "timing_correlation", "timing_correlation", CONFIDENCE, met.near, evidence, beyond_chance)


def _twins(met: Meetings) -> Edges:
    evidence = said(
        "the same tokens, amounts and lag: ", seconds(np.abs(met.lag)), " apart (median), within a minute in ", met.close,
        " and the same amount in ", met.equal, " of ", met.common, " common tokens",
    )  # fmt: skip
    return _edges(met, "timing_correlation", "timing_correlation", TWINS, met.close, evidence)


def _copies(met: Meetings, leads: Any) -> Edges:
    late = said(
        "copies: the ", np.where(leads > 0, "second", "first"), " wallet came ", seconds(np.abs(met.lag)),
        " later (median), steadily in ", met.steady, " and within a minute in ", met.close, " of ", met.common,
        " common tokens",
    )  # fmt: skip
    both = said("both follow a third wallet: ", met.near, " of ", met.common, " common tokens within 10 s")
    evidence = pa.array(np.where(leads != 0, np.asarray(late, object), np.asarray(both, object)), pa.string())
    return _edges(met, "cotrade", "trading_pattern", COPIES, np.where(leads != 0, met.close, met.near), evidence)


def _edges(
    met: Meetings, kind: str, method: str, confidence: float, count: Any, evidence: pa.Array, strength: Any = None
) -> Edges:
    a, b = halves(met.key)
    n = len(met)
    return Edges(
        a=a, b=b, kind=np.full(n, KINDS.index(kind), np.int8), method=np.full(n, METHODS.index(method), np.int8),
        confidence=np.full(n, confidence), count=count.astype(np.int32), first_at=met.first_at, last_at=met.last_at,
        evidence=evidence, strength=strength,
    )  # fmt: skip
