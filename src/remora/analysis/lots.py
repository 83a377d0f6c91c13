"""The booking kernel: which lots a sale consumes, exactly, over integer columns.

Rows (`Rows`) are what happened to positions, in order: five columns of equal length.

    kind      quantity (atoms)   money (base units of the home quote)
    BUY       bought             cost = quote + venue fee
    SELL      sold               net proceeds = quote - venue fee (may be negative)
    RECEIVE   received           ignored: the cost of what was received is unknown
    SEND      sent               ignored
    SETTLE    payout numerator   payout denominator: all that is held is sold for floor(held x numerator / denominator)

Rules. FIFO takes the oldest lot first, of known and unknown cost alike; average cost takes from what is held of known
and unknown cost in proportion, known part = floor(part x known / held). A part of a lot costs
floor(cost left x part / quantity left), a whole lot all its cost left. A sale of `sold` = matched + unknown + unmatched
atoms splits its net proceeds so that the parts add up to the unit: matched gets floor(net x matched / sold) (all of
it when everything matched); if nothing is unmatched, the unknown part gets the rest; otherwise the unknown part gets
floor(net x unknown / sold) and the unmatched part the rest. A sale of zero atoms is unmatched. A bought lot of zero
atoms is consumed, with its cost, by the next sale or sending that reaches it. `sent` is what was held and left;
what was sent without having been seen acquired is `unmatched_sent`. Held seconds: floor(sum of part x whole
seconds held / sum of parts) over matched parts; a part whose instants are unknown (0 or less) counts 0 seconds;
average cost keeps one mean instant per position: mean + floor((at - mean) x bought / (held + bought)).

Nothing wraps: a position any of whose sums leaves 64 bits is marked in `Booked.overflowed`, and its figures are void.

`book_grouped` wants the rows of a position together (fastest), `ArrivalBook` takes them as they come, in batches.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remora.analysis import kernel
from remora.analysis.exact import Bools, Ints, add_each


class Kind(IntEnum):
    """What a row does to its position."""

    BUY = kernel.BUY
    SELL = kernel.SELL
    RECEIVE = kernel.RECEIVE
    SEND = kernel.SEND
    SETTLE = kernel.SETTLE


class Method(StrEnum):
    """Which lots a sale consumes. Its value stands in every answer."""

    FIFO = "fifo"
    AVERAGE = "average"


METHODS: Final[dict[Method, Callable[..., Any]]] = {Method.FIFO: kernel.fifo, Method.AVERAGE: kernel.average}
"""One signature: (rows, state, lots, pool, sales, grouped) -> number of sales written."""


class Rows(NamedTuple):
    """What happened, in order. position: number of 0..positions-1; at: nanoseconds, 0 or less where unknown."""

    position: NDArray[np.int32]
    kind: NDArray[np.int8]
    quantity: Ints
    money: Ints
    at: Ints


HOT_COLUMNS: Final[dict[str, int]] = {
    "bought": kernel.BOUGHT, "held_known": kernel.HELD_KNOWN, "cost": kernel.COST, "proceeds": kernel.PROCEEDS,
    "realized": kernel.REALIZED, "cost_left": kernel.COST_LEFT, "matched_sold": kernel.MATCHED,
    "unmatched_sold": kernel.UNMATCHED_SOLD, "unmatched_proceeds": kernel.UNMATCHED_PROCEEDS,
    "first_at": kernel.FIRST, "last_at": kernel.LAST, "last_sale_at": kernel.LAST_SALE,
}  # fmt: skip
COLD_COLUMNS: Final[dict[str, int]] = {
    "received": kernel.RECEIVED, "sent": kernel.SENT, "held_unknown": kernel.HELD_UNKNOWN,
    "sent_cost": kernel.SENT_COST, "unknown_sold": kernel.UNKNOWN_SOLD, "unknown_proceeds": kernel.UNKNOWN_PROCEEDS,
    "unmatched_sent": kernel.UNMATCHED_SENT, "settled": kernel.SETTLED,
}  # fmt: skip
"""Figures of a position; beside them `buys`, `sells`, `sold`, `held` (of either cost) and `held_seconds` (weighted)."""

SALE_COLUMNS: Final[dict[str, int]] = {
    "row": kernel.SALE_ROW, "matched": kernel.SALE_MATCHED, "unknown": kernel.SALE_UNKNOWN,
    "unmatched": kernel.SALE_UNMATCHED, "cost": kernel.SALE_COST, "proceeds": kernel.SALE_PROCEEDS,
    "unknown_proceeds": kernel.SALE_UNKNOWN_PROCEEDS, "unmatched_proceeds": kernel.SALE_UNMATCHED_PROCEEDS,
    "held_seconds": kernel.SALE_SECONDS,
}  # fmt: skip
"""Figures of a sale; `row` is its place in the rows. Realized is proceeds - cost."""


State = tuple[Ints, Ints]
"""The kernel's rows of every position: (hot, cold)."""


