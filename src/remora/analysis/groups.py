"""Which communities are one hand, and which of their members belong: probabilities from the ties and the figures."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remora.analysis.cohesion import group_evidence
from remora.analysis.links import Scene
from remora.analysis.ties import LATER, UNTOLD, Ties

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]

ROUNDS: Final = 3
"""Rounds of judging members and dropping those that do not belong."""
DOUBT: Final = 0.98
"""Part of the least confidence shown that who is not shown may reach."""


class Groups(NamedTuple):
    """By node: number of its group or -1, and how likely it belongs to one hand's group.

    Who is in no group has less than the least confidence shown: a doubt, a wallet with one fellow, or 0.
    """

    of: Ids
    confidence: Floats


def judged(s: Scene, t: Ties, community: Ids, *, smallest: int, least: float, prior: float, slope: float) -> Groups:
    """Members of each community that belong with at least `least`, in groups of at least `smallest`."""
    of = np.where(s.candidate & ~t.public, community, -1)
    confidence = np.zeros(len(of))
    for _ in range(ROUNDS):
        of = _large(of, 2)
        member = np.argsort(of, kind="stable").astype(np.int32)
        member = member[np.searchsorted(of[member], 0) :]
        if not len(member):
            break
        starts = np.append(np.flatnonzero(np.diff(of[member], prepend=-1)), len(member))
        size = np.diff(starts)
        belongs = _logit(_tied(t, of, community)[member])
        whole = prior + slope * np.log(size / smallest)
        for u, learnt in t.figures:
            groups, each = group_evidence(u, member, starts, learnt)
            belongs += each
            whole += groups
        confidence[member] = _logistic(belongs) * np.repeat(_logistic(np.clip(whole, -6.0, 4.0)), size)
        of = np.where(confidence >= least, of, -1)
    of = _large(of, smallest)
    return Groups(of.astype(np.int32), np.where(of >= 0, confidence, np.minimum(confidence, DOUBT * least)))


def _large(of: Any, smallest: int) -> Any:
    count = np.bincount(of[of >= 0], minlength=1) if (of >= 0).any() else np.zeros(1, np.int64)
    return np.where((of >= 0) & (count[np.maximum(of, 0)] >= smallest), of, -1)


def _tied(t: Ties, of: Ids, community: Ids) -> Floats:
    """How likely each node is tied to its community by its links there; what it was only sent counts once (S9)."""
    links = t.links
    inside = community[links.sender] == community[links.receiver]
    free = np.zeros(len(of))
    for ends in (links.sender, links.receiver):
        passive = (ends is links.receiver) & ((t.kind == LATER) | (t.kind == UNTOLD))
        use = inside & ~passive
        free += np.bincount(ends[use], np.log1p(-np.minimum(t.prior[use], 0.98)), len(of))
    weak = np.zeros(len(of))
    passive = inside & ((t.kind == LATER) | (t.kind == UNTOLD))
    np.maximum.at(weak, links.receiver[passive], t.prior[passive])
    return 1.0 - np.exp(free) * (1.0 - weak)


def _logit(p: Floats) -> Any:
    p = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.log(p / (1.0 - p))


def _logistic(x: Floats) -> Any:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))
