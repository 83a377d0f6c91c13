"""Ranking by presence alone: who is seen in more completed curves than chance would put him in.

Nothing is known but that a wallet traded a token. Two things must be taken out of such a list: accounts that are in
everything, and the luck of those who trade much or trade what everybody trades. The chance model keeps both: it deals
the same number of places among the tokens, each token drawing wallets by its own popularity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis import chance
from remora.analysis.behaviour import Behaviours
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import Past, Texts
from remora.analysis.shrinkage import benjamini_hochberg
from remora.analysis.structure import no_people

Floats = NDArray[np.float64]

COMES_WITH_COMPLETION: Final = 0.5
COMPLETIONS: Final = 5
"""Half or more of its tokens completed, and at least five of them: it comes when a curve completes (migrations,
arbitrage, the last purchase), for nobody foresees one in a thousand so often."""

ENOUGH_TOKENS: Final = 5
"""A wallet seen in fewer tokens is neither ranked nor tested: one hit of one proves nothing, and every test costs power."""


@dataclass(frozen=True)
class Presence:
    """By wallet: tokens it was seen in, completed of them, expected by chance, lift and its 90 % interval, p and q.

    left_out: wallet -> why it is not ranked. base: share of completed tokens; place_base: share of completed among all
    places of wallets in tokens, which is what chance gives.
    """

    tokens: Ints
    completed: Ints
    expected: Floats
    lift: Floats
    lift_low: Floats
    lift_high: Floats
    p: Floats
    q: Floats
    base: float
    place_base: float
    left_out: dict[int, str]

    def ranked(self) -> Ints:
        """Wallets of ENOUGH_TOKENS tokens and a completed one, by p (then completions, then rank), without those left out."""
        wallets = np.flatnonzero((self.completed > 0) & (self.tokens >= ENOUGH_TOKENS))
        out = np.zeros(len(self.tokens), np.bool_)
        out[list(self.left_out)] = True
        wallets = wallets[~out[wallets]]
        return wallets[np.lexsort((wallets, -self.completed[wallets], self.p[wallets]))]

    def table(self, names: Texts, limit: int = 100) -> pa.Table:
        """The first rows of the ranking. names: addresses by wallet rank."""
        w = self.ranked()[:limit]
        columns: dict[str, Any] = {"wallet": pa.array([names[i] for i in w.tolist()], pa.string())}
        for name in ("completed", "tokens", "expected", "lift", "lift_low", "lift_high", "p", "q"):
            columns[name] = pa.array(getattr(self, name)[w])
        return pa.table(columns)


def presence(past: Past, behaviours: Behaviours | None = None) -> Presence:
    """The figures of every wallet of the presence lists."""
    n, seen = len(past.wallets), past.seen
    done = past.tokens.graduated_at[seen.asset] >= 0
    tokens, completed = (np.bincount(which, minlength=n).astype(np.int64) for which in (seen.wallet, seen.wallet[done]))
    left_out = dict(no_people(past) if behaviours is None else behaviours.infrastructure)
    left_out |= {w: why for w, why in _with_completion(tokens, completed) if w not in left_out}
    counted = ~np.isin(seen.wallet, np.array(list(left_out), np.int64))
    places = int(counted.sum())
    place_base = float(done[counted].mean()) if places else float("nan")
    expected = np.asarray(tokens * (place_base if places else 0.0), np.float64)
    figures = completed.astype(np.float64), tokens.astype(np.float64)
    lift, low, high = chance.ratio(*figures, place_base * places if places else 0.0, places)
    p = chance.at_least(completed, expected)
    there: Bools = np.unique(seen.asset)
    base = float((past.tokens.graduated_at[there] >= 0).mean()) if len(there) else float("nan")
    tested = tokens >= ENOUGH_TOKENS
    tested[list(left_out)] = False
    q = np.ones(n)
    q[tested] = benjamini_hochberg(p[tested])
    return Presence(tokens, completed, expected, lift, low, high, p, q, base, place_base, left_out)


def _with_completion(tokens: Ints, completed: Ints) -> list[tuple[int, str]]:
    often = (completed >= COMPLETIONS) & (completed >= COMES_WITH_COMPLETION * tokens)
    return [(int(w), f"comes with completion: {completed[w]} of its {tokens[w]} tokens") for w in np.flatnonzero(often)]
