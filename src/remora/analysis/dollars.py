"""The same books in dollars: every row's money at the price of its own time, booked by the same kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from remora.analysis import lots
from remora.analysis.assemble import Assembled, World
from remora.analysis.lots import Booked
from remora.model import units


@dataclass(frozen=True)
class Dollars:
    """The same books in micro-dollars: realized per book and per sale; null where a needed price is missing."""

    realized: pa.Array
    sales: pa.Array
    cost_left: pa.Array


def dollars_of(rows: Assembled, booked: Booked, world: World) -> Dollars:
    """Book the rows once more with their money in dollars of their time, for books whose home is not dollars."""
    ours = rows.home == world.names.id(units.USDC)
    again = ~ours & rows.usd_known
    realized, left = (np.where(ours, booked.positions[name], 0) for name in ("realized", "cost_left"))
    sales = booked.sales["proceeds"] - booked.sales["cost"]
    known = ours.copy()
    sale_book = rows.rows.position[booked.sales["row"]]
    if again.any():
        number = np.cumsum(again) - 1
        mask = again[rows.rows.position]
        r = rows.rows
        subset = lots.Rows(
            number[r.position[mask]].astype(np.int32), r.kind[mask], r.quantity[mask], rows.money_usd[mask], r.at[mask]
        )
        other = lots.book_grouped(subset, int(again.sum()), booked.method)
        fits = ~other.overflowed
        realized[again], left[again], known[again] = other.positions["realized"], other.positions["cost_left"], fits
        sales[again[sale_book]] = other.sales["proceeds"] - other.sales["cost"]
    return Dollars(
        pa.array(realized, pa.int64(), mask=~known), pa.array(sales, pa.int64(), mask=~known[sale_book]),
        pa.array(left, pa.int64(), mask=~known),
    )  # fmt: skip
