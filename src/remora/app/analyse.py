"""The scorebook of a home: worked out as of an instant, stored for good, and looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter, time_ns
from typing import TYPE_CHECKING, Any, Final

from remora.app import build
from remora.model.errors import CheckFailed, UsageError
from remora.model.scorebook import Manifest
from remora.model.units import rfc3339

if TYPE_CHECKING:
    import pyarrow as pa

    from remora.analysis.findings import Found, Rules
    from remora.analysis.past import Past
    from remora.analysis.pooling import Pooled
    from remora.app.config import Settings
    from remora.ports import Ledger

_CERTAIN: Final = 0.8


def rules_of(settings: Settings) -> Rules:
    """The settings' part in a scorebook."""
    from remora.analysis.findings import Rules
    from remora.analysis.profiles import PROFILES

    score = settings.score
    return Rules(
        profile=PROFILES[score.profile], whitelist=settings.clusters.whitelist, verified=score.verified,
        universe_ppm=score.universe_ppm, smart_points=score.smart_points, smart_verdict=score.smart_verdict,
    )  # fmt: skip


def analyse(ledger: Ledger, settings: Settings, home: Path, *, as_of: int | None = None) -> dict[str, Any]:
    """Work out the scorebook as known at `as_of` (default: all that is known) and store it. The answer of `remora analyse`."""
    from remora.analysis.booktables import tables
    from remora.analysis.scorebook import found
    from remora.analysis.scorechecks import check

    started, spent = perf_counter(), {}
    if as_of is not None and as_of > time_ns():
        raise UsageError(f"--as-of: {rfc3339(as_of)} has not come yet", hint="leave it away for all that is known")
    reader = _reader(ledger, settings, as_of)

    def read() -> Past:
        past: Past = reader.past()
        spent["reading and booking"] = perf_counter() - started
        return past

    rules = rules_of(settings)
    answer = found(read, _regrouping(reader, spent), rules)
    wrong = check(answer.scores)
    if wrong:
        raise CheckFailed(f"the scores do not hold together: {'; '.join(wrong)}", hint="nothing was stored; report this")
    written = tables(answer)
    spent["analysis"] = perf_counter() - started - sum(spent.values())
    manifest = Manifest(
        as_of=reader.as_of, ledger_version=answer.traders.past.version, formula=formula(), profile=rules.profile.name,
        settings=settings_digest(settings), figures=figures(answer), tables={},
    )  # fmt: skip
    manifest, new = build.scorebooks(home).put(manifest, written)
    return {
        **describe(manifest),
        "new": new,
        "doubts": _unknown(rules, answer),
        "seconds": {name: round(value, 2) for name, value in spent.items()},
    }


def _unknown(rules: Rules, found: Found) -> list[str]:
    """What settings name and nothing here is called."""
    known = {*found.wallets.names, *found.wallets.clusters.ids}
    said = [f"clusters.whitelist: no wallet or cluster is called {name!r}" for name in rules.whitelist if name not in known]
    return said + [f"score.verified: no wallet is called {name!r}" for name in rules.verified if name not in known]


def _reader(ledger: Ledger, settings: Settings, as_of: int | None) -> Any:
    from remora.app.past import PastReader

    return PastReader(ledger, settings, as_of=as_of)


def _regrouping(reader: Any, spent: dict[str, float]) -> Any:
    def regroup(take: Callable[[], Past], trader_of: Mapping[str, str]) -> Pooled:
        started = perf_counter()
        pooled: Pooled = reader.pooled(take, trader_of)
        spent["pooling"] = perf_counter() - started
        return pooled

    return regroup


def settings_digest(settings: Settings) -> str:
    """Names all settings that the figures depend on."""
    from hashlib import sha256

    from msgspec import json

    chosen = {name: getattr(settings, name).model_dump() for name in ("books", "score", "clusters")}
    return sha256(json.encode(chosen, order="deterministic")).hexdigest()


