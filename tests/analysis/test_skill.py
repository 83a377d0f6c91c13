from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.analysis.bets import Bets
from remora.analysis.past import POLYMARKET, SOLANA
from remora.analysis.skill import CANNOT_TELL, HARMFUL, PROMISING, REASONS, SKILLED, UNITS, Skill, judge

CROWD = 1_500
"""Traders without an edge beside whom one is judged."""


def results(who: int, wins: int, losses: int, price: float = 0.5, stake: int = 10**8) -> list[tuple[int, float, float, int]]:
    """(trader, edge, price, stake) of bets at one price."""
    return [(who, 1 - price, price, stake)] * wins + [(who, -price, price, stake)] * losses


def made(rows: list[tuple[int, float, float, int]], venue: int = POLYMARKET) -> Bets:
    """Bets at known prices, one event each, in the order given."""
    who, edge, price, stake = (np.array(column) for column in zip(*rows, strict=True)) if rows else [np.zeros(0)] * 4
    n, odds = len(rows), price * (1 - price)
    return Bets(
        trader=who.astype(np.int32), event=np.arange(n), category=np.zeros(n, np.int32), venue=np.full(n, venue, np.int8),
        at=np.arange(n), edge=edge.astype(float), variance=odds.astype(float), third=(odds * (1 - 2 * price)).astype(float),
        stake=stake.astype(np.int64), gross=(stake * edge / np.maximum(price, 1e-9)).astype(np.int64), n=np.ones(n, np.int64),
    )  # fmt: skip


def crowd(seed: int = 5, traders: int = CROWD, share: float = 0.1, edge: float = 0.12) -> list[tuple[int, float, float, int]]:
    """Traders 1, 2, ... of 60 bets each at even odds; a share of them has an edge."""
    chance = np.random.default_rng(seed)
    rows = []
    for who in range(1, traders + 1):
        wins = int(chance.binomial(60, 0.5 + (edge if who <= share * traders else 0.0)))
        rows += results(who, wins, 60 - wins)
    return rows


def verdict_on(own: list[tuple[int, float, float, int]], **more: object) -> tuple[Skill, int, str]:
    """Everything, and the verdict and reason on trader 0 beside the crowd."""
    found = judge(made(own + crowd()), CROWD + 1, **more)  # type: ignore[arg-type]
    return found, int(found.verdict[0]), found.reason[0]


def test_a_long_record_far_above_the_price_is_skilled() -> None:
    found, verdict, reason = verdict_on(results(0, 280, 120))
    assert verdict == SKILLED
    assert reason.startswith("above costs")
    assert found.low[0] > 0.01
    assert found.low[0] < found.edge[0] < found.high[0]
    assert found.edge[0] < found.raw[0], "shrunk towards the crowd"
    assert found.lfsr[0] <= 0.05
    assert found.n_bets[0] == 400
    assert found.n_effective[0] == pytest.approx(400)
    assert UNITS[found.unit[0]] == "edge per dollar"


def test_a_perfect_short_record_is_at_most_promising() -> None:
    _, verdict, reason = verdict_on(results(0, 29, 0))
    assert verdict == PROMISING
    assert "30 independent events" in reason


def test_below_ten_events_nothing_can_be_told() -> None:
    """However good nine look; the tenth may tell something."""
    _, verdict, reason = verdict_on(results(0, 9, 0))
    assert (verdict, reason) == (CANNOT_TELL, "fewer than 10 independent events")
    assert verdict_on(results(0, 10, 0))[1] == PROMISING


@given(st.integers(0, 29), st.integers(0, 29))
def test_below_thirty_events_nobody_is_skilled_or_harmful(wins: int, losses: int) -> None:
    own = results(0, min(wins, 29 - min(losses, 29)), min(losses, 29))
    found = judge(made(own + crowd(traders=60)), 61)
    assert found.verdict[0] in (CANNOT_TELL, PROMISING)


def test_an_even_record_cannot_tell() -> None:
    found, verdict, reason = verdict_on(results(0, 52, 48))
    assert verdict == CANNOT_TELL
    assert "does not tell" in reason
    assert found.p_edge_gt_cost[0] < 0.5


def test_a_long_record_below_the_price_is_harmful() -> None:
    found, verdict, reason = verdict_on(results(0, 120, 280))
    assert (verdict, reason) == (HARMFUL, REASONS[6])
    assert found.high[0] < 0


def test_a_profit_out_of_one_event_cannot_tell() -> None:
    own = [*results(0, 280, 120), (0, 0.5, 0.5, 10**11)]
    found, verdict, reason = verdict_on(own)
    assert found.concentration[0] > 0.6
    assert (verdict, reason) == (CANNOT_TELL, "most of the profit lies in one event")


def test_dust_does_not_make_a_record() -> None:
    """Three hundred tiny wins beside a hundred even bets of a usual size count as little as they risk."""
    found = judge(made(results(0, 50, 50) + results(0, 300, 0, stake=10**4) + crowd()), CROWD + 1)
    assert found.n_effective[0] < 130
    assert found.verdict[0] == CANNOT_TELL


