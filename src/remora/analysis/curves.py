"""Walks over sorted groups: longest runs of one sign, largest fall of a running sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from remora.analysis.exact import Bools, Ints, checked_add, compiled


@compiled
def _runs(group: Any, values: Any, winning: Any, losing: Any) -> None:
    up, down, previous = 0, 0, -1
    for i in range(len(group)):
        g = group[i]
        if g != previous:
            up, down, previous = 0, 0, g
        up = up + 1 if values[i] > 0 else 0
        down = down + 1 if values[i] < 0 else 0
        winning[g] = max(winning[g], up)
        losing[g] = max(losing[g], down)


def runs(group: Ints, values: Ints, groups: int) -> tuple[Ints, Ints]:
    """Longest runs of positive and of negative values per group; rows sorted by group and time. Zero ends both."""
    winning, losing = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    _runs(group, np.ascontiguousarray(values), winning, losing)
    return winning, losing


@compiled
def _drawdowns(group: Any, at: Any, values: Any, fall: Any, fits: Any) -> None:
    total, peak, previous = 0, 0, -1
    for i in range(len(group)):
        g = group[i]
        if g != previous:
            total, peak, previous = 0, 0, g
        total, fine = checked_add(total, values[i])
        if not fine:
            fits[g] = False
        if i + 1 < len(group) and group[i + 1] == g and at[i + 1] == at[i]:
            continue  # what happened in one instant has no order: only its sum counts
        peak = max(peak, total)
        depth, fine = checked_add(peak, -total)
        if not fine:
            fits[g] = False
        fall[g] = max(fall[g], depth)


def drawdowns(group: Ints, at: Ints, values: Ints, groups: int) -> tuple[Ints, Bools]:
    """Largest fall of the running sum of values below its highest point (from 0 on), and where it fits 64 bits."""
    fall, fits = np.zeros(groups, np.int64), np.ones(groups, np.bool_)
    _drawdowns(group, at, np.ascontiguousarray(values), fall, fits)
    return fall, fits
