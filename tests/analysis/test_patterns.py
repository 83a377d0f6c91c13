"""Ties by habit: tokens, sizes, hours, holding times."""

from __future__ import annotations

from analysis.relation_scenes import DAY, Scene, surest, told
from remora.analysis.relations import relations


def habits(scene: Scene, opened: list[float], size: float) -> None:
    """Two wallets take the same tokens minutes apart; the other one's sizes are `size` times the one's."""
    for token in range(0, 300, 15):
        at = opened[token] + 100
        money = float(scene.rng.uniform(1.0, 1.2))
        for name, later, factor in (("ann", 0, 1.0), ("bea", 200 if token % 30 else -90, size)):
            scene.buy(name, f"T{token:03d}", at + later, money * factor)
            scene.sell(name, f"T{token:03d}", at + later + 3_000, money * factor)


def test_the_same_tokens_sizes_hours_and_holding_times() -> None:
    scene = Scene()
    habits(scene, scene.crowd(100, 300), 1.0)
    past = scene.past()
    sure, text = told(past, relations(past))["ann", "bea", "cotrade"]
    assert sure == 0.7
    assert text.startswith("20 common tokens (2 by chance), Jaccard 100 %; sizes, hours and holding times alike by 100 %")


def test_other_sizes_are_another_hand() -> None:
    scene = Scene()
    habits(scene, scene.crowd(100, 300), 9.0)
    past = scene.past()
    assert surest(past, relations(past), "ann", "bea") == 0.3


def test_presence_alone_ties_only_the_clearest() -> None:
    scene = Scene()
    for number in range(300):
        for token in scene.rng.choice(400, 6, replace=False):
            scene.story.tell("presences", wallet=f"w{number:03d}", asset=f"P{token:03d}")
    for token in range(0, 400, 40):
        scene.story.tell("presences", wallet="ann", asset=f"P{token:03d}")
        scene.story.tell("presences", wallet="bea", asset=f"P{token:03d}")
        if token % 80:
            scene.story.tell("presences", wallet="cid", asset=f"P{token:03d}")
    scene.buy("somebody", "X", DAY)
    past = scene.past()
    ties = told(past, relations(past))
    assert ties["ann", "bea", "cotrade"] == (0.6, "10 common tokens (0 by chance), Jaccard 100 %; times unknown")
    assert ties["ann", "cid", "cotrade"][0] == 0.3
    assert len(ties) == 3
