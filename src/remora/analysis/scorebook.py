"""The scorebook: who is what, who belongs together, who is skilled, how many points, as known at one instant.

    answer = scorebook(past, regroup, Rules(...))     # regroup: (past, wallet -> cluster id) -> Pooled

Wallets of one hand are found first and pooled (`pooling`); behaviour, skill and points are then those of *traders*:
clusters, and wallets that are in none. Every wallet of a cluster shows the answer of its trader. All of it depends on
the past alone, so recomputing it from the same records gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from remora.analysis import booktables, universe
from remora.analysis.behaviour import DEV, Behaviours, behaviours, with_self_trades, with_sybils
from remora.analysis.bets import bets
from remora.analysis.clusters import Clusters, clusters
from remora.analysis.early import early_buyers
from remora.analysis.edges import Edges
from remora.analysis.exact import Bools, Ints
from remora.analysis.markets import Owrrs, omegas, owrrs
from remora.analysis.past import Past
from remora.analysis.paths import Paths
from remora.analysis.pooling import Pooled
from remora.analysis.presence import Presence, presence
from remora.analysis.profiles import DEFAULT, Profile
from remora.analysis.relations import relations
from remora.analysis.score import NEUTRAL, Scores, score
from remora.analysis.scorechecks import among_mates
from remora.analysis.skill import SKILLED, VERDICTS, Skill, judge
from remora.analysis.tokens import Standing, tokens

NOT_PICKING: Final = ("market_maker", "volume_bot", "bundler", "insider")
"""Behaviours whose profit comes from a place in the market: nobody who follows can have it."""
SELECTED_FROM: Final = 0.10
"""Share of graduates among launches above which a ledger was filled by looking at winners (0.1-2 % graduate)."""

Regroup = Callable[[Past, Mapping[str, str]], Pooled]


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
class Found:
    """All that was worked out, by wallet rank of `past` or by trader rank of `traders.past`."""

    past: Past
    edges: Edges
    clusters: Clusters
    wallets: Behaviours
    traders: Pooled
    kinds: Behaviours
    skill: Skill
    scores: Scores
    doors: universe.Doors
    rates: universe.EntryRates
    smart: Bools
    early: pa.Table
    tokens: pa.Table
    presence: Presence
    omegas: pa.Table
    owrrs: Owrrs


def scorebook(past: Past, regroup: Regroup, rules: Rules | None = None) -> dict[str, pa.Table]:
    """Tables by name (see `booktables`), with texts, sorted; the same past gives the same bytes."""
    rules = rules or Rules()
    return booktables.tables(found(past, regroup, rules), rules)


def found(past: Past, regroup: Regroup, rules: Rules) -> Found:
    """Everything worked out from a past."""
    wallets = behaviours(past)
    edges = relations(past)
    groups = clusters(
        edges, len(past.wallets), names=past.wallets, first_seen=first_seen(past), excluded=wallets.excluded,
        whitelist=frozenset(rules.whitelist), moves=past.moves,
    )  # fmt: skip
    pooled = regroup(past, {past.wallets[w]: groups.ids[groups.of[w]] for w in np.flatnonzero(groups.of >= 0).tolist()})
    traders = pooled.past
    kinds = behaviours(traders)
    paths = Paths.of(traders)
    gates = universe.doors(traders, kinds, rate_ppm=rules.universe_ppm)
    selected = through_winners(past)
    skill = judge(
        bets(traders, paths, kinds), len(traders.wallets), barred=barred(kinds),
        found_at=gates.judged_from() if selected else None,
    )  # fmt: skip
    points = score(
        traders, paths, kinds, rules.profile, cluster_confidence=_confidence(groups, pooled),
        verified=_verified(rules, past, pooled), inorganic=among_mates(past, pooled.of, traders),
    )  # fmt: skip
    records = omegas(traders)
    counted = smart(points, skill, rules)
    suspects = (groups.of >= 0) & ~_whitelisted(groups)
    return Found(
        past=past, edges=edges, clusters=groups, traders=pooled,
        wallets=with_self_trades(with_sybils(wallets, suspects, groups.confidence), past, groups.of),
        kinds=kinds, skill=skill, scores=points, doors=gates,
        rates=universe.entry_rates(traders, rules.universe_ppm if selected else None),
        smart=counted, early=early_buyers(past, wallets, groups.of),
        presence=presence(past, wallets), tokens=tokens(past, _standing(points, counted, groups, pooled, wallets)),
        omegas=records, owrrs=owrrs(traders, records),
    )  # fmt: skip


def first_seen(past: Past) -> Ints:
    """When each wallet first traded or moved anything; -1 where no instant is known."""
    never = np.iinfo(np.int64).max
    first = np.full(len(past.wallets), never, np.int64)
    np.minimum.at(first, past.tape.wallet, past.tape.at)
    for side in (past.moves.sender, past.moves.receiver):
        known = side >= 0
        np.minimum.at(first, side[known], past.moves.at[known])
    return np.where(first == never, -1, first)


def through_winners(past: Past) -> bool:
    """Whether the ledger's tokens were chosen by how they ended (GRD-13): no launches known, or far too many graduates."""
    traded = np.zeros(len(past.assets), np.bool_)
    traded[past.tape.asset[past.tape.venue == 0]] = True
    launched = traded & (past.tokens.launched_at >= 0)
    if not launched.any():
        return bool(traded.any())
    return bool((past.tokens.graduated_at[launched] >= 0).mean() > SELECTED_FROM)


