"""How fast groups are found in a graph, beside igraph's Leiden on the same graph, in the same run (P12).

    python benchmarks/bench_clusters.py [--nodes 1000000] [--edges 5000000] [--repeats 1]

A planted graph: groups of 50, four edges in five inside. igraph (only in the environment `bench`; without it that half is
left out) runs 2 iterations of Leiden on modularity, its default, and of CPM at our resolution. Prints seconds, groups and
pair F1 against what was planted. Ends with 1 when ours takes over 60 s, or over 3 times igraph's time at a lower F1.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from memory import peak_bytes
from remora.analysis.communities import communities, components, graph

GROUP = 50
OUTSIDE = 0.2
RESOLUTION = 0.05
MOST_SECONDS = 60.0
MOST_TIMES = 3.0


class Line(NamedTuple):
    """One method on one graph."""

    what: str
    seconds: float
    groups: int
    f1: float


def planted(nodes: int, edges: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the edges; node n is of group n // GROUP."""
    rng = np.random.Generator(np.random.PCG64(seed))
    a = rng.integers(0, nodes, edges)
    mate = np.minimum(a // GROUP * GROUP + rng.integers(0, GROUP, edges), nodes - 1)
    b = np.where(rng.random(edges) < OUTSIDE, rng.integers(0, nodes, edges), mate)
    return a.astype(np.int32), b.astype(np.int32)


def pair_f1(found: np.ndarray) -> float:
    nodes = len(found)
    shared = np.unique(found.astype(np.int64) * nodes + np.arange(nodes) // GROUP, return_counts=True)[1].astype(float)
    made, real = np.bincount(found).astype(float), np.bincount(np.arange(nodes) // GROUP).astype(float)
    return 2 * (shared * (shared - 1)).sum() / ((made * (made - 1)).sum() + (real * (real - 1)).sum())


def timed(what: str, run: Callable[[], np.ndarray], repeats: int) -> Line:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - start)
    return Line(what, statistics.median(seconds), int(found.max()) + 1, pair_f1(found))


def ours(nodes: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return communities(graph(nodes, a, b, np.ones(len(a))), resolution=RESOLUTION)


def theirs(nodes: int, a: np.ndarray, b: np.ndarray, objective: str) -> np.ndarray:
    """igraph: building the graph counts, as it does for ours."""
    import igraph

    keep = a != b
    g = igraph.Graph(n=nodes, edges=np.stack([a[keep], b[keep]], axis=1))
    options = {"resolution": RESOLUTION} if objective == "CPM" else {}
    return np.array(g.community_leiden(objective_function=objective, n_iterations=2, **options).membership)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--edges", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    ours(1_000, *planted(1_000, 5_000))  # compile before the clock runs
    components(2, np.zeros(1, np.int32), np.ones(1, np.int32))
    a, b = planted(options.nodes, options.edges)
    lines = [timed("ours, Leiden on CPM", lambda: ours(options.nodes, a, b), options.repeats)]
    memory = peak_bytes()
    lines.append(timed("ours, components only", lambda: components(options.nodes, a, b), options.repeats))
    peers = []
    if importlib.util.find_spec("igraph") is None:
        print("igraph is not installed here: only our own figures (dependency group `bench`).\n")
    else:
        for objective in ("modularity", "CPM"):
            run = lambda objective=objective: theirs(options.nodes, a, b, objective)  # noqa: E731
            peers.append(timed(f"igraph, Leiden on {objective}, 2 iterations", run, options.repeats))
    print(f"{options.nodes:,} nodes, {options.edges:,} edges, groups of {GROUP}; our peak memory {memory / 1e6:,.0f} MB\n")
    print("| Method | Seconds | Groups | Pair F1 | Ours / theirs |\n|---|---:|---:|---:|---:|")
    for line in [*lines, *peers]:
        ratio = f"{lines[0].seconds / line.seconds:.2f}" if line in peers else ""
        print(f"| {line.what} | {line.seconds:.2f} | {line.groups:,} | {line.f1:.3f} | {ratio} |")
    slow = lines[0].seconds > MOST_SECONDS
    beaten = any(lines[0].seconds > MOST_TIMES * peer.seconds or lines[0].f1 < peer.f1 - 0.005 for peer in peers)
    return int(slow or beaten)


if __name__ == "__main__":
    sys.exit(main())
