"""Groups of wallets of one hand, from transfers alone: the detector behind `remora clusters find` (U-30, SYB-01).

Nothing is learnt from labels. Links to public addresses are left out (`hubs`); what remains ties wallets together, each
link as strongly as its kind deserves (`ties`): who was funded by its only or first source, who passed money on. Where
first use, volume or amounts are known, how near linked wallets lie in them, against everybody, teaches how far each kind
of link can be trusted (`cohesion`), and says which members belong and which groups are coincidences (`groups`).
Communities are cut where ties are weak (`communities`). A wallet that was only sent something, and has a source of its
own, is never held to belong by that alone (S9).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.clusters import cluster_id
from remora.analysis.communities import communities, graph, strengths
from remora.analysis.groups import Groups, judged
from remora.analysis.links import NEVER, Scene, direct, scene
from remora.analysis.ties import Ties, beginnings, ties
from remora.model.units import HOUR

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]

COLUMNS: Final = ("address", "cluster_id", "confidence", "risk", "kind")
_ALIKE: Final = 0.01
"""Amounts within this part of the group's median are the same."""
_NARROW: Final = 0.5
"""Volumes are alike where their spread is below this part of everybody's."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How strict the search is.

    smallest: members of a group (SYB-01). least: confidence from which a member is shown. resolution: a link of weight 1
    joins two groups only while the product of their strengths stays below its inverse (two stars of 35 wallets). prior,
    slope: log odds of a group of the smallest size, and what each factor e of members adds.
    """

    smallest: int = 3
    least: float = 0.45
    resolution: float = 0.0002
    prior: float = 0.6
    slope: float = 1.0


DEFAULT: Final = Settings()


def find(
    transfers: pa.Table, *, entities: pa.Table | None = None, candidates: pa.Table | None = None, settings: Settings = DEFAULT
) -> pa.Table:
    """One row per candidate (else per address), sorted: address, cluster_id ("" = none), confidence, risk, kind.

    confidence: how likely the wallet belongs to a group of one hand; below `settings.least` where it is in no cluster.

    transfers: from, to, and where known asset, amount, happened_at, chain. entities: address, kind. candidates: address,
    first_use_at, volume_usd. Addresses that start with 0x are compared in lower case. Equal tables in any order of rows
    give equal answers. Raises KeyError where from, to or address is missing.
    """
    s = direct(scene(transfers, entities, candidates))
    t = ties(s)
    found = judged(
        s, t, _communities(s, t, settings.resolution),
        smallest=settings.smallest, least=settings.least, prior=settings.prior, slope=settings.slope,
    )  # fmt: skip
    return _table(s, t, found)


def _communities(s: Scene, t: Ties, resolution: float) -> Ids:
    """Community of each node, -1 where nothing ties it."""
    used = np.unique(np.concatenate([t.links.sender, t.links.receiver]))
    place = np.full(len(s.names), -1, np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    g = graph(len(used), place[t.links.sender], place[t.links.receiver], t.weight)
    community = np.full(len(s.names), -1, np.int32)
    community[used] = communities(g, resolution=resolution, mass=strengths(g))
    return community


def _table(s: Scene, t: Ties, found: Groups) -> pa.Table:
    names = s.names.to_pylist()
    seen, money = beginnings(s)
    first = np.where(s.first_use == NEVER, np.where(np.isnan(seen), np.inf, seen), s.first_use)
    shown = np.flatnonzero(s.candidate)
    ids, kinds, risk = [""] * len(names), [""] * len(names), np.zeros(len(names))
    member = np.flatnonzero(found.of >= 0)
    member = member[np.lexsort((member, first[member], found.of[member]))]
    volume = np.log1p(np.maximum(s.volume, 0.0))
    usual = float(np.nanstd(volume)) if _told(volume) else 0.0
    for group in np.split(member, np.flatnonzero(np.diff(found.of[member])) + 1) if len(member) else []:
        name = cluster_id(names[group[0]])
        risk[group], kind = _risk(first[group], money[group], volume[group], usual)
        for i in group.tolist():
            ids[i], kinds[i] = name, kind
    pick = shown.tolist()
    return pa.table({
        "address": pa.array([names[i] for i in pick], pa.string()),
        "cluster_id": pa.array([ids[i] for i in pick], pa.string()),
        "confidence": pa.array(np.round(found.confidence[shown], 6)), "risk": pa.array(risk[shown]),
        "kind": pa.array([kinds[i] for i in pick], pa.string()),
    })  # fmt: skip


def _risk(begun: Floats, paid: Floats, volume: Floats, usual: float) -> tuple[float, str]:
    """(0.4 + 0.2 same amounts + 0.2 same hour + 0.2 alike volumes (U-28, for tokens in common), kind of D-34)."""
    same_amount = _told(paid) and _most(np.abs(paid - np.nanmedian(paid)) <= _ALIKE * np.nanmedian(paid))
    same_hour = bool(np.isfinite(begun).all()) and _most(np.abs(begun - np.median(begun)) <= HOUR / 2)
    alike = _told(volume) and bool(np.nanstd(volume) < _NARROW * usual)
    kind = "bot_network" if same_amount and same_hour else "family"
    return round(0.4 + 0.2 * same_amount + 0.2 * same_hour + 0.2 * alike, 1), kind


def _told(values: Floats) -> bool:
    return bool(np.count_nonzero(~np.isnan(values)) >= 3)


def _most(flags: Any) -> bool:
    return bool(np.count_nonzero(flags) * 2 > len(flags))