class Booked(NamedTuple):
    """What a booking gives: one array per column (see HOT_COLUMNS, COLD_COLUMNS, SALE_COLUMNS), where sums left 64 bits."""

    method: Method
    positions: dict[str, Ints]
    sales: dict[str, Ints]
    overflowed: Bools


def book_grouped(rows: Rows, positions: int, method: Method = Method.FIFO) -> Booked:
    """Book rows sorted by position (each position's rows together, in order).

    Raises ValueError where rows are not what `Rows` says, or not grouped.
    """
    _check(rows, positions)
    if len(rows.position) and bool((np.diff(rows.position) < 0).any()):
        raise ValueError("rows are not sorted by position")
    state = _state(positions)
    acquired = int(np.count_nonzero((rows.kind == Kind.BUY) | (rows.kind == Kind.RECEIVE)))
    lots = np.empty((acquired + 1, kernel.LOT_WIDTH), np.int64)
    sales = _run(method, rows, state, lots, np.array([1, 0], np.int64), grouped=True)
    return Booked(method, _figures(state), sales, _overflowed(state))


class ArrivalBook:
    """Books rows as they arrive, positions interleaved, in as many batches as wanted.

    The result is that of `book_grouped` over the same rows sorted stably by position, however they are cut into batches.
    """

    def __init__(self, positions: int, method: Method = Method.FIFO, *, capacity: int = 1024) -> None:
        """positions: how many there can be. capacity: lots to make room for at first (it grows)."""
        self._method = method
        self._state = _state(positions)
        self._lots = np.empty((capacity + 1, kernel.LOT_WIDTH), np.int64)
        self._pool = np.array([1, 0], np.int64)

    def apply(self, rows: Rows) -> dict[str, Ints]:
        """Book a batch; gives its sales (see SALE_COLUMNS; `row` counts inside the batch). ValueError as `book_grouped`."""
        _check(rows, len(self._state[0]))
        acquired = int(np.count_nonzero((rows.kind == Kind.BUY) | (rows.kind == Kind.RECEIVE)))
        wanted = int(self._pool[0]) + acquired
        if wanted > len(self._lots):
            grown = np.empty((max(wanted, 2 * len(self._lots)), kernel.LOT_WIDTH), np.int64)
            grown[: len(self._lots)] = self._lots
            self._lots = grown
        return _run(self._method, rows, self._state, self._lots, self._pool, grouped=False)

    def positions(self) -> dict[str, Ints]:
        """Figures of every position so far; they move on with the next batch (copy what is to stay)."""
        return _figures(self._state)

    def overflowed(self) -> Bools:
        """Positions whose sums have left 64 bits."""
        return _overflowed(self._state)


def book_arrivals(rows: Rows, positions: int, method: Method = Method.FIFO) -> Booked:
    """Book rows in the order of their arrival, positions interleaved, in one go."""
    acquired = int(np.count_nonzero((rows.kind == Kind.BUY) | (rows.kind == Kind.RECEIVE)))
    book = ArrivalBook(positions, method, capacity=acquired)
    sales = book.apply(rows)
    return Booked(method, book.positions(), sales, book.overflowed())


def warm_up() -> None:
    """Compile (or load from disk) every kernel, so that the first real answer does not wait for it."""
    rows = rows_of([(0, Kind.BUY, 2, 4, 1), (0, Kind.SELL, 1, 3, 2), (0, Kind.SETTLE, 1, 1, 3)])
    for method in Method:
        book_grouped(rows, 1, method)
        book_arrivals(rows, 1, method)


