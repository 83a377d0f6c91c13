"""Commands about who is smart: clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remora.app.cli import render
from remora.app.cli.common import Json

clusters = typer.Typer(help="Which wallets are one hand, and why.", no_args_is_help=False)


def register(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.add_typer(clusters, name="clusters")


@clusters.command("find")
def clusters_find(
    transfers: Annotated[Path, typer.Option(help="who sent to whom: from,to and where known asset,amount,happened_at")],
    to: Annotated[Path, typer.Option(help="the CSV to write: address,cluster_id,confidence,risk,kind")],
    entities: Annotated[Path | None, typer.Option(help="address,kind of exchanges, bridges, routers, venues ...")] = None,
    candidates: Annotated[Path | None, typer.Option(help="address and where known first_use_at,volume_usd")] = None,
    json: Json = False,
) -> None:
    """Find groups in any file of transfers: without a ledger, without labels."""
    from remora.app.clustering import find

    report = find(transfers, entities=entities, candidates=candidates, to=to)
    if json:
        render.to_json(report)
        return
    render.pairs(f"Clusters in {transfers}", _found(report))
    for doubt in report["doubts"]:
        render.say(doubt)


def _found(report: dict[str, Any]) -> list[tuple[str, object]]:
    known = ", ".join(report["known"]) or "only the links"
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report["kinds"].items(), key=lambda item: -item[1]))
    return [
        ("transfers read", f"{report['transfers']:,}  (known beside the link: {known})"),
        ("addresses judged", f"{report['addresses']:,}"),
        ("clusters", f"{report['clusters']:,}  (the largest has {report['largest']:,} members)"),
        ("members", f"{report['members']:,}  ({report['sure']:,} at a confidence of 0.8 or more)"),
        ("kinds of members", kinds or "none"),
        ("written to", report["file"]),
    ]
