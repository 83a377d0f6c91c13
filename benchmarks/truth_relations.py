"""Planted farms of every make: how many of their wallets the ties find, how pure the found groups are, and how to evade.

    python benchmarks/truth_relations.py [--wallets 2000] [--worlds 6] [--evasion]

A wallet is found where its group (connected by ties of at least the confidence named) has three wallets or more and most
of them are of its farm; a grouped wallet of another farm or none counts against precision. Prints markdown. Exits 1
where, at precision 0.95 or better, a make's recall is below 0.7 (exchange-funded: 0.3), or poisoning raises an innocent
above 0.5.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.analysis.edges import Edges
from remora.analysis.past import Moves, Past
from remora.analysis.relations import relations
from remora.study.pasts import Records, past_of
from remora.venues.simulated.world import World, make

LEVELS: Final = (0.5, 0.65, 0.75, 0.85)
PRECISION: Final = 0.95
DUST_ATOMS: Final = 1_000
FLOOR: Final = 0.7
FLOOR_EXCHANGE: Final = 0.3


def past(world: World) -> Past:
    """All of a world, known at its end."""
    records = Records(world.trades, world.names, world.tables, world.infrastructure)
    return past_of(records, world.ends_at)


def components(edges: Edges, wallets: int, level: float) -> Any:
    """By wallet: the least wallet that it hangs together with over ties of at least `level`."""
    root = list(range(wallets))

    def find(x: int) -> int:
        while root[x] != x:
            root[x] = root[root[x]]
            x = root[x]
        return x

    for a, b, sure in zip(edges.a.tolist(), edges.b.tolist(), edges.confidence.tolist(), strict=True):
        if sure >= level:
            x, y = find(a), find(b)
            root[max(x, y)] = min(x, y)
    return np.array([find(x) for x in range(wallets)])


class Tally:
    """Wallets of farms by make, how many were found, and how many of the grouped ones were right."""

    def __init__(self) -> None:
        self.planted: dict[str, int] = defaultdict(int)
        self.found: dict[str, int] = defaultdict(int)
        self.grouped = self.right = 0

    def add(self, known: Past, edges: Edges, truth: pa.Table, level: float) -> None:
        """One world's."""
        group = dict(zip(truth["wallet"].to_pylist(), truth["group"].to_pylist(), strict=True))
        make_of = dict(zip(truth["wallet"].to_pylist(), truth["make"].to_pylist(), strict=True))
        active = set(known.tape.wallet.tolist())
        own = np.array([group.get(name, -1) if rank in active else -1 for rank, name in enumerate(known.wallets)])
        root = components(edges, len(known.wallets), level)
        members: dict[int, list[int]] = defaultdict(list)
        for rank in active:
            members[root[rank]].append(rank)
        sizes = np.bincount(own[own >= 0]) if (own >= 0).any() else np.zeros(1)
        for rank in np.flatnonzero(own >= 0).tolist():
            self.planted[make_of[known.wallets[rank]]] += sizes[own[rank]] >= 3
        for ranks in members.values():
            if len(ranks) < 3:
                continue
            groups, counts = np.unique(own[ranks], return_counts=True)
            best = groups[np.argmax(np.where(groups >= 0, counts, 0))]
            self.grouped += len(ranks)
            if best < 0 or 2 * counts[groups == best][0] <= len(ranks):
                continue
            self.right += int(counts[groups == best][0])
            if sizes[best] >= 3:
                self.found[make_of[known.wallets[ranks[int(np.argmax(own[ranks] == best))]]]] += int(counts[groups == best][0])

    @property
    def precision(self) -> float:
        """Share of the grouped wallets that are where they belong."""
        return self.right / self.grouped if self.grouped else 1.0

    def recall(self, name: str) -> float:
        """Share of a make's wallets found."""
        return self.found[name] / self.planted[name] if self.planted[name] else float("nan")


def worlds(count: int, wallets: int, first: int = 300, **knobs: Any) -> Iterable[tuple[Past, Edges, pa.Table]]:
    """(past, ties, truth about the wallets) of several seeds; thresholds were tuned on 100 to 103 and 200 to 205."""
    for seed in range(first, first + count):
        world = make(seed, wallets=wallets, **knobs)
        known = past(world)
        yield known, relations(known), world.truth["wallets"]


