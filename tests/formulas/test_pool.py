"""Constant product pools."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import pool
from remora.formulas.pool import Pool

pools = st.builds(Pool, st.integers(10**6, 10**15), st.integers(10**6, 10**13))


@given(pools, st.integers(1, 10**6 - 1))
def test_the_product_never_falls(state: Pool, base: int) -> None:
    cost = pool.buy_cost(state, base)
    bought = pool.after_buy(state, base, cost)
    assert bought.base_atoms * bought.quote_atoms >= state.base_atoms * state.quote_atoms
    paid = pool.sell_proceeds(state, base)
    sold = pool.after_sell(state, base, paid)
    assert sold.base_atoms * sold.quote_atoms >= state.base_atoms * state.quote_atoms
    assert pool.sell_proceeds(bought, base) <= cost


@given(pools, st.integers(1, 10**9))
def test_an_amount_buys_no_more_than_it_pays_for(state: Pool, quote: int) -> None:
    base = pool.buy_exact_in(state, quote)
    assert base < state.base_atoms
    assert base == 0 or pool.buy_cost(state, base) <= quote


def test_known_numbers_and_refusals() -> None:
    state = Pool(206_900_000_000_000, 84_990_359_056)
    assert pool.sell_proceeds(Pool(1000, 1000), 1000) == 500
    assert pool.buy_cost(Pool(1000, 1000), 500) == 1000
    assert pool.buy_exact_in(Pool(1000, 1000), 1000) == 500
    assert pool.market_cap(state, 10**15) == 84_990_359_056 * 10**15 // 206_900_000_000_000
    for call in (
        lambda: pool.buy_cost(state, state.base_atoms), lambda: pool.buy_cost(state, 0), lambda: pool.buy_exact_in(state, 0),
        lambda: pool.sell_proceeds(state, 0), lambda: pool.market_cap(Pool(0, 5), 1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"cannot|empty"):
            call()
