"""With whom a wallet belongs together: the cluster as a picture and as tables of members and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remora.app.report import graph
from remora.app.report.markup import (
    Column,
    Html,
    code,
    el,
    facts,
    figure,
    foreign,
    join,
    note,
    real,
    section,
    table,
    text,
    whole,
)
from remora.app.words import UNKNOWN, safe, share

_OPEN_ROWS = 12


def section_of(document: Mapping[str, Any]) -> Html:
    """The wallet's cluster, or that it is in none."""
    cluster, wallet = document.get("cluster"), str(document["wallet"])
    if not cluster:
        known = document.get("scorebook") is not None
        return section("cluster", "Cluster", el("p", (
            "No tie to another wallet was found that would make them one hand." if known
            else join(("No scorebook is stored: run ", code("remora analyse"), " to search for ties."))
        )))  # fmt: skip
    drawn = graph.chosen(cluster, wallet)
    kind = str(cluster.get("kind") or "unknown").replace("_", " ")
    methods = ", ".join(safe(method, 40).replace("_", " ") for method in cluster.get("methods") or ()) or "no method is stored"
    return section(
        "cluster", "Cluster",
        el("p", "One of ", el("b", _size(cluster)), " wallets that are likely one hand: ", el("b", foreign(kind)), ".",
           class_="lead"),
        facts((
            ("cluster", whole(cluster.get("id"))),
            ("how sure", share(real(cluster.get("confidence")))),
            ("risk, 0 to 1", figure(cluster.get("risk"))),
            ("status of this wallet", foreign(str(cluster.get("status") if cluster.get("status") is not None else UNKNOWN))),
            ("found by", text(methods)),
        )),
        el("figure", graph.draw(drawn, wallet), el("figcaption", _caption(drawn))) if drawn.members else None,
        _members(drawn), _evidence(drawn),
    )  # fmt: skip


def _size(cluster: Mapping[str, Any]) -> str:
    size = real(cluster.get("size"))
    return UNKNOWN if size is None else f"{size:,.0f}"


def _caption(drawn: graph.Drawn) -> str:
    left = [f"{count:,} {what}" for count, what in ((drawn.members_left, "wallets"), (drawn.ties_left, "ties")) if count > 0]
    tail = f" Left out, as less sure: {' and '.join(left)}." if left else ""
    return f"Numbers are those of the table of members; wider lines are surer. This wallet is the full circle.{tail}"


def _members(drawn: graph.Drawn) -> Html:
    columns = (Column("wallet"), Column("number", True), Column("confidence", True))
    rows = [(whole(row["wallet"]), place, share(real(row.get("confidence")))) for place, row in enumerate(drawn.members, 1)]
    left = f"{drawn.members_left:,} more members are left out." if drawn.members_left > 0 else None
    return _folded("members", table(f"Members ({len(rows)} shown)", columns, rows, foot=left, class_="whole"), len(rows))


def _evidence(drawn: graph.Drawn) -> Html:
    if not drawn.ties:
        return note("No ties between the shown members are stored.")
    number = {row["wallet"]: place for place, row in enumerate(drawn.members, 1)}
    columns = (
        Column("between"),
        Column("kind"),
        Column("found by"),
        Column("confidence", True),
        Column("times", True),
        Column("evidence"),
    )
    rows = [
        (
            f"{number[row['a']]} and {number[row['b']]}", foreign(str(row.get("kind") or UNKNOWN).replace("_", " ")),
            foreign(str(row.get("method") or UNKNOWN).replace("_", " ")), share(real(row.get("confidence"))),
            figure(row.get("count"), 0), foreign(row.get("evidence") or UNKNOWN, 300),
        )
        for row in drawn.ties
    ]  # fmt: skip
    left = f"{drawn.ties_left:,} more ties are left out." if drawn.ties_left > 0 else None
    return _folded("ties", table(f"Ties with their evidence ({len(rows)} shown)", columns, rows, foot=left), len(rows))


def _folded(what: str, body: Html, rows: int) -> Html:
    """Long tables are folded away; a browser opens them without scripts."""
    return body if rows <= _OPEN_ROWS else el("details", el("summary", f"All {rows} {what}"), join((body,)))
