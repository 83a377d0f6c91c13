"""The rows that benchmarks on known truth make of the goals they measure, and how they are printed.

Every script prints Markdown, or with --json a `Section` for `bench_truth.py`, which puts them on one page.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from remora.study.calibration import Row

HEAD: Final = ("goal", "world", "what", "floor", "aim", "measured", "", "held")


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table beside the goals."""

    title: str
    head: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What one script found. seeds: in words; notes: paragraphs; why: `key` of a row -> why its floor is missed."""

    title: str
    seeds: str
    rows: tuple[Row, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    why: dict[str, str] = {}

    def missed(self) -> list[Row]:
        """Rows below their floor for which no reason is known."""
        return [row for row in self.rows if row.floor and not row.meets_floor and key(row) not in self.why]


def key(row: Row) -> str:
    """What a known reason is filed under."""
    return f"{row.id} {row.world}: {row.what}"


def judged(goal: str, world: str, what: str, values: Sequence[float], floor: float, aim: float, *, more: bool = True) -> Row:
    """A row whose mean must reach (more) or not exceed its floor; the interval is that of the mean, +- 2 standard errors."""
    mean, low, high = _mean(values)
    sign = ">=" if more else "<="
    floors, aims = (mean >= bar if more else mean <= bar for bar in (floor, aim))
    return Row(
        id=goal, world=world, what=what, floor=f"{sign} {floor:g}", aim=f"{sign} {aim:g}", measured=mean, low=low, high=high,
        meets_floor=floors, meets_aim=aims,
    )  # fmt: skip


def between(
    goal: str, world: str, what: str, values: Sequence[float], floor: tuple[float, float], aim: tuple[float, float]
) -> Row:
    """A row whose mean must lie inside."""
    mean, low, high = _mean(values)
    return Row(
        id=goal, world=world, what=what, floor=f"{floor[0]:g} to {floor[1]:g}", aim=f"{aim[0]:g} to {aim[1]:g}", measured=mean,
        low=low, high=high, meets_floor=floor[0] <= mean <= floor[1], meets_aim=aim[0] <= mean <= aim[1],
    )  # fmt: skip


def bounded(goal: str, world: str, what: str, values: Sequence[float], floor: float, aim: float) -> Row:
    """A row whose upper end (mean + 2 standard errors) must not exceed its floor."""
    mean, low, high = _mean(values)
    return Row(
        id=goal, world=world, what=what, floor=f"<= {floor:g}", aim=f"<= {aim:g}", measured=mean, low=low, high=high,
        meets_floor=high <= floor, meets_aim=high <= aim,
    )  # fmt: skip


def told(goal: str, world: str, what: str, values: Sequence[float]) -> Row:
    """A row that is shown and not judged."""
    mean, low, high = _mean(values)
    return Row(
        id=goal, world=world, what=what, floor="", aim="", measured=mean, low=low, high=high, meets_floor=True, meets_aim=True
    )


def _mean(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, mean - 2 standard errors, mean + 2) of those that are known; all NaN where none is."""
    known = np.array([value for value in values if not np.isnan(value)], float)
    if not len(known):
        return np.nan, np.nan, np.nan
    error = float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else 0.0
    mean = float(known.mean())
    return mean, mean - 2 * error, mean + 2 * error


def line(row: Row, why: dict[str, str]) -> tuple[str, ...]:
    """The cells of a row."""
    spread = f"{row.low:.3f} .. {row.high:.3f}" if row.high > row.low else ""
    word = "told" if not row.floor else "aim" if row.meets_aim else "floor" if row.meets_floor else "**missed**"
    if word == "**missed**" and key(row) in why:
        word = f"**missed**: {why[key(row)]}"
    return (
        row.id,
        row.world,
        row.what,
        row.floor,
        row.aim,
        "unknown" if np.isnan(row.measured) else f"{row.measured:.3f}",
        spread,
        word,
    )


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table."""
    rows = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows)


def text(section: Section) -> str:
    """A section in Markdown."""
    parts = [f"{section.seeds}."]
    if section.rows:
        parts.append(markdown(HEAD, [line(row, section.why) for row in section.rows]))
    for table in section.tables:
        parts.append(f"**{table.title}**\n\n{markdown(table.head, table.body)}")
    return "\n\n".join([*parts, *section.notes])


def parser(about: str | None) -> argparse.ArgumentParser:
    """Options with --json among them."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", action="store_true", help="a section for bench_truth.py")
    return made


def show(section: Section, as_json: bool) -> int:
    """Print it; 1 where a floor is missed without a known reason."""
    print(json.dumps(msgspec.to_builtins(section)) if as_json else text(section))  # NaN stays NaN
    return 1 if section.missed() else 0
