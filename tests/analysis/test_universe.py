"""The control universe, base rates, doors: what keeps a list of winners from fooling its owner."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import pasts
from analysis.words import DAY, SOL, Story
from remora.analysis import universe
from remora.analysis.behaviour import behaviours
from remora.analysis.past import Past

ALL, NONE = 1_000_000, 0


def launched(story: Story, asset: str, creator: str = "dev") -> None:
    story.tell("launches", asset=asset, wallet=creator, creator=creator, name=asset, symbol=asset)


def world() -> Past:
    """20 launches, 2 graduates. ann bought both and two failures; bob three failures; late came after a graduation."""
    story = Story()
    for i in range(20):
        launched(story, f"cat{i:02d}")
    for asset in ("cat00", "cat01", "cat02", "cat03"):
        story.buy("ann", asset, 1000, SOL)
    for asset in ("cat04", "cat05", "cat06"):
        story.buy("bob", asset, 1000, SOL)
    story.buy("dev", "cat00", 1000, SOL)
    for asset in ("cat00", "cat01"):
        story.tell("graduations", asset=asset, stage="complete")
    story.buy("late", "cat00", 1000, SOL)
    return pasts.past(story, as_of=story.now + 3 * DAY)


def test_the_choice_is_the_hash_and_nothing_else() -> None:
    mint = "9WGGAyuL2aU8YYKtDbe4ZjSSmkyp7pK3xWh43ZuFpump"
    place = int(sha256(mint.encode()).hexdigest()[:16], 16) / 2**64
    assert universe.in_universe(mint, int(place * 1e6) + 1)
    assert not universe.in_universe(mint, int(place * 1e6))


@given(st.text(max_size=60), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_higher_rate_only_adds(mint: str, a: int, b: int) -> None:
    low, high = sorted((a, b))
    assert universe.in_universe(mint, high) >= universe.in_universe(mint, low)
    assert universe.in_universe(mint, ALL)
    assert not universe.in_universe(mint, NONE)


def test_one_per_cent_is_one_per_cent() -> None:
    chosen = sum(universe.in_universe(f"mint{i}") for i in range(50_000))
    assert 420 <= chosen <= 580  # 500 within 3.6 standard deviations


def test_a_graduation_does_not_move_a_launch_into_the_universe() -> None:
    past = world()
    again = universe.universe(past, 300_000)
    assert again.tolist() == [universe.in_universe(asset, 300_000) for asset in past.assets]


def test_the_base_rate_counts_all_launches_that_are_old_enough() -> None:
    base = universe.base_rate(world())
    assert (base.hits, base.n) == (2.0, 20.0)


def test_young_launches_are_not_judged() -> None:
    story = Story()
    launched(story, "cat")
    story.tell("graduations", asset="cat", stage="complete")
    assert universe.base_rate(pasts.past(story)).n == 0


def test_a_sample_is_weighted_back_to_all_launches() -> None:
    past = world()
    weights = universe.sampling_weights(past, 500_000)
    failed_in = [a for a, mint in enumerate(past.assets) if a > 1 and universe.in_universe(mint, 500_000)]
    assert weights[:2].tolist() == [1.0, 1.0]
    assert weights[failed_in].tolist() == [2.0] * len(failed_in)
    assert weights.sum() == 2 + 2 * len(failed_in)


def test_entry_rates_stand_beside_the_base_rate() -> None:
    past = world()
    found = universe.entry_rates(past)
    ann, bob, late, dev = (past.wallets.index(name) for name in ("ann", "bob", "late", "dev"))
    assert (found.entered[ann], found.completed[ann], found.value[ann]) == (4, 2, 0.5)
    assert found.lift[ann] == pytest.approx(5.0)
    assert found.lift_low[ann] < 5 < found.lift_high[ann]
    assert (found.crowd.hits, found.crowd.n) == (2.0, 7.0)  # of all entries, not of all launches
    assert found.crowd_lift[ann] == pytest.approx(0.5 / (2 / 7))
    assert (found.entered[bob], found.completed[bob], found.p[bob]) == (3, 0, 1.0)
    assert found.entered[late] == found.entered[dev] == 0  # after the graduation; one's own token
    assert np.isnan(found.value[late])


def test_a_rate_says_how_many_times_the_base_rate() -> None:
    one = universe.rate(np.array([True] * 12 + [False] * 88), base=universe.Base(100, 10_000))
    assert (one.value, one.base, round(one.lift, 6)) == (0.12, 0.01, 12.0)
    assert str(one) == "12 % (7.6-18 %), 12 times the base rate (7.5-19)"
    assert str(universe.rate(np.array([True, False]))).endswith("base rate unknown")


def test_sampled_failures_count_for_those_nobody_saw() -> None:
    """30 completions beside 30 failures on record of which each stands for a hundred: 30 of 3,030, not one in two."""
    hits = np.array([True] * 30 + [False] * 30)
    plain, sampled = universe.rate(hits), universe.rate(hits, sampled=0.01)
    assert plain.value == 0.5
    assert sampled.value == pytest.approx(30 / 3030)
    assert sampled.low < sampled.value < sampled.high
    assert sampled.high / sampled.low < 3, "sixty entries on record tell more than a few"


@pytest.mark.parametrize("sampled", [1.0, 0.1, 0.01])
def test_the_interval_of_a_sampled_rate_holds(sampled: float) -> None:
    """90 % of intervals hold the true rate when failures are on record only now and then."""
    chance, true, inside = np.random.default_rng(5), 0.05, 0
    for _ in range(400):
        all_hits = chance.random(3_000) < true
        kept = all_hits | (chance.random(3_000) < sampled)
        one = universe.rate(all_hits[kept], sampled=sampled)
        inside += one.low <= true <= one.high
    assert 0.86 <= inside / 400 <= 0.95


def test_many_completions_in_a_sampled_universe_are_not_chance() -> None:
    from remora.analysis import chance

    few, many = chance.at_least_of(np.array([12, 30]), np.array([60, 60]), np.array([0.2, 0.2]))
    assert few == pytest.approx(0.5513825262506543)
    assert many < 1e-6


class TestDoors:
    def test_a_winner_is_found_when_its_token_graduates(self) -> None:
        past = world()
        found = universe.doors(past, behaviours(past), rate_ppm=NONE)
        ann, bob = past.wallets.index("ann"), past.wallets.index("bob")
        assert universe.DOORS[found.door[ann]] == "graduate"
        assert found.found_at[ann] == past.tokens.graduated_at[past.assets.index("cat00")]
        assert (found.door[bob], found.found_at[bob]) == (-1, -1)
        assert found.judged_from()[ann] == found.found_at[ann]

    def test_the_control_universe_chooses_without_looking_at_outcomes(self) -> None:
        past = world()
        found = universe.doors(past, behaviours(past), rate_ppm=ALL)
        ann = past.wallets.index("ann")
        assert universe.DOORS[found.door[ann]] == "universe"
        assert found.found_at[ann] == past.tape.at[past.tape.wallet == ann].min()
        assert found.judged_from()[ann] == -1

    def test_hand_added_wallets_come_in_when_they_were_added(self) -> None:
        past = world()
        added = {"bob": past.as_of - 5, "ann": past.as_of + 1, "nobody": 1}
        found = universe.doors(past, behaviours(past), rate_ppm=NONE, added=added)
        rows = {row["wallet"]: (row["door"], row["found_at"]) for row in found.table(past).to_pylist()}
        assert rows["bob"] == ("added", past.as_of - 5)
        assert rows["ann"][0] == "graduate"
        assert "nobody" not in rows

    def test_infrastructure_comes_in_through_no_door(self) -> None:
        past = world()
        found = behaviours(past)
        found.excluded[past.wallets.index("ann")] = True
        assert universe.doors(past, found, rate_ppm=ALL).door[past.wallets.index("ann")] == -1
