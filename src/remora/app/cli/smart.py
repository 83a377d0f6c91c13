"""Commands about who is smart: simulate, analyse, clusters, skill, report."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from remora.app.cli import render
from remora.app.cli.common import STATE, AsOf, Json, instant, ledger, settings

clusters = typer.Typer(help="Which wallets are one hand, and why.", invoke_without_command=True)
skill = typer.Typer(help="Skill or luck.", no_args_is_help=True)
report = typer.Typer(help="Reports as one file.", no_args_is_help=True)


class World(StrEnum):
    """What a simulated market is like."""

    MIXED = "mixed"
    BINARY = "binary"
    HEAVY = "heavy"
    NULL = "null"


class Profile(StrEnum):
    """Which weights make the points."""

    DEFAULT = "default"
    CLASSIC = "classic"
    GENTLE = "gentle"


def register(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.command("simulate")(simulate)
    app.command("analyse")(analyse)
    app.add_typer(clusters, name="clusters")
    app.add_typer(skill, name="skill")
    app.add_typer(report, name="report")


def simulate(
    to: Annotated[Path, typer.Option(help="folder for the import files and truth/")],
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same bytes")] = 1,
    wallets: Annotated[int, typer.Option(min=10, max=1_000_000)] = 1_000,
    days: Annotated[int, typer.Option(min=1, max=3_650)] = 14,
    world: Annotated[
        World, typer.Option(help="mixed: all kinds; binary, heavy: one venue; null: nobody is skilled")
    ] = World.MIXED,
    json: Json = False,
) -> None:
    """A simulated market with known truth, as import files."""
    from remora.app.simulating import write

    document = write(to, seed=seed, wallets=wallets, days=days, world=world)
    if json:
        render.to_json(document)
        return
    rows = [(name, f"{count:,}") for name, count in document["made"].items()]
    render.pairs(f"Simulated market {document['world']}, seed {seed}, in {to}", [*rows, ("seconds", document["seconds"])])
    render.say(f"read it with: remora --home NEW-HOME import {to}   (what nobody is told lies in {to / 'truth'})")


def analyse(as_of: AsOf = None, json: Json = False) -> None:
    """Work out who is smart as known at an instant, and store the answer for good."""
    from remora.app.analyse import analyse as run

    with ledger() as store:
        document = run(store, settings(), STATE.home, as_of=instant(as_of))
    if json:
        render.to_json(document)
        return
    _show_analysis(document)


def _show_analysis(document: dict[str, Any]) -> None:
    for doubt in document["doubts"]:
        render.say(doubt)
    f = document["figures"]
    judged = f["judged"] or 1
    render.pairs(
        f"Scorebook {document['name']}{'' if document['new'] else ' (stored before: the same to the byte)'}",
        [
            ("as known at", f"{document['as_of']}, ledger version {document['ledger_version']}"),
            ("wallets", f"{f['wallets']:,}; {f['infrastructure']:,} are infrastructure and never ranked"),
            ("clusters", f"{f['clusters']:,} with {f['clustered_wallets']:,} wallets ({f['surely_clustered']:,} surely)"),
            ("traders with points", f"{f['traders']:,}"),
            ("with bets to judge", f"{f['judged']:,}, {f['with_30_events']:,} with the 30 independent events skill needs"),
            ("skilled", f"{f['skilled']:,}  ({100 * f['skilled'] / judged:.2f} %)"),
            ("promising", f"{f['promising']:,}"),
            ("cannot tell", f"{f['cannot_tell']:,}"),
            ("harmful", f"{f['harmful']:,}"),
            ("smart money", f"{f['smart']:,} traders with enough points and verdict"),
            ("expected luck in the top 100", render.share(f["luck_in_top_100"], places=0)),
            ("launches that graduate", _base(f)),
            ("seconds", ", ".join(f"{name} {value}" for name, value in document["seconds"].items())),
        ],
    )  # fmt: skip


def _base(figures: dict[str, Any]) -> str:
    if figures["base_rate"] is None:
        return "unknown: no launch that anybody was seen trading is a day old"
    of = f"{figures['base_hits']:,.0f} of {figures['base_launches']:,.0f} watched"
    return f"{render.share(figures['base_rate'], places=2)}  ({of})"


@clusters.callback()
def clusters_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1)] = 20,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Which wallets are one hand: the clusters of the scorebook, the riskiest first."""
    if context.invoked_subcommand:
        return
    from remora.app.clustering import listed

    document = listed(STATE.home, settings(), as_of=instant(as_of), limit=limit)
    if json:
        render.to_json(document)
        return
    rows = [
        (
            row["cluster_id"], row["size"], row["kind"], ", ".join(row["methods"]),
            f"{row['confidence']:.2f}", f"{row['risk']:.2f}",
            render.UNKNOWN if row["points"] is None else f"{row['points']:.0f}", row["verdict"] or "",
            "yes" if row["whitelisted"] else "", ", ".join(render.short(wallet, 6, 4) for wallet in row["members"][:3]),
        )
        for row in document["clusters"]
    ]  # fmt: skip
    names = ("=cluster", ">wallets", "kind", "found by", ">sure", ">risk", ">points", "verdict", "allowed", "=members")
    more = document["total"] - len(rows)
    render.table(f"Clusters as known at {document['as_of']}", names, rows, note=f"{more:,} more" if more > 0 else "")


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

    document = find(transfers, entities=entities, candidates=candidates, to=to)
    if json:
        render.to_json(document)
        return
    render.pairs(f"Clusters in {transfers}", _found(document))
    for doubt in document["doubts"]:
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


