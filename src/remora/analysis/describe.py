"""The tables beside the trades, with ranks in place of texts: tokens, questions, transfers, presence, labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from remora.analysis.columns import UNKNOWN, ints
from remora.analysis.exact import Ints
from remora.analysis.past import Ids, Labels, Moves, Questions, Seen, Texts, Tokens

Tables = Mapping[str, pa.Table]


class Dictionaries:
    """All wallets, assets and markets that anything names, sorted."""

    def __init__(self, wallets: set[str], assets: set[str], markets: set[str], tables: Tables) -> None:
        wallets = wallets | _texts(tables, ("transfers", "sender"), ("transfers", "receiver"), ("presences", "wallet"))
        wallets |= _texts(tables, ("launches", "wallet"), ("launches", "creator"))
        assets = assets | _texts(
            tables, ("launches", "asset"), ("graduations", "asset"), ("presences", "asset"), ("transfers", "asset")
        )
        for row in _rows(tables, "markets"):
            assets |= set(row["token_ids"] or ())
        markets = markets | _texts(tables, ("markets", "market"), ("resolutions", "market"))
        self.wallets: Texts = sorted(wallets)
        self.assets: Texts = sorted(assets)
        self.markets: Texts = sorted(markets)

    @cached_property
    def _sets(self) -> dict[str, pa.Array]:
        return {name: pa.array(getattr(self, name), pa.string()) for name in ("wallets", "assets", "markets")}

    def wallet(self, texts: pa.ChunkedArray | pa.Array) -> Ids:
        """Ranks of addresses, -1 where there is none."""
        return _ranks(texts, self._sets["wallets"])

    def asset(self, texts: pa.ChunkedArray | pa.Array) -> Ids:
        """Ranks of mints and outcome tokens."""
        return _ranks(texts, self._sets["assets"])

    def market(self, texts: pa.ChunkedArray | pa.Array) -> Ids:
        """Ranks of condition ids."""
        return _ranks(texts, self._sets["markets"])


def _ranks(texts: pa.ChunkedArray | pa.Array, ranked: pa.Array) -> Ids:
    return ints(pc.index_in(texts.cast(pa.string()), value_set=ranked)).astype(np.int32)


def _texts(tables: Tables, *columns: tuple[str, str]) -> set[str]:
    found: set[str] = set()
    for table, column in columns:
        if table in tables and tables[table].num_rows:
            found.update(text for text in tables[table][column].unique().to_pylist() if text)
    return found


def _rows(tables: Tables, name: str) -> list[dict[str, Any]]:
    """Rows of a table, the later description last (by time, then id)."""
    rows: list[dict[str, Any]] = tables[name].to_pylist() if name in tables else []
    return sorted(rows, key=lambda row: (row["happened_at"] or 0, row["id"]))


def tokens(tables: Tables, found: Dictionaries, questions: Questions) -> Tokens:
    """One row per asset. Of several launches or graduations of a mint the first counts.

    A token whose launch nobody recorded takes the time of its presences, which is its launch's.
    """
    size = len(found.assets)
    launched, slot, graduated = (np.full(size, UNKNOWN, np.int64) for _ in range(3))
    creator, signer, market = (np.full(size, UNKNOWN, np.int32) for _ in range(3))
    outcome = np.full(size, UNKNOWN, np.int8)
    if "presences" in tables and tables["presences"].num_rows:
        table = tables["presences"].filter(pc.is_valid(tables["presences"]["happened_at"]))
        first = np.full(size, np.iinfo(np.int64).max)
        np.minimum.at(first, found.asset(table["asset"]), ints(table["happened_at"]))
        launched = np.where(first < np.iinfo(np.int64).max, first, UNKNOWN)
    if "launches" in tables and tables["launches"].num_rows:
        table = tables["launches"]
        table = table.take(pc.sort_indices(table, [("happened_at", "descending"), ("id", "descending")]))
        asset = found.asset(table["asset"])
        launched[asset], slot[asset] = ints(table["happened_at"]), ints(table["slot"])
        creator[asset], signer[asset] = found.wallet(table["creator"]), found.wallet(table["wallet"])
    untimed = np.zeros(size, np.bool_)
    if "graduations" in tables and tables["graduations"].num_rows:
        untimed[found.asset(tables["graduations"]["asset"])] = True
        table = tables["graduations"].filter(pc.is_valid(tables["graduations"]["happened_at"]))
        table = table.take(pc.sort_indices(table, [("happened_at", "descending"), ("id", "descending")]))
        graduated[found.asset(table["asset"])] = ints(table["happened_at"])
    payout, resolved = np.full(size, np.nan), np.full(size, UNKNOWN, np.int64)
    _outcomes(tables, found, market, outcome)
    _payouts(tables, found, market, outcome, (payout, resolved))
    resolved = np.where(market >= 0, questions.resolved_at[market], resolved) if len(questions.resolved_at) else resolved
    return Tokens(
        launched,
        slot,
        creator,
        signer,
        graduated,
        market,
        outcome,
        payout,
        np.where(np.isnan(payout), -1, resolved),
        untimed & (graduated < 0),
    )


def _outcomes(tables: Tables, found: Dictionaries, market: Ids, outcome: Any) -> None:
    """Which market each outcome token belongs to, from descriptions and resolutions."""
    place = {text: rank for rank, text in enumerate(found.assets)}
    which = {text: rank for rank, text in enumerate(found.markets)}
    for name in ("resolutions", "markets"):
        for row in _rows(tables, name):
            for number, token in enumerate(row["token_ids"] or ()):
                if token in place:
                    market[place[token]], outcome[place[token]] = which[row["market"]], number


def _payouts(tables: Tables, found: Dictionaries, market: Ids, outcome: Any, into: tuple[Any, Ints]) -> None:
    """What each token of a resolved market pays."""
    payout, resolved = into
    which = {text: rank for rank, text in enumerate(found.markets)}
    paid: dict[int, tuple[list[int], int, int]] = {}
    for row in _rows(tables, "resolutions"):
        numerators, whole = row["payout_numerators"] or [], row["payout_denominator"]
        if whole and whole > 0 and all(0 <= n <= whole for n in numerators):
            paid[which[row["market"]]] = (numerators, whole, row["happened_at"] or UNKNOWN)
    for asset in np.flatnonzero(market >= 0).tolist():
        numerators, whole, at = paid.get(int(market[asset]), ([], 1, UNKNOWN))
        if outcome[asset] < len(numerators):
            payout[asset], resolved[asset] = numerators[outcome[asset]] / whole, at


def questions(tables: Tables, found: Dictionaries, as_of: int) -> Questions:
    """One row per market: its category, the event it is part of, its times. The latest description counts."""
    size = len(found.markets)
    which = {text: rank for rank, text in enumerate(found.markets)}
    described = {which[row["market"]]: row for row in _rows(tables, "markets")}
    categories = sorted({row["category"] for row in described.values() if row["category"]})
    code = {text: number for number, text in enumerate(categories)}
    names = [_event(described.get(rank), text) for rank, text in enumerate(found.markets)]
    numbers = {text: number for number, text in enumerate(sorted(set(names)))}
    columns: dict[str, Any] = {name: np.full(size, UNKNOWN, np.int64) for name in ("opens_at", "closes_at", "resolved_at")}
    category, neg_risk = np.full(size, UNKNOWN, np.int32), np.zeros(size, np.bool_)
    for rank, row in described.items():
        category[rank] = code.get(row["category"], UNKNOWN)
        neg_risk[rank] = bool(row["neg_risk"])
        columns["opens_at"][rank] = row["starts_at"] or UNKNOWN
        columns["closes_at"][rank] = row["ends_at"] or UNKNOWN
    for row in _rows(tables, "resolutions"):
        columns["resolved_at"][which[row["market"]]] = row["happened_at"] or as_of
    event = np.array([numbers[name] for name in names], np.int32)
    return Questions(category, categories, event, neg_risk, **columns)


def _event(row: dict[str, Any] | None, market: str) -> str:
    return str((row and (row["neg_risk_id"] or row["event_slug"])) or market)


def moves(tables: Tables, found: Dictionaries) -> Moves:
    """Transfers with a known time; a link of unknown time cannot be said to have been known at T."""
    if "transfers" not in tables or not tables["transfers"].num_rows:
        none = pa.array([], pa.string())
        empty = np.zeros(0, np.int64)
        ranks = found.wallet(none)
        return Moves(ranks, ranks, ranks, empty, empty, empty, empty, ranks.astype(np.int8), [], [])
    table = tables["transfers"]
    table = table.filter(pc.is_valid(table["happened_at"]))
    tx = table["tx"].combine_chunks().dictionary_encode()
    tx = tx.combine_chunks() if isinstance(tx, pa.ChunkedArray) else tx
    number = np.where(np.asarray(pc.equal(table["tx"], "").fill_null(True)), UNKNOWN, ints(tx.indices))
    order = np.lexsort((np.arange(table.num_rows), ints(table["slot"]), ints(table["happened_at"])))
    kinds = sorted({text for text in table["kind"].unique().to_pylist() if text})
    sender, receiver = found.wallet(table["sender"])[order], found.wallet(table["receiver"])[order]
    amount, at, slot = (ints(table[name])[order] for name in ("quantity_atoms", "happened_at", "slot"))
    kind = _ranks(table["kind"], pa.array(kinds, pa.string()))[order].astype(np.int8)
    ids = table["id"].take(pa.array(order)).to_pylist()
    asset = found.asset(table["asset"])[order]
    return Moves(sender, receiver, asset, amount, at, slot, _renumbered(number[order]), kind, kinds, ids)


def _renumbered(numbers: Ints) -> Ints:
    """The same groups, numbered in the order they appear: so no order of import shows."""
    known = numbers >= 0
    values, first, inverse = np.unique(numbers[known], return_index=True, return_inverse=True)
    place = np.empty(len(values), np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(values))
    result = np.full(len(numbers), UNKNOWN, np.int64)
    result[known] = place[inverse]
    return result


def seen(tables: Tables, found: Dictionaries) -> Seen:
    """Each (token, wallet) once."""
    if "presences" not in tables or not tables["presences"].num_rows:
        none = np.zeros(0, np.int32)
        return Seen(none, none)
    wallet, asset = found.wallet(tables["presences"]["wallet"]), found.asset(tables["presences"]["asset"])
    pair = np.unique((asset.astype(np.int64) << 32) + wallet)
    return Seen((pair & 0xFFFFFFFF).astype(np.int32), (pair >> 32).astype(np.int32))


def labels(tables: Tables, found: Dictionaries) -> Labels:
    """Dated labels of wallets that anything else names; an undated one cannot be said to have been known at T."""
    which = {text: rank for rank, text in enumerate(found.wallets)}
    rows = [
        (which[row["address"]], row["kind"], row["label"], row["happened_at"])
        for row in _rows(tables, "labels")
        if row["address"] in which and row["happened_at"]
    ]
    rows = sorted(set(rows))
    wallet = np.array([row[0] for row in rows], np.int32)
    return Labels(wallet, [row[1] for row in rows], [row[2] for row in rows], np.array([row[3] for row in rows], np.int64))


def infrastructure(known: Mapping[str, str], found: Dictionaries) -> dict[int, str]:
    """Wallet rank -> what it is."""
    return {rank: known[text] for rank, text in enumerate(found.wallets) if text in known}
