"""nautilus_trader's Position over the same trades, run by an interpreter that has it (LGPL, never in the product).

Reads lines "position kind quantity money" (money: gross plus or minus a fee of 1) from the file named first, builds the
fills once, then applies them for every line on standard input and answers {"seconds", "realized"} as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def fills(lines: list[list[int]], instrument: Any) -> list[tuple[int, Any]]:
    from nautilus_trader.core.uuid import UUID4
    from nautilus_trader.model import enums, identifiers
    from nautilus_trader.model.events import OrderFilled
    from nautilus_trader.model.objects import Money, Price, Quantity

    usd, event = instrument.quote_currency, UUID4()
    trader, strategy = identifiers.TraderId("T-1"), identifiers.StrategyId("S-1")
    account, venue_order = identifiers.AccountId("SIM-1"), identifiers.VenueOrderId("1")
    order, commission = identifiers.ClientOrderId("O-1"), Money(1, usd)
    made = []
    for number, (name, kind, quantity, money) in enumerate(lines):
        gross = money + 1 if kind else money - 1
        fill = OrderFilled(
            trader, strategy, instrument.id, order, venue_order, account, identifiers.TradeId(str(number)),
            identifiers.PositionId(f"P-{name}"), enums.OrderSide.SELL if kind else enums.OrderSide.BUY,
            enums.OrderType.MARKET, Quantity.from_int(quantity), Price.from_int(gross // quantity), usd, commission,
            enums.LiquiditySide.TAKER, event, number, number,
        )  # fmt: skip
        made.append((name, fill))
    return made


def apply(made: list[tuple[int, Any]], instrument: Any) -> tuple[float, int]:
    from nautilus_trader.model.position import Position

    positions: dict[int, Any] = {}
    start = time.perf_counter()
    for name, fill in made:
        position = positions.get(name)
        if position is None:
            positions[name] = Position(instrument, fill)
        else:
            position.apply(fill)
    seconds = time.perf_counter() - start
    realized = sum(round(position.realized_pnl.as_decimal()) for position in positions.values() if position.is_closed)
    return seconds, realized


def instrument_of_whole_units() -> Any:
    from nautilus_trader.model import identifiers
    from nautilus_trader.model.currencies import BTC, USD
    from nautilus_trader.model.instruments import CurrencyPair
    from nautilus_trader.model.objects import Price, Quantity

    return CurrencyPair(
        instrument_id=identifiers.InstrumentId.from_str("T/USD.SIM"), raw_symbol=identifiers.Symbol("T/USD"),
        base_currency=BTC, quote_currency=USD, price_precision=0, size_precision=0,
        price_increment=Price.from_int(1), size_increment=Quantity.from_int(1), ts_event=0, ts_init=0,
    )  # fmt: skip


def main() -> None:
    lines = [[int(word) for word in line.split()] for line in Path(sys.argv[1]).read_text().splitlines()]
    instrument = instrument_of_whole_units()
    made = fills(lines, instrument)
    print("ready", flush=True)
    for _ in sys.stdin:
        seconds, realized = apply(made, instrument)
        print(json.dumps({"seconds": seconds, "realized": realized}), flush=True)


if __name__ == "__main__":
    main()
