"""The price of a fake by profile: the cheapest farm found that reaches 700 points, in SOL.

    python benchmarks/truth_farms.py [--evaluations 6000] [--seeds 2] [--profiles default gentle classic plain] [--json]

The lowest price over the seeds counts: a search gives an upper bound. `plain` is the requirements' formulas alone, so its
ratio to `default` is what our floors bring. tests/study/test_farms.py holds the floor under the default's price.
"""

from __future__ import annotations

import sys

import numpy as np

import truth_table as tt
from remora.analysis.profiles import PROFILES
from remora.study.farms import price_of_a_fake


def row(name: str, evaluations: int, seeds: int) -> tuple[str, ...]:
    """Search against one profile."""
    found = [price_of_a_fake(PROFILES[name], np.random.default_rng(seed), evaluations=evaluations) for seed in range(seeds)]
    prices = [price.unseen.sol if price.unseen.reached else float("inf") for price in found]
    best = found[int(np.argmin(prices))].unseen
    top = max((price.seen for price in found), key=lambda farm: (farm.reached, farm.points))
    caught = f"{top.sol:.2f} SOL" if top.reached else f"not reached, best {top.points:.0f} points"
    return name, f"{min(prices):.2f}", f"{best.capital_sol:.0f}", f"{best.days:.0f}", f"{best.points:.0f}", caught, best.words


def main() -> int:
    """Search and print."""
    parser = tt.parser(__doc__)
    parser.add_argument("--evaluations", type=int, default=6000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--profiles", nargs="+", default=["default", "gentle", "classic", "plain"], choices=sorted(PROFILES))
    asked = parser.parse_args()
    head = ("profile", "price, SOL", "capital, SOL", "days", "points", "once found out", "the cheapest farm found")
    body = tuple(row(name, asked.evaluations, asked.seeds) for name in asked.profiles)
    seeds = f"Seeds 0 to {asked.seeds - 1}, {asked.evaluations:,} farms tried in each search"
    note = "What a search finds is an upper bound: a cleverer farm may be cheaper. tests/study/test_farms.py holds the floor."
    table = tt.Table(title="The price of a fake with 700 points", head=head, body=body)
    return tt.show(tt.Section(title="Farms against the points", seeds=seeds, tables=(table,), notes=(note,)), asked.json)


if __name__ == "__main__":
    sys.exit(main())
