"""Buyers before graduation: each with its minutes before; the filtered list is smaller and clean (GRD-03, GRD-04)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import pasts
from analysis.words import SOL, START, Story
from remora.analysis.behaviour import behaviours
from remora.analysis.early import CURVE_ATOMS, coverage, early_buyers, time_to_graduation, traders_of
from remora.analysis.past import Past
from remora.model.units import MINUTE, SECOND


def world() -> Past:
    """One token: its dev, a sniper, a friend of the dev, a bundle of four, two of one hand, ann, and late who came after."""
    story = Story()
    story.tell("launches", asset="cat", wallet="dev", creator="dev", name="cat", symbol="cat", slot=7)
    at = story.now
    story.tell("transfers", sender="dev", receiver="friend", asset="SOL", quantity_atoms=SOL, kind="transfer")
    story.buy("dev", "cat", CURVE_ATOMS // 10, SOL, slot=7, happened_at=at)
    for wallet in ("b1", "b2", "b3", "b4"):
        story.buy(wallet, "cat", CURVE_ATOMS // 10, SOL, slot=7, happened_at=at)
    story.buy("sniper", "cat", 1000, SOL, slot=9, happened_at=at + SECOND)
    for place, wallet in enumerate(("friend", "left", "right", "router", "ann")):
        story.buy(wallet, "cat", 1000, SOL, slot=1000 + place, happened_at=at + (10 + place) * MINUTE)
    story.now = at + 59 * MINUTE
    story.tell("graduations", asset="cat", stage="complete")
    story.buy("late", "cat", 1000, SOL, slot=9000)
    return pasts.past(story, infrastructure={"router": "router"})


def clusters(past: Past) -> np.ndarray:
    of = np.full(len(past.wallets), -1, np.int32)
    of[[past.wallets.index("left"), past.wallets.index("right")]] = 0
    return of


def rows(past: Past, **more: Any) -> dict[str, dict[str, Any]]:
    table = early_buyers(past, behaviours(past), clusters(past), **more)
    return {past.wallets[row["wallet"]]: row for row in table.to_pylist()}


def test_every_early_buyer_has_minutes_before_graduation() -> None:
    found = rows(world())
    assert "late" not in found
    assert all(row["minutes_before"] > 0 for row in found.values())
    assert found["ann"]["minutes_before"] == 46.0
    assert found["ann"]["seconds_after"] == 14 * 60


def test_the_filtered_list_is_smaller_and_contains_none_of_them() -> None:
    found = rows(world())
    kept = [wallet for wallet, row in found.items() if row["kept"]]
    assert kept == ["ann"]
    reasons = {wallet: row["reason"] for wallet, row in found.items()}
    assert reasons["dev"] == "dev"
    assert reasons["friend"] == "insider"
    assert reasons["sniper"] == "sniper"
    assert reasons["left"] == reasons["right"] == "coordinated group"
    assert reasons["router"] == "infrastructure"
    assert {reasons[f"b{i}"] for i in (1, 2, 3, 4)} <= {"bundler", "sniper"}


def test_one_member_of_a_cluster_is_no_group() -> None:
    past = world()
    alone = np.full(len(past.wallets), -1, np.int32)
    alone[past.wallets.index("ann")] = 0
    table = early_buyers(past, behaviours(past), alone)
    assert past.wallets.index("ann") in [row["wallet"] for row in table.to_pylist() if row["kept"]]


def test_early_may_mean_the_first_minutes_only() -> None:
    assert "ann" not in rows(world(), window_minutes=13)
    assert "ann" in rows(world(), window_minutes=14)


def test_what_has_not_graduated_has_no_early_buyers() -> None:
    story = Story()
    story.buy("ann", "dog", 1000, SOL)
    past = pasts.past(story)
    assert early_buyers(past, behaviours(past)).num_rows == 0
    assert np.isnan(coverage(past).token_share)


def test_coverage_is_measured_against_the_curve() -> None:
    found = coverage(world())
    assert (found.tokens, found.with_buyers, found.token_share) == (1, 1, 1.0)
    assert found.curve_share == pytest.approx(0.5, abs=1e-6)  # five purchases of a tenth each, and crumbs


def test_a_trade_knows_how_long_before_the_graduation_it_was() -> None:
    past = world()
    graduated, minutes = time_to_graduation(past)
    assert graduated.all()
    late = past.tape.wallet == past.wallets.index("late")
    assert np.isnan(minutes[late]).all()
    assert (minutes[~late] > 0).all()


def test_a_graduation_concerns_everybody_who_traded() -> None:
    past = world()
    assert [past.wallets[w] for w in traders_of(past, past.assets.index("cat"))] == sorted(
        {"dev", "friend", "sniper", "b1", "b2", "b3", "b4", "left", "right", "router", "ann", "late"}
    )
    assert past.as_of > START
