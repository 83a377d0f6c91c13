"""The curve's integers, on recorded trades and by their laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import curve
from remora.formulas.curve import INITIAL, Virtual
from remora.model.facts import Reserves
from remora.venues.solana import wire
from solana_cases import decode, log_frames, tx_files

states = st.builds(Virtual, st.integers(10**9, 10**12), st.integers(10**12, 10**15))


def recorded() -> list[Reserves]:
    """All recorded curve states."""
    import json

    found = [wire.read(frame) for frame in log_frames()]
    found += [wire.read(json.loads(path.read_text(encoding="utf-8-sig"))) for path in tx_files()]
    facts = {fact.id: fact for read in found for tx in read.transactions for fact in decode(tx).facts}
    return [fact for fact in facts.values() if isinstance(fact, Reserves)]


def test_exact_on_every_recorded_normal_event() -> None:
    normal = 0
    for row in recorded():
        after = Virtual(row.virtual_quote_atoms, row.virtual_token_atoms)
        before = curve.before(after, row.side, row.quantity_atoms, row.quote_atoms)
        if "mayhem" in row.flags:
            continue
        normal += 1
        if row.side == "sell":
            assert curve.sell_proceeds(before, row.quantity_atoms) == row.quote_atoms
        else:  # a purchase of a number of tokens, or for an amount of SOL
            assert row.quote_atoms == curve.buy_cost(before, row.quantity_atoms) or row.quantity_atoms == curve.buy_exact_in(
                before, row.quote_atoms
            )
    assert normal >= 60


def test_the_launch_and_the_end() -> None:
    assert curve.price(INITIAL) == (30_000_000_000, 1_073_000_000_000_000)
    assert curve.market_cap(INITIAL) == 27_958_993_476  # lamports
    cost = curve.buy_cost(INITIAL, curve.INITIAL_REAL_TOKEN_ATOMS)
    assert cost == curve.COMPLETE_REAL_LAMPORTS
    end = Virtual(INITIAL.quote_atoms + cost, INITIAL.token_atoms - curve.INITIAL_REAL_TOKEN_ATOMS)
    assert end == (115_005_359_057, 279_900_000_000_000)
    assert curve.market_cap(end) // 10**8 == 4108  # 410.8 SOL


def test_progress() -> None:
    assert curve.progress_millionths(curve.INITIAL_REAL_TOKEN_ATOMS) == 0
    assert curve.progress_millionths(0) == 1_000_000
    assert curve.progress_millionths(1) == 999_999
    assert curve.progress_millionths(2 * curve.INITIAL_REAL_TOKEN_ATOMS) == 0
    assert curve.is_complete(0)
    assert not curve.is_complete(1)


@given(states, st.integers(1, 10**11))
def test_nobody_gains_by_buying_and_selling_back(state: Virtual, tokens: int) -> None:
    cost = curve.buy_cost(state, tokens)
    after = Virtual(state.quote_atoms + cost, state.token_atoms - tokens)
    assert curve.sell_proceeds(after, tokens) <= cost
    assert after.quote_atoms * after.token_atoms >= state.quote_atoms * state.token_atoms
    assert curve.before(after, "buy", tokens, cost) == state


@given(states, st.integers(1, 10**11))
def test_spending_an_amount_never_buys_more_than_it_pays_for(state: Virtual, spent: int) -> None:
    tokens = curve.buy_exact_in(state, spent)
    assert tokens == 0 or curve.buy_cost(state, tokens) <= spent
    assert tokens < state.token_atoms


@given(states, st.integers(1, 10**13))
def test_selling_can_never_empty_the_curve(state: Virtual, tokens: int) -> None:
    paid = curve.sell_proceeds(state, tokens)
    assert paid < state.quote_atoms
    after = Virtual(state.quote_atoms - paid, state.token_atoms + tokens)
    assert curve.before(after, "sell", tokens, paid) == state


def test_impossible_amounts_are_refused() -> None:
    for call in (
        lambda: curve.buy_cost(INITIAL, 0), lambda: curve.buy_cost(INITIAL, INITIAL.token_atoms),
        lambda: curve.buy_exact_in(INITIAL, 0), lambda: curve.sell_proceeds(INITIAL, -1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="cannot"):
            call()
