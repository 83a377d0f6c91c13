"""The price of a fake by profile: the cheapest farm found that reaches 700 points, in SOL.

    python benchmarks/truth_farms.py [--evaluations 6000] [--seeds 2] [--profiles default gentle classic plain]

The lowest price over the seeds counts: a search gives an upper bound. `plain` is the requirements' formulas alone, so its
ratio to `default` is what our floors bring. tests/study/test_farms.py holds the floor under the default's price.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from remora.analysis.profiles import PROFILES
from remora.study.farms import price_of_a_fake


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluations", type=int, default=6000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--profiles", nargs="+", default=["default", "gentle", "classic", "plain"], choices=sorted(PROFILES))
    asked = parser.parse_args()
    for name in asked.profiles:
        begun = time.perf_counter()
        found = [
            price_of_a_fake(PROFILES[name], np.random.default_rng(seed), evaluations=asked.evaluations)
            for seed in range(asked.seeds)
        ]
        prices = [price.unseen.sol if price.unseen.reached else float("inf") for price in found]
        best = found[int(np.argmin(prices))]
        print(f"{name}: {min(prices):.2f} SOL (of {', '.join(f'{p:.2f}' for p in prices)}), "
              f"capital {best.unseen.capital_sol:.0f} SOL, {best.unseen.days:.0f} days, {best.unseen.points:.0f} points, "
              f"{time.perf_counter() - begun:.0f} s, {best.version}")  # fmt: skip
        print(f"  {best.unseen.words}\n  {list(best.unseen.recipe.values())}")
        seen = [price.seen for price in found]
        top = max(seen, key=lambda farm: (farm.reached, farm.points))
        out = f"{top.sol:.2f} SOL" if top.reached else f"not reached, best {top.points:.0f} points"
        print(f"  found out: {out}", flush=True)


if __name__ == "__main__":
    main()
