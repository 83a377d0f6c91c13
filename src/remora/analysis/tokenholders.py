"""Who holds each token as of T: what the holder part and the token's risk are worked out from (TOK-31..35, U-24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints, compiled, group_sums
from remora.analysis.gather import key
from remora.analysis.past import SELL, Past
from remora.formulas.curve import SUPPLY_ATOMS
from remora.formulas.holders import AGE_BOUNDS, BALANCE_BOUNDS, Holders, RiskFacts, evenness, organic_growth
from remora.model.units import DAY, HOUR

Floats = NDArray[np.float64]

YOUNG_DAYS: Final = 7.0
_SHARED_COUNT: Final = 10
"""U-24: a number of transactions above this, shared by many, is a sign of washing."""


@dataclass(frozen=True)
class Wallets:
    """By wallet rank, from trades: first and last seen (ns, -1 never), number of trades."""

    first_at: Ints
    last_at: Ints
    trades: Ints


def wallets_seen(past: Past) -> Wallets:
    """When each wallet traded first and last; transfers count as seen too."""
    size, tape = len(past.wallets), past.tape
    starts = tape.wallet_starts(size)
    some = np.flatnonzero(np.diff(starts))
    never = np.iinfo(np.int64).max
    first, last = np.full(size, never, np.int64), np.full(size, -1, np.int64)
    if len(some):
        first[some] = np.minimum.reduceat(tape.at, starts[some])
        last[some] = np.maximum.reduceat(tape.at, starts[some])
    if past.moves is not None and len(past.moves):
        for who in (past.moves.sender, past.moves.receiver):
            here = (who >= 0) & (past.moves.at >= 0)
            np.minimum.at(first, who[here], past.moves.at[here])
            np.maximum.at(last, who[here], past.moves.at[here])
    return Wallets(np.where(first == never, -1, first), last, np.diff(starts))


@dataclass(frozen=True)
class TokenHolders:
    """One row per asked token. `atoms`: all that is held by anybody we know of, infrastructure included.

    count, gini, top (atoms); shares of the holders: bots, suspicious, smart, active, young, sellers, balanced, same_count,
    same_hour; ages: mean days; ages_even, balances_even: TOK-34's entropies; velocity: TOK-34's; mean_sells.
    """

    atoms: Ints
    count: Ints
    top: Ints
    shares: dict[str, Floats]
    means: dict[str, Floats]

    def holders(self, place: int, *, pump_supply: bool, bots_known: bool, smart_known: bool) -> Holders:
        """The formula's input for a row."""
        shares = {name: float(values[place]) for name, values in self.shares.items()}
        means = {name: float(values[place]) for name, values in self.means.items()}
        suspicion = shares["suspicious"] if bots_known else None
        return Holders(
            holders=int(self.count[place]), gini=means["gini"],
            top_share=int(self.top[place]) / SUPPLY_ATOMS if pump_supply else None,
            bot_share=shares["bots"] if bots_known else None, smart_share=shares["smart"] if smart_known else None,
            mean_age_days=means["age"], age_is_least=True, active_share=shares["active"],
            growth=organic_growth(means["ages_even"], means["balances_even"], suspicion), velocity=means["velocity"],
        )  # fmt: skip

    def risk(self, place: int, *, pump_supply: bool, bots_known: bool) -> RiskFacts:
        """U-24's input for a row. Ages are least ages, so how many are young is not known."""
        shares = {name: float(values[place]) for name, values in self.shares.items()}
        return RiskFacts(
            holders=int(self.count[place]), gini=float(self.means["gini"][place]),
            top_share=int(self.top[place]) / SUPPLY_ATOMS if pump_supply else None,
            bot_share=shares["bots"] if bots_known else None, young_share=None if shares["young"] > 0 else 0.0,
            same_count_share=shares["same_count"], same_hour_share=shares["same_hour"],
            balanced_share=shares["balanced"], seller_share=shares["sellers"],
            mean_sells=float(self.means["sells"][place]),
        )  # fmt: skip


@dataclass(frozen=True)
class _Rows:
    """One row per token and entity that holds it, sorted by token."""

    token: Ints
    entity: Ints
    held: Ints
    buys: Ints
    sells: Ints
    keys: Ints


