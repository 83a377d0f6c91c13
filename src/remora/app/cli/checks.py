"""Commands that check: verify, prove, doctor, backup, restore, config."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remora.app.cli import render
from remora.app.cli.common import STATE, Json, ledger, settings
from remora.model.errors import CheckFailed

prove = typer.Typer(help="Unfold a number to the records that made it, and recompute it without network.", no_args_is_help=True)
config = typer.Typer(help="Settings: check them, show them with their origin, print their schema.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.command("verify")(verify)
    app.add_typer(prove, name="prove")
    app.command("doctor")(doctor)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.add_typer(config, name="config")


def verify(json: Json = False) -> None:
    """Book everything again with the plain oracle and check every law; exit code 1 and the list of what fails."""
    from remora.app.verify import run

    with ledger() as store:
        document = run(store, settings())
    if json:
        render.to_json(document)
    else:
        rows = [(row["check"], f"{row['examined']:,}", row["failed"], row["first"] or "") for row in document["checks"]]
        render.table("Verification", ("check", ">examined", ">failed", "first failure"), rows)
    if not document["passed"]:
        failed = ", ".join(row["check"] for row in document["checks"] if row["failed"])
        raise CheckFailed(f"verification failed: {failed}", hint="`remora verify --json` lists every failure")


@prove.command("position")
def prove_position(
    wallet: Annotated[str, typer.Argument()],
    asset: Annotated[str, typer.Argument()],
    to: Annotated[Path, typer.Option(help="folder for the proof; must be new or empty")],
    json: Json = False,
) -> None:
    """Write the records, versions and rules that give one position, so that anybody can recompute it."""
    from remora.app.prove import position

    with ledger() as store:
        document = position(store, settings(), wallet, asset, to)
    if json:
        render.to_json(document)
        return
    render.pairs(f"Proof written to {to}", document.items())


@prove.command("check")
def prove_check(folder: Annotated[Path, typer.Argument(metavar="DIR")], json: Json = False) -> None:
    """Recompute a proof from its records alone; exit code 1 where it does not hold."""
    from remora.app.prove import check

    document = check(folder)
    if json:
        render.to_json(document)
    else:
        rows = [
            (row["what"], row["claimed"], row["recomputed"], "yes" if row["equal"] else "NO") for row in document["numbers"]
        ]
        render.table(f"Proof in {folder}", ("number", ">claimed", ">recomputed", "equal"), rows)
    if not document["holds"]:
        raise CheckFailed("the proof does not hold", hint="its records or its claim were changed after it was made")


def doctor(json: Json = False) -> None:
    """What this machine has and lacks, whether the store is whole, and what to do."""
    from remora.app.doctor import examine

    document = examine(STATE.home, settings())
    if json:
        render.to_json(document)
    else:
        rows = [(row["what"], row["state"], row["detail"], row["do"]) for row in document["findings"]]
        render.table("Doctor", ("what", "state", "detail", "what to do"), rows)
    if not document["healthy"]:
        raise CheckFailed("something needs attention", hint="see the rows that are not ok")


def backup(to: Annotated[Path, typer.Argument(help="new or empty folder")], json: Json = False) -> None:
    """A consistent copy of the store."""
    from remora.app.backup import make

    with ledger() as store:
        document = make(store, to, STATE.home)
    if json:
        render.to_json(document)
        return
    render.pairs(f"Backup in {to}", document.items())


def restore(source: Annotated[Path, typer.Argument(metavar="FOLDER", help="a backup")], json: Json = False) -> None:
    """Put a backup into an empty home and prove that it is whole."""
    from remora.app.backup import restore as run

    document = run(source, STATE.home, settings())
    if json:
        render.to_json(document)
        return
    render.pairs(f"Restored into {STATE.home}", document.items())


@config.command("check")
def config_check(json: Json = False) -> None:
    """Whether the settings are readable and within their bounds."""
    settings()
    if json:
        render.to_json({"valid": True})
        return
    render.say("settings are valid")


@config.command("show")
def config_show(json: Json = False) -> None:
    """Every setting with its value and where the value comes from."""
    from remora.app import config as module

    rows = module.show(settings(), STATE.config)
    if json:
        render.to_json(rows)
        return
    render.table("Settings", ("key", "value", "origin", "about"), [tuple(row.values()) for row in rows])


@config.command("schema")
def config_schema() -> None:
    """The settings as JSON schema."""
    from remora.app.config import Settings

    render.to_json(Settings.model_json_schema())
