"""How a terminal shows what a scorebook says: of a wallet the verdict first, then points as a stacked bar, then why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import expm1, floor
from typing import Any, Final

from remora.app.cli import render
from remora.app.cli.common import STATE, settings

_BAR: Final = 50
_VOTES: Final = 12  # of each side
_COLOURS: Final = {"profitability": "blue", "legitimacy": "cyan", "timing": "yellow", "activity": "magenta"}
_FULL: Final = {"profitability": 600, "legitimacy": 200, "timing": 150, "activity": 50}


def show(document: dict[str, Any]) -> None:
    """Print the parts of a wallet's answer that come from the scorebook; say so where there is none."""
    book = document["scorebook"]
    if book is None:
        render.say("no scorebook for that instant and these settings: `remora analyse` works out verdicts, points and clusters")
        return
    title = f"As known at {book['as_of']} (scorebook of ledger version {book['ledger_version']}, profile {book['profile']})"
    if book["behind"]:
        render.say(f"the ledger has grown since ({book['behind']} commits): `remora analyse` brings this up to date")
    render.pairs(title, [*_verdict(document["skill"]), *_entries(document["entries"]), *_behaviour(document["behaviour"])])
    if document["score"]:
        _show_score(document["score"])
    if document["cluster"]:
        _show_cluster(document["cluster"])
    _show_history(document["history"] or [])


def _verdict(skill: dict[str, Any] | None) -> list[tuple[str, object]]:
    if skill is None:
        return [("verdict", "cannot tell: the scorebook knows no trade of this wallet")]
    rows: list[tuple[str, object]] = [("verdict", f"{skill['verdict'].upper()}: {skill['reason']}")]
    if skill["edge"] is None:
        return rows
    edge, low, high = (_edge(skill[name], skill["unit"]) for name in ("edge", "low", "high"))
    rows.append(("edge", f"{edge}, 90 % interval {low} to {high} ({skill['unit']}, net of fees and a follower's delay)"))
    chance = render.share(skill["p_edge_gt_cost"], places=0)
    rows.append(("chance above costs", f"{chance}; wrong sign {render.share(skill['lfsr'], places=0)}"))
    share = "" if skill["concentration"] is None else f"; {render.share(skill['concentration'], places=0)} of gains in the best"
    rows.append(("rests on", f"{skill['n_bets']} independent events ({skill['n_effective']:.1f} effective){share}"))
    return rows


def _edge(value: float | None, unit: str | None) -> str:
    if value is None:
        return render.UNKNOWN
    return f"{100 * value:+.1f} cents" if unit == "edge per dollar" else f"{100 * expm1(min(value, 50.0)):+.1f} %"


def _entries(entries: dict[str, Any] | None) -> list[tuple[str, object]]:
    if entries is None or entries["value"] is None:
        return []
    text = f"{entries['completed']} of {entries['entered']} curves it entered completed"
    if entries["lift"] is not None:
        text += f", {entries['lift']:.2g} times the base rate ({entries['lift_low']:.2g} to {entries['lift_high']:.2g})"
    return [("early entries", text)]


def _behaviour(kind: dict[str, Any] | None) -> list[tuple[str, object]]:
    if kind is None:
        return []
    rows: list[tuple[str, object]] = [
        ("type", f"{kind['wallet_type']} ({render.share(kind['type_confidence'], places=0)} sure)"),
        ("behaves like", f"{kind['behaviour']} ({render.share(kind['behaviour_confidence'], places=0)} sure)"),
    ]
    if kind["infrastructure"]:
        rows.insert(0, ("no person", kind["infrastructure"]))
    if kind["bot_score"] is not None:
        rows.append(
            ("bot score", f"{kind['bot_score']:.2f} (up to {kind['bot_high']:.2f} if what is not recorded spoke for a bot)")
        )
    rows += [("because" if place == 0 else "", reason) for place, reason in enumerate(kind["reasons"] or ())]
    return rows


def _show_score(score: dict[str, Any]) -> None:
    if score["points"] is None:
        render.pairs("Points", [("none", score["why"] or "nothing known")])
        return
    factors = ", ".join(f"{name} x{value:.2f}" for name, value in score["factors"].items() if value is not None)
    whose = (
        "" if not str(score["trader"]).startswith("c") or len(str(score["trader"])) != 13 else f" of cluster {score['trader']}"
    )
    render.pairs(
        f"Points{whose}: {score['points']:.0f} of 1000",
        [
            ("range", f"{score['low']:.0f} to {score['high']:.0f} (what is not known could make it either)"),
            ("level", f"{score['level']}, above {floor(10 * score['percentile']) / 10:.1f} % of scored traders"),
            ("factors", factors),
            ("counts as smart", "yes" if score["smart"] else "no (points and verdict both count: `remora config show`)"),
        ],
    )
    _bar(score["parts"], score["groups"])
    rows = [
        (
            part["group"], part["part"].replace("_", " "),
            render.UNKNOWN if part["points"] is None else f"{part['points']:.1f}", f"{part['max']:.0f}",
            "" if part["low"] is None else f"{part['low']:.1f}-{part['high']:.1f}", f"{part['n'] or 0:.0f}",
        )
        for part in score["parts"]
    ]  # fmt: skip
    note = "points before factors; an unknown part is left out and the others of its group stand for it"
    render.table("Parts", ("group", "part", ">points", ">of", ">range", ">n"), rows, note=note)


