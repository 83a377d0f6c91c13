"""The same books in plain Python, written from the rules in `lots` and sharing no code with the kernel.

Slow and unbounded in size; `remora verify` re-books with it, and tests hold the kernel against it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

_SECOND = 1_000_000_000
Line = tuple[int, int, int, int, int]
"""(position, kind 0..4, quantity, money, at), as `lots.Rows`."""


@dataclass
class Lot:
    """What is left of one acquisition; cost None is unknown."""

    quantity: int
    cost: int | None
    at: int


@dataclass
class Account:
    """One position: its lots (average cost: at most one of each sort) and its sums."""

    lots: deque[Lot] = field(default_factory=deque)
    sums: dict[str, int] = field(default_factory=dict)
    held_weight: int = 0

    def add(self, name: str, value: int) -> None:
        """Add to one sum."""
        self.sums[name] = self.sums.get(name, 0) + value


@dataclass
class Taken:
    """What a sale or sending took off the lots."""

    matched: int = 0
    unknown: int = 0
    cost: int = 0
    weight: int = 0


Sale = dict[str, int]


def book(lines: Iterable[Line], method: str = "fifo") -> tuple[dict[int, dict[str, int]], list[Sale]]:
    """Positions (number -> figures, named as in `lots.Booked.positions`) and sales in order."""
    accounts: dict[int, Account] = {}
    sales: list[Sale] = []
    put, take = (_put_average, _take_average) if method == "average" else (_put_fifo, _take_fifo)
    for number, (position, kind, quantity, money, at) in enumerate(lines):
        account = accounts.setdefault(position, Account())
        _see(account, at)
        if kind == 0:
            account.add("buys", 1)
            account.add("bought", quantity)
            account.add("cost", money)
            put(account, Lot(quantity, money, at))
        elif kind == 2:
            account.add("received", quantity)
            put(account, Lot(quantity, None, at))
        elif kind == 3:
            taken = take(account, quantity, at)
            account.add("sent", taken.matched + taken.unknown)
            account.add("sent_cost", taken.cost)
            account.add("unmatched_sent", quantity - taken.matched - taken.unknown)
        else:
            sold, net = quantity, money
            if kind == 4:
                sold = sum(lot.quantity for lot in account.lots)
                net = sold * quantity // money
                if sold == 0:
                    continue
            account.add("settled" if kind == 4 else "sells", 1)
            sales.append(_sale(account, number, sold, net, take(account, sold, at)))
            account.sums["last_sale_at"] = max(account.sums.get("last_sale_at", 0), at)
    return {position: _figures(account) for position, account in accounts.items()}, sales


def _see(account: Account, at: int) -> None:
    if at > 0:
        account.sums["first_at"] = min(account.sums.get("first_at") or at, at)
        account.sums["last_at"] = max(account.sums.get("last_at", 0), at)


def _held_seconds(start: int, end: int) -> int:
    return 0 if start <= 0 else max(0, end - start) // _SECOND


def _put_fifo(account: Account, lot: Lot) -> None:
    account.lots.append(lot)


def _take_fifo(account: Account, want: int, at: int) -> Taken:
    taken = Taken()
    while want > 0 and account.lots:
        lot = account.lots[0]
        part = min(lot.quantity, want)
        if lot.cost is None:
            taken.unknown += part
        else:
            spent = lot.cost if part == lot.quantity else lot.cost * part // lot.quantity
            lot.cost -= spent
            taken.matched += part
            taken.cost += spent
            taken.weight += part * _held_seconds(lot.at, at)
        lot.quantity -= part
        want -= part
        if lot.quantity == 0:
            account.lots.popleft()
    return taken


def _pools(account: Account) -> tuple[Lot, Lot]:
    if not account.lots:
        account.lots.extend((Lot(0, 0, 0), Lot(0, None, 0)))
    return account.lots[0], account.lots[1]


def _put_average(account: Account, lot: Lot) -> None:
    known, unknown = _pools(account)
    if lot.cost is None:
        unknown.quantity += lot.quantity
        return
    if known.quantity == 0 or known.at <= 0:
        known.at = lot.at
    elif lot.at > 0 and lot.quantity > 0:
        known.at += (lot.at - known.at) * lot.quantity // (known.quantity + lot.quantity)
    known.quantity += lot.quantity
    known.cost = (known.cost or 0) + lot.cost


def _take_average(account: Account, want: int, at: int) -> Taken:
    known, unknown = _pools(account)
    held = known.quantity + unknown.quantity
    part = min(want, held)
    if part == 0:
        return Taken()
    matched = part * known.quantity // held
    cost_left = known.cost or 0
    spent = cost_left * matched // known.quantity if matched else 0
    known.quantity -= matched
    known.cost = cost_left - spent
    unknown.quantity -= part - matched
    return Taken(matched, part - matched, spent, matched * _held_seconds(known.at, at))


def _sale(account: Account, number: int, sold: int, money: int, taken: Taken) -> Sale:
    unmatched = sold - taken.matched - taken.unknown
    proceeds = money * taken.matched // sold if sold else 0
    unknown_proceeds = money * taken.unknown // sold if sold else 0
    if sold and unmatched == 0:
        unknown_proceeds = money - proceeds
    rest = money - proceeds - unknown_proceeds
    account.add("sold", sold)
    account.add("matched_sold", taken.matched)
    account.add("proceeds", proceeds)
    account.add("realized", proceeds - taken.cost)
    account.add("unknown_sold", taken.unknown)
    account.add("unknown_proceeds", unknown_proceeds)
    account.add("unmatched_sold", unmatched)
    account.add("unmatched_proceeds", rest)
    account.held_weight += taken.weight
    return {
        "row": number, "matched": taken.matched, "unknown": taken.unknown, "unmatched": unmatched, "cost": taken.cost,
        "proceeds": proceeds, "unknown_proceeds": unknown_proceeds, "unmatched_proceeds": rest,
        "held_seconds": taken.weight // taken.matched if taken.matched else 0,
    }  # fmt: skip


def _figures(account: Account) -> dict[str, int]:
    figures = {name: account.sums.get(name, 0) for name in FIGURES}
    known = [lot for lot in account.lots if lot.cost is not None]
    figures["held_known"] = sum(lot.quantity for lot in known)
    figures["held_unknown"] = sum(lot.quantity for lot in account.lots if lot.cost is None)
    figures["held"] = figures["held_known"] + figures["held_unknown"]
    figures["cost_left"] = sum(lot.cost or 0 for lot in known)
    figures["held_seconds"] = account.held_weight // figures["matched_sold"] if figures["matched_sold"] else 0
    return figures


FIGURES = (
    "buys", "sells", "bought", "sold", "received", "sent", "held_known", "held_unknown", "cost", "proceeds", "realized",
    "cost_left", "sent_cost", "matched_sold", "unmatched_sold", "unmatched_proceeds", "unknown_sold",
    "unknown_proceeds", "unmatched_sent", "settled", "first_at", "last_at", "last_sale_at",
)  # fmt: skip
