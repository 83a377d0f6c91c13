"""Components and communities: connected, the same for every order of edges, and as good as what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remora.analysis.communities import communities, components, graph, strengths

EDGES = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29), st.integers(1, 8)), max_size=80)


def columns(edges: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, b, weight = (np.array([edge[n] for edge in edges]) for n in range(3))
    return a.astype(np.int32), b.astype(np.int32), weight / 4.0


def groups(edges: list[tuple[int, int, int]], nodes: int = 30, resolution: float = 0.02) -> np.ndarray:
    g = graph(nodes, *columns(edges))
    return communities(g, resolution=resolution, mass=strengths(g))


def quality(edges: list[tuple[int, int, int]], group: np.ndarray, resolution: float) -> float:
    """The constant Potts model, by its definition, with mass 1."""
    inside = sum(weight / 4.0 for a, b, weight in edges if a != b and group[a] == group[b])
    return inside - resolution * sum(int(n) * (int(n) - 1) / 2 for n in np.bincount(group))


def reached(edges: list[tuple[int, int, int]], start: int, allowed: set[int]) -> set[int]:
    found, queue = {start}, [start]
    while queue:
        node = queue.pop()
        for a, b, _ in edges:
            for x, y in ((a, b), (b, a)):
                if x == node and y in allowed and y not in found:
                    found.add(y)
                    queue.append(y)
    return found


@given(EDGES)
@settings(max_examples=60, deadline=None)
def test_components_are_what_can_be_reached(edges: list[tuple[int, int, int]]) -> None:
    found = components(30, *columns(edges)[:2])
    for node in range(30):
        assert {n for n in range(30) if found[n] == found[node]} == reached(edges, node, set(range(30)))
    assert list(dict.fromkeys(found.tolist())) == list(range(int(found.max()) + 1)), "numbered by their first node"


@given(EDGES)
@settings(max_examples=60, deadline=None)
def test_a_community_is_connected(edges: list[tuple[int, int, int]]) -> None:
    found = groups(edges)
    for number in set(found.tolist()):
        members = {n for n in range(30) if found[n] == number}
        assert reached(edges, min(members), members) == members


@given(EDGES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_edges_and_of_their_ends_changes_nothing(edges: list[tuple[int, int, int]], random: object) -> None:
    other = [(b, a, weight) if random.random() < 0.5 else (a, b, weight) for a, b, weight in edges]  # type: ignore[attr-defined]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert groups(edges).tolist() == groups(other).tolist()


@given(EDGES, EDGES)
@settings(max_examples=60, deadline=None)
def test_communities_depend_on_their_component_alone(
    left: list[tuple[int, int, int]], right: list[tuple[int, int, int]]
) -> None:
    """What lies elsewhere in the graph changes no group: there is no resolution limit."""
    beside = [(a + 30, b + 30, weight) for a, b, weight in right]
    both = groups(left + beside, 60)
    assert both[:30].tolist() == groups(left).tolist()


@given(EDGES)
@settings(max_examples=60, deadline=None)
def test_no_single_move_and_no_join_would_be_better(edges: list[tuple[int, int, int]]) -> None:
    resolution = 0.3
    group = communities(graph(30, *columns(edges)), resolution=resolution)
    best = quality(edges, group, resolution)
    assert best >= -1e-9, "never worse than everybody alone"
    for one in set(group.tolist()):
        for other in set(group.tolist()):
            joined = np.where(group == other, one, group)
            assert quality(edges, joined, resolution) <= best + 1e-9


def test_two_stars_with_one_link_between_them_stay_two_however_large_the_graph() -> None:
    stars = [(0, n, 4) for n in range(1, 80)] + [(80, n, 4) for n in range(81, 160)] + [(5, 90, 4)]
    far = [(200 + n, 201 + n, 4) for n in range(0, 20_000, 2)]
    g = graph(20_300, *columns(stars + far))
    found = communities(g, resolution=0.0002, mass=strengths(g))
    assert len(set(found[:80].tolist())) == 1
    assert len(set(found[:160].tolist())) == 2


def test_planted_groups_are_found_among_strays() -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    nodes, size, edges = 4_000, 50, 20_000
    first = rng.integers(0, nodes, edges)
    mate = first // size * size + rng.integers(0, size, edges)
    second = np.where(rng.random(edges) < 0.2, rng.integers(0, nodes, edges), mate)
    found = communities(graph(nodes, first.astype(np.int32), second.astype(np.int32), np.ones(edges)), resolution=0.05)
    together = found.astype(np.int64) * nodes + np.arange(nodes) // size
    shared = np.unique(together, return_counts=True)[1]
    hits = float((shared * (shared - 1)).sum())
    made, planted = np.bincount(found), nodes * (size - 1)
    assert 2 * hits / ((made * (made - 1)).sum() + planted) > 0.93


@pytest.mark.parametrize("nodes", [0, 1, 5])
def test_a_graph_without_edges_is_everybody_alone(nodes: int) -> None:
    none = np.zeros(0, np.int32)
    assert communities(graph(nodes, none, none, np.zeros(0)), resolution=0.1).tolist() == list(range(nodes))
    assert components(nodes, none, none).tolist() == list(range(nodes))
