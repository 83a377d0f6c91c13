"""Who bought a token before it graduated, and who of them is left when dev, snipers and groups are taken out (GRD-03..07)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.behaviour import BEHAVIOURS, DEV, Behaviours
from remora.analysis.entries import Entries, entries
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import BUY, Ids, Past
from remora.analysis.roles import launch_bundles
from remora.model.units import MINUTE, SECOND

Floats = NDArray[np.float64]

FILTERS: Final = ("", "infrastructure", "dev", "insider", "sniper", "bundler", "coordinated group")
"""Why an early buyer is taken out (GRD-04); '' = kept."""
GROUP: Final = 2
"""So many members of one cluster among a token's early buyers are a coordinated group."""
CURVE_ATOMS: Final = 793_100_000 * 10**6
"""What a bonding curve sells before it completes."""


def early_buyers(
    past: Past, behaviours: Behaviours, clusters_of: Ids | None = None, *, window_minutes: int | None = None,
    rows: Entries | None = None,
) -> pa.Table:  # fmt: skip
    """One row per (asset, wallet) that bought before the graduation: asset, wallet (ranks), bought_at, minutes_before
    graduation (> 0), seconds_after launch (null unknown), bought (money), kept, reason (why not kept).

    window_minutes: only purchases so soon after the launch (GRD-05; 60 in one source), None: any before graduation.
    """
    rows = entries(past) if rows is None else rows
    graduated = past.tokens.graduated_at[rows.asset]
    here = (rows.bought_at >= 0) & (graduated >= 0) & (rows.bought_at < graduated)
    if window_minutes is not None:
        here &= (rows.after >= 0) & (rows.after <= window_minutes * MINUTE)
    crowd = launch_bundles(past, rows)
    here_rows = np.flatnonzero(here)
    here_rows = here_rows[np.lexsort((rows.wallet[here_rows], rows.asset[here_rows]))]
    reason = _reasons(behaviours, rows, here_rows, crowd, clusters_of)
    at, after = rows.bought_at[here_rows], rows.after[here_rows]
    columns: dict[str, Any] = {
        "asset": pa.array(rows.asset[here_rows], pa.int32()),
        "wallet": pa.array(rows.wallet[here_rows], pa.int32()),
        "bought_at": pa.array(at, pa.int64()),
        "minutes_before": pa.array((graduated[here_rows] - at) / MINUTE, pa.float64()),
        "seconds_after": pa.array(after / SECOND, pa.float64(), mask=after < 0),
        "bought": pa.array(rows.bought[here_rows], pa.int64()),
        "kept": pa.array(reason == 0, pa.bool_()),
        "reason": pa.array(FILTERS, pa.string()).take(pa.array(reason)),
    }
    return pa.table(columns)


def _reasons(found: Behaviours, rows: Entries, here: Ints, crowd: Bools, clusters_of: Ids | None) -> Ints:
    """Place in FILTERS by row of `here`: the first that holds."""
    wallet, behaviour = rows.wallet[here], found.behaviour[rows.wallet[here]]
    grouped = np.zeros(len(here), np.bool_)
    if clusters_of is not None:
        cluster = clusters_of[wallet].astype(np.int64)
        key = (rows.asset[here].astype(np.int64) << 32) + cluster
        _, place, count = np.unique(key, return_inverse=True, return_counts=True)
        grouped = (cluster >= 0) & (count[place] >= GROUP) if len(here) else grouped

    def behaves(name: str) -> Bools:
        return np.asarray(behaviour == BEHAVIOURS.index(name))

    masks = (
        found.excluded[wallet], rows.own[here] | (found.wallet_type[wallet] == DEV), behaves("insider"),
        rows.sniped[here] | behaves("sniper"), crowd[here] | behaves("bundler"), grouped,
    )  # fmt: skip
    return np.select(masks, np.arange(1, len(FILTERS)), 0).astype(np.int64)


@dataclass(frozen=True)
class Coverage:
    """How much of what happened before graduations was recorded (GRD-11, D-25).

    tokens: graduated; with_buyers: those with an early buyer; token_share of the two (aim 80 %). curve_share: mean share
    of the curve's 793.1 million tokens that recorded trades account for, the measure of early-buyer coverage (aim 85 %);
    NaN where no graduated token was launched in the records.
    """

    tokens: int
    with_buyers: int
    token_share: float
    curve_share: float


def coverage(past: Past) -> Coverage:
    """Coverage of the graduated tokens of a past. A token without its launch is not measured against the curve."""
    tape, tokens = past.tape, past.tokens
    graduated = tokens.graduated_at[tape.asset]
    before = (graduated >= 0) & (tape.at <= graduated)
    signed = np.where(tape.side == BUY, tape.quantity, -tape.quantity)[before] / CURVE_ATOMS
    share = np.clip(np.bincount(tape.asset[before], signed, len(past.assets)), 0.0, 1.0)
    bought = np.bincount(tape.asset[before & (tape.side == BUY)], minlength=len(past.assets)) > 0
    there = tokens.graduated_at >= 0
    measured = there & (tokens.launched_at >= 0)
    count, with_buyers = int(there.sum()), int((there & bought).sum())
    return Coverage(
        count, with_buyers, with_buyers / count if count else float("nan"),
        float(share[measured].mean()) if measured.any() else float("nan"),
    )  # fmt: skip


def time_to_graduation(past: Past) -> tuple[Bools, Floats]:
    """By row of the tape: the token has graduated, and the minutes until it did (NaN: it did not, or before the trade)."""
    graduated = past.tokens.graduated_at[past.tape.asset]
    minutes = (graduated - past.tape.at) / MINUTE
    return graduated >= 0, np.where((graduated >= 0) & (minutes > 0), minutes, np.nan)


def traders_of(past: Past, asset: int) -> Ids:
    """Everybody who traded a token, by wallet rank: whose figures change when it graduates (GRD-07)."""
    return np.unique(past.tape.wallet[past.tape.asset == asset])
