"""Commands that bring records in and out: start, import, fetch, decode, quarantine, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remora.app.cli import render
from remora.app.cli.common import STATE, AsOf, Json, instant, ledger, settings

quarantine = typer.Typer(help="What could not be read: file, record number, reason, raw bytes.", no_args_is_help=False)


def register(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.command("start")(start)
    app.command("import")(import_)
    app.command("fetch")(fetch)
    app.command("decode")(decode)
    app.add_typer(quarantine, name="quarantine")
    app.command("export")(export)


def start(
    data: Annotated[Path | None, typer.Option("--data", help="folder of real records; without it a simulated sample")] = None,
) -> None:
    """The main job in one go: read records, show what is stored, who made profit, who is smart, what could not be read."""
    from remora.app.cli import answers, smart
    from remora.app.start import prepare

    folder = prepare(STATE.home, data)
    import_([folder], json=False)
    answers.status(json=False)
    answers.wallets_top(limit=10, json=False)
    smart.analyse(json=False)
    answers.wallets_top(by=answers.By.POINTS, limit=10, json=False)
    quarantine_list(json=False, limit=10)


def import_(
    paths: Annotated[list[Path], typer.Argument(help="files or folders", show_default=False)],
    kind: Annotated[str | None, typer.Option(help="what the files are, instead of recognising it")] = None,
    map_: Annotated[Path | None, typer.Option("--map", help="column map (TOML) for foreign files")] = None,
    strict: Annotated[bool, typer.Option(help="refuse a file with any record that cannot be read")] = False,
    owner: Annotated[str | None, typer.Option(help="wallet of exports that do not name one")] = None,
    json: Json = False,
) -> None:
    """Read files or folders (JSON, JSONL, CSV, Parquet, protobuf capture; .gz, .zst) into the ledger."""
    from remora.app.importing import run

    with ledger(create=True) as store:
        report = run(store, paths, kind=kind, map_path=map_, strict=strict, owner=owner)
    if json:
        render.to_json(report)
        return
    _show_report("Imported", report)


def _show_report(title: str, report: dict[str, Any]) -> None:
    facts = sorted(report["facts"].items(), key=lambda item: -item[1])
    rows = [("files", report["files"]), *((name, f"{count:,}") for name, count in facts)]
    rows += [("duplicates", f"{report['duplicates']:,}"), ("quarantined", f"{report['quarantined']:,}")]
    rows.append(("seconds", f"{report['seconds']:.1f}"))
    render.pairs(title, rows)
    reasons: dict[str, list[str]] = {}
    for item in report.get("left_alone", ()):
        reasons.setdefault(item["reason"], []).append(item["file"])
    if reasons:
        named = [
            (why, len(files), Path(files[0]).name) for why, files in sorted(reasons.items(), key=lambda item: -len(item[1]))
        ]
        render.table("Left alone", ("why", ">files", "for example"), named, note="all of them: --json")


def fetch(
    what: Annotated[str, typer.Argument(help="wallet, market (condition id) or mint")],
    api: Annotated[str, typer.Option(help="Polymarket's Data API: v1 or v2")] = "v1",
    cross_check: Annotated[bool, typer.Option(help="ask a Polymarket wallet's trades a second way")] = True,
    most: Annotated[int | None, typer.Option(min=1, help="Solana transactions of this run; run again to go on")] = None,
    json: Json = False,
) -> None:
    """Fetch the history of one wallet, market or token from the public interfaces; resumes where it stopped."""
    import asyncio

    from remora.app import build
    from remora.app.fetch import fetch as run
    from remora.app.fetch import shown_progress

    chosen = settings()
    fetchers = build.fetchers(chosen, api=api, cross_check=cross_check, most=most)
    with ledger(create=True) as store, shown_progress() as progress:
        report = asyncio.run(run(what, ledger=store, settings=chosen, fetchers=fetchers, progress=progress))
    if json:
        render.to_json(report)
        return
    _show_report(f"Fetched {report['what']} {report['target']}", {**report, "left_alone": ()})
    render.say("complete as far as the source tells" if report["complete"] else "not known to be complete:")
    for doubt in report["doubts"]:
        render.say(f"  {render.safe(doubt, 300)}")
    for note in report["notes"]:
        render.say(f"note: {render.safe(note, 300)}")


def decode(
    file: Annotated[Path, typer.Argument(help="one raw transaction or message (or a file of them)")],
    kind: Annotated[str | None, typer.Option(help="what the file is, instead of recognising it")] = None,
    map_: Annotated[Path | None, typer.Option("--map", help="column map (TOML) for foreign files")] = None,
    json: Json = False,
) -> None:
    """Show the facts of raw records; nothing is stored."""
    from remora.app.importing import decode_file

    document = decode_file(file, kind=kind, map_path=map_)
    if json:
        render.to_json(document)
        return
    for fact in document["facts"]:
        facts = ((key, value) for key, value in fact.items() if key != "type" and value not in (None, "", []))
        render.pairs(fact["type"], facts)
    for name in ("ignored", "undecodable"):
        rows = [(item["reason"], item["where"], item["detail"]) for item in document[name]]
        if rows:
            render.table(name, ("reason", "where", "detail"), rows)


@quarantine.callback(invoke_without_command=True)
def quarantine_default(context: typer.Context) -> None:
    """What could not be read."""
    if context.invoked_subcommand is None:
        quarantine_list()


@quarantine.command("list")
def quarantine_list(
    limit: Annotated[int, typer.Option(min=1, help="rows to show; the reasons are always counted in full")] = 50,
    json: Json = False,
) -> None:
    """Reasons with counts, then the records, oldest first."""
    from remora.app.quarantine import listing

    with ledger() as store:
        document = listing(store, limit)
    if json:
        render.to_json(document)
        return
    rows = [(row["reason"], row["file"], row["records"], row["example"]) for row in document["reasons"]]
    render.table(f"Quarantine: {document['records']} records", ("reason", "file", ">records", "for example"), rows)
    if document["records"]:
        render.say("`remora quarantine show ID` shows one with its bytes; `remora quarantine retry` reads them again")


@quarantine.command("show")
def quarantine_show(id_: Annotated[int, typer.Argument(metavar="ID")], json: Json = False) -> None:
    """One record with its raw bytes."""
    from remora.app.quarantine import one

    with ledger() as store:
        document = one(store, id_)
    if json:
        render.to_json(document)
        return
    render.pairs(f"Quarantined record {id_}", document.items())


@quarantine.command("retry")
def quarantine_retry(json: Json = False) -> None:
    """Read the quarantined records again with what the program knows now."""
    from remora.app.importing import retry

    with ledger() as store:
        document = retry(store)
    if json:
        render.to_json(document)
        return
    render.pairs("Read again", document.items())


def export(
    table: Annotated[str, typer.Argument(help="trades, positions, sells, wallets, transfers, charges, launches, ...")],
    to: Annotated[Path, typer.Option(help="FILE.parquet, FILE.csv or FILE.jsonl")],
    where: Annotated[list[str] | None, typer.Option(help="COLUMN=VALUE, may be repeated")] = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Write one table to a file. Formulas in texts are disarmed in CSV."""
    from remora.app.export import write

    with ledger() as store:
        document = write(store, settings(), STATE.home, table, to, where=where or [], until=instant(as_of))
    if json:
        render.to_json(document)
        return
    render.say(f"wrote {document['rows']:,} rows of {table} to {to}")
