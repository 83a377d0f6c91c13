"""Groups found in transfers alone: on planted farms, on harmless customers, under poison, in any order, with gaps."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.transfer_worlds import DAY, START, Maker, World, town
from remora.analysis.transfers import COLUMNS, DEFAULT, find


def told(world: World, **without: Any) -> dict[str, tuple[str, float]]:
    """Cluster and confidence by address."""
    tables = {"entities": world.entities, "candidates": world.candidates} | without
    got = find(world.transfers, **tables)
    return {row["address"]: (row["cluster_id"], row["confidence"]) for row in got.to_pylist()}


def recall(got: dict[str, tuple[str, float]], members: list[str]) -> float:
    """Part of the members in their commonest cluster."""
    counts: dict[str, int] = defaultdict(int)
    for member in members:
        if got[member][0]:
            counts[got[member][0]] += 1
    return max(counts.values(), default=0) / len(members)


def f1(got: dict[str, tuple[str, float]], truth: dict[str, int]) -> float:
    shown = {name for name, (cluster, _) in got.items() if cluster}
    real = {name for name, group in truth.items() if group >= 0}
    return 2 * len(shown & real) / (len(shown) + len(real))


@pytest.mark.parametrize("shape", ["star", "star_inside", "chain", "ring", "pool", "double"])
def test_a_farm_of_each_shape_is_found_among_strangers(shape: str) -> None:
    maker = Maker(5, 400)
    bank = maker.public(0.8, listed=True)
    farm = maker.farm(shape, 20, banked=bank)
    got = told(maker.world())
    assert recall(got, farm) >= 0.9
    assert sum(1 for name in maker.innocents if got[name][0]) <= 2


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize(
    ("links_only", "figures", "floor"), [(False, True, 0.9), (False, False, 0.85), (True, True, 0.85), (True, False, 0.6)]
)
def test_mixed_towns(seed: int, links_only: bool, figures: bool, floor: float) -> None:
    world = town(seed).world(links_only=links_only, figures=figures)
    assert f1(told(world), world.truth) >= floor
    assert f1(told(world, entities=None), world.truth) >= floor - 0.1


@pytest.mark.parametrize("customers", [0.02, 0.1, 0.5])
def test_customers_of_an_unlisted_public_address_are_no_cluster(customers: float) -> None:
    maker = Maker(3, 1500)
    maker.public(0.9, listed=True)
    maker.public(customers, listed=False)
    got = told(maker.world(), entities=None)
    assert not any(cluster for cluster, _ in got.values())


def _poisoned(dust: float, attackers: int, **kwargs: Any) -> tuple[World, list[str], list[str]]:
    """A farm whose wallets send `dust` to innocents who have a bank of their own, at about their first use."""
    maker = Maker(9, 500)
    bank = maker.public(1.0, listed=True)
    farm = maker.farm("star", 25, banked=bank)
    victims = maker.innocents[:40]
    for victim in victims:
        for sender in farm[:attackers]:
            maker.send(sender, victim, maker.first[victim] - START + DAY, dust)
    return maker.world(**kwargs), farm, victims


@pytest.mark.parametrize("attackers", [1, 6])
@pytest.mark.parametrize("links_only", [False, True])
@pytest.mark.parametrize("figures", [False, True])
def test_poison_alone_raises_no_innocent_above_one_half(attackers: int, links_only: bool, figures: bool) -> None:
    world, farm, victims = _poisoned(1e-7, attackers, links_only=links_only, figures=figures)
    got = told(world)
    assert max(got[victim][1] for victim in victims) <= 0.5
    assert not any(got[victim][0] for victim in victims), "and dust puts nobody in a cluster"
    assert recall(got, farm) >= (0.5 if links_only else 0.9)


def test_an_innocent_sent_real_money_by_a_farm_is_not_clustered_by_that() -> None:
    world, _, victims = _poisoned(0.3, 2)
    assert max(told(world)[victim][1] for victim in victims) <= 0.5


def test_the_answer_has_a_row_for_each_candidate_and_for_each_address_without_any() -> None:
    world = town(4, innocents=300, farms=6).world()
    got = find(world.transfers, entities=world.entities, candidates=world.candidates)
    assert tuple(got.column_names) == COLUMNS
    assert got["address"].to_pylist() == sorted(world.truth)
    everybody = find(world.transfers)["address"].to_pylist()
    assert everybody == sorted({*world.transfers["from"].to_pylist(), *world.transfers["to"].to_pylist()})


def test_columns_may_be_missing_or_null_and_addresses_written_otherwise() -> None:
    world = town(4, innocents=300, farms=6).world(links_only=True, figures=False)
    plain = find(world.transfers, entities=world.entities, candidates=world.candidates)
    count = world.transfers.num_rows
    loud = pa.table({
        "from": [name.upper().replace("0X", "0x") for name in world.transfers["from"].to_pylist()],
        "to": world.transfers["to"], "amount": pa.nulls(count, pa.float64()), "asset": pa.nulls(count, pa.string()),
        "happened_at": pa.nulls(count), "chain": pa.nulls(count, pa.string()), "kind": [""] * count,
    })  # fmt: skip
    assert find(loud, entities=world.entities, candidates=world.candidates).equals(plain)


def test_instants_are_read_from_numbers_and_timestamps_alike() -> None:
    world = town(6, innocents=300, farms=8).world()
    at = np.array(world.transfers["happened_at"].to_pylist(), np.int64)
    others = [
        pa.array(at // 10**9),
        pa.array(at // 10**6),
        pa.array(at, pa.timestamp("ns")),
        pa.array(at // 10**9 * 10**6, pa.timestamp("us")),
    ]
    place = world.transfers.column_names.index("happened_at")
    answers = [
        find(world.transfers.set_column(place, "happened_at", other), entities=world.entities, candidates=world.candidates)
        for other in others
    ]
    assert all(answer.equals(answers[0]) for answer in answers)


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    world = town(seed % 7, innocents=150, farms=5).world()
    rng = np.random.Generator(np.random.PCG64(seed))
    mixed = [table.take(pa.array(rng.permutation(table.num_rows))) for table in world[:3]]
    plain = find(world.transfers, entities=world.entities, candidates=world.candidates)
    assert find(mixed[0], entities=mixed[1], candidates=mixed[2]).equals(plain)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.sampled_from([None, -1.0, 0.0, 1e-30, 2.0, 1e300]),
                          st.sampled_from([None, 0, 5, 10**18])), max_size=25))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_odd_tables_give_sound_answers(rows: list[tuple[int, int, float | None, int | None]]) -> None:
    names = ["", "0xA", "0xa", "0xB", "So1", "so1", "x", "y", "z"]
    transfers = pa.table({
        "from": pa.array([names[row[0]] for row in rows], pa.string()),
        "to": pa.array([names[row[1]] for row in rows], pa.string()),
        "amount": pa.array([row[2] for row in rows], pa.float64()),
        "happened_at": pa.array([row[3] for row in rows], pa.int64()),
    })  # fmt: skip
    got = find(transfers, candidates=pa.table({"address": ["0xA", "x", "y", "nobody"]})).to_pylist()
    assert [row["address"] for row in got] == ["0xa", "nobody", "x", "y"]
    assert all(0.0 <= row["confidence"] <= 1.0 and 0.0 <= row["risk"] <= 1.0 for row in got)


def test_members_of_one_cluster_share_id_risk_and_kind() -> None:
    world = town(8, innocents=400, farms=12).world()
    rows = find(world.transfers, entities=world.entities, candidates=world.candidates).to_pylist()
    shared = defaultdict(set)
    for row in rows:
        shared[row["cluster_id"]].add((row["risk"], row["kind"]))
        assert (row["confidence"] >= DEFAULT.least) == bool(row["cluster_id"]), "a doubt is told, and puts nobody in a cluster"
    assert shared.pop("") == {(0.0, "")}
    assert shared
    assert all(len(values) == 1 for values in shared.values())
    assert all(kind in {"family", "bot_network"} for values in shared.values() for _, kind in values)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="to"):
        find(pa.table({"from": ["a"]}))
