"""The tables of a scorebook: texts in place of ranks, one row per wallet, trader, cluster, tie, token, market ..."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.analysis.behaviour import BEHAVIOURS, WALLET_TYPES
from remora.analysis.edges import KINDS, METHODS
from remora.analysis.findings import Found
from remora.analysis.past import VENUES, Texts
from remora.analysis.profiles import GROUPS
from remora.analysis.skill import REASONS, UNITS, VERDICTS
from remora.analysis.universe import DOORS
from remora.formulas.points import LEVELS

PRESENCE_ROWS: Final = 1_000
"""Places of the ranking by presence that are kept."""
STATUSES: Final = ("none", "member", "excluded")
_SKILL: Final = (
    "edge", "low", "high", "p_edge_gt_cost", "lfsr", "p_value", "q_value", "n_effective", "n_bets", "concentration",
    "rank_stability",
)  # fmt: skip


def tables(found: Found) -> dict[str, pa.Table]:
    """All tables of a scorebook."""
    return {
        "wallets": _wallets(found), "traders": _traders(found), "parts": _parts(found), "clusters": _clusters(found),
        "relations": _relations(found), "tokens": _tokens(found), "early_buyers": found.wallets.early,
        "presence": _presence(found), "omegas": _omegas(found), **_consensus(found),
    }  # fmt: skip


def _words(words: tuple[str, ...] | list[str], places: Any) -> pa.Array:
    """Words by their places; null for -1."""
    places = np.asarray(places, np.int64)
    return pa.array(words, pa.string()).take(pa.array(places, mask=places < 0))


def _floats(values: Any) -> pa.Array:
    """Floats; NaN is null."""
    values = np.asarray(values, np.float64)
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _times(values: Any) -> pa.Array:
    return pa.array(np.asarray(values, np.int64), pa.int64(), mask=np.asarray(values) < 0)


def _texts(names: Texts, ranks: Any) -> pa.Array:
    return _words(names, ranks)


def _wallets(found: Found) -> pa.Table:
    """One row per wallet that traded or was seen trading: who it is, whose, and what its trader is worth."""
    mine = found.wallets
    groups, kinds = mine.clusters, mine.kinds
    rows = np.flatnonzero(mine.active)
    cluster = groups.of[rows]
    columns: dict[str, Any] = {
        "wallet": _texts(mine.names, rows), "venue": _words(VENUES, mine.venue[rows]),
        "trader": _texts(found.traders.past.wallets, found.traders.of[rows]),
        "cluster_id": _words(groups.ids, cluster), "cluster_confidence": pa.array(groups.confidence[rows]),
        "cluster_status": _words(STATUSES, groups.status[rows]),
        "coordination": _floats(_coordination(found)[rows]),
        "wallet_type": _words(WALLET_TYPES, kinds.wallet_type[rows]), "type_confidence": pa.array(kinds.type_confidence[rows]),
        "behaviour": _words(BEHAVIOURS, kinds.behaviour[rows]),
        "behaviour_confidence": pa.array(kinds.behaviour_confidence[rows]),
        "bot_score": _floats(kinds.bot_score[rows]), "bot_high": _floats(kinds.bot_high[rows]),
        "suspicious": pa.array(kinds.suspicious[rows]), "response_ms": _floats(kinds.response_ms[rows]),
        "reasons": pa.array([kinds.reasons(rank) for rank in rows.tolist()], pa.list_(pa.string())),
        "infrastructure": pa.array([kinds.infrastructure.get(rank) for rank in rows.tolist()], pa.string()),
    }  # fmt: skip
    return pa.table(columns)


def _coordination(found: Found) -> Any:
    """Mean timing correlation with cluster mates (U-32); NaN without any."""
    edges, of = found.wallets.edges, found.wallets.clusters.of
    timed = np.flatnonzero(~np.isnan(edges.correlation) & (of[edges.a] >= 0) & (of[edges.a] == of[edges.b]))
    both = np.concatenate((edges.a[timed], edges.b[timed]))
    size = len(found.wallets.names)
    count = np.bincount(both, minlength=size)
    total = np.bincount(both, np.tile(edges.correlation[timed], 2), size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _traders(found: Found) -> pa.Table:
    """One row per trader (a cluster, or a wallet in none): verdict, points, factors, hit rate of entries."""
    skill, points, rates, past = found.skill, found.scores, found.rates, found.traders.past
    columns: dict[str, Any] = {"trader": pa.array(past.wallets, pa.string()), "venue": _words(VENUES, points.venue)}
    columns |= {"verdict": _words(VERDICTS, skill.verdict), "verdict_reason": _words(REASONS, skill.reason_code)}
    columns |= {f"skill_{name}" if name in ("low", "high") else name: _numbers(getattr(skill, name)) for name in _SKILL}
    columns["unit"] = _words(UNITS, skill.unit)
    for name in ("points", "low", "high", "percentile", "reputation"):
        columns[f"points_{name}" if name in ("low", "high") else name] = _floats(getattr(points, name))
    none = np.isnan(points.points)
    columns |= {f"group_{name}": _floats(points.groups[:, place]) for place, name in enumerate(GROUPS)}
    columns["level"] = _words(LEVELS, np.where(none, -1, points.level))
    columns["no_points_because"] = pa.array([_reason(code) for code in points.reason.tolist()], pa.string())
    columns |= {f"factor_{name}": _floats(values) for name, values in sorted(points.factors.items())}
    columns |= {f"percentile_{name}": _floats(values) for name, values in sorted(points.percentiles.items())}
    hits = ("value", "low", "high", "lift", "lift_low", "lift_high", "q")
    columns |= {
        "smart": pa.array(found.smart), "door": _words(DOORS, found.doors.door), "found_at": _times(found.doors.found_at),
        "entered": pa.array(rates.entered), "completed": pa.array(rates.completed),
        **{f"hit_{name}": _floats(getattr(rates, name)) for name in hits},
    }  # fmt: skip
    table = pa.table(columns)
    return table.filter(pa.array(_active_traders(found)))


def _active_traders(found: Found) -> Any:
    out = np.zeros(len(found.traders.past.wallets), np.bool_)
    out[found.traders.of[found.wallets.active]] = True
    return out


def _reason(code: int) -> str | None:
    from remora.analysis.score import REASONS as WHY

    return WHY[code] or None


def _numbers(values: Any) -> pa.Array:
    values = np.asarray(values)
    return _floats(values) if values.dtype.kind == "f" else pa.array(values)


def _parts(found: Found) -> pa.Table:
    """One row per trader with points: points, most, low, high and n of each part of its venue, as columns PART.points ..."""
    scored = ~np.isnan(found.scores.points)
    columns: dict[str, Any] = {"trader": _texts(found.traders.past.wallets, np.flatnonzero(scored))}
    for name, part in sorted(found.scores.parts.items()):
        for field in ("points", "max", "low", "high", "n"):
            columns[f"{name}.{field}"] = _floats(getattr(part, field)[scored])
    return pa.table(columns)


def _clusters(found: Found) -> pa.Table:
    groups = found.wallets.clusters
    trader = {text: rank for rank, text in enumerate(found.traders.past.wallets)}
    ranks = [trader.get(name, -1) for name in groups.ids]
    points = np.append(found.scores.points, np.nan)[ranks]
    return pa.table({
        "cluster_id": pa.array(groups.ids, pa.string()), "kind": pa.array(groups.kind, pa.string()),
        "methods": pa.array([list(methods) for methods in groups.methods], pa.list_(pa.string())),
        "size": pa.array(groups.size, pa.int64()), "confidence": pa.array(groups.cluster_confidence),
        "risk": pa.array(groups.risk), "whitelisted": pa.array(groups.whitelisted), "points": _floats(points),
        "verdict": _words(VERDICTS, [int(found.skill.verdict[rank]) if rank >= 0 else -1 for rank in ranks]),
    }).sort_by("cluster_id")  # fmt: skip


def _relations(found: Found) -> pa.Table:
    edges, names = found.wallets.edges, found.wallets.names
    return pa.table({
        "a": _texts(names, edges.a), "b": _texts(names, edges.b), "kind": _words(KINDS, edges.kind),
        "method": _words(METHODS, edges.method), "confidence": pa.array(edges.confidence), "count": pa.array(edges.count),
        "first_at": _times(edges.first_at), "last_at": _times(edges.last_at), "evidence": edges.evidence,
    })  # fmt: skip


def _tokens(found: Found) -> pa.Table:
    table, past = found.tokens, found.traders.past
    return table.set_column(table.column_names.index("asset"), "asset", _texts(past.assets, np.asarray(table["asset"])))


def _presence(found: Found) -> pa.Table:
    return found.wallets.presence.table(found.wallets.names, PRESENCE_ROWS)


def _omegas(found: Found) -> pa.Table:
    table, past = found.omegas, found.traders.past
    place = table.column_names.index("wallet")
    table = table.set_column(place, "trader", _texts(past.wallets, np.asarray(table["wallet"])))
    place = table.column_names.index("category")
    return table.set_column(place, "category", _words(past.questions.categories, np.asarray(table["category"])))


def _consensus(found: Found) -> dict[str, pa.Table]:
    """OWRR of each open market, and the votes behind it."""
    past, table = found.traders.past, found.owrrs.table
    place = table.column_names.index("market")
    table = table.set_column(place, "market", _texts(past.markets, np.asarray(table["market"])))
    place = table.column_names.index("category")
    table = table.set_column(place, "category", _words(past.questions.categories, np.asarray(table["category"])))
    votes = found.owrrs.votes
    where = votes["place"]
    about = {"market": table["market"].take(where), "outcome": table["outcome"].take(where)}
    votes = pa.table({**about, **{name: votes[name] for name in votes.column_names if name != "place"}})
    return {"consensus": table, "votes": votes}
