"""The wallet part: the source's two tests, who counts, and that nobody gains by copies or splits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.formulas.ranges import Range
from remora.formulas.tokenparts import NO_BUYERS, Buyer, cluster_status, wallet_part, weight

SOL = 1_000_000_000
DOLLAR = 1_000_000


def buyer(name: str, score: float, sol: float, profit: int | None = None, **more: Any) -> Buyer:
    more.setdefault("entity", name)
    money = None if profit is None else profit * DOLLAR
    return Buyer(wallet=name, score=score, lamports=round(sol * SOL), profit=money, **more)


def test_tok_04_three_smart_buyers_give_244_2() -> None:
    part = wallet_part([buyer("a", 800, 50), buyer("b", 750, 30), buyer("c", 900, 40)])
    assert (part.count, round(part.quality, 1), part.investment) == (60.0, 109.2, 75.0)
    assert round(part.points.points, 1) == 244.2


def test_tok_05_two_whales_beat_four_small_wallets() -> None:
    whales = wallet_part([buyer("a", 950, 200, 5000), buyer("b", 920, 150, 3000)])
    small = wallet_part([buyer(str(i), score, 5) for i, score in enumerate((705, 710, 715, 720))])
    assert round(whales.points.points, 1) == 264.9
    assert round(small.points.points, 1) == 199.8


@pytest.mark.parametrize(
    ("sol", "points"), [(0, 0), (9.9, 0), (10, 25), (49.9, 25), (50, 50), (100, 75), (249.9, 75), (250, 100)]
)
def test_investment_classes_begin_at_their_bound(sol: float, points: float) -> None:
    assert wallet_part([buyer("a", 700, sol)]).investment == points


def test_the_weight_of_a_buyer_is_bounded_on_all_sides() -> None:
    assert weight(10 * SOL, 5000 * DOLLAR, 50) == 25.0
    assert weight(1000 * SOL, 10**9 * DOLLAR, 100) == 500.0
    assert weight(10 * SOL, -5000 * DOLLAR, 50) == weight(10 * SOL, None, 50) == 0.25


def test_only_smart_wallets_count() -> None:
    assert wallet_part([buyer("a", 699.9, 500)]) == NO_BUYERS
    assert wallet_part([]) == NO_BUYERS
    assert wallet_part([buyer(str(i), 700, 1) for i in range(8)]).count == 100.0


def test_buyers_without_weight_count_by_the_plain_mean() -> None:
    part = wallet_part([buyer("a", 800, 0), buyer("b", 900, 10, reputation=0)])
    assert part.quality == pytest.approx(133 * 0.85)


@pytest.mark.parametrize(
    ("confidence", "whitelisted", "status"),
    [(0.0, False, "none"), (0.79, False, "member"), (0.8, False, "excluded"), (0.95, True, "member")],
)
def test_cluster_status(confidence: float, whitelisted: bool, status: str) -> None:
    assert cluster_status(buyer("a", 800, 1, cluster_confidence=confidence, whitelisted=whitelisted)) == status


def test_a_cluster_counts_once_and_a_sure_one_not_at_all() -> None:
    crowd = [buyer(str(i), 800, 20, entity="ring", cluster_confidence=0.6) for i in range(5)]
    part = wallet_part([*crowd, buyer("x", 900, 20)])
    assert (part.entities, part.count) == (2, 40.0)
    sure = [buyer(str(i), 800, 20, entity="ring", cluster_confidence=0.9) for i in range(5)]
    part = wallet_part([*sure, buyer("x", 900, 20)])
    assert (part.entities, part.excluded, part.count) == (1, 5, 20.0)


def test_the_penalty_is_the_clustered_share_times_risk() -> None:
    """60 of 80 SOL clustered at risk 0.5: 333 x 0.75 x 0.5 x 0.7."""
    ring = [buyer(str(i), 800, 20, entity="ring", cluster_confidence=0.6, cluster_risk=0.5) for i in range(3)]
    part = wallet_part([*ring, buyer("x", 900, 20)])
    assert part.penalty.points == pytest.approx(333 * 0.75 * 0.5 * 0.7)
    assert part.points.points == pytest.approx(part.count + part.quality + part.investment - part.penalty.points)
    assert part.suspicious
    friends = [
        buyer(str(i), 800, 20, entity="ring", cluster_confidence=0.9, whitelisted=True, cluster_risk=0.5) for i in range(3)
    ]
    assert wallet_part(friends).penalty == Range(0.0, 0.0)
    assert not wallet_part(friends).suspicious


def test_half_of_the_money_clustered_is_not_yet_suspicious_a_bot_network_always() -> None:
    half = [buyer("a", 800, 20, cluster_confidence=0.5), buyer("b", 800, 20)]
    assert not wallet_part(half).suspicious
    assert wallet_part([buyer("a", 800, 1, cluster_confidence=0.5, bot_network=True), buyer("b", 800, 90)]).suspicious


def test_what_is_unknown_widens_and_never_lowers_silently() -> None:
    crowd = [buyer("a", 900, 50), buyer("b", 800, 50)]
    sure, unsure = wallet_part(crowd), wallet_part(crowd, clusters_known=False)
    assert not unsure.points.known
    assert unsure.points.high == sure.points.points
    risky = [buyer("a", 900, 50, cluster_confidence=0.5, cluster_risk=None), buyer("b", 800, 50)]
    assert wallet_part(risky).points == Range(sure.points.points - 333 * 0.35, sure.points.points)


def test_the_market_adjusts_within_its_bounds() -> None:
    crowd = [buyer("a", 900, 50)]
    base = wallet_part(crowd).points.points
    assert wallet_part(crowd, adjustment=1.1).points.points == pytest.approx(base * 1.1)
    assert wallet_part(crowd, adjustment=9.0).points.points == pytest.approx(base * 1.2)
    assert wallet_part([buyer(str(i), 1000, 100, 90_000) for i in range(5)], adjustment=1.2).points.points == 333.0


# --- laws -----------------------------------------------------------------------------------------------------------

buyers = st.builds(
    lambda score, sol, profit, reputation: (score, sol, profit, reputation),
    st.floats(700, 1000), st.integers(1, 400), st.none() | st.integers(-10_000, 50_000), st.floats(0, 100),
)  # fmt: skip
crowds = st.lists(buyers, min_size=1, max_size=6)


def crowd_of(found: list[tuple[Any, ...]]) -> list[Buyer]:
    return [buyer(f"w{i}", score, sol, profit, reputation=rep) for i, (score, sol, profit, rep) in enumerate(found)]


def bare(part: Any) -> float:
    return float(part.count + part.quality + part.investment)


@given(crowds, st.randoms(use_true_random=False))
def test_order_does_not_matter(found: list[tuple[Any, ...]], random: Any) -> None:
    crowd = crowd_of(found)
    mixed = list(crowd)
    random.shuffle(mixed)
    assert wallet_part(mixed) == wallet_part(crowd)


@given(crowds)
def test_a_wallet_reported_ten_times_changes_nothing(found: list[tuple[Any, ...]]) -> None:
    crowd = crowd_of(found)
    assert wallet_part([*crowd, *[crowd[0]] * 9]) == wallet_part(crowd)


@given(buyers, st.integers(2, 10))
def test_ten_copies_of_one_wallet_in_one_cluster_change_nothing(one: tuple[Any, ...], copies: int) -> None:
    score, sol, profit, reputation = one
    alone = wallet_part([buyer("w", score, sol, profit, reputation=reputation)])
    ring = [buyer(f"r{i}", score, sol, profit, reputation=reputation, entity="w") for i in range(copies)]
    assert bare(wallet_part(ring)) == pytest.approx(bare(alone))


@given(crowds, st.integers(0, 5), st.integers(2, 10))
def test_copies_never_raise_among_others(found: list[tuple[Any, ...]], place: int, copies: int) -> None:
    crowd = crowd_of(found)
    score, sol, profit, reputation = found[place % len(found)]
    twin = crowd[place % len(found)].entity
    ring = [buyer(f"r{i}", score, sol, profit, reputation=reputation, entity=twin) for i in range(copies)]
    after = wallet_part([*crowd, *ring])
    assert after.count == wallet_part(crowd).count
    assert bare(after) <= bare(wallet_part(crowd)) + 1e-9


@given(crowds, st.integers(0, 5), st.lists(st.integers(1, 100), min_size=2, max_size=8))
def test_splitting_a_buyer_over_its_own_cluster_never_raises(
    found: list[tuple[Any, ...]], place: int, parts: list[int]
) -> None:
    score, _, profit, reputation = found[place % len(found)]
    rest = [one for i, one in enumerate(crowd_of(found)) if i != place % len(found)]
    share = None if profit is None else profit / len(parts)
    whole = buyer("whole", score, sum(parts), profit, reputation=reputation)
    split = [
        Buyer(wallet=f"s{i}", entity="whole", score=score, lamports=part * SOL, reputation=reputation,
              profit=None if share is None else round(share * DOLLAR))
        for i, part in enumerate(parts)
    ]  # fmt: skip
    assert bare(wallet_part([*rest, *split])) <= bare(wallet_part([*rest, whole])) + 1e-6


@given(crowds)
def test_points_stay_in_their_bounds(found: list[tuple[Any, ...]]) -> None:
    part = wallet_part(crowd_of(found))
    assert 0 <= part.count <= 100
    assert 0 <= part.quality <= 133 + 1e-9
    assert 0 <= part.investment <= 100
    assert 0 <= part.points.low <= part.points.high <= 333