def test_what_was_won_before_it_was_found_does_not_count() -> None:
    """GRD-13: a wallet found through its winners."""
    rows = results(0, 280, 120)
    since = np.full(CROWD + 1, -1)
    since[0] = 400
    _, verdict, reason = verdict_on(rows, found_at=since)
    assert (verdict, reason) == (CANNOT_TELL, "no decided bets")
    since[0] = 0
    assert verdict_on(rows, found_at=since)[1] == SKILLED


def test_a_market_makers_profit_is_no_skill() -> None:
    barred = np.zeros(CROWD + 1, np.bool_)
    barred[0] = True
    _, verdict, reason = verdict_on(results(0, 280, 120), barred=barred)
    assert verdict == CANNOT_TELL
    assert "cannot be followed" in reason


def test_one_lucky_lottery_ticket_is_no_evidence() -> None:
    """Forty tickets at 2 cents, three hits where 0.8 were due: z is 2.5, chance of it one in twenty."""
    found, verdict, _ = verdict_on(results(0, 3, 37, price=0.02))
    assert found.p_value[0] > 0.02
    assert verdict != SKILLED


def test_nobody_without_bets_is_anything() -> None:
    found = judge(made([]), 3)
    assert found.verdict.tolist() == [CANNOT_TELL] * 3
    assert found.reason == ["no decided bets"] * 3
    assert np.isnan(found.edge).all()
    assert found.unit.tolist() == [-1] * 3
    assert found.luck(np.arange(3)) == 1.0
    assert found.luck(np.zeros(0, np.int64)) == 1.0


def test_the_board_says_how_much_of_it_is_luck() -> None:
    found = judge(made(crowd()), CROWD + 1)
    best = np.argsort(-np.nan_to_num(found.edge, nan=-1.0))[:100]
    assert found.luck(best) == pytest.approx(1 - found.p_edge_gt_cost[best].mean())
    assert found.luck(best) < found.luck(np.arange(1, CROWD + 1))
    assert 0.75 < found.null_share[POLYMARKET] <= 1.0


def test_the_rank_of_the_best_is_stable_and_of_most_is_not() -> None:
    found, _, _ = verdict_on(results(0, 280, 120))
    assert found.rank_stability[0] > 0.99
    assert found.rank_stability[1:].mean() < 0.15
    assert ((found.rank_stability >= 0) & (found.rank_stability <= 1)).all()


def test_tokens_are_judged_among_tokens() -> None:
    """The same results in another unit, with errors that are estimated."""
    chance = np.random.default_rng(2)
    rows = [(who, float(chance.normal(0, 1)), 0.5, 10**9) for who in range(1, 400) for _ in range(40)]
    rows += [(0, float(chance.normal(0.9, 1)), 0.5, 10**9) for _ in range(80)]
    tokens = made(rows, SOLANA)
    tokens = replace(tokens, variance=np.ones(len(rows)), third=np.zeros(len(rows)))
    found = judge(tokens, 400)
    assert found.verdict[0] == SKILLED
    assert (found.verdict[1:] == SKILLED).sum() == 0
    assert UNITS[found.unit[0]] == "log return over matched tokens"


def test_wild_own_results_widen_the_error_of_tokens() -> None:
    calm = replace(made([(0, 0.5, 0.5, 1)] * 40, SOLANA), variance=np.full(40, 1.0))
    wild = replace(calm, edge=np.tile([4.5, -3.5], 20))
    assert judge(wild, 1).p_value[0] > judge(calm, 1).p_value[0]


@given(st.permutations(range(8)))
def test_who_comes_first_does_not_matter(order: list[int]) -> None:
    rows = {who: results(who, 20 + 3 * who, 60 - 3 * who) for who in range(8)}
    straight = judge(made([row for who in range(8) for row in rows[who]]), 8)
    turned = judge(made([(place, *row[1:]) for place, who in enumerate(order) for row in rows[who]]), 8)
    assert turned.edge == pytest.approx(straight.edge[order], abs=1e-9)
    assert turned.verdict.tolist() == straight.verdict[order].tolist()


def test_equal_input_gives_equal_bytes() -> None:
    one, two = (judge(made(crowd()), CROWD + 1) for _ in range(2))
    assert all(
        getattr(one, name).tobytes() == getattr(two, name).tobytes() for name in ("edge", "low", "lfsr", "rank_stability")
    )


def test_bets_that_scatter_more_than_their_prices_say_are_believed_less() -> None:
    """Errors follow the scatter about each trader's mean, over all traders of the venue."""
    rows = crowd(traders=400)
    calm = made(rows)
    wild = replace(calm, variance=calm.variance / 4)
    sums = [judge(one, 401).p_value[1:] for one in (calm, wild)]
    assert np.nanmax(np.abs(sums[0] - sums[1])) < 0.05
