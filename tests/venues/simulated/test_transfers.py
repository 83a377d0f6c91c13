"""The simulated airdrop: the same seed gives the same tables, and its groups are tied as their make says."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from remora.venues.simulated.population import MAKES, Population, population
from remora.venues.simulated.transfers import make_transfers

PLAIN = Population(
    through_exchange=0.0, hidden=0.0, by_disperse=0.0, hopped=0.0, lost=0.0, purchases=0.0, friends=0.0, paid=0.0,
    dusted=0.0, listed=1.0, swept=0.0,
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_gives_the_same_tables_and_another_one_others(seed: int) -> None:
    first, again, other = (make_transfers(n, candidates=600) for n in (seed, seed, seed + 10))
    assert first.keys() == {"transfers", "entities", "candidates", "truth"}
    assert all(again[name].equals(table) for name, table in first.items())
    assert not other["transfers"].equals(first["transfers"])
    assert population(seed) != population(seed + 10)


def test_the_truth_is_of_the_candidates_and_a_third_to_a_half_are_sybils() -> None:
    town = make_transfers(3, candidates=4_000)
    truth = town["truth"]
    assert truth["address"].equals(town["candidates"]["address"])
    sybil = np.asarray(truth["is_sybil"])
    assert 0.3 < sybil.mean() < 0.5
    assert (sybil == (np.asarray(truth["group"]) >= 0)).all()
    assert (np.asarray(truth["reported"]) <= sybil).all()
    assert 0 < np.asarray(truth["reported"]).sum() < 0.6 * sybil.sum()
    assert min(Counter(group for group in truth["group"].to_pylist() if group >= 0).values()) >= 2
    known = {*town["transfers"]["from"].to_pylist(), *town["transfers"]["to"].to_pylist()}
    assert set(town["candidates"]["address"].to_pylist()) <= known


def _groups(town: dict[str, pa.Table], make: str) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for row in town["truth"].to_pylist():
        if row["make"] == make:
            found.setdefault(row["group"], []).append(row["address"])
    return list(found.values())


@pytest.mark.parametrize("make", MAKES)
def test_groups_are_tied_as_their_make_says(make: str) -> None:
    """Without any evasion every wallet of a group is tied to another of it, at most over one wallet that is not of it."""
    weights = tuple(float(make == name) for name in MAKES)
    town = make_transfers(5, candidates=500, style=msgspec.structs.replace(PLAIN, makes=weights))
    hubs = set(town["entities"]["address"].to_pylist())
    ties = [
        (row["from"], row["to"]) for row in town["transfers"].to_pylist() if row["from"] not in hubs and row["to"] not in hubs
    ]
    for members in _groups(town, make):
        beside: dict[str, set[str]] = {}
        for sender, receiver in ties:
            if sender in members or receiver in members:
                beside.setdefault(sender, set()).add(receiver)
                beside.setdefault(receiver, set()).add(sender)
        reached, edge = {members[0]}, {members[0]}
        while edge:
            edge = {name for one in edge for name in beside.get(one, ())} - reached
            reached |= edge
        assert set(members) <= reached


def test_amounts_and_times_may_be_left_out() -> None:
    town = make_transfers(7, candidates=200, style=Population(with_times=False, with_amounts=False))
    assert town["transfers"]["amount"].null_count == town["transfers"]["happened_at"].null_count == town["transfers"].num_rows
    told = make_transfers(7, candidates=200)["transfers"]
    assert told["amount"].null_count == told["happened_at"].null_count == 0
    assert min(told["amount"].to_pylist()) > 0


def test_wallets_of_one_group_come_together_and_innocents_do_not() -> None:
    town = make_transfers(9, candidates=2_000, style=Population(spread_hours=24.0, volume_sigma=0.1))
    at, group = (np.asarray(town[table][name]) for table, name in (("candidates", "first_use_at"), ("truth", "group")))
    inside = [np.ptp(at[group == number]) for number in range(group.max() + 1)]
    assert np.median(inside) < np.ptp(at[group < 0]) / 50


def test_the_list_of_entities_knows_only_some_hubs() -> None:
    few, all_hubs = (make_transfers(4, candidates=200, style=Population(listed=share))["entities"] for share in (0.2, 1.0))
    assert set(few["kind"].to_pylist()) == {"exchange", "bridge", "disperse", "market_maker", "contract"}
    assert few.num_rows < all_hubs.num_rows == 40
