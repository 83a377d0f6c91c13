"""Skill or luck on simulated truth: every goal of the verdicts with its floor, its aim and what was measured.

    python benchmarks/truth_skill.py [--seeds 20] [--traders 20000]

Prints a table in Markdown; exits 1 where a floor is missed. The worlds are those of `remora.study.skillworlds`. Rows
without a floor are told, not judged.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

from remora.study.calibration import Document, check


def table(found: Document) -> str:
    """The rows as a table in Markdown."""
    lines = ["| Goal | World | What | Floor | Aim | Measured | +- 2 se | |", "|---|---|---|---|---|---|---|---|"]
    for row in found.rows:
        word = "" if not row.floor else "aim" if row.meets_aim else "floor" if row.meets_floor else "MISSED"
        spread = f"{row.low:.3f} .. {row.high:.3f}"
        lines.append(
            f"| {row.id} | {row.world} | {row.what} | {row.floor} | {row.aim} | {row.measured:.3f} | {spread} | {word} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--traders", type=int, default=20_000)
    given = parser.parse_args()
    started = perf_counter()
    found = check(given.seeds, given.traders)
    print(table(found))
    print(f"\n{given.seeds} seeds of {given.traders} traders, {perf_counter() - started:.0f} s")
    return 0 if found.ok else 1


if __name__ == "__main__":
    sys.exit(main())
