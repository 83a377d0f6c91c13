"""The reserves chain finds every missed trade, and finds none where none is missing."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from remora.formulas import curve, reserves
from remora.formulas.curve import INITIAL, Virtual
from remora.model.facts import Reserves
from remora.venues.solana import wire
from solana_cases import decode, log_frames


def tape(seed: int, count: int, market: str = "m", *, per_slot: int = 3, indexed: bool = False) -> list[Reserves]:
    """A market's trades as the curve itself would report them; some slots hold several."""
    chance = random.Random(seed)
    state, held, rows = INITIAL, 0, []
    for n in range(count):
        if held and chance.random() < 0.45:
            side, tokens = "sell", chance.randint(1, held)
            money = curve.sell_proceeds(state, tokens)
            state, held = Virtual(state.quote_atoms - money, state.token_atoms + tokens), held - tokens
        else:
            side, tokens = "buy", chance.randint(10**6, 10**12)
            money = curve.buy_cost(state, tokens)
            state, held = Virtual(state.quote_atoms + money, state.token_atoms - tokens), held + tokens
        rows.append(
            Reserves(
                id=f"{chance.random()}", source="t", venue="solana", market=market, asset=market, side=side,  # type: ignore[arg-type]
                slot=n // per_slot, tx_index=n % per_slot if indexed else None, happened_at=(n // per_slot) * 10**9,
                quantity_atoms=tokens, quote_atoms=money, virtual_quote_atoms=state.quote_atoms,
                virtual_token_atoms=state.token_atoms,
            )
        )  # fmt: skip
    return rows


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 6), st.booleans(), st.randoms(use_true_random=False))
def test_a_whole_tape_joins_in_any_order_of_arrival(
    seed: int, count: int, per_slot: int, indexed: bool, chance: random.Random
) -> None:
    rows = tape(seed, count, per_slot=per_slot, indexed=indexed)
    chance.shuffle(rows)
    found = reserves.chains(rows + rows[:3])["m"]  # heard twice is not missed
    assert (found.rows, found.breaks) == (count, ())


@given(st.integers(0, 10**6), st.integers(3, 30), st.booleans(), st.data())
def test_a_missing_trade_breaks_the_chain_by_its_amounts(seed: int, count: int, indexed: bool, data: st.DataObject) -> None:
    rows = tape(seed, count, per_slot=1, indexed=indexed)
    gone = rows.pop(data.draw(st.integers(1, count - 2)))
    (only,) = reserves.chains(rows)["m"].breaks
    sign = 1 if gone.side == "buy" else -1
    assert (only.quote_atoms, only.token_atoms) == (sign * gone.quote_atoms, -sign * gone.quantity_atoms)


def test_markets_are_apart() -> None:
    rows = tape(1, 9, "a") + tape(2, 9, "b")
    del rows[12]
    assert reserves.missed(rows) == {"a": 0, "b": 1}
    assert reserves.missed([]) == {}


def test_the_recorded_session_misses_nothing() -> None:
    facts = [fact for frame in log_frames() for tx in wire.read(frame).transactions for fact in decode(tx).facts]
    rows = [fact for fact in facts if isinstance(fact, Reserves)]
    found = reserves.chains(rows)
    assert (len(rows), len(found)) == (52, 17)
    assert sum(len(chain.breaks) for chain in found.values()) == 0
    longest = max(found.values(), key=lambda chain: chain.rows).market
    whole = [row for row in rows if row.market == longest]
    without_one = [reserves.missed(whole[:n] + whole[n + 1 :])[longest] for n in range(len(whole))]
    assert sorted(without_one) == [0, 0] + [1] * (len(whole) - 2)  # all but the first and the last are noticed
