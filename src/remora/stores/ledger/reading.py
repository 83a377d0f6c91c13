"""Questions to the ledger, the same for every make: tables, trades for booking, prices, quarantine, figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from remora.model.errors import UsageError
from remora.ports import Cursor, Quarantined
from remora.stores.ledger.dictionary import Names
from remora.stores.ledger.engine import Engine
from remora.stores.ledger.frames import readable
from remora.stores.ledger.keys import keys64
from remora.stores.ledger.prices import last_prices
from remora.stores.ledger.schema import LAYOUTS, SHOWN, SUPPORT, Layout, Standing, id_sql

if TYPE_CHECKING:
    import pyarrow as pa

ORDER = ("happened_at", "slot", "tx_index", "ordinal")
_NAME_COLUMNS = ("wallet", "asset", "market", "quote", "venue", "program")
_OWNERS = ("wallet", "sender", "receiver")
_UNKNOWN = -1
_FEW_ASSETS = 5_000
_FEW_WALLETS = 1_000


class Reader:
    """Reads one store as of a version."""

    def __init__(self, engine: Engine, names: Names) -> None:
        self._engine = engine
        self._names = names

    def table(
        self,
        layout: Layout,
        version: int,
        *,
        columns: Sequence[str],
        where: Mapping[str, object],
        until: int | None,
        parts: int = 1,
        part: int = 0,
    ) -> Iterator[pa.RecordBatch]:
        """Shown rows of one table, readable, in canonical order."""
        wanted = tuple(columns) or layout.values
        conditions = [_shown(version), *(self._condition(layout, name, value) for name, value in where.items())]
        if until is not None:
            conditions.append(_known(until))
        if parts > 1:
            owners = [name for name in _OWNERS if name in layout.values]
            mine = [f"t.{name} % {int(parts)} = {int(part)}" for name in owners]
            conditions.append(f"({' OR '.join(mine)})" if mine else "1 = 1")
        select = ", ".join(
            f"{id_sql(layout, 't')} AS id" if name == "id" else f"t.{_quoted(name)} AS {_quoted(name)}" for name in wanted
        )
        order = ", ".join([*(f"t.{name} NULLS FIRST" for name in ORDER if name in layout.values), id_sql(layout, "t")])
        sql = (
            f"SELECT {select} FROM {self._engine.stored(layout.table.name)} t WHERE {' AND '.join(conditions)} ORDER BY {order}"
        )
        for batch in self._engine.stream(sql):
            yield readable(layout, batch, self._names)

    def hidden(self, layout: Layout, where: Mapping[str, object]) -> Iterator[pa.RecordBatch]:
        """Sightings that are kept and not shown, in canonical order, with their standing."""
        import pyarrow as pa

        select = ", ".join(
            f"{id_sql(layout, 't')} AS id" if n == "id" else f"t.{_quoted(n)} AS {_quoted(n)}" for n in layout.values
        )
        kept = f"t.standing NOT IN ({int(Standing.SHOWN)}, {int(Standing.SUPERSEDED)})"
        conditions = [kept, *(self._condition(layout, name, value) for name, value in where.items())]
        sql = (
            f"SELECT t.standing AS standing, {select} FROM {self._engine.stored(layout.table.name)} t "
            f"WHERE {' AND '.join(conditions)} "
            f"ORDER BY {id_sql(layout, 't')}, t.row"
        )
        for batch in self._engine.stream(sql):
            texts = pa.array([Standing(code).name.lower() for code in batch["standing"].to_pylist()], pa.string())
            plain = readable(layout, batch.select(list(layout.values)), self._names)
            yield pa.record_batch([texts, *plain.columns], names=["standing", *plain.schema.names])

    def _condition(self, layout: Layout, name: str, value: object) -> str:
        """SQL for `column = value`, `column in values` or `column is null`; texts become literals or dictionary ids."""
        values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        present = [one for one in values if one is not None]
        kind = next(column.kind for column in layout.table.columns if column.name == name)
        column = f"t.{_quoted(name)}"
        alternatives: list[str] = []
        if len(present) < len(values):
            alternatives.append(f"{column} = -1" if kind == "name" else f"{column} IS NULL")
        if kind == "name":
            literals = [str(i) for i in self._names.known(str(one) for one in present).values()]
        elif kind in ("int", "bool"):
            literals = [_number(name, one) for one in present]
        else:
            literals = [self._engine.literal(str(one)) for one in present]
        if literals and name == "id":
            keys = ", ".join(map(str, keys64([str(one) for one in present]).tolist()))
            alternatives.append(f"(t.key IN ({keys}) AND {id_sql(layout, 't')} IN ({', '.join(literals)}))")
        elif literals:
            alternatives.append(f"{column} IN ({', '.join(literals)})")
        return f"({' OR '.join(alternatives)})" if alternatives else "1 = 0"

    def book_trades(self, version: int, *, wallets: Sequence[int] | None, parts: int, part: int, until: int | None) -> pa.Table:
        """Trades as integer columns for booking; see the port."""
        import pyarrow as pa

        conditions = [_shown(version)]
        if parts > 1:
            conditions.append(f"t.wallet % {int(parts)} = {int(part)}")
        if until is not None:
            conditions.append(_known(until))
        probes: dict[str, pa.Table] = {}
        if wallets is not None and len(wallets) <= _FEW_WALLETS:
            conditions.append(f"t.wallet IN ({', '.join(str(int(w)) for w in wallets)})" if wallets else "1 = 0")
        elif wallets is not None:
            probes["probe"] = pa.table({"wallet": pa.array(sorted(set(wallets)), pa.int32())})
            conditions.append("t.wallet IN (SELECT wallet FROM probe)")
        sides = self._names.known(("buy", "sell"))
        plain = ", ".join(f"t.{name} AS {name}" for name in _NAME_COLUMNS)
        sql = (
            f"SELECT {plain}, CAST(CASE WHEN t.side = {sides.get('sell', -2)} THEN 1 ELSE 0 END AS "
            f"{self._engine.small_int}) AS side, "
            "t.quantity_atoms AS quantity_atoms, t.quote_atoms AS quote_atoms, "
            "t.venue_fee_quote_atoms AS venue_fee_quote_atoms, "
            f"coalesce(t.happened_at, {_UNKNOWN}) AS happened_at, coalesce(t.slot, {_UNKNOWN}) AS slot, "
            f"coalesce(t.tx_index, {_UNKNOWN}) AS tx_index, t.ordinal AS ordinal, t.row AS row, "
            f"t.tx_key IS NOT NULL AS placed, coalesce(t.tx_key, {_UNKNOWN}) AS tx "
            f"FROM {self._engine.stored('trades')} t WHERE {' AND '.join(conditions)} "
            "ORDER BY wallet, asset, happened_at, slot, tx_index, ordinal, t.key, row"
        )
        return self._engine.fetch(sql, probes).cast(book_schema())

    def book_charges(
        self, version: int, *, kinds: Sequence[str], wallets: Sequence[int] | None, parts: int, part: int, until: int | None
    ) -> pa.Table:
        """Charges as integer columns for booking; see the port."""
        import pyarrow as pa

        some = self._names.known(kinds).values()
        conditions = [_shown(version), "t.asset >= 0", f"t.kind IN ({', '.join(map(str, some))})" if some else "1 = 0"]
        if parts > 1:
            conditions.append(f"t.wallet % {int(parts)} = {int(part)}")
        if until is not None:
            conditions.append(_known(until))
        if wallets is not None:
            conditions.append(f"t.wallet IN ({', '.join(str(int(w)) for w in wallets)})" if wallets else "1 = 0")
        schema = pa.schema([("wallet", pa.int32()), ("asset", pa.int32()), ("lamports", pa.int64())])
        sql = (
            f"SELECT t.wallet AS wallet, t.asset AS asset, t.lamports AS lamports FROM {self._engine.stored('charges')} t "
            f"WHERE {' AND '.join(conditions)}"
        )
        return self._engine.fetch(sql).cast(schema)

    def trade_ids(self, rows: Sequence[int], wallets: Sequence[int] | None) -> dict[int, str]:
        """Fact ids of trade row numbers."""
        import pyarrow as pa

        if not len(rows):
            return {}
        wanted = np.unique(np.asarray(rows, np.int64))
        sql = f"SELECT t.row AS row, {id_sql(LAYOUTS['trades'], 't')} AS id FROM {self._engine.stored('trades')} t "
        if wallets is not None and 0 < len(wallets) <= _FEW_WALLETS:
            found = self._engine.fetch(f"{sql}WHERE t.wallet IN ({', '.join(str(int(w)) for w in wallets)})")
            found = found.filter(pa.array(np.isin(found["row"].to_numpy(), wanted)))
        else:
            only = f"JOIN probe p ON t.row = p.row WHERE t.row BETWEEN {wanted[0]} AND {wanted[-1]}"
            found = self._engine.fetch(sql + only, {"probe": pa.table({"row": pa.array(wanted)})})
        return dict(zip(found["row"].to_pylist(), found["id"].to_pylist(), strict=True))

    def last_prices(
        self, version: int, *, until: int | None, assets: Sequence[int] | None, peak_from_quote_atoms: int,
        partial_sources: Sequence[str],
    ) -> pa.Table:  # fmt: skip
        """The latest trade of each asset that moved a quantity, and the one at its highest price; see the port."""
        conditions = [_shown(version)]
        if until is not None:
            conditions += [f"t.happened_at <= {int(until)}", _known(until)]
        if assets is not None:
            conditions.append(f"t.asset IN ({', '.join(str(int(a)) for a in assets)})" if assets else "1 = 0")
        partial = list(self._names.known(partial_sources).values())
        few = assets is not None and len(assets) <= _FEW_ASSETS
        return last_prices(self._engine, conditions, peak_from_quote_atoms, partial, few=few)

    def latest(self, version: int, *, known: bool) -> int | None:
        """When the latest trade or resolution happened; or when the latest fact about wallets could be known."""
        at = "greatest(t.happened_at, coalesce(t.seen_at, t.happened_at))" if known else "t.happened_at"
        parts = [
            f"SELECT max({at}) AS at FROM {self._engine.stored(name)} t WHERE {_shown(version)}"
            for name in ("trades", "resolutions", *(("presences", "graduations", "transfers") if known else ()))
        ]
        found = self._engine.fetch(" UNION ALL ".join(parts))["at"].to_pylist()
        return max((int(at) for at in found if at), default=None)

    def cursor(self, name: str, version: int) -> Cursor | None:
        """How far the import of that name has come."""
        return next((c for c in self.cursors(version, name)), None)

    def cursors(self, version: int, name: str | None = None) -> list[Cursor]:
        """All cursors, or the one of that name."""
        only = "" if name is None else f" AND c.name = {self._engine.literal(name)}"
        sql = (
            "SELECT c.name AS name, c.position AS position, c.digest AS digest, c.done AS done, c.detail AS detail "
            f"FROM {self._engine.stored('cursors')} c WHERE c.version <= {version}{only} ORDER BY c.name"
        )
        return [Cursor(**row) for row in self._engine.fetch(sql).to_pylist()]

    def quarantine(self, version: int, id: int | None) -> Iterator[Quarantined]:
        """Quarantined records, oldest first."""
        import pyarrow as pa

        names = [column.name for column in SUPPORT["quarantine"] if column.name not in ("key", "version")]
        only = "" if id is None else f" AND q.id = {int(id)}"
        select = ", ".join(f"q.{_quoted(name)} AS {_quoted(name)}" for name in names)
        sql = f"SELECT {select} FROM {self._engine.stored('quarantine')} q WHERE q.version <= {version}{only} ORDER BY q.id"
        for batch in self._engine.stream(sql):
            raws = batch["raw"].cast(pa.binary()).to_pylist()
            for row, raw in zip(batch.drop_columns(["raw"]).to_pylist(), raws, strict=True):
                yield Quarantined(raw=raw, **row)

    def counts(self, version: int) -> dict[str, int]:
        """Shown rows by table."""
        parts = [
            f"SELECT '{n}' AS name, count(*) AS n FROM {self._engine.stored(n)} t WHERE {_shown(version)}" for n in LAYOUTS
        ]
        found = self._engine.fetch(" UNION ALL ".join(parts)).to_pylist()
        return {row["name"]: int(row["n"]) for row in sorted(found, key=lambda row: list(LAYOUTS).index(row["name"]))}

    def figures(self, version: int) -> dict[str, Any]:
        """Rows by table with time range, by venue and source; sightings by standing; quarantine by reason."""
        counts = self.counts(version)
        tables = {name: self._table_figures(LAYOUTS[name], version) for name, rows in counts.items() if rows}
        quarantine = self._engine.stored("quarantine")
        sql = f"SELECT q.reason AS reason, count(*) AS n FROM {quarantine} q GROUP BY q.reason ORDER BY q.reason"
        reasons = {row["reason"]: int(row["n"]) for row in self._engine.fetch(sql).to_pylist()}
        imports = [{"name": c.name, "position": c.position, "done": c.done, "detail": c.detail} for c in self.cursors(version)]
        standings = {name: self._standings(name) for name in tables}
        return {
            "version": version,
            "rows": counts,
            "tables": tables,
            "disagreements": sum(found.get("disagrees", 0) for found in standings.values()),
            "sightings": {name: found for name, found in standings.items() if found},
            "quarantine": reasons,
            "imports": imports,
        }

    def _table_figures(self, layout: Layout, version: int) -> dict[str, Any]:
        stored = f"{self._engine.stored(layout.table.name)} t WHERE {_shown(version)}"
        span = self._engine.fetch(f"SELECT min(t.happened_at) AS first_at, max(t.happened_at) AS last_at FROM {stored}")
        figures: dict[str, Any] = span.to_pylist()[0]
        for column in ("venue", "source"):
            if column in layout.values:
                found = self._engine.fetch(
                    f"SELECT t.{column} AS id, count(*) AS n, min(t.happened_at) AS first_at, max(t.happened_at) AS last_at "
                    f"FROM {stored} GROUP BY t.{column}"
                ).to_pylist()
                texts = self._names.texts(row["id"] for row in found)
                found.sort(key=lambda row: texts[row["id"]])
                figures[f"{column}s"] = {texts[row["id"]]: int(row["n"]) for row in found}
                if column == "venue":
                    figures["venue_spans"] = {texts[row["id"]]: (row["first_at"], row["last_at"]) for row in found}
        return figures

    def _standings(self, name: str) -> dict[str, int]:
        kept = f"t.standing NOT IN ({int(Standing.SHOWN)}, {int(Standing.SUPERSEDED)})"
        sql = (
            f"SELECT t.standing AS standing, count(*) AS n FROM {self._engine.stored(name)} t WHERE {kept} GROUP BY t.standing"
        )
        found = self._engine.fetch(sql).to_pylist()
        return {Standing(row["standing"]).name.lower(): int(row["n"]) for row in sorted(found, key=lambda r: r["standing"])}


def check_columns(layout: Layout, names: Iterable[str]) -> None:
    """Raise UsageError for a column that the table lacks."""
    unknown = [name for name in names if name not in layout.values]
    if unknown:
        raise UsageError(f"{layout.table.name} has no column {unknown[0]!r}", hint=f"columns: {', '.join(layout.values)}")


def book_schema() -> pa.Schema:
    """The columns of `book_trades`."""
    import pyarrow as pa

    wide = ("quantity_atoms", "quote_atoms", "venue_fee_quote_atoms", "happened_at", "slot", "tx_index", "ordinal", "row")
    return pa.schema(
        [(name, pa.int32()) for name in _NAME_COLUMNS]
        + [("side", pa.int8())]
        + [(name, pa.int64()) for name in wide]
        + [("placed", pa.bool_()), ("tx", pa.int64())]
    )


def _shown(version: int) -> str:
    if version >= SHOWN - 1:
        return f"t.ended = {SHOWN}"
    return f"t.version <= {int(version)} AND t.ended > {int(version)}"


def _known(until: int) -> str:
    """What had happened, and was known, by an instant; history that was never heard live counts as known at once."""
    happened, seen = (f"(t.{name} <= {int(until)} OR t.{name} IS NULL)" for name in ("happened_at", "seen_at"))
    return f"{happened} AND {seen}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _number(name: str, value: object) -> str:
    if not isinstance(value, int):
        raise UsageError(f"{name} is a number: {value!r} is none")
    return str(value) if not isinstance(value, bool) else ("true" if value else "false")
