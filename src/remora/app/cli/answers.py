"""Commands that answer: status, wallets, wallet, token, market."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from remora.app.cli import render, standing
from remora.app.cli.common import STATE, AsOf, Json, instant, ledger, settings

wallets = typer.Typer(help="Rankings of wallets.", no_args_is_help=True)
_WIDE: Final = 140  # columns from which addresses are shown whole


class By(StrEnum):
    """What wallets are ranked by."""

    REALIZED = "realized"
    ALL_IN = "all_in"
    TOTAL = "total"
    ROI = "roi"
    WIN_RATE = "win_rate"
    INVESTED = "invested"
    TRADES = "trades"
    POINTS = "points"
    EDGE = "edge"
    PRESENCE = "presence"


class Venue(StrEnum):
    """Where wallets trade."""

    SOLANA = "solana"
    POLYMARKET = "polymarket"


class Window(StrEnum):
    """Which closed sales count, by their time."""

    DAYS_7 = "7d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Hang these commands into the command line."""
    app.command("status")(status)
    app.add_typer(wallets, name="wallets")
    app.command("wallet")(wallet)
    app.command("token")(token)
    app.command("market")(market)


def status(json: Json = False) -> None:
    """What is stored: facts by kind and venue, time range, completeness, quarantine, sizes."""
    from remora.app.status import describe

    with ledger() as store:
        document = describe(store, STATE.home)
    if json:
        render.to_json(document)
        return
    _show_status(document)


def _show_status(document: dict[str, Any]) -> None:
    rows = [
        (row["facts"], row["venue"] or "", f"{row['rows']:,}", render.safe(row["from"] or ""), render.safe(row["to"] or ""))
        for row in document["facts"]
    ]
    simulated = "  (SIMULATED)" if document["simulated"] else ""
    title = f"Stored in {document['home']}{simulated}, version {document['version']}, {render.size(document['bytes'])}"
    render.table(title, ("facts", "venue", ">rows", "from", "to"), rows)
    found = [(row["check"], row["figure"], row["meaning"]) for row in document["completeness"]]
    render.table("Completeness", ("check", ">figure", "what it means"), found)


