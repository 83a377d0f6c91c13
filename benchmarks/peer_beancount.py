"""Beancount's booking of the same trades, run by an interpreter that has beancount (GPL, so never in the product).

Reads lines "position kind quantity money" from the file named first, builds its directives once, then books them
for every line on standard input and answers {"seconds", "realized"} as JSON.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
from decimal import Decimal
from pathlib import Path


def directives(lines: list[list[int]]) -> tuple[list, dict]:
    from beancount.core import amount, data, position
    from beancount.core.number import MISSING
    from beancount.parser import options

    day = datetime.date(2025, 1, 1)
    meta = data.new_metadata("bench", 1)
    names = sorted({line[0] for line in lines})
    entries: list = [data.Open(meta, day, "Assets:Cash", None, None), data.Open(meta, day, "Income:Gain", None, None)]
    entries += [data.Open(meta, day, f"Assets:P{name}", None, data.Booking.FIFO) for name in names]
    for number, (name, kind, quantity, money) in enumerate(lines):
        unit = Decimal(money) / quantity if not kind else None
        spec = (
            position.CostSpec(MISSING, None, MISSING, None, None, False)
            if kind
            else position.CostSpec(unit, None, "USD", None, str(number), False)
        )
        sign = -1 if kind else 1
        postings = [
            data.Posting(f"Assets:P{name}", amount.Amount(Decimal(sign * quantity), "T"), spec, None, None, meta),
            data.Posting("Assets:Cash", amount.Amount(Decimal(-sign * money), "USD"), None, None, None, meta),
        ]
        if kind:
            postings.append(data.Posting("Income:Gain", MISSING, None, None, None, meta))
        entries.append(data.Transaction(meta, day, "*", None, "", frozenset(), frozenset(), postings))
    return entries, dict(options.OPTIONS_DEFAULTS)


def book(entries: list, options_map: dict) -> tuple[float, int]:
    from beancount.parser import booking

    start = time.perf_counter()
    booked, errors = booking.book(list(entries), options_map)
    seconds = time.perf_counter() - start
    if errors:
        raise SystemExit(f"beancount refused: {errors[0].message}")
    gain = sum(
        (-posting.units.number for entry in booked for posting in getattr(entry, "postings", ())
         if posting.account == "Income:Gain"),
        Decimal(0),
    )  # fmt: skip
    return seconds, int(gain)


def main() -> None:
    lines = [[int(word) for word in line.split()] for line in Path(sys.argv[1]).read_text().splitlines()]
    entries, options_map = directives(lines)
    print("ready", flush=True)
    for _ in sys.stdin:
        seconds, realized = book(entries, options_map)
        print(json.dumps({"seconds": seconds, "realized": realized}), flush=True)


if __name__ == "__main__":
    main()
