"""What a fill cost: size x price, the dollars the source tells, and the venue's fee hidden in their difference.

The Data API's `usdcSize` of some taker buys includes the fee, so size x price is not what was paid. The rule:

1. gross = size x price, rounded half-even to a micro-dollar. Its slack is half of the price's last digit x size, plus
   one micro-dollar. A price of at most 4 decimals is a tick and exact: its slack is one micro-dollar.
2. No dollars told: money = gross, the fee is unknown (flag `fee_unknown`).
3. Dollars within the slack of gross: money = dollars, no fee.
4. A buy that cost more than gross, or a sale that brought less: money = gross, fee = the difference, so that
   money + fee (buy) or money - fee (sale) is exactly what the source told. Only where the difference could be a fee:
   at most 10 % x size x p x (1 - p), the venue's form of fee, plus 1 % of gross, the largest builder fee.
5. Any other difference: money = dollars, no fee, flag `price_disagrees`.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final, NamedTuple

from remora.model.facts import BUY, Side

TICK_DIGITS: Final = 4
_FEE_RATE_LIMIT: Final = Decimal("0.10")
_BUILDER_LIMIT: Final = Decimal("0.01")
_HALF: Final = Decimal("0.5")
_PRECISION: Final = 90


class Money(NamedTuple):
    """Micro-dollars of a fill before fees, the fee, the size of the source's last digit, and flags."""

    quote_atoms: int
    fee_atoms: int
    step_atoms: int
    flags: tuple[str, ...] = ()


def price_digits(price: Decimal) -> int:
    """Decimals of a price without trailing zeros."""
    exponent = price.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def of_fill(size_atoms: int, price: Decimal, dollars: int | None, side: Side) -> Money:
    """The money of a fill of `size_atoms` (6 decimals) at `price` (0 to 1); `dollars`: what the source told, in micro."""
    with localcontext() as context:
        context.prec = _PRECISION
        exact = size_atoms * price
        gross = int(exact.to_integral_value(ROUND_HALF_EVEN))
        digits = price_digits(price)
        last_digit = size_atoms * Decimal(1).scaleb(-digits)
        slack = 1 if digits <= TICK_DIGITS else 1 + int((last_digit * _HALF).to_integral_value(ROUND_CEILING))
        if dollars is None:
            coarse = size_atoms * Decimal(1).scaleb(-max(digits, TICK_DIGITS))
            return Money(gross, 0, max(1, int(coarse.to_integral_value(ROUND_CEILING))), ("fee_unknown",))
        difference = dollars - gross if side == BUY else gross - dollars
        if abs(difference) <= slack:
            return Money(dollars, 0, 1)
        largest = exact * (1 - price) * _FEE_RATE_LIMIT + exact * _BUILDER_LIMIT + slack
        if 0 < difference <= largest:
            return Money(gross, difference, 2 * slack)
        return Money(dollars, 0, max(1, abs(difference)), ("price_disagrees",))