@wallets.command("top")
def wallets_top(
    by: Annotated[By, typer.Option(help="the figure that ranks")] = By.REALIZED,
    venue: Annotated[Venue | None, typer.Option(help="one venue; without it each has its own ranking")] = None,
    category: Annotated[str | None, typer.Option(help="one category of markets")] = None,
    window: Annotated[Window, typer.Option(help="closed sales of the last days")] = Window.ALL,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 20,
    infrastructure: Annotated[bool, typer.Option(help="rank fee wallets, routers and vaults too")] = False,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Wallets ranked by a figure of their books, or by points or edge of the scorebook. Profit is not skill."""
    if by == By.PRESENCE:
        if venue == Venue.POLYMARKET:
            from remora.model.errors import UsageError

            raise UsageError("--by presence: presences are recorded on Solana only", hint="leave --venue away")
        standing.top_by_presence(limit, instant(as_of), json=json)
        return
    if by in (By.POINTS, By.EDGE):
        standing.top(by, [venue] if venue else list(Venue), limit, instant(as_of), json=json)
        return
    from remora.app.ranking import top

    with ledger() as store:
        documents = top(
            store, settings(), venues=[venue] if venue else list(Venue), by=by, category=category, window=window,
            limit=limit, with_infrastructure=infrastructure, until=instant(as_of),
        )  # fmt: skip
    if json:
        render.to_json(documents[0] if venue else {"rankings": documents})
        return
    for document in documents:
        _show_ranking(document)


def _show_ranking(document: dict[str, Any]) -> None:
    quote, wide = document["quote"], render.console().width >= _WIDE
    rows = [
        (
            n, row["wallet"] if wide else render.short(row["wallet"], 8, 6),
            render.number(row["realized_quote_atoms"], quote, 4), render.number(row["unrealized_quote_atoms"], quote, 4),
            render.span(row["oldest_mark_age_seconds"]) if row["unrealized_quote_atoms"] else "",
            render.share(row["roi"]), f"{row['wins']}/{row['closed']}", row["trades"], render.span(row["hold_seconds"]),
            render.share(row["completeness"]["share"]), "assumed" if row["assumed_order_share"] else "known",
        )
        for n, row in enumerate(document["wallets"], 1)
    ]  # fmt: skip
    span = "all time" if document["window"] == "all" else f"last {document['window']}"
    title = f"Top wallets on {document['venue']} by {document['by']}, in {quote} ({span}, {document['method']})"
    names = (
        ">#", "=wallet", "±realized", "±unrealized", ">mark age", ">ROI", ">won", ">trades", ">held",
        ">cost known", "order",
    )  # fmt: skip
    note = f"{document['considered']:,} wallets considered"
    if document["left_out"]:
        note += f", {document['left_out']} infrastructure accounts left out"
    render.table(title, names, rows, note=note + "; a ranking by profit mostly finds luck")


def wallet(
    address: Annotated[str, typer.Argument()],
    limit: Annotated[int, typer.Option(min=1, help="positions to show")] = 30,
    behind: Annotated[str | None, typer.Option(help="only the positions behind this part of its points")] = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """One wallet: verdict, points and why, positions, statistics, labels, completeness."""
    from remora.app.behind import behind as part_behind
    from remora.app.wallet import describe, known_address

    with ledger() as store:
        if behind is not None:
            known = known_address(store, address)
            document = part_behind(store, settings(), STATE.home, known, behind, as_of=instant(as_of))
            if json:
                render.to_json(document)
                return
            render.say(f"behind {behind} of {document['trader']}, by scorebook {document['scorebook']}")
            _show_positions(document["positions"], limit)
            return
        document = describe(store, settings(), STATE.home, address, until=instant(as_of))
    if json:
        render.to_json(document)
        return
    _show_wallet(document, limit)


def _show_wallet(document: dict[str, Any], limit: int) -> None:
    labels = ", ".join(f"{row['label']} ({row['kind']}, {row['source']})" for row in document["labels"])
    render.pairs(f"Wallet {document['wallet']}", [("labels", labels or "none"), ("books", f"method {document['method']}")])
    standing.show(document)
    for row in document["statistics"]:
        quote = row["quote"]
        render.pairs(
            f"On {row['venue']}",
            [
                ("realized", render.money(row["realized_quote_atoms"], quote)),
                ("after charges", render.money(row["realized_all_in_quote_atoms"], quote)),
                ("unrealized", render.money(row["unrealized_quote_atoms"], quote) + _aged(row)),
                ("if what is open is lost", render.money(row["worst_case_quote_atoms"], quote)),
                ("realized in USD", render.money(row["realized_micro_usd"], "USD") + _because(row["usd_reason"])),
                ("invested", render.money(row["invested_quote_atoms"], quote)),
                ("won / closed", f"{row['wins']} / {row['closed']}  (open {row['open']})"),
                ("return on what was sold", render.share(row["roi"])),
                ("return on what is held", render.share(row["unrealized_roi"])),
                ("completeness", row["completeness"]["words"]),
            ],
        )
    for what, count in document["not_attributed"].items():
        if count:
            render.say(f"not booked: {count} {what.replace('_', ' ')}")
    _show_positions(document["positions"], limit)


def _aged(row: dict[str, Any]) -> str:
    age = row["oldest_mark_age_seconds"]
    return f"  (at last trades up to {render.span(age)} old)" if age is not None and row["unrealized_quote_atoms"] else ""


def _because(reason: str | None) -> str:
    return f"  ({reason})" if reason else ""


def _show_positions(positions: list[dict[str, Any]], limit: int) -> None:
    for quote in sorted({row["quote"] for row in positions}):
        mine = [row for row in positions if row["quote"] == quote]
        rows = [
            (
                render.short(row["asset"], 10, 6), row["status"], f"{row['buys']}/{row['sells']}",
                render.quantity(row["held_atoms"], row["decimals"]), render.number(row["cost_quote_atoms"], quote, 4),
                render.number(row["realized_quote_atoms"], quote, 4), render.number(row["unrealized_quote_atoms"], quote, 4),
                _mark(row), render.when(row["last_at_ns"]), ", ".join(row["flags"]),
            )
            for row in mine[:limit]
        ]  # fmt: skip
        names = (
            "=asset", "status", ">buys/sells", ">held", ">cost", "±realized", "±unrealized",
            "mark", "last", "flags",
        )  # fmt: skip
        note = f"{len(mine) - limit} more (use --limit or --json)" if len(mine) > limit else ""
        render.table(f"Positions ({len(mine)}), money in {quote}", names, rows, note=note)


def _mark(row: dict[str, Any]) -> str:
    """The mark's name and how old it is at the instant the books speak of."""
    if not row["held_atoms"] or row["mark_name"] is None:
        return ""
    return f"{row['mark_name']}, {render.span(row['mark_age_seconds'])} old"


def token(mint: Annotated[str, typer.Argument()], as_of: AsOf = None, json: Json = False) -> None:
    """One token: launch, graduation, buyers in order, early buyers, completeness of its tape."""
    from remora.app.asset import token as describe

    with ledger() as store:
        document = describe(store, settings(), STATE.home, mint, until=instant(as_of))
    if json:
        render.to_json(document)
        return
    render.pairs(f"Token {mint}", _head(document))
    standing.show_token(document["standing"])
    _show_traders(document)


def market(
    id_: Annotated[str, typer.Argument(metavar="ID", help="condition id")],
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """One market: outcomes, resolution, who holds which side."""
    from remora.app.asset import market as describe

    with ledger() as store:
        document = describe(store, settings(), STATE.home, id_, until=instant(as_of))
    if json:
        render.to_json(document)
        return
    render.pairs(f"Market {id_}", _head(document))
    standing.show_market(document["standing"])
    for outcome in document["outcomes"]:
        _show_traders(outcome)


def _head(document: dict[str, Any]) -> list[tuple[str, object]]:
    """What is one value of an answer, in words."""
    own = {"title", "note", "mint", "market", "quote", "decimals"}
    shown = ((key, value) for key, value in document.items() if key not in own and isinstance(value, str | int))
    return [(key.replace("_", " "), value) for key, value in shown if value != ""]


def _show_traders(document: dict[str, Any]) -> None:
    quote, decimals, wide = document["quote"], document["decimals"], render.console().width >= _WIDE
    rows = [
        (
            n, row["wallet"] if wide else render.short(row["wallet"], 8, 6), render.when(row["first_at_ns"]), row["lead"],
            render.quantity(row["bought_atoms"], decimals), render.quantity(row["held_atoms"], decimals),
            render.number(row["cost_quote_atoms"], quote, 4), render.number(row["realized_quote_atoms"], quote, 4),
            ", ".join(row["flags"]),
        )
        for n, row in enumerate(document["traders"], 1)
    ]  # fmt: skip
    names = (
        ">#", "=wallet", "first trade", ">lead", ">bought", ">held", ">cost", "±realized", "flags"
    )  # fmt: skip
    render.table(f"{document['title']}, money in {quote}", names, rows, note=document["note"])
