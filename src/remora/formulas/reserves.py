"""The reserves chain: the state after one trade is the state before the next, so a break proves a missed trade."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
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
    unique = list({row.id: row for row in rows}.values())
    unique.sort(key=_order)
    joined: list[Reserves] = []
    start = 0
    while start < len(unique):
        end = start + 1
        while end < len(unique) and _moment(unique[end]) == _moment(unique[start]):
            end += 1
        joined += _joined(unique[start:end], joined[-1] if joined else None)
        start = end
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


def _joined(rows: list[Reserves], last: Reserves | None) -> list[Reserves]:
    """Rows of one moment, each next one the row that begins where the last one ended; else a row no other one leads to."""
    left = list(rows)
    found: list[Reserves] = []
    while left:
        at = _next(left, last)
        last = left.pop(at)
        found.append(last)
    return found


def _next(left: list[Reserves], last: Reserves | None) -> int:
    if last is not None:
        state = _after(last)
        for at, row in enumerate(left):
            if _before(row) == state:
                return at
    ends = {_after(row) for row in left}
    return next((at for at, row in enumerate(left) if _before(row) not in ends), 0)


def _after(row: Reserves) -> Virtual:
    return Virtual(row.virtual_quote_atoms, row.virtual_token_atoms)


def _before(row: Reserves) -> Virtual:
    return before(_after(row), row.side, row.quantity_atoms, row.quote_atoms)


def _break(first: Reserves, second: Reserves) -> Break:
    end, begin = _after(first), _before(second)
    return Break(first.market, first.id, second.id, begin.quote_atoms - end.quote_atoms, begin.token_atoms - end.token_atoms)
