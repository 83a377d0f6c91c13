"""What a scorebook is made of: the rules it was asked with, and everything that was worked out."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pyarrow as pa

from remora.analysis import universe
from remora.analysis.behaviour import Behaviours
from remora.analysis.clusters import Clusters
from remora.analysis.edges import Edges
from remora.analysis.exact import Bools
from remora.analysis.markets import Owrrs
from remora.analysis.past import Codes, Texts
from remora.analysis.pooling import Pooled
from remora.analysis.presence import Presence
from remora.analysis.profiles import DEFAULT, Profile
from remora.analysis.score import Scores
from remora.analysis.skill import Skill


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set. whitelist: clusters (ids or members) that are harmless (SYB-07). verified: wallets (U-26).

    universe_ppm: launches of the control universe in millionths (GRD-12). smart_points, smart_verdict: who counts as
    smart for a token: points describe, the verdict decides ('any' lets the points alone decide).
    """

    profile: Profile = DEFAULT
    whitelist: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    universe_ppm: int = universe.DEFAULT_RATE_PPM
    smart_points: float = 700.0
    smart_verdict: str = "promising"


@dataclass(frozen=True)
class Wallets:
    """What is known wallet by wallet, before clusters were pooled. names, venue, active (traded or was seen trading),
    behaviours, ties, clusters, early buyers of graduates, and the ranking by presence (of seen_tokens tokens)."""

    names: Texts
    venue: Codes
    active: Bools
    kinds: Behaviours
    edges: Edges
    clusters: Clusters
    early: pa.Table
    presence: Presence
    seen_tokens: int


@dataclass(frozen=True)
class Found:
    """All that was worked out: of wallets, and by trader rank of `traders.past`."""

    wallets: Wallets
    traders: Pooled
    kinds: Behaviours
    skill: Skill
    scores: Scores
    doors: universe.Doors
    rates: universe.EntryRates
    smart: Bools
    tokens: pa.Table
    omegas: pa.Table
    owrrs: Owrrs
