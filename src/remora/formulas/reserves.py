"""The reserves chain: the state after one trade is the state before the next, so a break proves a missed trade."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import NamedTuple

from remora.formulas.curve import Virtual, before
from remora.model.facts import Reserves


class Break(NamedTuple):
    """Between two rows of one market something is missing: the missing moves, net, in atoms (quote, token)."""

    market: str
    after_id: str
    before_id: str
    quote_atoms: int
    token_atoms: int


class Chain(NamedTuple):
    """One market's chain: rows seen, and where it is broken."""

    market: str
    rows: int
    breaks: tuple[Break, ...]


def chains(rows: Iterable[Reserves]) -> dict[str, Chain]:
    """Each market's rows joined in their order on the chain; rows whose order is not known join by their states.

    Within one slot (or transaction of one slot) the order may be unknown: there rows are put in the order in which they
    join, as far as they do. Rows without a slot are ordered by time.
    """
    markets: dict[str, list[Reserves]] = {}
    for row in rows:
        markets.setdefault(row.market, []).append(row)
    return {market: _chain(market, found) for market, found in markets.items()}


def missed(rows: Iterable[Reserves]) -> dict[str, int]:
    """Number of breaks by market, markets without any included: 0 is complete from the first row seen to the last."""
    return {market: len(chain.breaks) for market, chain in chains(rows).items()}


def _chain(market: str, rows: list[Reserves]) -> Chain:
    unique = sorted({row.id: row for row in rows}.values(), key=_order)
    moments = [list(group) for _, group in groupby(unique, key=_moment)]
    joined: list[Reserves] = []
    for at, moment in enumerate(moments):
        ahead = {_before(row) for row in moments[at + 1]} if at + 1 < len(moments) else set()
        joined += _joined(moment, joined[-1] if joined else None, ahead)
    breaks = tuple(_break(first, second) for first, second in pairwise(joined) if _after(first) != _before(second))
    return Chain(market, len(joined), breaks)


def _moment(row: Reserves) -> tuple[int, int]:
    """Rows of one moment whose order the chain may not tell: the slot, and the place of the transaction where known."""
    return (
        (-1 if row.slot is None else row.slot, row.happened_at or 0) if row.tx_index is None else (row.slot or 0, row.tx_index)
    )


def _order(row: Reserves) -> tuple[int, int, int, int, str]:
    index = -1 if row.tx_index is None else row.tx_index
    return (-1 if row.slot is None else row.slot, row.happened_at or 0, index, row.ordinal, row.id)


def _joined(rows: list[Reserves], last: Reserves | None, ahead: set[Virtual]) -> list[Reserves]:
    """Rows of one moment in the order in which they join: first what goes on from `last`, last what leads `ahead`."""
    if len(rows) == 1:
        return rows
    waiting: dict[Virtual, list[Reserves]] = {}
    for row in reversed(rows):
        waiting.setdefault(_before(row), []).append(row)
    found = _run(waiting, _after(last)) if last is not None else []
    ends = {_after(row) for row in rows}
    heads = [row for row in rows if _before(row) not in ends]
    pieces = [piece for row in (*heads, *rows) if (piece := _run(waiting, _before(row)))]
    pieces.sort(key=lambda piece: _after(piece[-1]) in ahead)
    return found + [row for piece in pieces for row in piece]


def _run(waiting: dict[Virtual, list[Reserves]], state: Virtual) -> list[Reserves]:
    """Take the rows that go on from a state, one after the other."""
    run: list[Reserves] = []
    while left := waiting.get(state):
        run.append(left.pop())
        state = _after(run[-1])
    return run


def _after(row: Reserves) -> Virtual:
    return Virtual(row.virtual_quote_atoms, row.virtual_token_atoms)


def _before(row: Reserves) -> Virtual:
    return before(_after(row), row.side, row.quantity_atoms, row.quote_atoms)


def _break(first: Reserves, second: Reserves) -> Break:
    end, begin = _after(first), _before(second)
    return Break(first.market, first.id, second.id, begin.quote_atoms - end.quote_atoms, begin.token_atoms - end.token_atoms)
