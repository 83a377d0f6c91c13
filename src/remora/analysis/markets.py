"""Markets: Omega of each wallet in each category, and on which side of each open market the able holders stand (OWRR).

Bets are decided by what the market paid, net over all of a wallet's tokens of that market (PMW-08, PMW-12), never by fills
or by what a snapshot of positions happens to show. Nothing is filtered by price (defect 25); a market of which a wallet's
money is not known in full is left out and counted in `unknown`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.columns import UNKNOWN, ints
from remora.analysis.exact import Bools, Ints, group_sums, mul_div_each
from remora.analysis.gather import key
from remora.analysis.past import POLYMARKET, Ids, Past
from remora.formulas import omega as formulas
from remora.formulas.owrr import CAPPED, RULES, Candidate, Owrr, OwrrRules, answer, capped, reading, tally
from remora.model.units import DAY, MICRO_PER_USDC

Floats = NDArray[np.float64]

ALL_TIME: Final = 0
WINDOWS: Final = (30, 90, 180, ALL_TIME)
"""PMW-05: days back from T; 0 is everything."""


@dataclass(frozen=True)
class Bets:
    """One row per wallet and resolved market of a known category, sorted by (wallet, category, at, market).

    pnl and cost in micro-dollars, net of fees. at: when the market was resolved. known False: some of the money is not.
    """

    wallet: Ids
    category: Ids
    market: Ids
    at: Ints
    pnl: Ints
    cost: Ints
    trades: Ints
    known: Bools


def infrastructure_of(past: Past) -> Bools:
    """By wallet rank: contracts, routers and the like, which are no traders."""
    found = np.zeros(len(past.wallets), np.bool_)
    found[list(past.infrastructure)] = True
    return found


def decided(past: Past) -> Bets:
    """All decided bets as of T."""
    tokens, column = past.tokens, past.column
    asset, wallet = column("asset"), column("wallet")
    payout = tokens.payout[asset] if len(tokens.payout) else np.zeros(len(asset))
    market = tokens.market[asset].astype(np.int64) if len(tokens.market) else asset
    resolved = past.questions.resolved_at[market] if len(past.questions.resolved_at) else np.full(len(asset), UNKNOWN)
    traded = (column("buys") + column("sells") > 0) | (column("cost_quote_atoms") > 0)
    here = (column("venue") == POLYMARKET) & (market >= 0) & ~np.isnan(payout) & (resolved >= 0) & (resolved <= past.as_of)
    here = np.flatnonzero(here & traded & ~infrastructure_of(past)[wallet])
    keys, group = np.unique(key(wallet[here], market[here]), return_inverse=True)
    worth = np.floor(column("held_atoms")[here] * payout[here]).astype(np.int64)  # nothing is held after a settlement
    pnl = column("realized_quote_atoms")[here] + worth - column("cost_left_quote_atoms")[here]
    doubtful = [column(name)[here] != 0 for name in ("unmatched_proceeds_quote_atoms", "unknown_cost_proceeds_quote_atoms",
                                                     "unpriced_trades")]  # fmt: skip
    unknown = np.bincount(group, np.logical_or.reduce(doubtful), len(keys)) > 0
    (gain, fits), (cost, _) = (group_sums(group, values, len(keys)) for values in (pnl, column("cost_quote_atoms")[here]))
    trades, _ = group_sums(group, (column("buys") + column("sells"))[here], len(keys))
    first = np.zeros(len(keys), np.int64)
    first[group] = here
    who, where, when = wallet[first], market[first], resolved[first]
    category = past.questions.category[where] if len(keys) else where
    order = np.lexsort((where, when, category, who))
    order = order[category[order] >= 0]
    sure = fits & ~unknown
    return Bets(
        who[order].astype(np.int32), category[order].astype(np.int32), where[order].astype(np.int32), when[order],
        gain[order], cost[order], trades[order], sure[order],
    )  # fmt: skip


def omegas(past: Past, windows: tuple[int, ...] = WINDOWS) -> pa.Table:
    """Omega by wallet, category and window (days, 0 = all time), of wallets with any decided bet there (U-47, PMW-05, PMW-09).

    Columns: wallet, category (rank, place in `past.questions.categories`), window, trades, resolved, wins, unknown,
    gains, losses, median_bet (micro-dollars), omega, shrunken (null: none), grade (text), momentum (place in
    `formulas.omega.MOMENTA`), listed (at least 5 trades), votes (at least 10 resolved). Sorted by window as given, wallet,
    category. Call it with the past of traders (`pooling`) to have clusters count as one.
    """
    bets = decided(past)
    empty = _window(Bets(*(values[:0] for values in vars(bets).values())), ALL_TIME)
    tables = [
        _window(Bets(*(values[since] for values in vars(bets).values())), days)
        for days in windows
        if (since := bets.at > past.as_of - days * DAY if days else bets.at >= 0).any()
    ]
    return pa.concat_tables([empty, *tables]).combine_chunks()


def _window(bets: Bets, days: int) -> pa.Table:
    start = np.ones(len(bets.wallet), np.bool_)
    start[1:] = (bets.wallet[1:] != bets.wallet[:-1]) | (bets.category[1:] != bets.category[:-1])
    first, group = np.flatnonzero(start), np.cumsum(start) - 1
    count = len(first)
    sure = bets.known
    gains, losses = (group_sums(group[sure], np.maximum(sign * bets.pnl[sure], 0), count)[0] for sign in (1, -1))
    resolved, wins = (np.bincount(group[mask], minlength=count) for mask in (sure, sure & (bets.pnl > 0)))
    median = _medians(group[sure], bets.cost[sure], resolved)
    value, shrunk = omega_each(gains, losses), shrunken_each(gains, losses, median)
    trades = group_sums(group, bets.trades, count)[0]
    columns = {
        "wallet": bets.wallet[first], "category": bets.category[first], "window": np.full(count, days, np.int32),
        "trades": trades, "resolved": resolved, "wins": wins, "unknown": np.bincount(group[~sure], minlength=count),
        "gains": gains, "losses": losses, "median_bet": median,
    }  # fmt: skip
    table = {name: pa.array(values) for name, values in columns.items()}
    table |= {name: pa.array(values, mask=np.isnan(values)) for name, values in (("omega", value), ("shrunken", shrunk))}
    table["grade"] = _grades(value)
    table["momentum"] = pa.array(_momenta(group[sure], bets.pnl[sure], resolved))
    table["listed"] = pa.array(trades >= formulas.LISTED_LEAST)
    table["votes"] = pa.array(resolved >= formulas.RESOLVED_LEAST)
    return pa.table(table)


def _medians(group: Ints, cost: Ints, count: Ints) -> Ints:
    """The (lower) median cost by group, 0 where there is no bet."""
    order = np.lexsort((cost, group))
    place = np.concatenate(([0], np.cumsum(count)[:-1])) + (count - 1) // 2 if len(count) else count
    some = count > 0
    result = np.zeros(len(count), np.int64)
    result[some] = cost[order][place[some]]
    return result


def _momenta(group: Ints, pnl: Ints, count: Ints) -> NDArray[np.int8]:
    """Newer against older half of each group's bets, which come in the order of time."""
    begin = np.concatenate(([0], np.cumsum(count)[:-1])) if len(count) else count
    newer = np.arange(len(group)) - begin[group] >= (count // 2)[group] if len(group) else np.zeros(0, np.bool_)
    sides = []
    for half in (~newer, newer):
        won, lost = (group_sums(group[half], np.maximum(sign * pnl[half], 0), len(count))[0] for sign in (1, -1))
        sides.append(omega_each(won, lost))
    older, later = sides
    code = np.where(later > older * (1 + formulas.FLAT), 3, np.where(later < older * (1 - formulas.FLAT), 1, 2))
    return np.where(np.isnan(older) | np.isnan(later), 0, code).astype(np.int8)


def omega_each(gains: Ints, losses: Ints) -> Floats:
    """`formulas.omega.omega` of columns; NaN for none."""
    value = np.clip(gains / np.maximum(losses, 1), formulas.LEAST, formulas.MOST)
    return np.where(losses > 0, value, np.where(gains > 0, formulas.MOST, np.nan))


def shrunken_each(gains: Ints, losses: Ints, median_bet: Ints) -> Floats:
    """`formulas.omega.shrunken` of columns; NaN for none."""
    k = formulas.PRIOR_BETS * median_bet
    value = np.clip((gains + k) / np.maximum(losses + k, 1), formulas.LEAST, formulas.MOST)
    return np.where((gains + losses > 0) & (k > 0), value, np.nan)


def _grades(value: Floats) -> pa.Array:
    place = len(formulas.GRADE_BOUNDS) - np.searchsorted(np.array(formulas.GRADE_BOUNDS)[::-1], value, side="left")
    known = ~np.isnan(value)
    return pa.array(formulas.GRADES, pa.string()).take(pa.array(np.where(known, place, 0), mask=~known))


# --- OWRR -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owrrs:
    """`table`: one row per open market with holders (of more than two outcomes: per outcome). `votes`: who voted how.

    table: market, outcome (rank and place), category (-1 unknown: no record, so insufficient), neg_risk, yes_price,
    no_price (micro-dollars, null unknown), holders, unpriced (holders of a token without a price), the fields of
    `formulas.owrr.Owrr`, reading, answer, owrr_capped (OWR-07). votes: place (row of `table`) and the fields of `Vote`.
    """

    table: pa.Table
    votes: pa.Table


@dataclass(frozen=True)
class _Net:
    """One row per question and entity with a net stake; a question is the YES token's asset rank."""

    question: Ints
    entity: Ints
    yes: Bools
    risk: Ints
    priced: Bools


def owrrs(
    past: Past, records: pa.Table, clusters_of: Ids | None = None, cluster_ids: tuple[str, ...] | list[str] = (),
    *, excluded: Bools | None = None, rules: OwrrRules = RULES, seed: int = 0,
) -> Owrrs:  # fmt: skip
    """OWRR of every open market from what is held at T, at each token's own last price.

    records: `omegas` of the same past. clusters_of: cluster number by wallet or -1 (not needed for the past of traders).
    excluded: wallets that never vote, beside infrastructure. seed: of the interval. Neg-risk: each candidate is a market
    of its own with YES and NO; with more than two outcomes each token is a question and the others' holders do not vote.
    """
    out = infrastructure_of(past) if excluded is None else infrastructure_of(past) | excluded
    entity_of = np.arange(len(past.wallets), dtype=np.int64)
    if clusters_of is not None:
        entity_of = np.where(clusters_of >= 0, len(past.wallets) + clusters_of.astype(np.int64), entity_of)
    price, question_of, yes_token = _tokens(past)
    net = _netted(past, entity_of, out, (price, question_of, yes_token))
    market = past.tokens.market[net.question]
    category = past.questions.category[market].astype(np.int64) if len(market) else net.question
    value, resolved = _records(records, entity_of, net.entity, category, rules)
    questions, holders = np.unique(net.question, return_counts=True)
    unpriced = np.bincount(np.searchsorted(questions, net.question[~net.priced]), minlength=len(questions))
    kept = _largest(net, rules.largest)
    names = _Names(past.wallets, cluster_ids)
    place = np.searchsorted(questions, net.question[kept])
    bounds = np.searchsorted(place, np.arange(len(questions) + 1))
    rows = list(zip(net.entity[kept].tolist(), net.yes[kept].tolist(), net.risk[kept].tolist(), value[kept].tolist(),
                    resolved[kept].tolist(), strict=True))  # fmt: skip
    found = []
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        stakes = [
            Candidate(entity=names.of(who), yes=yes, risk=risk, omega=None if isnan(known) else known, resolved=count)
            for who, yes, risk, known, count in rows[low:high]
        ]
        found.append(tally(stakes, rules, seed))
    about = {"question": questions, "holders": holders, "unpriced": unpriced}
    return _tables(past, about, found, price, question_of, rules)


class _Names:
    """Entity number -> its text."""

    def __init__(self, wallets: list[str], clusters: tuple[str, ...] | list[str]) -> None:
        self._wallets, self._clusters = wallets, clusters

    def of(self, entity: int) -> str:
        """The wallet's address or the cluster's id."""
        number = entity - len(self._wallets)
        if number < 0:
            return self._wallets[entity]
        return self._clusters[number] if number < len(self._clusters) else f"cluster:{number}"


def _tokens(past: Past) -> tuple[Ints, Ints, Bools]:
    """By asset: last price (micro-dollars, -1 unknown), the question it belongs to (-1 none), whether it is its YES."""
    tokens, tape = past.tokens, past.tape
    size = len(past.assets)
    starts = tape.asset_starts(size)
    traded = np.flatnonzero(np.diff(starts))
    last = tape.by_asset[starts[traded + 1] - 1] if len(traded) else starts[:0]
    price = np.full(size, UNKNOWN, np.int64)
    price[traded], fits = mul_div_each(tape.money[last], np.full(len(last), MICRO_PER_USDC), tape.quantity[last])
    price[traded[~fits]] = UNKNOWN
    here = np.flatnonzero(tokens.market >= 0)
    outcomes = np.bincount(tokens.market[here], minlength=len(past.markets))
    binary = outcomes[tokens.market[here]] <= 2
    sides = np.full((len(past.markets), 2), UNKNOWN, np.int64)
    sides[tokens.market[here[binary]], tokens.outcome[here[binary]]] = here[binary]
    both = sides[(sides >= 0).all(axis=1)]
    question = np.full(size, UNKNOWN, np.int64)
    question[here] = np.where(binary, np.where(sides[tokens.market[here], 0] >= 0, sides[tokens.market[here], 0], here), here)
    own = price.copy()
    for one, other in ((0, 1), (1, 0)):  # a token that nobody traded costs what the other leaves of a dollar
        without = both[own[both[:, one]] < 0]
        price[without[:, one]] = np.where(own[without[:, other]] >= 0, MICRO_PER_USDC - own[without[:, other]], UNKNOWN)
    return price, question, question == np.arange(size)


def _netted(past: Past, entity_of: Ints, out: Bools, tokens: tuple[Ints, Ints, Bools]) -> _Net:
    price, question_of, yes_token = tokens
    column = past.column
    asset, wallet, held = column("asset"), column("wallet"), column("held_atoms")
    open_ = (past.tokens.resolved_at < 0) & np.isnan(past.tokens.payout) & (question_of >= 0)
    if len(past.questions.resolved_at):
        open_ &= past.questions.resolved_at[np.maximum(past.tokens.market, 0)] < 0
    here = (column("venue") == POLYMARKET) & (held > 0) & open_[asset] & ~out[wallet]
    asset, wallet, held = asset[here], wallet[here], held[here]
    keys, group = np.unique(key(question_of[asset], entity_of[wallet]), return_inverse=True)
    signed, fits = group_sums(group, np.where(yes_token[asset], held, -held), len(keys))
    question, entity = keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31)
    side = np.zeros((2, len(past.assets)), np.int64)  # [yes?]: price of that side's token, by question
    side[:] = UNKNOWN
    side[yes_token[asset].astype(np.int64), question_of[asset]] = price[asset]
    cost = side[(signed > 0).astype(np.int64), question]
    risk, small = mul_div_each(np.abs(signed), np.maximum(cost, 0), np.full(len(keys), MICRO_PER_USDC))
    kept = fits & small & (signed != 0)
    return _Net(question[kept], entity[kept], signed[kept] > 0, risk[kept], cost[kept] >= 0)


