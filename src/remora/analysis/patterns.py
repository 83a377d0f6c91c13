"""Ties by habit: wallets that choose the same tokens, bet in the same sizes, at the same hours, and hold as long (U-30).

Only pairs that share rarely bought tokens are compared, never all pairs. Where nothing is known but that wallets were
seen with the same tokens, that alone is told, at a confidence that ties only the clearest.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.analysis.choices import Choices, Reals, beyond, rarity
from remora.analysis.edges import KINDS, METHODS, Edges, joined
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.pairs import candidates, halves
from remora.analysis.past import Past
from remora.analysis.sentences import percent, said
from remora.model.units import HOUR, SECOND

RARE: Final = 100
"""Tokens with more buyers are everybody's and propose no pairs."""
LEAST_COMMON: Final = 5
LEAST_TRADED: Final = 5
ALIKE: Final = 0.95
JACCARD: Final = 0.5
CONFIDENCE: Final = 0.7
"""Cosine (of each of the three profiles: copiers come near in two), Jaccard and confidence of U-30."""
SEEN_ONLY: Final = 0.3
NEARLY_ALL: Final = 0.8
SEEN_NEARLY_ALL: Final = 0.6
SEEN_TOKENS: Final = 8
"""Presence only: a Jaccard of 0.5 is told; 0.8 over eight tokens ties, moderately."""
CHANCE: Final = 1e-5
SEEN_CHANCE: Final = 1e-8
"""What is shared has to be rarer by chance (Poisson), the more where nothing else is known: pairs were picked among very
many."""
_SIZES: Final = 32
_QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


def pattern_edges(past: Past, choices: Choices, copying: Ints) -> Edges:
    """Edges of kind cotrade by the method trading_pattern. copying: pairs (keys) whose likeness is explained by copying."""
    keys = candidates(*_by_token(choices), choices.tokens >= LEAST_COMMON, LEAST_COMMON)
    common, chance = choices.shared(keys)
    a, b = halves(keys)
    jaccard = common / np.maximum(choices.tokens[a] + choices.tokens[b] - common, 1)
    kept = (jaccard >= JACCARD) & beyond(common, chance, LEAST_COMMON, CHANCE)
    keys, common, chance, jaccard = keys[kept], common[kept], chance[kept], jaccard[kept]
    a, b = halves(keys)
    involved, place = np.unique(np.concatenate((a, b)), return_inverse=True)
    left, right = place[: len(a)], place[len(a) :]
    cosines, traded = _cosines(past, involved, left, right)
    alike = traded & (cosines.min(axis=0) > ALIKE) & ~np.isin(keys, copying)
    unseen = ~traded & (rarity(common, chance) <= SEEN_CHANCE)
    evidence = said(common, " common tokens (", np.rint(chance).astype(np.int64), " by chance), Jaccard ", percent(jaccard))
    habits = said(
        evidence, "; sizes, hours and holding times alike by ", percent(cosines[0]), ", ", percent(cosines[1]), " and ",
        percent(cosines[2]),
    )  # fmt: skip
    told = np.where(unseen, np.asarray(said(evidence, "; times unknown"), object), np.asarray(habits, object))
    clear = unseen & (jaccard >= NEARLY_ALL) & (common >= SEEN_TOKENS)
    sure = np.select([alike, clear], [CONFIDENCE, SEEN_NEARLY_ALL], SEEN_ONLY)
    n = len(keys)
    edges = Edges(
        a, b, np.full(n, KINDS.index("cotrade"), np.int8), np.full(n, METHODS.index("trading_pattern"), np.int8), sure,
        common.astype(np.int32), np.full(n, -1), np.full(n, -1), pa.array(told, pa.string()),
    )  # fmt: skip
    return joined([edges])


