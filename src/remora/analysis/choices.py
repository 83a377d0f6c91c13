"""Which tokens each wallet chose, and how many two wallets share beyond what chance gives wallets as active."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.past import Ids
from remora.model.units import DAY

Reals = NDArray[np.float64]

BEYOND_CHANCE: Final = 3.0
"""Tokens in common say something where they are so many times those expected ..."""
UNLIKELY: Final = 0.01
"""... and chance gives as many less often than this."""


@dataclass(frozen=True)
class Choices:
    """One row per (wallet, token), sorted by wallet and `number`: the token's place among all by the time they opened.

    start[w]:start[w+1]: rows of wallet w. day: on which the token opened (0: unknown). likely: by day, how likely two
    purchases of that day are of one token: the sum over tokens of (its buyers / all buyers)^2. buyers: by token. row:
    where each stood in what the choices were made of.
    """

    wallet: Ids
    asset: Ids
    number: Ids
    start: Ints
    day: Ids
    likely: Reals
    buyers: Ints
    row: Ints

    @property
    def tokens(self) -> Ints:
        """Tokens by wallet."""
        return np.diff(self.start)

    def shared(self, keys: Ints) -> tuple[Ints, Reals]:
        """(tokens in common, how many chance gives) of pairs of wallets."""
        common, chance = np.zeros(len(keys), np.int64), np.zeros(len(keys))
        _shared(keys, self.number, self.day, self.start, self.likely, common, chance)
        return common, chance


def chosen(wallet: Ids, asset: Ids, opened: Ints, wallets: int) -> Choices:
    """Choices of distinct (wallet, asset) in any order; opened: by asset, -1 unknown."""
    assets = len(opened)
    number = np.empty(assets, np.int32)
    number[np.argsort(opened, kind="stable")] = np.arange(assets, dtype=np.int32)
    order = np.argsort((wallet.astype(np.int64) << 32) | number[asset])
    wallet, asset = wallet[order], asset[order]
    day = np.where(opened >= 0, opened // DAY, 0)
    day = np.searchsorted(np.unique(day), day).astype(np.int32)
    buyers = np.bincount(asset, minlength=assets)
    total = np.bincount(day, buyers, 1) if assets else np.zeros(1)
    squares = np.bincount(day, buyers.astype(np.float64) ** 2, 1) if assets else np.zeros(1)
    start = np.concatenate(([0], np.cumsum(np.bincount(wallet, minlength=wallets))))
    likely = squares / np.maximum(total * total, 1)
    return Choices(wallet, asset, number[asset], start, day[asset], likely, buyers, order)


def beyond(common: Ints, chance: Reals, at_least: int, unlikely: float = UNLIKELY) -> Bools:
    """Where so many tokens are shared, BEYOND_CHANCE times those expected, and that is unlikely by chance."""
    return np.asarray((common >= at_least) & (common >= BEYOND_CHANCE * chance) & (rarity(common, chance) <= unlikely))


def rarity(common: Ints, chance: Reals) -> Reals:
    """Chernoff's bound of the chance that a Poisson count of mean `chance` comes to `common`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = chance - common + common * np.log(common / chance)
    return np.where(common > chance, np.exp(-np.where(np.isfinite(distance), distance, 0.0)), 1.0)


@compiled
def _shared(keys: Any, number: Any, day: Any, start: Any, likely: Any, common: Any, chance: Any) -> None:
    for pair in range(len(keys)):
        a, b = keys[pair] >> 32, keys[pair] & 0xFFFFFFFF
        i, i_end, j, j_end = start[a], start[a + 1], start[b], start[b + 1]
        while i < i_end and j < j_end:
            if number[i] < number[j]:
                i += 1
            elif number[i] > number[j]:
                j += 1
            else:
                common[pair] += 1
                i += 1
                j += 1
        i, j = start[a], start[b]
        while i < i_end and j < j_end:
            if day[i] < day[j]:
                i += 1
            elif day[i] > day[j]:
                j += 1
            else:
                today, of_a, of_b = day[i], 0, 0
                while i < i_end and day[i] == today:
                    i += 1
                    of_a += 1
                while j < j_end and day[j] == today:
                    j += 1
                    of_b += 1
                chance[pair] += of_a * of_b * likely[today]