def rows_of(lines: list[tuple[int, int, int, int, int]]) -> Rows:
    """Rows from a list of (position, kind, quantity, money, at)."""
    columns = list(zip(*lines, strict=True)) if lines else [(), (), (), (), ()]
    return Rows(
        np.array(columns[0], np.int32), np.array(columns[1], np.int8), np.array(columns[2], np.int64),
        np.array(columns[3], np.int64), np.array(columns[4], np.int64),
    )  # fmt: skip


def _state(positions: int) -> State:
    """Zeroed rows; hot rows start at a multiple of 64 bytes, so that none straddles a third cache line."""
    room = np.zeros(positions * kernel.HOT_WIDTH + 8, np.int64)
    skip = -room.ctypes.data % 64 // 8
    hot = room[skip : skip + positions * kernel.HOT_WIDTH].reshape(positions, kernel.HOT_WIDTH)
    return hot, np.zeros((positions, kernel.COLD_WIDTH), np.int64)


def _run(method: Method, rows: Rows, state: State, lots: Ints, pool: Ints, *, grouped: bool) -> dict[str, Ints]:
    sold = int(np.count_nonzero((rows.kind == Kind.SELL) | (rows.kind == Kind.SETTLE)))
    sales = np.empty((kernel.SALE_WIDTH, sold), np.int64)
    written = METHODS[method](tuple(rows), state, lots, pool, sales, grouped)
    return {name: sales[column, :written] for name, column in SALE_COLUMNS.items()}


def _check(rows: Rows, positions: int) -> None:
    size = len(rows.position)
    if any(len(column) != size for column in rows):
        raise ValueError("columns of rows differ in length")
    types = [column.dtype.name for column in rows]
    if types != ["int32", "int8", "int64", "int64", "int64"]:
        raise ValueError(f"rows want int32, int8 and three int64 columns, got {types}")
    if not size:
        return
    if int(rows.position.min()) < 0 or int(rows.position.max()) >= positions:
        raise ValueError(f"a row's position is not one of 0..{positions - 1}")
    if int(rows.kind.min()) < Kind.BUY or int(rows.kind.max()) > Kind.SETTLE:
        raise ValueError("a row's kind is unknown")
    if int(rows.quantity.min()) < 0:
        raise ValueError("a row's quantity is negative")
    if int(rows.money.min()) == kernel.UNKNOWN_COST:
        raise ValueError("a row's money is -2^63, which no 64-bit sum can hold the negative of")
    if bool((rows.money[rows.kind == Kind.SETTLE] <= 0).any()):
        raise ValueError("a payout's denominator is not positive")


def _figures(state: State) -> dict[str, Ints]:
    hot, cold = state
    figures = {name: hot[:, column] for name, column in HOT_COLUMNS.items()}
    figures |= {name: cold[:, column] for name, column in COLD_COLUMNS.items()}
    with np.errstate(over="ignore"):
        figures["held"] = figures["held_known"] + figures["held_unknown"]
        figures["sold"] = figures["matched_sold"] + figures["unknown_sold"] + figures["unmatched_sold"]
    figures["buys"], figures["sells"] = hot[:, kernel.COUNTS] & 0xFFFFFFFF, hot[:, kernel.COUNTS] >> 32
    figures["held_seconds"] = np.zeros(len(hot), np.int64)
    kernel.mean_seconds_each(hot, figures["held_seconds"])
    return figures


def _overflowed(state: State) -> Bools:
    hot, cold = state
    held_fits = add_each(hot[:, kernel.HELD_KNOWN], cold[:, kernel.HELD_UNKNOWN])[1]
    seen, seen_fits = add_each(hot[:, kernel.MATCHED], cold[:, kernel.UNKNOWN_SOLD])
    sold_fits = add_each(seen, hot[:, kernel.UNMATCHED_SOLD])[1]
    marked: Bools = (cold[:, kernel.OVERFLOWED] != 0) | ~(held_fits & seen_fits & sold_fits)
    return marked
