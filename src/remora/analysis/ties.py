"""How likely each link joins two wallets of one hand: by its kind, and by how near its ends lie in what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.cohesion import Closeness, learnt, pair_ratios, places
from remora.analysis.communities import graph
from remora.analysis.exact import Bools, Ints
from remora.analysis.hubs import LARGEST, LISTED_PRIOR, SMALL_PRIOR, private_odds
from remora.analysis.links import NEVER, Links, Scene

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]
Figures = list[tuple[Floats, Closeness]]

SOLE, FUNDED, LATER, UNTOLD = range(4)
"""Kinds of link by what it was to its receiver: its only source; its first or main one; neither; cannot tell."""
KIND_PRIOR: Final = (0.75, 0.5, 0.15, 0.2)
"""How likely a link of each kind joins one hand, before the figures of the wallets teach it."""
PRIOR_LINKS: Final = 20.0
"""Links that the prior is worth."""
LEAST_KNOWN: Final = 20
"""Candidates of known figure below which a figure is not used."""
MAIN_PART: Final = 0.5
"""A sender of more than this part of all that a wallet received is its main source (U-28)."""
SENT: Final = 0.8
"""How likely a candidate belongs to the hand behind a private address to which it sent money (nobody can make it do so)."""
_ROUNDS: Final = 20


@dataclass(frozen=True)
class Ties:
    """Links between private addresses. kind: of SOLE ...; prior: by kind alone; weight: with the figures of both ends.

    figures: places and closeness of first use and volume, where known. public: nodes that were left out.
    """

    links: Links
    kind: Ints
    prior: Floats
    weight: Floats
    figures: Figures
    public: Bools


def ties(s: Scene) -> Ties:
    """What ties wallets together once the public addresses are left out."""
    count, links = len(s.names), s.links
    kind = _kinds(s)
    figures, shares = _figures(s, kind)
    everything = graph(count, links.sender, links.receiver, np.ones(len(links)))
    degree = np.diff(everything.start)
    odds = private_odds(
        everything, s.candidate, s.listed | (degree > LARGEST), figures, LISTED_PRIOR if s.listed.any() else SMALL_PRIOR
    )
    public = odds <= 0.0
    kept = ~public[links.sender] & ~public[links.receiver]
    links, kind = links.where(kept), kind[kept]
    between = s.candidate[links.sender] & s.candidate[links.receiver]
    ratio = np.ones(len(links))
    for u, near in figures:
        ratio *= pair_ratios(u, links.sender, links.receiver, near)
    prior = shares[kind]
    outward = s.candidate[links.sender] & ~s.candidate[links.receiver]
    prior[outward] = np.maximum(prior[outward], SENT)
    own = np.minimum(_logistic(odds[links.sender]), _logistic(odds[links.receiver]))
    prior = np.where(between, prior, prior * own)
    joint = ratio * prior
    return Ties(links, kind, prior, joint / (joint + 1.0 - prior), figures, public)


def _figures(s: Scene, kind: Ints) -> tuple[Figures, Floats]:
    """First use (else first seen in a link), volume, and the amount of the first money, of the candidates; shares by kind."""
    links = s.links
    between = s.candidate[links.sender] & s.candidate[links.receiver]
    first_use = np.where(s.first_use == NEVER, np.nan, s.first_use.astype(np.float64))
    seen, money = beginnings(s)
    if np.isnan(first_use).all():
        first_use = seen
    known = [np.where(s.candidate, values, np.nan) for values in (first_use, s.volume, money)]
    placed = [places(values) for values in known if np.count_nonzero(~np.isnan(values)) >= LEAST_KNOWN]
    near, shares = learnt(placed, links.sender[between], links.receiver[between], kind[between], KIND_PRIOR)
    return list(zip(placed, near, strict=True)), shares


def beginnings(s: Scene) -> tuple[Floats, Floats]:
    """By node: when it is first seen in a link, and the amount of the first money it was sent (NaN unknown)."""
    links, count = s.links, len(s.names)
    at = np.where(links.first_at == NEVER, np.nan, links.first_at.astype(np.float64))
    seen, money = np.full(count, np.nan), np.full(count, np.nan)
    for ends in (links.sender, links.receiver):
        np.fmin.at(seen, ends, at)
    order = np.lexsort((-links.first_at, links.receiver))  # the last written, the earliest, stays
    money[links.receiver[order]] = links.amount[order]
    return seen, money


def _kinds(s: Scene) -> Ints:
    links, count = s.links, len(s.names)
    sources = np.bincount(links.receiver, minlength=count)
    first = np.full(count, NEVER, np.int64)
    np.minimum.at(first, links.receiver, links.first_at)
    timed, told = links.first_at != NEVER, ~np.isnan(links.share)
    funded = (timed & (links.first_at == first[links.receiver])) | (told & (links.share > MAIN_PART))
    kind = np.where(funded, FUNDED, np.where(timed | told, LATER, UNTOLD))
    return np.where(sources[links.receiver] == 1, SOLE, kind)


def _logistic(x: Floats) -> Any:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))
