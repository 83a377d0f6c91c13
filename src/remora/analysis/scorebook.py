"""The scorebook: who is what, who belongs together, who is skilled, how many points, as known at one instant.

    answer = scorebook(read, regroup, Rules(...))    # regroup: (() -> what was read, wallet -> cluster id) -> Pooled

Wallets of one hand are found first and pooled (`pooling`); behaviour, skill and points are then those of *traders*:
clusters, and wallets that are in none. Every wallet of a cluster shows the answer of its trader. All of it depends on
the past alone, so recomputing it from the same records gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from msgspec import structs

from remora.analysis import universe
from remora.analysis.behaviour import DEV, Behaviours, behaviours, with_self_trades, with_sybils
from remora.analysis.bets import bets
from remora.analysis.booktables import tables
from remora.analysis.clusters import Clusters, clusters
from remora.analysis.early import early_buyers
from remora.analysis.exact import Bools, Ints
from remora.analysis.findings import Found, Rules, Wallets
from remora.analysis.markets import omegas, owrrs
from remora.analysis.past import SOLANA, Past, Texts
from remora.analysis.paths import Paths
from remora.analysis.pooling import Pooled
from remora.analysis.presence import presence
from remora.analysis.relations import relations
from remora.analysis.score import NEUTRAL, Scores, score
from remora.analysis.skill import SKILLED, VERDICTS, Skill, judge
from remora.analysis.tokens import Standing, TokenRules, tokens
from remora.formulas import tokenparts

NOT_PICKING: Final = ("market_maker", "volume_bot", "bundler", "insider", "sniper", "bot", "lottery")
"""Behaviours whose profit comes from a place in the market, from speed or from tickets (PMW-02): no follower can have it."""
SELECTED_FROM: Final = 0.10
"""Share of graduates among launches above which a ledger was filled by looking at winners (0.1-2 % graduate)."""

Regroup = Callable[[Callable[[], Past], Mapping[str, str]], Pooled]


def scorebook(read: Callable[[], Past], regroup: Regroup, rules: Rules | None = None) -> dict[str, pa.Table]:
    """Tables by name (see `booktables`), with texts, sorted; the same past gives the same bytes."""
    rules = rules or Rules()
    return tables(found(read, regroup, rules))


def found(read: Callable[[], Past], regroup: Regroup, rules: Rules) -> Found:
    """Everything worked out from the past that `read` gives; whoever regroups it is the last to hold it."""
    past = read()
    wallets = of_wallets(past, rules)
    groups = wallets.clusters
    trader_of = {past.wallets[w]: groups.ids[groups.of[w]] for w in np.flatnonzero(groups.of >= 0).tolist()}
    handed = [past]
    del past
    return of_traders(wallets, regroup(handed.pop, trader_of), rules)


def of_wallets(past: Past, rules: Rules) -> Wallets:
    """What is told of single wallets."""
    kinds = behaviours(past)
    edges = relations(past)
    groups = clusters(
        edges, len(past.wallets), names=past.wallets, first_seen=first_seen(past), excluded=kinds.excluded,
        whitelist=frozenset(rules.whitelist), moves=past.moves,
    )  # fmt: skip
    suspects = (groups.of >= 0) & ~_whitelisted(groups)
    return Wallets(
        names=past.wallets, venue=past.venue, active=active(past),
        kinds=with_self_trades(with_sybils(kinds, suspects, groups.confidence), past, groups.of), edges=edges,
        clusters=groups, early=_named(early_buyers(past, kinds, groups.of), past), presence=presence(past, kinds),
        seen_tokens=len(np.unique(past.seen.asset)),
    )  # fmt: skip


def of_traders(wallets: Wallets, pooled: Pooled, rules: Rules) -> Found:
    """What is told of traders: clusters, and wallets that are in none."""
    traders, groups = pooled.past, wallets.clusters
    kinds = behaviours(traders)
    own = np.bincount(pooled.of, wallets.kinds.findings["self"], len(traders.wallets)).astype(np.int64)
    kinds = replace(kinds, suspicious=kinds.suspicious + own)  # trades of a cluster with itself (U-27)
    paths = Paths.of(traders)
    gates = universe.doors(traders, kinds, rate_ppm=rules.universe_ppm)
    selected = through_winners(traders)
    skill = judge(
        bets(traders, paths, kinds), len(traders.wallets), barred=barred(kinds) | _mostly(barred(wallets.kinds), pooled),
        found_at=gates.judged_from() if selected else None,
    )  # fmt: skip
    points = score(
        traders, paths, kinds, rules.profile, cluster_confidence=_confidence(groups, pooled),
        verified=_verified(rules, wallets.names, pooled), inorganic=pooled.mates,
    )  # fmt: skip
    records = omegas(traders)
    counted = smart(points, skill, rules)
    return Found(
        wallets=wallets, traders=pooled, kinds=kinds, skill=skill, scores=points, doors=gates, smart=counted,
        rates=universe.entry_rates(traders, rules.universe_ppm if selected else None),
        tokens=tokens(
            traders, _standing(points, counted, groups, pooled, kinds), adjustment=market_adjustment(points),
            rules=TokenRules(wallet=structs.replace(tokenparts.RULES, smart_score=rules.smart_points)),
        ),
        omegas=records,
        owrrs=owrrs(traders, records),
    )  # fmt: skip


def active(past: Past) -> Bools:
    """Wallets that traded, hold a position or were seen trading."""
    out = np.zeros(len(past.wallets), np.bool_)
    for ranks in (past.tape.wallet, past.column("wallet"), past.seen.wallet):
        out[ranks] = True
    return out


def market_adjustment(points: Scores) -> float:
    """What the present regime is worth to a token, 0.8-1.2: the mean market factor of those who trade there (U-14, U-13)."""
    there = (points.venue == SOLANA) & ~np.isnan(points.points)
    return float(points.factors["market"][there].mean()) if there.any() else 1.0


def _named(table: pa.Table, past: Past) -> pa.Table:
    """Texts in place of the ranks of assets and wallets."""
    for name, names in (("asset", past.assets), ("wallet", past.wallets)):
        texts = pa.array(names, pa.string()).take(table[name].combine_chunks())
        table = table.set_column(table.column_names.index(name), name, texts)
    return table


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


def _mostly(single: Bools, pooled: Pooled) -> Bools:
    """Traders at least half of whose wallets are so: what shows in single wallets may vanish when they are booked as one."""
    size = len(pooled.past.wallets)
    return np.asarray(2 * np.bincount(pooled.of[single], minlength=size) >= np.bincount(pooled.of, minlength=size))


def smart(points: Scores, skill: Skill, rules: Rules) -> Bools:
    """Traders that count as smart money: enough points (D-03), and at least the verdict that is asked for."""
    enough = np.nan_to_num(points.points) >= rules.smart_points
    if rules.smart_verdict == "any":
        return enough
    wanted = [SKILLED] if rules.smart_verdict == "skilled" else [SKILLED, VERDICTS.index("promising")]
    return enough & np.isin(skill.verdict, wanted)


def _standing(points: Scores, counted: Bools, groups: Clusters, pooled: Pooled, kinds: Behaviours) -> Standing:
    """What tokens are told of each trader: its points, its cluster, signs of a bot."""
    cluster = np.full(len(pooled.past.wallets), -1, np.int32)
    inside = groups.of >= 0
    cluster[pooled.of[inside]] = groups.of[inside]
    return Standing(
        points=points.points, smart=counted, reputation=np.nan_to_num(points.reputation, nan=NEUTRAL), cluster_of=cluster,
        cluster_confidence=_confidence(groups, pooled), cluster_risk=groups.risk, whitelisted=groups.whitelisted,
        bot_network=np.array([kind == "bot_network" for kind in groups.kind], np.bool_), bot=kinds.of("bot"),
        suspicious=kinds.suspicious > 0, excluded=kinds.excluded,
    )  # fmt: skip


def _whitelisted(groups: Clusters) -> Bools:
    return np.asarray((groups.of >= 0) & np.append(groups.whitelisted, False)[groups.of])


def _confidence(groups: Clusters, pooled: Pooled) -> Any:
    """Cluster confidence by trader; 0 for wallets in none and for whitelisted clusters."""
    confidence = np.zeros(len(pooled.past.wallets))
    own = np.where(_whitelisted(groups), 0.0, np.append(groups.cluster_confidence, 0.0)[groups.of])
    np.maximum.at(confidence, pooled.of, np.where(groups.of >= 0, own, 0.0))
    return confidence


def _verified(rules: Rules, names: Texts, pooled: Pooled) -> Bools:
    checked = frozenset(rules.verified)
    out = np.zeros(len(pooled.past.wallets), np.bool_)
    out[[int(pooled.of[rank]) for rank, text in enumerate(names) if text in checked]] = True
    return out
