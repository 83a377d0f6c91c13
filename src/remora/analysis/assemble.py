"""Trades and all else that moves books, as rows the kernel can book: one book per (wallet, asset), in its home quote.

Steps: trades become rows in the home quote of their venue; rows of other facts are put among them; everything is sorted
by book and order key; books whose market paid out end with a settlement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from remora.analysis import events as rare
from remora.analysis.columns import ints
from remora.analysis.convert import Reference
from remora.analysis.exact import Bools, Ints, add_each, group_sums
from remora.analysis.lots import Kind, Rows
from remora.analysis.marks import Marks
from remora.analysis.names import NONE, Names
from remora.analysis.outcomes import Outcomes
from remora.model import ids, units

HOME_QUOTES: Final = {ids.SOLANA: units.SOL, ids.POLYMARKET: units.USDC}
WRAPPED_SOL: Final = "So11111111111111111111111111111111111111112"
USDC_MINT: Final = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
ALIASES: Final = {WRAPPED_SOL: units.SOL, USDC_MINT: units.USDC}

FLAGS: Final = (
    "converted", "unpriced", "complete_set", "inferred_outcome", "conversion", "time_unknown", "unmatched",
    "unknown_cost", "dust", "rugged", "no_usd_price", "no_mark", "unmatched_sent", "redeemed",
)  # fmt: skip
"""What a position's flags may say. Bit i of a row or book stands for FLAGS[i]."""
BIT: Final = {name: 1 << place for place, name in enumerate(FLAGS)}

_RANK: Final = np.array([0, 2, 1, 3, 4], np.int8)  # among rows of one place: acquire before dispose
_COLUMNS: Final = (
    "wallet", "asset", "venue", "market", "kind", "quantity", "money", "at", "slot", "tx_index", "ordinal", "source",
    "bits", "usd", "usd_known", "void",
)  # fmt: skip
Columns = dict[str, Ints]


@dataclass(frozen=True)
class World:
    """What is known beside the trades, made once for all parts."""

    names: Names
    outcomes: Outcomes
    reference: Reference
    marks: Marks


@dataclass(frozen=True)
class Assembled:
    """Rows of the kernel, sorted by book, and what belongs to each row and book.

    source: the trade's row number, or -1 - n for the n-th of `fact_ids`. money_usd: the same money in micro-dollars
    (valid where usd_known of the book). void: books with amounts beyond 64 bits.
    """

    rows: Rows
    source: Ints
    money_usd: Ints
    wallet: Ints
    asset: Ints
    venue: Ints
    market: Ints
    home: Ints
    bits: Ints
    assumed: Bools
    usd_known: Bools
    void: Bools
    unpriced_bought: Ints
    unpriced_sold: Ints
    unpriced_trades: Ints
    fact_ids: list[str]
    notes: Counter[str]

    @property
    def books(self) -> int:
        """How many books there are."""
        return len(self.wallet)


def assemble(trades: pa.Table, events: rare.Events, world: World, scope: rare.Scope) -> Assembled:
    """All rows of the wallets in scope. `trades` as `Ledger.book_trades` gives them (already of that scope)."""
    notes: Counter[str] = Counter()
    columns, raw = _trade_rows(trades, world, notes)
    quotes = frozenset(world.names.id(text) for text in (*units.QUOTE_DECIMALS, *ALIASES))
    gathered = rare.gather(events, world.names, world.outcomes, scope, _TradeFlows(raw), quotes)
    notes.update(gathered.notes)
    if gathered.moved:
        moved = _moved_rows(gathered, world)
        columns = {name: np.concatenate((columns[name], moved[name])) for name in _COLUMNS}
    columns = _sorted(columns, presorted=not gathered.moved)
    starts, book = _books(columns)
    assumed = _assumed(columns, book, len(starts))
    columns, book = _with_settlements(columns, book, starts, world.outcomes, gathered.fact_ids)
    return _bind(columns, book, assumed, world, gathered.fact_ids, notes)


