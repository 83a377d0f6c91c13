"""Where the venue's fee hides: between size x price and the dollars the source tells."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from remora.venues.polymarket.money import Money, of_fill

SHARES = 10**6


def test_money_and_size_times_price_agree() -> None:
    assert of_fill(100 * SHARES, Decimal("0.9"), 90_000_000, "buy") == Money(90_000_000, 0, 1)


def test_without_dollars_the_fee_is_unknown() -> None:
    assert of_fill(100 * SHARES, Decimal("0.9"), None, "buy") == Money(90_000_000, 0, 10_000, ("fee_unknown",))


def test_a_taker_buy_carries_its_fee_in_the_dollars() -> None:
    # 7,917.59 shares at 0.45, rate 0.05: a fee of 97.98017, as recorded
    assert of_fill(7_917_590_000, Decimal("0.45"), 3_660_895_670, "buy") == Money(3_562_915_500, 97_980_170, 2)


def test_a_sale_brings_less_by_its_fee() -> None:
    assert of_fill(12_310_000, Decimal("0.62"), 7_632_200 - 145_010, "sell") == Money(7_632_200, 145_010, 2)


def test_a_difference_within_the_prices_last_digit_is_no_fee() -> None:
    # 13.698629 x 0.6350000427 = 8.69862999993...: the source rounded its price
    assert of_fill(13_698_629, Decimal("0.6350000427"), 8_698_630, "buy") == Money(8_698_630, 0, 1)


def test_dollars_on_the_wrong_side_are_believed_and_flagged() -> None:
    assert of_fill(100 * SHARES, Decimal("0.5"), 49_000_000, "buy") == Money(49_000_000, 0, 1_000_000, ("price_disagrees",))
    assert of_fill(100 * SHARES, Decimal("0.5"), 51_000_000, "sell") == Money(51_000_000, 0, 1_000_000, ("price_disagrees",))


def test_a_difference_no_fee_can_explain_is_flagged() -> None:
    # at most 10 % x 100 x 0.25 + 1 % x 50 = $3 could be a fee
    assert of_fill(100 * SHARES, Decimal("0.5"), 53_000_000, "buy").fee_atoms == 3_000_000
    assert of_fill(100 * SHARES, Decimal("0.5"), 53_000_002, "buy").flags == ("price_disagrees",)


@given(
    size=st.integers(1, 10**15),
    price=st.decimals("0.0001", "0.9999", places=10),
    extra=st.integers(-(10**9), 10**9),
    side=st.sampled_from(["buy", "sell"]),
)
def test_what_was_paid_or_received_is_never_changed(size: int, price: Decimal, extra: int, side: str) -> None:
    dollars = max(0, int(size * price) + extra)
    money = of_fill(size, price, dollars, side)  # type: ignore[arg-type]
    sign = 1 if side == "buy" else -1
    assert money.quote_atoms + sign * money.fee_atoms == dollars
    assert money.fee_atoms >= 0
    assert money.step_atoms >= 1


@given(size=st.integers(1, 10**15), price=st.decimals("0.0001", "0.9999", places=10))
def test_size_times_price_is_within_the_step_of_what_was_paid(size: int, price: Decimal) -> None:
    exact = round(size * price)
    told = Decimal(exact) / size
    rounded = round(told, 10)
    if 0 < rounded < 1:
        money = of_fill(size, rounded, None, "buy")
        assert abs(money.quote_atoms - exact) <= money.step_atoms