@skill.command("check")
def skill_check(
    seeds: Annotated[int, typer.Option(min=1, max=1_000)] = 6,
    traders: Annotated[int, typer.Option(min=200, max=1_000_000)] = 10_000,
    json: Json = False,
) -> None:
    """Are the verdicts right? Traders of known skill are judged; exit 1 where a floor is missed."""
    from remora.study.calibration import check

    document = check(seeds=seeds, traders=traders)
    if json:
        render.to_json(document)
    else:
        rows = [
            (row.id, row.world, row.what, f"{row.measured:.3f}", f"{row.low:.3f}-{row.high:.3f}", row.floor, row.aim, _met(row))
            for row in document.rows
        ]
        names = ("=goal", "world", "what", ">measured", ">over seeds", "floor", "aim", "held")
        title = f"Verdicts on {traders:,} simulated traders of known skill, {seeds} seeds"
        render.table(title, names, rows)
    if not document.ok:
        raise typer.Exit(1)


@skill.command("fake")
def skill_fake(
    profile: Annotated[Profile | None, typer.Option(help="one profile; without it all three")] = None,
    evaluations: Annotated[int, typer.Option(min=100, max=1_000_000, help="farms tried; more find cheaper ones")] = 1_500,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    json: Json = False,
) -> None:
    """The price of a fake: the cheapest farm that a search finds to reach 700 points, in SOL, with its recipe."""
    from remora.app.faking import prices

    documents = prices([profile] if profile else list(Profile), evaluations=evaluations, seed=seed)
    if json:
        render.to_json({"prices": documents})
        return
    for one in documents:
        render.pairs(f"Profile {one['profile']} ({one['version']})", _priced(one))


def _priced(one: dict[str, Any]) -> list[tuple[str, object]]:
    farm, known = one["unseen"], one["seen"]
    return [
        ("price", f"{farm['sol']:.2f} SOL lost for good" if farm["reached"] else _short_of(farm)),
        ("capital and time", f"{farm['capital_sol']:.0f} SOL for {farm['days']:.0f} days"),
        ("recipe", farm["words"]),
        ("if it is found out", f"{known['sol']:.2f} SOL" if known["reached"] else _short_of(known)),
        ("searched", f"{one['evaluations']:,} farms; an upper bound: a longer search may find a cheaper one"),
    ]


def _short_of(farm: dict[str, Any]) -> str:
    return f"700 points not reached, at best {farm['points']:.0f}"


def _met(row: Any) -> str:
    if not row.floor:
        return ""
    return "aim" if row.meets_aim else ("floor" if row.meets_floor else "NO")


@report.command("wallet")
def report_wallet(
    address: Annotated[str, typer.Argument()],
    to: Annotated[Path, typer.Option(help="the HTML file to write")],
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """One wallet as one HTML file: verdict, points, profit curve, positions, cluster."""
    from remora.app.reporting import wallet

    with ledger() as store:
        document = wallet(store, settings(), STATE.home, address, to, as_of=instant(as_of))
    if json:
        render.to_json(document)
        return
    render.say(f"written: {document['file']} ({render.size(document['bytes'])})")