def poisoned(known: Past, edges: Edges, truth: pa.Table) -> float:
    """The surest tie of a poisoned innocent that is less sure, or absent, where the dust was never sent."""
    victims = {w for w, hit in zip(truth["wallet"].to_pylist(), truth["is_harmless_poisoned"].to_pylist(), strict=True) if hit}
    kept = np.flatnonzero(known.moves.amount >= DUST_ATOMS)
    columns = {name: getattr(known.moves, name) for name in Moves.__dataclass_fields__}
    columns |= {name: column[kept] for name, column in columns.items() if isinstance(column, np.ndarray)}
    columns["id"] = [known.moves.id[row] for row in kept.tolist()] if len(known.moves.id) else []
    clean = relations(replace(known, moves=Moves(**columns)))
    before = {(int(a), int(b), int(kind)): sure for a, b, kind, sure in rows(clean)}
    return max((
        sure for a, b, kind, sure in rows(edges)
        if sure > before.get((int(a), int(b), int(kind)), 0.0) and victims & {known.wallets[a], known.wallets[b]}
    ), default=0.0)  # fmt: skip


def rows(edges: Edges) -> Iterable[tuple[int, int, int, float]]:
    """(wallet, wallet, kind, confidence) of each tie."""
    return zip(edges.a.tolist(), edges.b.tolist(), edges.kind.tolist(), edges.confidence.tolist(), strict=True)


def by_make(count: int, wallets: int) -> bool:
    """The table of makes; whether the floors hold."""
    tallies = {level: Tally() for level in LEVELS}
    for known, edges, truth in worlds(count, wallets):
        for level, tally in tallies.items():
            tally.add(known, edges, truth, level)
    makes = sorted(tallies[LEVELS[0]].planted)
    print(f"| make | wallets | {' | '.join(f'ties >= {level}' for level in LEVELS)} |\n|{'---|' * (2 + len(LEVELS))}")
    for name in makes:
        recalls = " | ".join(f"{tally.recall(name):.2f}" for tally in tallies.values())
        print(f"| {name} | {tallies[LEVELS[0]].planted[name]} | {recalls} |")
    print(f"| precision | {tallies[LEVELS[0]].grouped} | {' | '.join(f'{t.precision:.3f}' for t in tallies.values())} |\n")
    pure = [tally for tally in tallies.values() if tally.precision >= PRECISION]
    best = {name: max((tally.recall(name) for tally in pure), default=0.0) for name in makes}
    low = [name for name in makes if best[name] < (FLOOR_EXCHANGE if name == "exchange" else FLOOR)]
    print(f"below the floor at precision {PRECISION}: {', '.join(low) or 'none'}\n")
    return not low


EVASIONS: Final[dict[str, tuple[Any, ...]]] = {
    "jitter_seconds": (2.0, 10.0, 60.0, 600.0), "amount_noise": (0.05, 0.3, 1.0), "hops": (0, 1, 2, 3),
    "hopped": (0.0, 0.5, 1.0), "through_exchange": (0.0, 0.5, 1.0), "dusted": (0.05, 0.5),
}  # fmt: skip


def evasion(count: int, wallets: int) -> bool:
    """Recall of all farms and precision when one knob is turned; whether poisoning stayed below 0.5."""
    print("| knob | value | recall | precision | surest tie that dust brought an innocent |\n|---|---|---|---|---|")
    harmless = True
    for knob, values in EVASIONS.items():
        for value in values:
            tally, worst = Tally(), 0.0
            for known, edges, truth in worlds(count, wallets, **{knob: value}):
                tally.add(known, edges, truth, LEVELS[0])
                if knob == "dusted":
                    worst = max(worst, poisoned(known, edges, truth))
            harmless &= worst <= 0.5
            recall = sum(tally.found.values()) / max(1, sum(tally.planted.values()))
            print(f"| {knob} | {value} | {recall:.2f} | {tally.precision:.3f} | {f'{worst:.2f}' if knob == 'dusted' else ''} |")
    return harmless


def main() -> int:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--wallets", type=int, default=2_000)
    parser.add_argument("--worlds", type=int, default=6)
    parser.add_argument("--evasion", action="store_true")
    asked = parser.parse_args()
    fine = by_make(asked.worlds, asked.wallets)
    if asked.evasion:
        fine &= evasion(max(1, asked.worlds // 3), asked.wallets)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
