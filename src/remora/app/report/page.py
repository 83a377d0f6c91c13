"""From the document of a wallet to its report: who, the verdict first, then everything that it stands on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from remora.app.report import holdings, judgement, ties
from remora.app.report.markup import Html, el, foreign, join, note, section, text, void
from remora.app.report.styles import STYLES
from remora.app.words import safe

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""What the page may load: nothing."""


def render(document: Mapping[str, Any]) -> str:
    """The report of one wallet as a whole HTML file. document: `wallet.describe` with scorebook, score, skill and the rest.

    The same document gives the same bytes. Whatever is None or missing is said to be unknown.
    """
    head = (
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=Html(_POLICY)),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="referrer", content="no-referrer"), void("meta", name="color-scheme", content="light dark"),
        el("title", f"Wallet {document['wallet']}"), el("style", Html(STYLES)),
    )  # fmt: skip
    body = (
        _who(document),
        el("main", *judgement.sections(document), *holdings.sections(document), judgement.behaviour(document),
           ties.section_of(document), _unknown(document)),
        _footer(document),
    )  # fmt: skip
    return "<!DOCTYPE html>\n" + el("html", el("head", *head), el("body", *body), lang="en") + "\n"


def _who(document: Mapping[str, Any]) -> Html:
    banner = None
    if document.get("simulated"):
        banner = el("p", el("b", "SIMULATED"), " This is a made-up market: no real wallet, no real money.", class_="banner",
                    role="note")  # fmt: skip
    labels = [
        el("li", foreign(row.get("label")), " ", el("small", text(", ".join(_said(row)), 90)))
        for row in document.get("labels") or ()
    ]
    venues = ", ".join(dict.fromkeys(str(row["venue"]) for row in document.get("statistics") or ())) or "no venue"
    kind = document.get("infrastructure")
    return el(
        "header", banner,
        el("h1", "Wallet ", el("code", text(document["wallet"], 200))),
        el("ul", join(labels), class_="tags", aria_label="Labels") if labels else note("No labels."),
        el("p", el("b", "No trader: "), "this address is known as ", foreign(kind), ".", class_="banner") if kind else None,
        el("p", f"Traded on {venues}. Everything here is as of ", el("b", document.get("as_of") or "an unknown instant"),
           f"; profit is booked by the method {document.get('method') or 'unknown'}."),
        join(el("p", f"On {row['venue']}: {_complete(row)}.", class_="note") for row in document.get("statistics") or ()),
    )  # fmt: skip


def _said(label: Mapping[str, Any]) -> list[str]:
    """Kind, source and date of a label, as far as they are known."""
    parts = [
        str(label.get("kind") or ""),
        f"by {label['source']}" if label.get("source") else "",
        str(label.get("dated") or ""),
    ]
    return [part for part in parts if part]


def _complete(row: Mapping[str, Any]) -> str:
    completeness = row.get("completeness") or {}
    return str(completeness.get("words") or "how complete the records are is not known")


def _unknown(document: Mapping[str, Any]) -> Html:
    """Everything that is missing behind this page, in one list."""
    found = [*_gaps(document), *judgement.unknown(document)]
    if not found:
        return section("unknown", "What is not known", el("p", "Nothing that these records could tell is missing."))
    return section(
        "unknown", "What is not known", el("ul", join(el("li", text(line, 400)) for line in found), class_="reasons")
    )


def _gaps(document: Mapping[str, Any]) -> list[str]:
    found = []
    for row in document.get("statistics") or ():
        share = (row.get("completeness") or {}).get("share")
        if share is None or share < 1 or row.get("unmarked_positions") or row.get("unpriced_trades"):
            found.append(f"{row['venue']}: {_complete(row)}")
        if row.get("usd_reason"):
            found.append(f"{row['venue']}: {row['usd_reason']}")
    for what, count in sorted((document.get("not_attributed") or {}).items()):
        if count:
            found.append(f"not booked: {count} {str(what).replace('_', ' ')}")
    refused: Sequence[str] = document.get("refused") or ()
    if refused:
        found.append(f"{len(refused)} positions whose sums leave 64 bits are not shown: {', '.join(refused[:3])}")
    return found


def _footer(document: Mapping[str, Any]) -> Html:
    wallet, as_of = shlex.quote(str(document["wallet"])), document.get("as_of")
    book = document.get("scorebook") or {}
    until = f" --as-of {as_of}" if as_of else ""
    commands = [
        f"remora wallet {wallet}{until} --json",
        "remora verify",
        f"remora prove position {wallet} ASSET --to FOLDER",
        f"remora analyse{until}",
        f"remora report wallet {wallet} --to FILE.html",
    ]
    why = (
        "the books of this wallet, as data", "book everything again with a second, plain method",
        "one position with the records behind it, to recompute without the store",
        "judge all wallets again, under the same settings", "this page",
    )  # fmt: skip
    lines = (el("li", el("code", text(line, 600)), reason) for line, reason in zip(commands, why, strict=True))
    versions = [("books", document.get("method")), ("scorebook", book.get("name"))]
    versions += [(name.replace("_", " "), book.get(name)) for name in ("as_of", "ledger_version", "profile", "formula")]
    known = "; ".join(f"{name} {safe(value, 120)}" for name, value in versions if value not in (None, ""))
    return el(
        "footer", el("h2", "How to recompute this"), el("ul", join(lines), class_="commands"),
        el("p", "Versions: ", text(known or "unknown", 600), "."),
        el("p", "Past profit is mostly luck where the verdict does not say otherwise. Nothing here is advice."),
    )  # fmt: skip