def _records(records: pa.Table, entity_of: Ints, entity: Ints, category: Ints, rules: OwrrRules) -> tuple[Floats, Ints]:
    """(Omega or NaN, resolved markets) of each holder in the question's category, all time; a cluster's sums are its own."""
    columns = {
        name: ints(records[name]) for name in ("wallet", "category", "window", "gains", "losses", "resolved", "median_bet")
    }
    ever = columns["window"] == ALL_TIME
    columns = {name: values[ever] for name, values in columns.items()}
    keys, group = np.unique(key(entity_of[columns["wallet"]], columns["category"]), return_inverse=True)
    gains, losses = (group_sums(group, columns[name], len(keys))[0] for name in ("gains", "losses"))
    resolved, bet = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    np.maximum.at(resolved, group, columns["resolved"])  # members may have bet on the same markets: not summed
    np.maximum.at(bet, group, columns["median_bet"])
    value = shrunken_each(gains, losses, bet) if rules.use_shrunken else omega_each(gains, losses)
    wanted = key(entity, category)
    if not len(keys):
        return np.full(len(wanted), np.nan), np.zeros(len(wanted), np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = keys[place] == wanted
    return np.where(hit, value[place], np.nan), np.where(hit, resolved[place], 0)


def _largest(net: _Net, most: int) -> Ints:
    """The places of the `most` largest of each side of each question, question by question."""
    order = np.lexsort((net.entity, -net.risk, ~net.yes, net.question))
    order = order[net.risk[order] > 0]
    start = np.ones(len(order), np.bool_)
    start[1:] = (net.question[order][1:] != net.question[order][:-1]) | (net.yes[order][1:] != net.yes[order][:-1])
    begin = np.flatnonzero(start)
    rank = np.arange(len(order)) - begin[np.cumsum(start) - 1] if len(order) else order
    return order[rank < most]


def _tables(
    past: Past, about: dict[str, Ints], found: list[Owrr], price: Ints, question_of: Ints, rules: OwrrRules
) -> Owrrs:  # fmt: skip
    question = about["question"]
    market = past.tokens.market[question]
    other = np.full(len(past.assets), UNKNOWN, np.int64)
    rest = np.flatnonzero((question_of >= 0) & (question_of != np.arange(len(past.assets))))
    other[question_of[rest]] = price[rest]
    columns = {
        "market": pa.array(market), "outcome": pa.array(past.tokens.outcome[question]),
        "category": pa.array(past.questions.category[market] if len(market) else market),
        "neg_risk": pa.array(past.questions.neg_risk[market] if len(market) else np.zeros(0, np.bool_)),
        "holders": pa.array(about["holders"]), "unpriced": pa.array(about["unpriced"]),
    }  # fmt: skip
    for name, values in (("yes_price", price[question]), ("no_price", other[question])):
        columns[name] = pa.array(values, mask=values < 0)
    kinds = {"turning": pa.list_(pa.string()), "slider": pa.int64(), "yes_qualified": pa.int64(), "no_qualified": pa.int64()}
    kinds |= dict.fromkeys(("confidence", "own_confidence", "one_sided"), pa.string())
    for name in Owrr.__struct_fields__:
        if name != "votes":
            columns[name] = pa.array([getattr(row, name) for row in found], kinds.get(name, pa.float64()))
    columns["reading"] = pa.array([reading(row.slider) for row in found], pa.string())
    columns["answer"] = pa.array([answer(row.owrr, rules) for row in found], pa.string())
    columns["owrr_capped"] = pa.array([_capped(row) for row in found], pa.float64())
    votes = [(place, vote) for place, row in enumerate(found) for vote in row.votes]
    kinds = {"entity": pa.string(), "yes": pa.bool_(), "qualified": pa.bool_(), "risk": pa.int64(), "resolved": pa.int64()}
    details = {"place": pa.array([place for place, _ in votes], pa.int64())}
    for name in ("entity", "yes", "risk", "omega", "resolved", "qualified", "vote", "counted"):
        details[name] = pa.array([getattr(vote, name) for _, vote in votes], kinds.get(name, pa.float64()))
    return Owrrs(pa.table(columns), pa.table(details))


def _capped(row: Owrr) -> float:
    """OWRR with nobody above 10 % of the mass (OWR-07); as OWRR itself where there are too few voters."""
    held = capped([vote.vote for vote in row.votes], CAPPED.cap)
    mass = sum(held)
    if row.voters == 0 or mass <= 0:
        return row.owrr
    return sum(part for part, vote in zip(held, row.votes, strict=True) if vote.yes) / mass