def barred(kinds: Behaviours) -> Bools:
    """Traders whose profit comes from a place in the market, not from picking; creators trade what they made."""
    out = np.asarray(kinds.wallet_type == DEV) | kinds.excluded
    for name in NOT_PICKING:
        out |= kinds.of(name)
    return out


def smart(points: Scores, skill: Skill, rules: Rules) -> Bools:
    """Traders that count as smart money: enough points (D-03), and at least the verdict that is asked for."""
    enough = np.nan_to_num(points.points) >= rules.smart_points
    if rules.smart_verdict == "any":
        return enough
    wanted = [SKILLED] if rules.smart_verdict == "skilled" else [SKILLED, VERDICTS.index("promising")]
    return enough & np.isin(skill.verdict, wanted)


def _standing(points: Scores, counted: Bools, groups: Clusters, pooled: Pooled, wallets: Behaviours) -> Standing:
    """What tokens are told of each wallet: the points of its trader, its cluster, signs of a bot."""
    return Standing(
        points=points.points[pooled.of], smart=counted[pooled.of],
        reputation=np.nan_to_num(points.reputation[pooled.of], nan=NEUTRAL),
        cluster_of=groups.of, cluster_confidence=groups.confidence, cluster_risk=groups.risk, whitelisted=groups.whitelisted,
        bot_network=np.array([kind == "bot_network" for kind in groups.kind], np.bool_), bot=wallets.of("bot"),
        suspicious=wallets.suspicious > 0, excluded=wallets.excluded,
    )  # fmt: skip


def _whitelisted(groups: Clusters) -> Bools:
    return np.asarray((groups.of >= 0) & np.append(groups.whitelisted, False)[groups.of])


def _confidence(groups: Clusters, pooled: Pooled) -> Any:
    """Cluster confidence by trader; 0 for wallets in none and for whitelisted clusters."""
    confidence = np.zeros(len(pooled.past.wallets))
    own = np.where(_whitelisted(groups), 0.0, np.append(groups.cluster_confidence, 0.0)[groups.of])
    np.maximum.at(confidence, pooled.of, np.where(groups.of >= 0, own, 0.0))
    return confidence


def _verified(rules: Rules, past: Past, pooled: Pooled) -> Bools:
    checked = frozenset(rules.verified)
    out = np.zeros(len(pooled.past.wallets), np.bool_)
    out[[int(pooled.of[rank]) for rank, text in enumerate(past.wallets) if text in checked]] = True
    return out