def _trade_rows(trades: pa.Table, world: World, notes: Counter[str]) -> tuple[Columns, Columns]:
    raw = {name: ints(trades[name]) for name in trades.column_names if name not in ("placed", "program", "tx")}
    aliases = {world.names.id(text): world.names.id(quote) for text, quote in ALIASES.items()}
    quotes = [world.names.id(text) for text in units.QUOTE_DECIMALS]
    money_itself = np.isin(raw["asset"], [*quotes, *aliases])
    if money_itself.any():
        notes["trades_of_money_itself"] += int(money_itself.sum())
        raw = {name: column[~money_itself] for name, column in raw.items()}
    for alias, quote in aliases.items():
        raw["quote"] = np.where(raw["quote"] == alias, quote, raw["quote"])
    sells = raw["side"] == 1
    total, fits = add_each(raw["quote_atoms"], np.where(sells, -1, 1) * raw["venue_fee_quote_atoms"])
    home = home_of(raw["venue"], world.names)
    money, priced, converted = in_home(total, raw["quote"], home, raw["happened_at"], world)
    usd, usd_known = _in_dollars(total, raw["quote"], money, home, raw["happened_at"], world)
    kind = np.where(priced, np.where(sells, Kind.SELL, Kind.BUY), np.where(sells, Kind.SEND, Kind.RECEIVE))
    bits = np.where(converted & priced, BIT["converted"], 0) | np.where(priced, 0, BIT["unpriced"])
    bits |= np.where(raw["happened_at"] <= 0, BIT["time_unknown"], 0)
    columns = {
        "wallet": raw["wallet"], "asset": raw["asset"], "venue": raw["venue"], "market": raw["market"], "kind": kind,
        "quantity": raw["quantity_atoms"], "money": money, "at": raw["happened_at"], "slot": raw["slot"],
        "tx_index": raw["tx_index"], "ordinal": raw["ordinal"], "source": raw["row"], "bits": bits, "usd": usd,
        "usd_known": usd_known | ~priced, "void": ~fits | (raw["quantity_atoms"] < 0),
    }  # fmt: skip
    return columns, raw


def home_of(venue: Ints, names: Names) -> Ints:
    """The home quote of each venue id."""
    home = np.full(len(venue), names.id(units.USDC), np.int64)
    for text, quote in HOME_QUOTES.items():
        home[venue == names.id(text)] = names.id(quote)
    return home


def in_home(total: Ints, quote: Ints, home: Ints, at: Ints, world: World) -> tuple[Ints, Bools, Bools]:
    """(money in the home quote, where it is known, where it was converted)."""
    sol, usdc, usd = (world.names.id(text) for text in (units.SOL, units.USDC, units.USD))
    dollars = (quote == usdc) | (quote == usd)
    same = quote == home
    money, priced = np.where(same, total, 0), same.copy()
    plain = ~same & dollars & (home == usdc)
    money, priced = np.where(plain, total, money), priced | plain
    for here, change in (
        (dollars & (home == sol), world.reference.to_sol),
        ((quote == sol) & (home == usdc), world.reference.to_usd),
    ):
        if here.any():
            money[here], priced[here] = change(total[here], at[here])
    return money, priced, ~same


def _in_dollars(total: Ints, quote: Ints, money: Ints, home: Ints, at: Ints, world: World) -> tuple[Ints, Bools]:
    """(money in micro-dollars, where it is known): paid in dollars as it is, paid in SOL at the price of its time."""
    sol, usdc, usd = (world.names.id(text) for text in (units.SOL, units.USDC, units.USD))
    dollars = (quote == usdc) | (quote == usd)
    value, known = np.where(dollars, total, money), dollars | (home == usdc)
    here = ~dollars & (home == sol)
    if here.any():
        value[here], known[here] = world.reference.to_usd(money[here], at[here])
    return value, known