def formula() -> str:
    """Digest of the code that the figures come from: another rule anywhere is another formula (SCR-19)."""
    from hashlib import sha256

    rooms = Path(__file__).parent.parent
    found = sha256()
    for room in ("model", "formulas", "analysis"):
        for path in sorted((rooms / room).glob("*.py")):
            found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def figures(found: Found) -> dict[str, float | int | str | None]:
    """Counts and rates of the whole: what a reader asks before any single wallet."""
    import numpy as np

    from remora.analysis.skill import VERDICTS

    skill, scores, mine = found.skill, found.scores, found.wallets
    judged = skill.n_bets > 0
    scored = ~np.isnan(scores.points)
    board = np.flatnonzero(scored)[np.argsort(-scores.points[scored], kind="stable")[:100]]
    members = mine.clusters.of >= 0
    return {
        "wallets": len(mine.names), "traders": int(scored.sum()), "judged": int(judged.sum()),
        "with_30_events": int((skill.n_effective >= 30).sum()),
        **{verdict.replace(" ", "_"): int((skill.verdict[judged] == place).sum()) for place, verdict in enumerate(VERDICTS)},
        "smart": int(found.smart.sum()), "luck_in_top_100": round(skill.luck(board), 6) if len(board) else None,
        "null_share_solana": round(skill.null_share[0], 6), "null_share_polymarket": round(skill.null_share[1], 6),
        "clusters": len(mine.clusters), "clustered_wallets": int(members.sum()),
        "surely_clustered": int((mine.clusters.confidence >= _CERTAIN).sum()),
        "infrastructure": int(mine.kinds.excluded.sum()), "relations": len(mine.edges),
        "presence_tokens": mine.seen_tokens, "presence_left_out": len(mine.presence.left_out),
        "base_rate": round(found.rates.base.value, 9) if found.rates.base.n else None,
        "base_hits": round(found.rates.base.hits), "base_launches": round(found.rates.base.n),
    }  # fmt: skip


def describe(manifest: Manifest) -> dict[str, Any]:
    """A scorebook's head as answers show it."""
    return {
        "name": manifest.name, "as_of": rfc3339(manifest.as_of), "ledger_version": manifest.ledger_version,
        "profile": manifest.profile, "formula": manifest.formula, "settings": manifest.settings,
        "figures": manifest.figures, "rows": {name: sealed.rows for name, sealed in sorted(manifest.tables.items())},
        "digests": {name: sealed.sha256 for name, sealed in sorted(manifest.tables.items())},
    }  # fmt: skip


class Book:
    """One stored scorebook, opened for questions."""

    def __init__(self, home: Path, settings: Settings, *, as_of: int | None = None) -> None:
        """The one in force at `as_of` under these settings; default: the newest. `manifest` is None where there is none."""
        self._store = build.scorebooks(home)
        self.manifest = self._store.at(as_of, settings=settings_digest(settings))

    @classmethod
    def of(cls, store: Any, manifest: Manifest) -> Book:
        """One that is at hand."""
        book = cls.__new__(cls)
        book._store, book.manifest = store, manifest
        return book

    def table(self, name: str) -> pa.Table:
        """A table of it."""
        if self.manifest is None:
            raise UsageError("no scorebook is stored for that instant and these settings", hint="`remora analyse` makes one")
        return self._store.table(self.manifest, name)

    def row(self, name: str, column: str, value: str) -> dict[str, Any] | None:
        """The first row of a table whose column has the value."""
        import pyarrow as pa
        import pyarrow.compute as pc

        table = self.table(name)
        place = pc.index(table[column], pa.scalar(value, pa.string())).as_py()
        if place < 0:
            return None
        row: dict[str, Any] = table.slice(place, 1).to_pylist()[0]
        return row

    def rows(self, name: str, column: str, values: list[str]) -> list[dict[str, Any]]:
        """All rows of a table whose column has one of the values."""
        import pyarrow as pa
        import pyarrow.compute as pc

        table = self.table(name)
        found: list[dict[str, Any]] = table.filter(pc.is_in(table[column], pa.array(values, pa.string()))).to_pylist()
        return found