def _bar(parts: list[dict[str, Any]], groups: dict[str, float | None]) -> None:
    """One line: each group's known points in its colour, what is unknown hatched, what was missed dotted.

    Beneath: the points of each group as they count, unknown parts re-weighted (U-52), before factors.
    """
    from rich.text import Text

    line = Text("  ")
    legend = Text("  ")
    for group, members in groupby(parts, key=lambda part: part["group"]):
        mine = list(members)
        most = sum(part["max"] for part in mine) or 1
        width = max(round(_BAR * _FULL[group] / 1000), 2)
        known = sum(part["points"] or 0 for part in mine)
        unknown = sum(part["max"] for part in mine if part["points"] is None)
        solid, hatched = round(width * known / most), round(width * unknown / most)
        hatched = min(hatched, width - solid)
        line.append("█" * solid, style=_COLOURS[group])
        line.append("▒" * hatched, style=_COLOURS[group])
        line.append("·" * (width - solid - hatched), style="dim")
        line.append("│", style="dim")
        legend.append("█ ", style=_COLOURS[group])
        counted = groups.get(group)
        legend.append(f"{group} {render.UNKNOWN if counted is None else f'{counted:.0f}'}/{most:.0f}   ")
    legend.append("▒ unknown", style="dim")
    console = render.console()
    console.print(line)
    console.print(legend)


def _show_cluster(cluster: dict[str, Any]) -> None:
    sure = render.share(cluster["confidence"], places=0)
    render.pairs(
        f"Cluster {cluster['id']}: {cluster['size']} wallets, {cluster['kind']}",
        [
            ("sure", f"{sure} (this wallet {render.share(cluster['own_confidence'], places=0)}), risk {cluster['risk']:.2f}"),
            ("found by", ", ".join(name.replace("_", " ") for name in cluster["methods"] or ())),
            ("counts as", {"member": "one voice with its mates", "excluded": "no voice"}.get(cluster["status"], "own voice")),
        ],
    )
    rows = [
        (render.short(tie["a"], 8, 6), render.short(tie["b"], 8, 6), tie["kind"], f"{tie['confidence']:.2f}", tie["evidence"])
        for tie in cluster["relations"][:12]
    ]
    more = len(cluster["relations"]) - len(rows)
    names = ("=wallet", "=wallet ", "tie", ">sure", "evidence")
    render.table("Why", names, rows, note=f"{more} more ties (--json)" if more > 0 else "")


def _show_history(history: list[dict[str, Any]]) -> None:
    if len(history) < 2:
        return
    rows = [
        (row["as_of"], render.UNKNOWN if row["points"] is None else f"{row['points']:.0f}", row["level"] or "", row["verdict"])
        for row in history[-10:]
    ]
    render.table("What was said before", ("as of", ">points", "level", "verdict"), rows)


def top(by: str, venues: Sequence[str], limit: int, as_of: int | None, *, json: bool) -> None:
    """Print the traders that rank first by points or edge."""
    from remora.app.leaderboard import top as ranked

    chosen = settings()
    documents = [ranked(STATE.home, chosen, by=by, venue=venue, limit=limit, as_of=as_of) for venue in venues]
    if json:
        render.to_json(documents[0] if len(documents) == 1 else {"rankings": documents})
        return
    for document in documents:
        _show_top(document)


def top_by_presence(limit: int, as_of: int | None, *, json: bool) -> None:
    """Print the wallets that were seen in more completed curves than chance gives."""
    from remora.app.leaderboard import by_presence

    document = by_presence(STATE.home, settings(), limit=limit, as_of=as_of)
    if json:
        render.to_json(document)
        return
    rows = [
        (
            place, row["wallet"], f"{row['completed']} of {row['tokens']}", f"{row['expected']:.2f}",
            f"{row['lift']:.1f}", f"{row['lift_low']:.1f}-{row['lift_high']:.1f}", f"{row['p']:.2g}", f"{row['q']:.2g}",
        )
        for place, row in enumerate(document["wallets"], 1)
    ]  # fmt: skip
    names = (">#", "=wallet", ">completed", ">by chance", ">lift", ">90 % interval", ">p", ">q")
    note = f"{document['tokens']:,} tokens seen; {document['left_out']} accounts left out that are no persons"
    render.table(f"Wallets by completed curves they were seen in, as known at {document['as_of']}", names, rows, note=note)


