"""All ties together: what must not change them, and updates that equal a fresh count."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.relation_scenes import DAY, Scene, told
from analysis.words import SOL, START
from remora.analysis.edges import Edges
from remora.analysis.past import Past
from remora.analysis.relations import begun, relations, updated

NAMES = {name: f"{word}-{name}" for name, word in (("ann", "zoe"), ("bea", "abe"), ("cid", "may"), ("boss", "kit"))}


def market(seed: int, rename: dict[str, str] | None = None, extra: bool = False, days: float = 3.0) -> Scene:
    """A crowd, a farm of three that a boss funded, and strangers; rename: other addresses for some."""
    scene = Scene(seed)
    called = (rename or {}).get
    for token in range(14):
        opened = float(scene.rng.uniform(DAY, 3 * DAY))
        for number in scene.rng.choice(30, 9, replace=False).tolist():
            at = opened + scene.rng.uniform(1, 5_000)
            if at < days * DAY:
                scene.buy(f"crowd{number:02d}", f"T{token:02d}", at, float(scene.rng.lognormal()))
        at = opened + scene.rng.uniform(10, 4_000)
        for name in scene.rng.permutation(["ann", "bea", "cid"]).tolist():
            at += scene.rng.uniform(0, 2)
            if token % 2 and at < days * DAY:
                scene.buy(called(name, name), f"T{token:02d}", at, 1.0)
    for number, name in enumerate(("ann", "bea", "cid")):
        scene.pay(called("boss", "boss"), called(name, name), DAY / 2 + 100 * number, 2.0)
    if extra:
        scene.buy("stranger", "ELSE", DAY)
        scene.pay("elsewhere", "stranger", DAY / 2, 3.0)
    return scene


def same(one: Edges, other: Edges) -> bool:
    """Equal to the byte."""
    names = [f.name for f in fields(Edges) if f.name not in ("evidence", "strength")]
    measured = np.array_equal(one.correlation, other.correlation, equal_nan=True)
    return (
        measured
        and one.evidence.equals(other.evidence)
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)
    )


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1_000))
def test_other_addresses_give_the_same_ties(seed: int) -> None:
    past, renamed = market(seed).past(), market(seed, NAMES).past()
    back = {new: old for old, new in NAMES.items()}
    one = {(frozenset(pair[:2]), pair[2]): sure for pair, (sure, _) in told(past, relations(past)).items()}
    other = {
        (frozenset(back.get(name, name) for name in pair[:2]), pair[2]): sure
        for pair, (sure, _) in told(renamed, relations(renamed)).items()
    }
    assert one == other
    assert one[frozenset(("ann", "bea")), "funding"] == 0.8


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1_000))
def test_a_stranger_changes_no_tie(seed: int) -> None:
    past, larger = market(seed).past(), market(seed, extra=True).past()
    ties, after = told(past, relations(past)), told(larger, relations(larger))
    assert {pair: sure for pair, (sure, _) in ties.items()} == {pair: sure for pair, (sure, _) in after.items()}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1_000))
def test_dust_sent_to_everybody_raises_nobody(seed: int) -> None:
    scene = market(seed)
    before = scene.past()
    for number in range(30):
        scene.pay("ann" if number % 2 else "poisoner", f"crowd{number:02d}", 5 * DAY + number, 0.000_001)
    past = scene.past()
    clean = told(before, relations(before))
    assert {pair: sure for pair, (sure, _) in told(past, relations(past)).items() if "crowd" in pair[0] + pair[1]} == {
        pair: sure for pair, (sure, _) in clean.items() if "crowd" in pair[0] + pair[1]
    }


def state_equals(past: Past, edges: Edges, fresh: Edges) -> None:
    assert same(edges, fresh), set(told(past, edges).items()) ^ set(told(past, fresh).items())


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1_000), st.lists(st.floats(1.0, 3.0), min_size=1, max_size=3))
def test_an_update_equals_a_fresh_count(seed: int, days: list[float]) -> None:
    _, state = begun(market(seed, days=sorted(days)[0]).past())
    for day in [*sorted(days)[1:], 3.0]:
        past = market(seed, extra=day == 3.0, days=day).past()
        edges, state = updated(state, past)
        state_equals(past, edges, relations(past))


def test_withdrawn_facts_are_counted_again() -> None:
    _, state = begun(market(3).past())
    past = market(3, days=2.0).past()
    state_equals(past, updated(state, past)[0], relations(past))


def test_nobody_and_nothing() -> None:
    scene = Scene()
    scene.buy("ann", "T", 1)
    past = scene.past()
    assert len(relations(past)) == 0
    assert past.as_of > START + SOL
