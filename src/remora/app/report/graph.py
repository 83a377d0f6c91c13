"""The picture of a cluster: wallets on rings around the one the report is about, ties as lines by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import cos, hypot, pi, sin
from typing import Any, Final, NamedTuple

from remora.app.report import charts
from remora.app.report.markup import Html, el, join, real
from remora.app.words import safe

MOST_NODES: Final = 60
MOST_EDGES: Final = 150
KINDS: Final[Mapping[str, tuple[str, str | None]]] = {
    "funding": ("var(--k1)", None),
    "funds_transfer": ("var(--k2)", "7 4"),
    "same_tx_pattern": ("var(--k3)", None),
    "timing_correlation": ("var(--k4)", "2 4"),
    "cotrade": ("var(--k5)", "9 3 2 3"),
    "same_creator": ("var(--k6)", "4 3"),
}
"""Kind of tie -> colour and dashes."""
_OTHER: Final = ("var(--soft)", None)
_ONE_RING: Final = 18
_HEIGHT: Final = 400
_APART: Final = 5.0  # pixels between lines of one pair


class Drawn(NamedTuple):
    """What of a cluster is shown: wallets in the order of their numbers (from 1), their ties, and how much is left out."""

    members: list[Mapping[str, Any]]
    ties: list[Mapping[str, Any]]
    members_left: int
    ties_left: int


def chosen(cluster: Mapping[str, Any], wallet: str) -> Drawn:
    """The wallet itself and the surest members, and the surest ties between them; ties by name."""
    members = list(cluster.get("members") or ())
    ties = list(cluster.get("relations") or ())
    members.sort(key=lambda row: (row["wallet"] != wallet, -(real(row.get("confidence")) or 0.0), row["wallet"]))
    kept = members[:MOST_NODES]
    names = {row["wallet"] for row in kept}
    inside = [row for row in ties if row["a"] in names and row["b"] in names]
    inside.sort(key=lambda row: (-(real(row.get("confidence")) or 0.0), row["a"], row["b"], str(row.get("kind"))))
    drawn = inside[:MOST_EDGES]
    size = max(int(real(cluster.get("size")) or 0), len(members))
    return Drawn(kept, drawn, size - len(kept), len(ties) - len(drawn))


def draw(drawn: Drawn, wallet: str) -> Html:
    """Numbered wallets and their ties; the report's wallet is full and, where it is a member, in the middle."""
    names = [row["wallet"] for row in drawn.members]
    number = {name: place for place, name in enumerate(names, 1)}
    places = _places(names, wallet, drawn.ties)
    small = len(names) > 2 * _ONE_RING
    pairs: Counter[tuple[str, str]] = Counter()
    edges = []
    for row in drawn.ties:
        edges.append(_edge(row, places, pairs[row["a"], row["b"]]))
        pairs[row["a"], row["b"]] += 1
    nodes = [_node(name, number[name], places[name], small, name == wallet) for name in names]
    label = f"Cluster: {len(names)} wallets and {len(drawn.ties)} ties between them, listed below"
    return join((charts.svg(label, _HEIGHT, *edges, *nodes), _legend(drawn.ties)))


def _places(names: Sequence[str], wallet: str, ties: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Name -> (percent across, pixels down): tied wallets stand beside each other on the rings."""
    places = {wallet: (50.0, _HEIGHT / 2)} if wallet in names else {}
    around = [name for name in _walk(names, ties) if name not in places]
    inner = len(around) // 3 if len(around) > _ONE_RING else 0
    step = len(around) / inner if inner else 0.0
    inside = {around[int(place * step)] for place in range(inner)}
    for ring, reach in (([name for name in around if name not in inside], 1.0), ([n for n in around if n in inside], 0.55)):
        for place, name in enumerate(ring):
            angle = 2 * pi * (place + (0.5 if reach < 1 else 0.0)) / len(ring) - pi / 2
            places[name] = (50 + 44 * reach * cos(angle), _HEIGHT / 2 + (_HEIGHT / 2 - 22) * reach * sin(angle))
    return places


def _walk(names: Sequence[str], ties: Sequence[Mapping[str, Any]]) -> list[str]:
    """Depth first along the ties, from the first name on."""
    beside: dict[str, list[str]] = {name: [] for name in names}
    for row in ties:
        beside[row["a"]].append(row["b"])
        beside[row["b"]].append(row["a"])
    found: dict[str, None] = {}
    stack = list(reversed(names))
    while stack:
        name = stack.pop()
        if name not in found:
            found[name] = None
            stack.extend(other for other in reversed(beside[name]) if other not in found)
    return list(found)


def _edge(row: Mapping[str, Any], places: Mapping[str, tuple[float, float]], beside: int) -> Html:
    """A line; the second, third ... between the same two lies beside the first."""
    (x1, y1), (x2, y2) = places[row["a"]], places[row["b"]]
    across, down = (x2 - x1) * _HEIGHT / 100, y2 - y1
    length = hypot(across, down) or 1.0
    off = _APART * ((beside + 1) // 2) * (-1 if beside % 2 else 1)
    moved = f"translate({-off * down / length:.1f} {off * across / length:.1f})" if off else None
    stroke, dash = KINDS.get(str(row.get("kind")), _OTHER)
    sure = real(row.get("confidence")) or 0.0
    title = el("title", f"{_words(row.get('kind'))}: {row.get('evidence') or ''}")
    return el(
        "line", title, x1=f"{x1:.2f}%", y1=f"{y1:.1f}", x2=f"{x2:.2f}%", y2=f"{y2:.1f}", stroke=stroke, stroke_dasharray=dash,
        stroke_width=f"{1 + 1.8 * sure:.1f}", stroke_opacity="0.75", transform=moved,
    )  # fmt: skip


def _node(name: str, number: int, place: tuple[float, float], small: bool, own: bool) -> Html:
    x, y = place
    radius = 15 if own else 9 if small else 12
    title = el("title", f"{number}: {name}")
    fill, ink = ("var(--ink)", "fill:var(--card)") if own else ("var(--card)", None)
    circle = el("circle", cx=f"{x:.2f}%", cy=f"{y:.1f}", r=radius, fill=fill, stroke="var(--ink)", stroke_width="1.5")
    words = el("text", number, x=f"{x:.2f}%", y=f"{y + 4:.1f}", text_anchor="middle", class_="node", style=ink)
    return el("g", title, circle, words)


def _legend(ties: Sequence[Mapping[str, Any]]) -> Html:
    """Every kind that is drawn, with how many lines it has."""
    count = Counter(str(row.get("kind") or "unknown") for row in ties)
    kinds = sorted(count, key=lambda kind: ([*KINDS].index(kind) if kind in KINDS else len(KINDS), kind))
    samples = (el("li", charts.lines_sample(*KINDS.get(kind, _OTHER)), f"{_words(kind)} ({count[kind]})") for kind in kinds)
    return el("ul", join(samples), class_="legend") if count else Html()


def _words(kind: object) -> str:
    return safe(kind or "unknown", 40).replace("_", " ")
