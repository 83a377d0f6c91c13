"""Skill or luck on simulated truth: every goal of the verdicts with its floor, its aim and what was measured.

    python benchmarks/truth_skill.py [--seeds 20] [--traders 20000] [--json]

The worlds are those of `remora.study.skillworlds`: bets drawn straight, without trades. Rows without a floor are told, not
judged. Exits 1 where a floor is missed.
"""

from __future__ import annotations

import sys

import truth_table as tt
from remora.study.calibration import check


def main() -> int:
    """Run, print, judge."""
    parser = tt.parser(__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--traders", type=int, default=20_000)
    given = parser.parse_args()
    found = check(given.seeds, given.traders)
    seeds = f"Seeds 0 to {given.seeds - 1}, {given.traders:,} traders each; a median of so many bets as the world says"
    return tt.show(tt.Section(title="Skill or luck, from bets", seeds=seeds, rows=found.rows), given.json)


if __name__ == "__main__":
    sys.exit(main())
