"""Ties by time: one hand, copiers, snipers, chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.relation_scenes import Scene, surest, told
from remora.analysis.relations import relations


def planted(seed: int = 0) -> tuple[Scene, list[float]]:
    scene = Scene(seed)
    return scene, scene.crowd()


def test_wallets_that_buy_the_same_tokens_at_the_same_moments_are_one_hand() -> None:
    scene, opened = planted()
    for token in range(0, 40, 5):
        at = opened[token] + scene.rng.uniform(10, 5_000)
        for name in scene.rng.permutation(["ann", "bea", "cid"]):
            at += scene.rng.uniform(0, 2)
            scene.buy(name, f"T{token:03d}", at)
    past = scene.past()
    sure, text = told(past, relations(past))["ann", "bea", "timing_correlation"]
    assert sure == 0.9
    assert text.startswith("first bought 8 of 8 common tokens within 10 s or 25 slots of each other")


def test_four_common_tokens_are_too_few_to_judge() -> None:
    scene, opened = planted()
    for token in range(0, 40, 10):
        at = opened[token] + scene.rng.uniform(10, 5_000)
        scene.buy("ann", f"T{token:03d}", at)
        scene.buy("bea", f"T{token:03d}", at + scene.rng.uniform(0, 2))
    past = scene.past()
    assert ("ann", "bea", "timing_correlation") not in told(past, relations(past))


def follow(scene: Scene, opened: list[float], leader: str, followers: list[str], lag: float) -> None:
    """The leader buys some tokens; each follower most of them a little later, and tokens of its own."""
    for token in range(0, 40, 2):
        at = opened[token] + scene.rng.uniform(10, 5_000)
        scene.buy(leader, f"T{token:03d}", at, float(scene.rng.lognormal()))
        for name in followers:
            if scene.rng.random() < 0.6:
                scene.buy(name, f"T{token:03d}", at + lag + scene.rng.uniform(0, 4), float(scene.rng.lognormal()))
    for number, name in enumerate(followers):
        for token in range(1 + 2 * number, 40, 6):
            scene.buy(name, f"T{token:03d}", opened[token] + scene.rng.uniform(1, 7_000))


def test_an_open_copier_is_told_and_not_tied() -> None:
    scene, opened = planted()
    follow(scene, opened, "kol", ["ann"], 20)
    past = scene.past()
    ties = told(past, relations(past))
    sure, text = ties["ann", "kol", "cotrade"]
    assert sure < 0.5
    assert text.startswith("copies: the first wallet came 2")
    assert surest(past, relations(past), "ann", "kol") < 0.5


def test_those_who_follow_the_same_leader_are_not_one_hand() -> None:
    scene, opened = planted()
    followers = ["ann", "bea", "cid", "dan"]
    follow(scene, opened, "kol", followers, 5)
    past = scene.past()
    assert surest(past, relations(past), *followers, "kol") < 0.5


def test_snipers_that_each_buy_every_launch_at_once_are_not_tied() -> None:
    scene, opened = planted()
    for token, at in enumerate(opened):
        for name in ("sniper1", "sniper2", "sniper3"):
            if scene.rng.random() < 0.5:
                scene.buy(name, f"T{token:03d}", at + scene.rng.uniform(0, 3), float(scene.rng.lognormal()))
    past = scene.past()
    assert surest(past, relations(past), "sniper1", "sniper2", "sniper3") < 0.5


@pytest.mark.parametrize("seed", range(4))
def test_times_dealt_out_anew_within_each_token_tie_nobody(seed: int) -> None:
    scene, opened = planted(seed)
    for token in range(0, 40, 5):
        at = opened[token] + scene.rng.uniform(10, 5_000)
        for name in ("ann", "bea", "cid"):
            scene.buy(name, f"T{token:03d}", at)
    past = scene.past()
    tape = past.tape
    at, slot = tape.at.copy(), tape.slot.copy()
    for asset in range(len(past.assets)):
        rows = np.flatnonzero(tape.asset == asset)
        dealt = scene.rng.permutation(rows)
        at[rows], slot[rows] = at[dealt], slot[dealt]
    ties = told(past, relations(replace(past, tape=replace(tape, at=at, slot=slot))))
    assert not [pair for pair in ties if pair[2] == "timing_correlation"]