class _TradeFlows:
    """The trades of single books; `raw` is sorted by wallet and asset."""

    def __init__(self, raw: Columns) -> None:
        self._raw = raw

    def of(self, wallet: int, asset: int) -> Iterable[tuple[tuple[int, int, int, int], int]]:
        """((order key), signed quantity) of the trades of one book."""
        raw, (low, high) = self._raw, self._span(wallet)
        for i in low + np.flatnonzero(raw["asset"][low:high] == asset):
            key = (int(raw["happened_at"][i]), int(raw["slot"][i]), int(raw["tx_index"][i]), int(raw["ordinal"][i]))
            yield key, int(raw["quantity_atoms"][i]) * (1 if raw["side"][i] == 0 else -1)

    def assets(self, wallet: int, market: int) -> tuple[int, ...]:
        """What the wallet traded in a market."""
        low, high = self._span(wallet)
        inside = self._raw["market"][low:high] == market
        return tuple(np.unique(self._raw["asset"][low:high][inside]).tolist())

    def _span(self, wallet: int) -> tuple[int, int]:
        low, high = np.searchsorted(self._raw["wallet"], [wallet, wallet + 1])
        return int(low), int(high)


def _moved_rows(gathered: rare.Gathered, world: World) -> Columns:
    columns = rare.arrays(gathered.moved)
    columns["source"] = -1 - columns.pop("fact")
    columns["bits"] = np.array([BIT.get(row.flag, 0) for row in gathered.moved], np.int64)
    columns["bits"] |= np.where(columns["at"] <= 0, BIT["time_unknown"], 0)
    money_moves = np.isin(columns["kind"], (Kind.BUY, Kind.SELL))
    in_dollars = home_of(columns["venue"], world.names) == world.names.id(units.USDC)
    columns["usd"] = np.where(in_dollars, columns["money"], 0)
    columns["usd_known"] = (in_dollars | ~money_moves).astype(np.int64)
    columns["void"] = (columns["quantity"] < 0).astype(np.int64)
    return columns


def _sorted(columns: Columns, *, presorted: bool) -> Columns:
    """By book and order key; rows of one place by kind, size and money, so that no order of arrival matters."""
    keys = [columns[name] for name in ("wallet", "asset", "at", "slot", "tx_index", "ordinal")]
    size = len(keys[0])
    if not presorted:
        order = np.lexsort(keys[::-1])
        columns = {name: column[order] for name, column in columns.items()}
        keys = [key[order] for key in keys]
    tied = np.zeros(size + 1, np.bool_)
    tied[1:size] = np.logical_and.reduce([key[1:] == key[:-1] for key in keys]) if size else False
    inside = np.flatnonzero(tied[:-1] | tied[1:])
    if not len(inside):
        return columns
    run = np.cumsum(~tied[:-1])[inside]
    rank = _RANK[columns["kind"][inside]]
    by = (columns["source"][inside], columns["money"][inside], columns["quantity"][inside], rank, run)
    order = inside[np.lexsort(by)]
    columns = {name: column.copy() for name, column in columns.items()}
    for column in columns.values():
        column[inside] = column[order]
    return columns


def _books(columns: Columns) -> tuple[Ints, Ints]:
    """(first row of each book, book number of each row)."""
    wallet, asset = columns["wallet"], columns["asset"]
    new = np.ones(len(wallet), np.bool_)
    new[1:] = (wallet[1:] != wallet[:-1]) | (asset[1:] != asset[:-1])
    return np.flatnonzero(new), np.cumsum(new) - 1


def _assumed(columns: Columns, book: Ints, books: int) -> Bools:
    """Books in which two rows share an instant or slot without a known order."""
    at, slot, tx_index, ordinal = (columns[name] for name in ("at", "slot", "tx_index", "ordinal"))
    slots = (slot[1:] >= 0) & (slot[:-1] >= 0)
    together = (book[1:] == book[:-1]) & ((at[1:] == at[:-1]) | (slots & (slot[1:] == slot[:-1])))
    indexed = (tx_index[1:] >= 0) & (tx_index[:-1] >= 0)
    apart = (tx_index[1:] != tx_index[:-1]) | (ordinal[1:] != ordinal[:-1])
    known = slots & ((slot[1:] != slot[:-1]) | (indexed & apart))
    assumed = np.zeros(books, np.bool_)
    assumed[book[1:][together & ~known]] = True
    assumed[book[at <= 0]] = True
    return assumed