def _show_top(document: dict[str, Any]) -> None:
    rows = [
        (
            f"{row['from']}-{row['to']}", render.short(row["trader"], 8, 6), f"{row['wallets']:,}",
            render.UNKNOWN if row["points"] is None else f"{row['points']:.0f}",
            "" if row["points"] is None else f"{row['points_low']:.0f}-{row['points_high']:.0f}",
            row["level"] or "", row["verdict"], _edge(row["edge"], row["unit"]),
            f"{_edge(row['skill_low'], row['unit'])} to {_edge(row['skill_high'], row['unit'])}",
            f"{row['n_effective']:.0f}", render.share(row["concentration"], places=0),
        )
        for row in document["traders"]
    ]  # fmt: skip
    names = (
        ">places", "=trader", ">wallets", ">points", ">range", "level", "verdict", ">edge", ">90 % interval", ">events",
        ">in the best",
    )  # fmt: skip
    luck = render.share(document["expected_luck"], places=0)
    title = f"Traders on {document['venue']} by {document['by']}, as known at {document['as_of']}"
    note = f"{document['considered']:,} traders; places are bands, ranges overlap; expected share of luck on this board {luck}"
    render.table(title, names, rows, note=note)


def show_token(standing: dict[str, Any]) -> None:
    """Print what the scorebook says of a token."""
    if standing["scorebook"] is None:
        render.say("no scorebook is stored: `remora analyse` works out token scores")
        return
    row = standing["score"]
    if row is None:
        render.pairs("Score", [("none", "no trade in the last 24 hours before the scorebook, and no smart buyer")])
    else:
        parts = [(name, _range(row, name, 333)) for name in ("wallet", "technical", "holder")]
        risk = _range(row, "risk", 100)
        about = [
            ("smart wallets", f"{row['smart_entities']} entities, {render.money(row['smart_sol'], 'SOL')}"),
            ("quality of the signal", row["quality"]), ("risk", risk), ("holders known", row["holders"]),
        ]  # fmt: skip
        render.pairs(f"Score: {_range(row, '', 999)}", [*parts, *about])
    rows = [
        (
            render.short(early["wallet"], 8, 6), f"{early['minutes_before']:.1f} min",
            render.money(early["bought"], "SOL"), "yes" if early["kept"] else "no", early["reason"],
        )
        for early in standing["early"][:50]
    ]  # fmt: skip
    if rows:
        kept = sum(early["kept"] for early in standing["early"])
        names = ("=wallet", ">before graduation", ">bought", "kept", "left out because")
        render.table(f"Early buyers ({len(standing['early'])}, {kept} kept)", names, rows)


def _range(row: dict[str, Any], name: str, most: int) -> str:
    low, high = (row[f"{name}_{end}" if name else end] for end in ("low", "high"))
    if low is None or (low <= 0 and high >= most):
        return f"unknown (0 to {most})"
    return f"{low:.0f} of {most}" if high - low < 0.5 else f"{low:.0f} to {high:.0f} of {most}"


def show_market(standing: dict[str, Any]) -> None:
    """Print the consensus of a market, outcome by outcome."""
    if standing["scorebook"] is None:
        render.say("no scorebook is stored: `remora analyse` works out the consensus of open markets")
        return
    for row in standing["consensus"]:
        rows = [
            (
                "reading",
                f"{row['reading']} (slider {row['slider']} of 100; 90 % interval {row['low']:.2f} to {row['high']:.2f})",
            ),
            ("confidence", f"{row['confidence'].replace('_', ' ')}; by the smaller side and interval {row['own_confidence']}"),
            ("qualified", f"{row['yes_qualified']} yes, {row['no_qualified']} no, of {row['holders']} holders"),
            ("independent voters", f"{row['voters']:.1f}"),
            ("would turn without", ", ".join(row["turning"]) or "nobody"),
        ]
        render.pairs(f"OWRR of outcome {row['outcome']}: {row['owrr']:.2f}", rows)
        sides = [[vote for vote in row["votes"] if vote["yes"] is yes] for yes in (True, False)]
        left_out = sum(max(len(side) - _VOTES, 0) for side in sides)
        votes = [
            (
                render.short(vote["entity"], 8, 6), "yes" if vote["yes"] else "no", render.money(vote["risk"], "USDC"),
                render.UNKNOWN if vote["omega"] is None else f"{vote['omega']:.2f}", vote["resolved"], f"{vote['vote']:.1f}",
            )
            for side in sides
            for vote in side[:_VOTES]
        ]  # fmt: skip
        note = f"{left_out} more (--json)" if left_out else ""
        render.table("Votes", ("=entity", "side", ">at risk", ">omega", ">resolved", ">vote"), votes, note=note)
