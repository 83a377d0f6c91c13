"""Every benchmark on known truth, and the page that tells what they found: docs/truth.md.

    make bench-truth [SEEDS=20] [QUICK=1]
    python benchmarks/bench_truth.py [--seeds 20] [--quick] [--page docs/truth.md] [--only market skill]

Each script runs in a process of its own, two at a time. Exits 1 where a floor is missed without a known reason, which then
stands on the page. --quick: few seeds, small worlds, a page marked as such (build/truth-quick.md unless --page is given).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

import truth_table as tt
from remora.study.calibration import Row

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
ORDER: Final = ("T1", "T2", "T3", "T4", "T5", "T6", "T8", "T9", "S1", "S1t", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9")
ABSENT: Final = {"S3": "needs a real airdrop with the reports that were written on it; none is in the recordings"}
"""Goals that nothing here measures, and why."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark. usual, quick: its options; {seeds} stands for the number asked for."""

    name: str
    usual: str
    quick: str


SCRIPTS: Final = (
    Script(name="market", usual="--seeds {seeds}", quick="--seeds 3"),
    Script(name="skill", usual="--seeds {seeds}", quick="--seeds 3 --traders 8000"),
    Script(name="farms", usual="", quick="--seeds 1 --evaluations 300"),
    Script(name="relations", usual="--seeds {seeds}", quick="--seeds 4 --evasion 1"),
    Script(name="clusters", usual="--seeds {seeds}", quick="--seeds 2 --candidates 12000"),
    Script(name="behaviour", usual="--seeds {seeds}", quick="--seeds 1 --wallets 1500"),
    Script(name="real_relations", usual="", quick=""),
)


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """A section and the command that made it."""

    command: str
    section: tt.Section


def run(script: Script, seeds: int, quick: bool) -> Ran:
    """One script. SystemExit with its errors where it stops without an answer."""
    options = (script.quick if quick else script.usual).format(seeds=seeds).split()
    command = ["python", f"benchmarks/truth_{script.name}.py", *options]
    done = subprocess.run(
        [sys.executable, str(ROOT / command[1]), *options, "--json"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if not done.stdout.strip():
        raise SystemExit(f"{' '.join(command)}:\n{done.stderr}")
    return Ran(command=" ".join(command), section=msgspec.convert(json.loads(done.stdout.splitlines()[-1]), tt.Section))


def page(ran: list[Ran], seeds: int, quick: bool) -> str:
    """The whole page."""
    rows = [(row, one.section) for one in ran for row in one.section.rows]
    parts = [
        "# How good is it where the truth is known", INTRODUCTION.strip(),
        f"Made by `make bench-truth{' QUICK=1' if quick else f' SEEDS={seeds}'}`; nothing on it is written by hand."
        + (" **A quick run: few seeds and small worlds, for a check; the figures are rough.**" if quick else ""),
        "## The goals in short", tt.markdown(("goal", "what", "floors held", "aims reached", "missed"), _short(rows)),
        *(f"## {one.section.title}\n\n`{one.command}`\n\n{tt.text(one.section)}" for one in ran),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _short(rows: list[tuple[Row, tt.Section]]) -> list[tuple[str, ...]]:
    """Each goal with how many of its measurements hold."""
    out = []
    for goal in ORDER:
        mine = [(row, section) for row, section in rows if row.id == goal and row.floor]
        if not mine:
            out.append((goal, GOALS[goal], f"not measured: {ABSENT.get(goal, 'not asked for in this run')}", "", ""))
            continue
        missed = [f"{row.world}: {row.what}" for row, _ in mine if not row.meets_floor]
        held, reached = sum(row.meets_floor for row, _ in mine), sum(row.meets_aim for row, _ in mine)
        out.append((goal, GOALS[goal], f"{held} of {len(mine)}", f"{reached} of {len(mine)}", "; ".join(missed)))
    return out


GOALS: Final = {
    "T1": "the 90 % interval of a trader's edge holds the true edge nine times in ten, also among the first hundred",
    "T2": "of those given a chance p of an edge above the costs, a share p has one",
    "T3": "hardly any trader who is called skilled has no edge",
    "T4": "the first hundred hold more truly skilled than a ranking by profit",
    "T5": "where nobody is skilled, nobody is called skilled",
    "T6": "of those that somebody who knew how edges are distributed would call skilled, we find nearly all",
    "T8": "results dealt out anew inside each event leave no edge",
    "T9": "points do not depend on how trades are split, or on how many own wallets they go through",
    "S1": "wallets of one hand from transfers, with a list of exchanges (F1)",
    "S1t": "the same with first use and volume",
    "S2": "precision where 65 % are found",
    "S3": "the same against report labels only",
    "S4": "the same without a list of exchanges",
    "S5": "pairs of wallets that are rightly put together (F1)",
    "S6": "the confidence shown is the share that is right",
    "S7": "harmless customers of one service are not put together",
    "S8": "farms of every make are found",
    "S9": "what evasion costs us; dust sent to an innocent ties it to nobody",
}
INTRODUCTION: Final = """
A score is worth what it says where the answer is known. Nobody knows who is skilled on a real chain, so markets are simulated
in which every wallet's skill, owner and role is drawn first; the engine sees the trades alone, and what it says is held against
the truth. A *floor* must hold; an *aim* is what we work towards; *told* is shown and not judged. Intervals are the mean over
seeds, plus and minus two standard errors. Where a floor is missed the reason stands beside it. A simulated world is no proof
for the real one: recorded data come last, where others' findings are the nearest thing to truth.
"""


def main() -> int:
    """Run all, write the page, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--only", nargs="+", choices=[script.name for script in SCRIPTS])
    asked = parser.parse_args()
    chosen = [script for script in SCRIPTS if not asked.only or script.name in asked.only]
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda script: run(script, asked.seeds, asked.quick), chosen))
    where = asked.page or (ROOT / "build/truth-quick.md" if asked.quick or asked.only else ROOT / "docs/truth.md")
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text(page(ran, asked.seeds, asked.quick))
    missed = [(one.command, row) for one in ran for row in one.section.missed()]
    print(f"written: {where}")
    for command, row in missed:
        print(f"below its floor: {row.id} {row.world}, {row.what}: {row.measured:.3f} (floor {row.floor}); {command}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