def _with_settlements(
    columns: Columns, book: Ints, starts: Ints, outcomes: Outcomes, fact_ids: list[str]
) -> tuple[Columns, Ints]:
    """Put one SETTLE row behind the rows of every book whose market has paid out."""
    paid = sorted(outcomes.payouts)
    if not paid or not len(starts):
        return columns, book
    table = np.array(paid, np.int64)
    place = np.minimum(np.searchsorted(table, columns["asset"][starts]), len(table) - 1)
    settled = np.flatnonzero(table[place] == columns["asset"][starts])
    if not len(settled):
        return columns, book
    ends = np.append(starts[1:], len(book))[settled]
    payouts = [outcomes.payouts[paid[i]] for i in place[settled]]
    first_fact = len(fact_ids)
    fact_ids.extend(payout.fact_id for payout in payouts)
    last = columns["at"][ends - 1]
    added = {name: columns[name][ends - 1] for name in ("wallet", "asset", "venue", "slot", "tx_index", "ordinal")}
    added |= {
        "market": np.array([payout.market for payout in payouts], np.int64), "kind": np.full(len(ends), Kind.SETTLE),
        "quantity": np.array([payout.numerator for payout in payouts], np.int64),
        "money": np.array([payout.denominator for payout in payouts], np.int64),
        "at": np.maximum(last, np.array([payout.at for payout in payouts], np.int64)),
        "source": -1 - np.arange(first_fact, len(fact_ids)), "bits": np.zeros(len(ends), np.int64),
        "usd_known": np.ones(len(ends), np.bool_), "void": np.zeros(len(ends), np.bool_),
    }  # fmt: skip
    added["usd"] = added["money"]
    columns = {name: np.insert(columns[name], ends, added[name]) for name in _COLUMNS}
    return columns, np.insert(book, ends, settled)


def _bind(columns: Columns, book: Ints, assumed: Bools, world: World, fact_ids: list[str], notes: Counter[str]) -> Assembled:
    books = len(assumed)
    starts = np.searchsorted(book, np.arange(books))
    ends = np.searchsorted(book, np.arange(books), side="right") - 1
    bits = np.zeros(books, np.int64)
    np.bitwise_or.at(bits, book, columns["bits"].astype(np.int64))
    usd_known, void = np.ones(books, np.bool_), np.zeros(books, np.bool_)
    usd_known[book[~columns["usd_known"].astype(np.bool_)]] = False
    void[book[columns["void"].astype(np.bool_)]] = True
    unpriced = (columns["bits"] & BIT["unpriced"]) != 0
    received = unpriced & (columns["kind"] == Kind.RECEIVE)
    apart = [_sums(book, columns["quantity"], mask, books, void) for mask in (received, unpriced & ~received)]
    voided = void[book]
    rows = Rows(
        book.astype(np.int32), columns["kind"].astype(np.int8), np.where(voided, 0, columns["quantity"]),
        np.where(voided, 1, columns["money"]), columns["at"].astype(np.int64),
    )  # fmt: skip
    market = columns["market"][ends] if books else np.zeros(0, np.int64)
    return Assembled(
        rows=rows, source=columns["source"], money_usd=np.where(voided, 1, columns["usd"]),
        wallet=columns["wallet"][starts], asset=columns["asset"][starts], venue=columns["venue"][starts],
        market=np.where(market == NONE, columns["market"][starts], market) if books else market,
        home=home_of(columns["venue"][starts], world.names), bits=bits, assumed=assumed, usd_known=usd_known, void=void,
        unpriced_bought=apart[0], unpriced_sold=apart[1], unpriced_trades=np.bincount(book[unpriced], minlength=books),
        fact_ids=fact_ids, notes=notes,
    )  # fmt: skip


def _sums(book: Ints, values: Ints, mask: Bools, books: int, void: Bools) -> Ints:
    if not mask.any():
        return np.zeros(books, np.int64)
    sums, fits = group_sums(book[mask], values[mask], books)
    void |= ~fits
    return sums
