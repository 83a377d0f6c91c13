"""What is thought of a wallet: the verdict on its skill, its score with every part, its behaviour with the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import expm1
from typing import Any, Final

from remora.app.report import charts
from remora.app.report.charts import Slot
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

LEVELS: Final = ((0.0, ""), (500.0, "profitable"), (700.0, "smart"), (800.0, "expert"), (900.0, "elite"), (1000.0, ""))
"""Where levels begin, as written under the score."""
_FACTORS: Final = (
    ("cluster", "on profitability: how surely it is one of several hands"),
    ("reputation", "on profitability: what is known of the trader"),
    ("decay", "on the sum: days since the last trade"),
    ("market", "on the sum: how often the trader wins in markets as they are now"),
)
_RELATIVE: Final = "log return over matched tokens"
_MEANING: Final = {
    "skilled": "Gains beyond cost that luck among so many traders does not explain.",
    "promising": "More likely than not better than its costs, but not proven.",
    "cannot tell": "What is recorded does not tell skill from luck.",
    "harmful": "Loses against the prices it pays, beyond bad luck.",
}
_SHAPES: Final = {
    "skilled": "\N{BLACK CIRCLE}",
    "promising": "\N{CIRCLE WITH LEFT HALF BLACK}",
    "harmful": "\N{BLACK DOWN-POINTING TRIANGLE}",
}
_GROUPS: Final = ("profitability", "legitimacy", "timing", "activity")
"""Groups with a colour of their own in the styles."""
_NO_BOOK: Final = join(("No scorebook is stored: run ", code("remora analyse"), " to judge all wallets."))


def sections(document: Mapping[str, Any]) -> list[Html]:
    """The verdict, then the score."""
    return [_verdict(document), _score(document)]


def unknown(document: Mapping[str, Any]) -> list[str]:
    """What of the judgement could not be known, line by line."""
    found = []
    if document.get("scorebook") is None:
        found.append("skill, score, behaviour and cluster: no scorebook is stored (run remora analyse)")
    skill, score, behaviour = (document.get(name) for name in ("skill", "score", "behaviour"))
    if skill and real(skill.get("cost")) is None and real(skill.get("edge")) is not None:
        found.append("skill: the cost that the edge was compared with is not stored")
    parts = (score or {}).get("parts") or ()
    missing = [_words(part["part"]) for part in parts if real(part.get("points")) is None]
    if missing:
        found.append(f"score: no data for {', '.join(missing)}; their weight went to the other parts of their group")
    if behaviour and (real(behaviour.get("bot_high")) or 0.0) > (real(behaviour.get("bot_score")) or 0.0):
        found.append("behaviour: some signs of a bot are not recorded, see the range of the bot score")
    return found


def _verdict(document: Mapping[str, Any]) -> Html:
    skill = document.get("skill")
    if not skill:
        why = _NO_BOOK if document.get("scorebook") is None else "The scorebook holds no verdict on this wallet."
        return section("verdict", "Skill or luck", el("p", "not judged", class_="verdict"), el("p", why, class_="lead"))
    word = str(skill.get("verdict") or "cannot tell")
    mark, class_ = _SHAPES.get(word, "\N{WHITE CIRCLE}"), f"verdict {word if word in _SHAPES else ''}"
    return section(
        "verdict", "Skill or luck",
        el("p", el("span", mark, aria_hidden="true"), " ", foreign(word, 30), class_=class_.strip()),
        el("p", _MEANING.get(word), class_="lead"),
        el("p", "Why: ", text(skill.get("reason") or "no reason is stored"), "."),
        _edge(skill),
        facts((
            ("chance that the edge exceeds cost", share(real(skill.get("p_edge_gt_cost")))),
            ("chance that its sign is wrong", share(real(skill.get("lfsr")))),
            ("false discoveries among such verdicts", share(real(skill.get("q_value")))),
            ("independent events", f"{figure(skill.get('n_effective'), 1)} (from {_count(skill.get('n_bets'))} bets)"),
            ("share of the best event in all gains", share(real(skill.get("concentration")))),
            ("stays among the best when redrawn", share(real(skill.get("rank_stability")))),
        )),
    )  # fmt: skip


def _edge(skill: Mapping[str, Any]) -> Html:
    """The edge and its interval as a picture, against zero and cost."""
    low, at, high, cost = (real(skill.get(name)) for name in ("low", "edge", "high", "cost"))
    if low is None or at is None or high is None:
        return note("The edge cannot be estimated from what is recorded.")
    marks = [(0.0, "zero")] + ([(cost, f"cost {_edge_words(cost, skill)}")] if cost is not None else [])
    written = [_edge_words(value, skill) for value in (low, at, high)]
    unit = {
        "edge per dollar": "Edge in cents per share that pays a dollar",
        _RELATIVE: "Edge over like entries into other tokens (mean log return over theirs, shown in percent)",
    }.get(str(skill.get("unit")), f"Edge in {safe(skill.get('unit') or 'an unknown unit', 40)}")
    return el(
        "figure", charts.interval(low, at, high, marks, written),
        el("figcaption", unit, ", after fees and a follower's delay: ", el("b", written[1]),
           f", with 90 % probability between {written[0]} and {written[2]}."),
    )  # fmt: skip


def _edge_words(value: float, skill: Mapping[str, Any]) -> str:
    unit = skill.get("unit")
    if unit == "edge per dollar":
        return f"{100 * value:+.2f} cents"
    return f"{100 * expm1(min(value, 50.0)):+.2f} %" if unit == _RELATIVE else f"{value:+.4f}"


def _score(document: Mapping[str, Any]) -> Html:
    score = document.get("score")
    if not score:
        why = _NO_BOOK if document.get("scorebook") is None else "The scorebook holds no score of this wallet."
        return section("score", "Score", el("p", why))
    low, at, high = (real(score.get(name)) for name in ("low", "points", "high"))
    ranged = low is not None and high is not None
    between = f"between {low:.0f} and {high:.0f}, whatever the unknown data turn out to be" if ranged else "range unknown"
    percentile = real(score.get("percentile"))
    stands = "" if percentile is None else f", above {percentile:.1f} % of the scored traders"
    level = "unknown" if at is None and not score.get("level") else _words(score.get("level"))
    trader = score.get("trader")
    pooled = trader not in (None, document["wallet"])
    return section(
        "score", "Score",
        el("p", UNKNOWN if at is None else f"{at:.0f}", " ", el("small", "of 1000"), class_="points"),
        el("p", "Level ", el("b", foreign(level)), stands, f"; {between}."),
        note("Scored as one trader with its cluster ", whole(trader), ".") if pooled else None,
        note(text(score["reason"])) if score.get("reason") else None,
        el("figure", charts.bracket(low, at, high, LEVELS),
           el("figcaption", "The score on its scale of levels, with its range under unknown data.")),
        _factors(score.get("factors") or {}, score.get("reputation")),
        _parts(score.get("parts") or (), score.get("groups") or {}),
    )  # fmt: skip


def _factors(factors: Mapping[str, Any], reputation: object) -> Html:
    """The multipliers between the parts and the score, in the order in which they apply."""
    rows = []
    for name, meaning in _FACTORS:
        detail = (
            f"{meaning} (reputation {figure(reputation)})" if name == "reputation" and real(reputation) is not None else meaning
        )
        rows.append(el("li", name, el("b", f"\N{MULTIPLICATION SIGN} {figure(factors.get(name), 3)}"), el("span", detail)))
    return el("ul", join(rows), class_="factors", aria_label="Factors of the score")


def _parts(parts: Sequence[Mapping[str, Any]], groups: Mapping[str, Any]) -> Html:
    if not parts:
        return note("The parts of the score are not stored.")
    slots = [_slot(part) for part in parts]
    legend = [
        el(
            "li",
            charts.swatch(f"var(--{name})"),
            f"{name}: {_sum(slots, name, groups)} of {sum(s.most for s in slots if s.group == name):.0f}",
        )
        for name in dict.fromkeys(slot.group for slot in slots)
    ]
    columns = (Column("part"), Column("bar"), Column("points", True), Column("range", True), Column("n", True))
    rows = [
        (
            join((charts.swatch(f"var(--{slot.group})"), " ", slot.name)), charts.part(slot, id_=f"score-{slot.group}"),
            f"{figure(part.get('points'), 1)} of {figure(part.get('max'), 0)}", _range(part), _count(part.get("n")),
        )
        for slot, part in zip(slots, parts, strict=True)
    ]  # fmt: skip
    return join((
        el("h3", "Where the points come from"), charts.stacked(slots, id_="score"), el("ul", join(legend), class_="legend"),
        table("Parts before factors; hatched: what could be added if the unknown were known", columns, rows, class_="parts",
              foot="n: how many observations stand behind a part. ?: no data; the group is re-weighted over its other parts."),
    ))  # fmt: skip


def _slot(part: Mapping[str, Any]) -> Slot:
    group = str(part.get("group"))
    return Slot(
        safe(_words(part.get("part")), 40), group if group in _GROUPS else "other", real(part.get("max")) or 0.0,
        real(part.get("points")), real(part.get("high")),
    )  # fmt: skip


def _sum(slots: Sequence[Slot], group: str, groups: Mapping[str, Any]) -> str:
    """Points of a group as they count: unknown parts re-weighted; else the sum of the known parts."""
    counted = real(groups.get(group))
    if counted is not None:
        return f"{counted:.1f}"
    known = [slot.has for slot in slots if slot.group == group and slot.has is not None]
    return f"{sum(known):.1f}" if known else UNKNOWN


def _range(part: Mapping[str, Any]) -> str:
    low, high = real(part.get("low")), real(part.get("high"))
    return UNKNOWN if low is None or high is None else f"{low:.1f} to {high:.1f}"


def behaviour(document: Mapping[str, Any]) -> Html:
    """What kind of wallet it is and how it trades, each with how sure that is and why."""
    found = document.get("behaviour")
    if not found:
        why = _NO_BOOK if document.get("scorebook") is None else "The scorebook says nothing of its behaviour."
        return section("behaviour", "Behaviour", el("p", why))
    bot, high = real(found.get("bot_score")), real(found.get("bot_high"))
    could = f", up to {high:.2f} if all unknown signs were there" if high is not None and high > (bot or 0.0) else ""
    reasons = found.get("reasons") or ()
    how, kind = (el("b", foreign(_words(found.get(name)))) for name in ("behaviour", "wallet_type"))
    return section(
        "behaviour", "Behaviour",
        el("p", "Trades like ", how, f" ({_sure(found.get('behaviour_confidence'))}); wallet type ", kind,
           f" ({_sure(found.get('type_confidence'))}).", class_="lead"),
        facts((
            ("bot score, 0 to 1", f"{figure(bot)}{could}"),
            ("suspicious findings", _count(found.get("suspicious"))),
        )),
        el("ul", join(el("li", text(reason)) for reason in reasons), class_="reasons") if reasons
        else note("No reasons are stored."),
    )  # fmt: skip


def _sure(confidence: object) -> str:
    known = real(confidence)
    return "how sure is not known" if known is None else f"{share(known, places=0)} sure"


def _count(value: object) -> str:
    known = real(value)
    return UNKNOWN if known is None else f"{known:,.0f}" if known == int(known) else f"{known:,.1f}"


def _words(name: object) -> str:
    return str(name if name not in (None, "") else "unknown").replace("_", " ")
