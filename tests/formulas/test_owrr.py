"""OWRR by the worked cases of its source, by our corrections, and by its laws."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from remora.formulas import owrr
from remora.formulas.owrr import CAPPED, INSUFFICIENT, RULES, Candidate, OwrrRules, SourceRow, Stake
from shared_data import shared

SHARE = 1_000_000
HALF = 500_000


def stake(name: str, *, yes: int = 0, no: int = 0, omega: float = 1.0, resolved: int = 10, **more: Any) -> Stake:
    losses = 1_000_000
    more.setdefault("entity", name)
    gains = round(losses * omega)
    return Stake(wallet=name, yes_atoms=yes * SHARE, no_atoms=no * SHARE, gains=gains, losses=losses, resolved=resolved, **more)


def crowd(yes: int, no: int, shares: int = 100) -> list[Stake]:
    return [stake(f"y{i}", yes=shares) for i in range(yes)] + [stake(f"n{i}", no=shares) for i in range(no)]


def worked_cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(shared("polymarket/owrr/owrr_cases.json").read_text())["cases"]
    return cases


@pytest.mark.parametrize("zero_omega", [1.0, 0.1])
def test_all_worked_cases_to_the_printed_digits(zero_omega: float) -> None:
    checked = 0
    for case in worked_cases():
        rows = [[SourceRow(**row) for row in case[side]] for side in ("yes", "no")]
        expected = case["expected"]
        if zero_omega != 1.0:
            expected = case["expected_if_zero_omega_is_0.1"] or expected
        found = owrr.source_convention(*rows, zero_omega=zero_omega)
        for key, value in expected.items():
            got = found[key]
            assert (got if isinstance(got, str) else round(got, 6)) == value, (case["name"], key)
            checked += 1
    assert checked == 10 * 11


def test_no_risk_is_at_the_no_tokens_own_price() -> None:
    """D-41: 100 NO shares at 0.20 are 20 dollars at risk, not 80."""
    found = owrr.owrr(crowd(3, 3), yes_price=800_000, no_price=200_000)
    assert (found.yes_avg_risk, found.no_avg_risk) == (80e6, 20e6)
    assert found.owrr == pytest.approx(80**0.5 / (80**0.5 + 20**0.5))


def test_a_zero_omega_votes_with_a_tenth_and_a_missing_one_not_at_all() -> None:
    stakes = crowd(3, 3)
    loser = stake("loser", yes=100, omega=0)
    new = msgspec.structs.replace(stake("new", yes=100), gains=0, losses=0)
    found = owrr.owrr([*stakes, loser, new], HALF, HALF)
    votes = {vote.entity: vote for vote in found.votes}
    assert votes["loser"].omega == 0.1
    assert not votes["new"].qualified
    assert found.yes_qualified == 4


def test_a_hedger_votes_once_with_the_difference() -> None:
    hedger = stake("hedger", yes=100, no=60)
    whole = stake("whole set", yes=100, no=100)
    found = owrr.owrr([*crowd(3, 3), hedger, whole], HALF, HALF)
    votes = {vote.entity: vote for vote in found.votes}
    assert votes["hedger"].yes
    assert votes["hedger"].risk == 20_000_000
    assert "whole set" not in votes


def test_contracts_do_not_take_places_or_votes() -> None:
    stakes = crowd(3, 3)
    adapter = stake("adapter", no=10_000_000, excluded=True)
    assert owrr.owrr([*stakes, adapter], HALF, HALF) == owrr.owrr(stakes, HALF, HALF)


def test_only_the_twenty_largest_of_a_side_vote() -> None:
    stakes = [stake(f"y{i:02}", yes=100 + i) for i in range(25)] + [stake(f"n{i}", no=100) for i in range(4)]
    found = owrr.owrr(stakes, HALF, HALF)
    assert found.yes_qualified == 20
    assert {vote.entity for vote in found.votes if vote.yes} == {f"y{i:02}" for i in range(5, 25)}


@pytest.mark.parametrize(("yes", "no", "one_sided"), [(2, 3, ""), (19, 2, "YES"), (2, 10, "NO"), (0, 0, "")])
def test_too_few_voters_say_nothing_but_are_shown(yes: int, no: int, one_sided: str) -> None:
    found = owrr.owrr(crowd(yes, no), HALF, HALF)
    assert (found.owrr, found.slider, found.confidence, found.own_confidence) == (0.5, 50, INSUFFICIENT, INSUFFICIENT)
    assert (found.yes_qualified, found.no_qualified, found.one_sided) == (yes, no, one_sided)


@pytest.mark.parametrize(
    ("yes", "no", "theirs", "ours"), [(3, 17, "high", "low"), (10, 10, "high", "medium"), (6, 6, "medium", "low")]
)  # fmt: skip
def test_three_against_seventeen_is_not_high(yes: int, no: int, theirs: str, ours: str) -> None:
    """Equal votes of 10 against 10 leave an interval wider than 0.30, so even they are only medium."""
    found = owrr.owrr(crowd(yes, no), HALF, HALF)
    assert (found.confidence, found.own_confidence) == (theirs, ours)


@pytest.mark.parametrize(
    ("slider", "word"),
    [(0, "strong NO"), (40, "strong NO"), (41, "lean NO"), (44, "lean NO"), (45, "neutral"), (55, "neutral"), (56, "lean YES"),
     (59, "lean YES"), (60, "strong YES"), (100, "strong YES")],
)  # fmt: skip
def test_reading(slider: int, word: str) -> None:
    assert owrr.reading(slider) == word


def test_the_slider_rounds_half_up() -> None:
    assert [owrr.slider_of(value) for value in (0.0, 0.125, 0.625, 1.0)] == [0, 13, 63, 100]


def test_the_answer_turns_without_the_one_who_makes_it() -> None:
    stakes = [*crowd(3, 3), stake("whale", yes=100_000)]
    found = owrr.owrr(stakes, HALF, HALF)
    assert owrr.answer(found.owrr) == "YES"
    assert found.turning == ("whale",)
    assert found.voters < 3
    assert owrr.owrr(crowd(8, 3), HALF, HALF).turning == ()


def test_the_cap_takes_the_whale_its_mass() -> None:
    stakes = [*crowd(10, 10), stake("whale", yes=1_000_000)]
    free, held = (owrr.owrr(stakes, HALF, HALF, rules) for rules in (RULES, CAPPED))
    votes = [vote.counted for vote in held.votes]
    assert max(votes) == pytest.approx(sum(votes) / 10)
    assert owrr.answer(free.owrr) == "YES"
    assert owrr.answer(held.owrr) == "neither"


def test_more_money_than_ten_bets_is_needed_for_a_shrunken_five() -> None:
    lucky = msgspec.structs.replace(stake("lucky", yes=100), gains=10_000_000, losses=0, median_bet=5_000_000)
    for rules, expected in ((RULES, 5.0), (OwrrRules(use_shrunken=True), 1.4)):
        assert owrr.candidates([lucky], HALF, HALF, rules)[0].omega == pytest.approx(expected)


# --- laws -----------------------------------------------------------------------------------------------------------

names = st.sampled_from([f"w{i}" for i in range(30)])
found_candidates = st.lists(
    st.builds(
        Candidate, entity=names, yes=st.booleans(), risk=st.integers(1, 10**12),
        omega=st.none() | st.floats(0, 100), resolved=st.integers(0, 30),
    ), max_size=30, unique_by=lambda c: c.entity,
)  # fmt: skip


@given(found_candidates, st.randoms(use_true_random=False), st.sampled_from([RULES, CAPPED]))
def test_order_does_not_matter(found: list[Candidate], random: Any, rules: OwrrRules) -> None:
    mixed = list(found)
    random.shuffle(mixed)
    assert owrr.tally(mixed, rules) == owrr.tally(found, rules)


@given(found_candidates)
def test_turning_the_question_round_turns_the_answer_round(found: list[Candidate]) -> None:
    turned = [msgspec.structs.replace(c, yes=not c.yes) for c in found]
    one, other = owrr.tally(found), owrr.tally(turned)
    assert one.owrr == pytest.approx(1 - other.owrr)
    assert (one.confidence, one.own_confidence) == (other.confidence, other.own_confidence)
    assert one.low <= one.owrr + 1e-9 or one.confidence == INSUFFICIENT
    assert 0 <= one.low <= one.high <= 1
    assert 0 <= one.voters <= sum(vote.qualified for vote in one.votes) + 1e-9


@given(st.integers(2, 10))
def test_copies_in_one_cluster_have_one_vote(copies: int) -> None:
    """The cluster's stake and record are summed; its vote stays one, and no member's bets are counted twice."""
    ring = [stake(f"r{i}", yes=100, entity="ring", resolved=9) for i in range(copies)]
    found = owrr.owrr([*crowd(3, 3), *ring], HALF, HALF)
    assert found.yes_qualified == 3
    ring = [msgspec.structs.replace(member, resolved=10) for member in ring]
    found = owrr.owrr([*crowd(3, 3), *ring], HALF, HALF)
    assert found.yes_qualified == 4


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=10))
def test_splitting_over_own_wallets_changes_nothing(parts: list[int]) -> None:
    alone = stake("r", yes=sum(parts), entity="ring")
    split = [stake(f"r{i}", yes=part, entity="ring") for i, part in enumerate(parts)]
    assert owrr.owrr([*crowd(3, 3), *split], HALF, HALF) == owrr.owrr([*crowd(3, 3), alone], HALF, HALF)


@given(st.lists(st.just(0.0) | st.floats(1e-4, 1e6), max_size=40), st.floats(0.05, 0.5))
@example(votes=[1.0, 2.0, 2.0], share=0.375)
def test_nobody_is_above_the_cap_and_the_small_keep_their_votes(votes: list[float], share: float) -> None:
    held = owrr.capped(votes, share)
    voting = sum(vote > 0 for vote in votes)
    assert all(after <= before for before, after in zip(votes, held, strict=True))
    if voting:
        assert max(held) <= max(share, 1 / voting) * sum(held) * (1 + 1e-9)
        assert min(after for after in held if after > 0) == min(vote for vote in votes if vote > 0)


@given(st.integers(1, 40), st.integers(0, 2**63))
def test_the_interval_is_the_same_every_time_and_holds_the_value(size: int, seed: int) -> None:
    votes = [(1.0, True)] * size + [(1.0, False)] * size
    low, high = owrr.interval(votes, seed)
    assert (low, high) == owrr.interval(votes[::-1], seed)
    assert 0 <= low <= 0.5 <= high <= 1
    if size >= 30:
        assert high - low < 0.35