def _by_token(choices: Choices) -> tuple[Any, Ints]:
    """(wallets token by token, by row one past the last of its token; the row itself where the token is not rare)."""
    pair = np.sort((choices.asset.astype(np.int64) << 32) | choices.wallet)
    asset, wallet = pair >> 32, (pair & 0xFFFFFFFF).astype(np.int32)
    end = np.cumsum(choices.buyers)[asset] if len(asset) else asset
    return wallet, np.where(choices.buyers[asset] <= RARE, end, np.arange(len(asset)) + 1)


def _cosines(past: Past, involved: Any, left: Ints, right: Ints) -> tuple[Reals, Bools]:
    """(cosines of sizes, hours and holding times by pair, pairs of which both have traded enough to tell)."""
    features, enough = _features(past, involved)
    cosines = np.zeros((len(features), len(left)))
    for which, feature in enumerate(features):
        length = np.sqrt((feature * feature).sum(axis=1, keepdims=True))
        unit = feature / np.maximum(length, 1e-300)
        _dots(unit, left, right, cosines[which])
    return cosines, enough[left] & enough[right]


@compiled
def _dots(unit: Any, left: Any, right: Any, out: Any) -> None:
    for i in range(len(left)):
        for k in range(unit.shape[1]):
            out[i] += unit[left[i], k] * unit[right[i], k]


def _features(past: Past, involved: Any) -> tuple[list[Reals], Bools]:
    """By wallet: size ladder (powers of two of the money of a purchase), hours of the day, quantiles of log holding time."""
    tape, n = past.tape, len(involved)
    place = np.full(len(past.wallets), -1)
    place[involved] = np.arange(n)
    rows = np.flatnonzero((tape.side == 0) & (place[tape.wallet] >= 0) & (tape.at >= 0))
    who = place[tape.wallet[rows]]
    size = np.clip(np.log2(np.maximum(tape.money[rows], 1) / 1e6), 0, _SIZES - 1.001)
    whole = size.astype(np.int64)  # shared between the nearest steps (and hours): no edge parts what is equal
    ladder: Any = np.bincount(who * _SIZES + whole, 1 - (size - whole), n * _SIZES)
    ladder += np.bincount(who * _SIZES + whole + 1, size - whole, n * _SIZES + 1)[: n * _SIZES]
    hour, part = (tape.at[rows] // HOUR) % 24, (tape.at[rows] % HOUR) / HOUR
    hours: Any = np.bincount(who * 24 + hour, 1 - part, n * 24) + np.bincount(who * 24 + (hour + 1) % 24, part, n * 24)
    held, whose = _holding(past, place)
    enough = (np.bincount(who, minlength=n) >= LEAST_TRADED) & (np.bincount(whose, minlength=n) >= LEAST_TRADED)
    quantiles = np.zeros((n, len(_QUANTILES)))
    start = np.searchsorted(whose, np.arange(n + 1)).astype(np.int64)
    _quantiles(held, start, np.array(_QUANTILES), quantiles)
    return [ladder.reshape(n, _SIZES), hours.reshape(n, 24), quantiles], enough


def _holding(past: Past, place: Ints) -> tuple[Reals, Ints]:
    """(log seconds from the first trade of a position to its last sale, of whom), sorted by wallet and time."""
    wallet, began, ended = past.column("wallet"), past.column("first_at"), past.column("last_sale_at")
    rows = np.flatnonzero((place[wallet] >= 0) & (began >= 0) & (ended >= began))
    held = np.log1p((ended[rows] - began[rows]) / SECOND)
    order = np.lexsort((held, place[wallet[rows]]))
    return held[order], place[wallet[rows]][order]


@compiled
def _quantiles(values: Any, start: Any, levels: Any, out: Any) -> None:
    for group in range(len(start) - 1):
        n = start[group + 1] - start[group]
        for k in range(len(levels)):
            if n > 0:
                at = levels[k] * (n - 1)
                low = int(at)
                high = min(low + 1, n - 1)
                x, y = values[start[group] + low], values[start[group] + high]
                out[group, k] = x + (at - low) * (y - x)
