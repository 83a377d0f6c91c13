"""What venues take, against recorded amounts and the published tiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import fees
from remora.formulas.fees import Rates
from remora.model.units import LAMPORTS_PER_SOL, instant_of_text


@pytest.mark.parametrize(
    ("day", "protocol_bps", "creator_bps"),
    [("2024-07-21", 100, 0), ("2025-05-11", 100, 0), ("2025-05-13", 95, 5), ("2025-08-31", 95, 5), ("2026-07-29", 95, 30)],
)
def test_the_curve_s_rates_by_date(day: str, protocol_bps: int, creator_bps: int) -> None:
    rates = fees.pump_curve(instant_of_text(f"{day} 12:00:00"))
    assert rates == Rates(protocol_bps * fees.BASIS_POINT, creator_bps * fees.BASIS_POINT)


def test_recorded_fees() -> None:
    then, now = instant_of_text("2024-12-02 12:00:00"), instant_of_text("2026-07-29 12:00:00")
    assert fees.total(200_000_000, fees.pump_curve(then)) == 2_000_000
    assert fees.total(2_962_962_962, fees.pump_curve(now)) == 28_148_149 + 8_888_889


@pytest.mark.parametrize(
    ("cap_sol", "creator", "protocol", "liquidity"),
    [(0, 3_000, 9_300, 200), (419, 3_000, 9_300, 200), (420, 9_500, 500, 2_000), (1_470, 9_000, 500, 2_000),
     (54_029, 3_000, 500, 2_000), (54_030, 2_750, 500, 2_000), (98_239, 750, 500, 2_000), (98_240, 500, 500, 2_000),
     (10**7, 500, 500, 2_000)],
)  # fmt: skip
def test_canonical_pools_by_market_cap(cap_sol: int, creator: int, protocol: int, liquidity: int) -> None:
    assert fees.pumpswap_canonical(cap_sol * LAMPORTS_PER_SOL) == Rates(protocol, creator, liquidity)


def test_canonical_rates_fall_once_the_first_tier_is_passed() -> None:
    totals = [sum(fees.pumpswap_canonical(cap * LAMPORTS_PER_SOL)) for cap in range(0, 100_000, 10)]
    assert totals == sorted(totals, reverse=True)
    assert (totals[0], totals[-1]) == (12_500, 3_000)


@given(st.integers(0, 2**62), st.integers(0, 10**6))
def test_a_component_is_the_least_that_covers_its_rate(amount: int, rate: int) -> None:
    fee = fees.component(amount, rate)
    assert fee * 10**6 >= amount * rate
    assert fee == 0 or (fee - 1) * 10**6 < amount * rate


def test_polymarket_takers() -> None:
    assert fees.polymarket_taker(12_310_000, 620_000, 50_000) == 145_010  # a recorded fill: 0.14501
    assert fees.polymarket_taker(100_000_000, 500_000, 70_000) == 1_750_000
    assert fees.polymarket_taker(100_000_000, 500_000, 70_000, exponent=2) == 437_500
    assert fees.polymarket_taker(100_000_000, 1_000_000, 70_000) == 0
    assert fees.polymarket_taker(1, 500_000, 70_000) == 0


@given(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(0, 200_000))
def test_polymarket_fees_are_symmetric_and_have_five_decimals(shares: int, price: int, rate: int) -> None:
    fee = fees.polymarket_taker(shares, price, rate)
    assert fee == fees.polymarket_taker(shares, 10**6 - price, rate)
    assert fee % 10 == 0


def test_impossible_arguments_are_refused() -> None:
    for call in (
        lambda: fees.component(-1, 1), lambda: fees.component(1, -1), lambda: fees.polymarket_taker(1, 1_000_001, 1),
        lambda: fees.polymarket_taker(-1, 1, 1), lambda: fees.polymarket_taker(1, 1, -1),
        lambda: fees.polymarket_taker(1, 1, 1, -1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="no fee"):
            call()