def token_holders(past: Past, assets: Ints, entity_of: Ints, marks: dict[str, Bools]) -> TokenHolders:
    """Holders of those assets (ascending ranks). marks, by wallet: 'out' (no holder), 'bots', 'suspicious', 'smart'."""
    size = len(assets)
    rows, atoms = _rows(past, assets, entity_of, marks["out"])
    entities = int(entity_of.max(initial=-1)) + 1
    seen = wallets_seen(past)
    young = np.iinfo(np.int64).max
    first, last = np.full(entities, young, np.int64), np.full(entities, -1, np.int64)
    np.minimum.at(first, entity_of, np.where(seen.first_at < 0, young, seen.first_at))
    np.maximum.at(last, entity_of, seen.last_at)
    trades = group_sums(entity_of, seen.trades, entities)[0][rows.entity]
    first = np.where(first == young, past.as_of, first)[rows.entity]
    age = (past.as_of - first) / DAY
    quiet = (past.as_of - np.where(last < 0, 0, last)[rows.entity]) / DAY
    count = np.bincount(rows.token, minlength=size)
    whole = np.maximum(count, 1)

    def share(mask: Bools) -> Floats:
        return np.bincount(rows.token[mask], minlength=size) / whole

    sales, sellers = _sales(past, assets, entity_of, rows)
    shares = {name: share(_any(entity_of, marks[name], entities)[rows.entity]) for name in ("bots", "suspicious", "smart")}
    balanced = (rows.buys > 5) & (rows.sells > 5) & (np.abs(rows.buys - rows.sells) < 2)
    shares |= {"active": share(quiet <= 1), "young": share(age < YOUNG_DAYS), "sellers": share(sellers),
               "balanced": share(balanced)}  # fmt: skip
    start = np.searchsorted(rows.token, np.arange(size + 1))
    for name, values in (("same_count", np.where(trades > _SHARED_COUNT, trades, -1)), ("same_hour", first // HOUR)):
        most = np.zeros(size, np.int64)
        _mode(start, values, most)
        shares[name] = most / whole
    pace = 0.7 * np.maximum(0.0, 1 - quiet / 30) + 0.3 * np.minimum(1.0, trades / 100)
    means = {name: np.bincount(rows.token, values, size) / whole
             for name, values in (("age", age), ("velocity", pace), ("sells", sales))}  # fmt: skip
    means["gini"] = np.zeros(size)
    _gini(start, rows.held, means["gini"])
    means["ages_even"] = _evenness(rows.token, np.searchsorted(AGE_BOUNDS, age, side="right"), size)
    part = np.searchsorted(BALANCE_BOUNDS, rows.held / SUPPLY_ATOMS, side="right")
    means["balances_even"] = _evenness(rows.token, part, size)
    top = np.zeros(size, np.int64)
    np.maximum.at(top, rows.token, rows.held)
    return TokenHolders(atoms, count, top, shares, means)


def _any(entity_of: Ints, mark: Bools, entities: int) -> Bools:
    """By entity: any member is marked."""
    found = np.zeros(entities, np.bool_)
    found[entity_of[mark]] = True
    return found


def _rows(past: Past, assets: Ints, entity_of: Ints, out: Bools) -> tuple[_Rows, Ints]:
    column, size = past.column, len(assets)
    place = np.full(len(past.assets), -1, np.int64)
    place[assets] = np.arange(size)
    token, held, wallet = place[column("asset")], column("held_atoms"), column("wallet")
    here = (token >= 0) & (held > 0)
    atoms = group_sums(token[here], held[here], size)[0]
    here &= ~out[wallet]
    keys, group = np.unique(key(token[here], entity_of[wallet[here]]), return_inverse=True)
    sums = [group_sums(group, values[here], len(keys))[0] for values in (held, column("buys"), column("sells"))]
    return _Rows(keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31), sums[0], sums[1], sums[2], keys), atoms


def _sales(past: Past, assets: Ints, entity_of: Ints, rows: _Rows) -> tuple[Ints, Bools]:
    """By row: sales of the token in the last 24 hours, and whether there were any."""
    tape = past.tape
    place = np.full(len(past.assets), -1, np.int64)
    place[assets] = np.arange(len(assets))
    here = (tape.side == SELL) & (past.as_of - tape.at < DAY) & (place[tape.asset] >= 0)
    wanted = key(place[tape.asset[here]], entity_of[tape.wallet[here]])
    if not len(rows.keys):
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    at = np.minimum(np.searchsorted(rows.keys, wanted), len(rows.keys) - 1)
    sales = np.bincount(at[rows.keys[at] == wanted], minlength=len(rows.keys))
    return sales, sales > 0


@compiled
def _mode(start: Any, value: Any, most: Any) -> None:
    """How often the most frequent value (not below 0) occurs, by token."""
    for i in range(len(most)):
        ordered = np.sort(value[start[i] : start[i + 1]])
        run = 0
        for j in range(len(ordered)):
            run = run + 1 if j > 0 and ordered[j] == ordered[j - 1] else 1
            if ordered[j] >= 0:
                most[i] = max(most[i], run)


@compiled
def _gini(start: Any, held: Any, out: Any) -> None:
    """`formulas.holders.gini` of each token's balances."""
    for i in range(len(out)):
        ordered = np.sort(held[start[i] : start[i + 1]])
        count, whole, ranked = len(ordered), 0.0, 0.0
        for j in range(count):
            whole += ordered[j]
            ranked += (j + 1) * float(ordered[j])
        out[i] = 2 * ranked / (count * whole) - (count + 1) / count if whole > 0 else 0.0


def _evenness(token: Ints, bucket: Ints, size: int) -> Floats:
    """`formulas.holders.evenness` of each token's buckets (5 of them)."""
    buckets = len(AGE_BOUNDS) + 1
    counts = np.bincount(token * buckets + bucket, minlength=size * buckets).reshape(size, buckets)
    return np.array([evenness(row) for row in counts.tolist()], np.float64)
