"""Pictures say what the numbers say."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from remora.app.report import charts, graph
from remora.app.report.charts import Bar, Slot, Spot

from . import report_documents as documents


def percents(svg: str, tag: str, name: str) -> list[float]:
    """Values in percent of an attribute of every such shape."""
    return [float(value) for value in re.findall(rf"<{tag}\b[^>]*? {name}=\"(-?[\d.]+)%\"", svg)]


def test_a_slot_is_full_where_known_and_hatched_where_unknown() -> None:
    svg = charts.stacked([Slot("a", "timing", 60, 30, 45), Slot("b", "timing", 40, None, None)], id_="x")
    widths = re.findall(r'width="([\d.]+)%" height="34" fill="([^"]+)"', svg)
    assert widths == [("60", "var(--track)"), ("30", "var(--timing)"), ("15", "url(#x-timing)"),
                      ("40", "var(--track)"), ("40", "url(#x-timing)")]  # fmt: skip


def test_an_interval_keeps_its_order_from_left_to_right() -> None:
    svg = charts.interval(-1.0, 0.5, 2.0, [(0.0, "zero"), (0.25, "cost")], ["l", "m", "h"])
    (mean,) = percents(svg, "circle", "cx")
    band = re.search(r'<line x1="([\d.]+)%" x2="([\d.]+)%" y1="40" y2="40" stroke="[^"]+" stroke-width="10"', svg)
    assert band is not None
    assert (float(band[1]), mean, float(band[2])) == (3, 50, 97)


def test_gains_go_right_of_zero_and_losses_left() -> None:
    svg = charts.bars("x", [Bar("up", 30, "+30"), Bar("down", -10, "-10")])
    (start_up, start_down), (long_up, long_down) = percents(svg, "rect", "x"), percents(svg, "rect", "width")
    assert long_up == 3 * long_down
    assert abs(start_down + long_down - start_up) < 0.02


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(-(10**18), 10**18)), min_size=1, max_size=3_000))
def test_a_thinned_curve_keeps_both_ends_and_both_extremes(points: list[tuple[int, int]]) -> None:
    spots = [Spot(at, value) for at, value in sorted(points, key=lambda point: point[0])]
    kept = charts.thinned(spots, spots[0].at, spots[-1].at)
    values = [spot.value for spot in spots]
    assert len(kept) <= max(2, 4 * charts.MOST_POINTS)
    assert (kept[0], kept[-1]) == (spots[0], spots[-1])
    assert {min(values), max(values)} <= {spot.value for spot in kept}
    assert [spot.at for spot in kept] == sorted(spot.at for spot in kept)


def test_a_single_sale_is_a_curve() -> None:
    svg = charts.curve([Spot(5, 7)], [], ["then", "then"])
    assert "nan" not in svg
    assert "then" in svg


def test_a_cluster_shows_its_surest_and_counts_the_rest() -> None:
    cluster = documents.cluster(300)
    cluster["members"].reverse()
    drawn = graph.chosen(cluster, documents.WALLET)
    assert drawn.members[0]["wallet"] == documents.WALLET
    sure = [row["confidence"] for row in drawn.members[1:]]
    assert sure == sorted(sure, reverse=True)
    assert (len(drawn.members), drawn.members_left) == (graph.MOST_NODES, 300 - graph.MOST_NODES)
    assert len(drawn.ties) + drawn.ties_left == len(cluster["relations"])
    assert len(drawn.ties) <= graph.MOST_EDGES


def test_wallets_of_a_picture_do_not_cover_each_other() -> None:
    for size in (2, 9, 19, 20, 45, 60):
        drawn = graph.chosen(documents.cluster(size), documents.WALLET)
        svg = graph.draw(drawn, documents.WALLET)
        spots = [(float(x) * 3.2, float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)%" cy="([\d.]+)"', svg)]
        assert len(spots) == size
        near = min(abs(x - u) + abs(y - v) for n, (x, y) in enumerate(spots) for u, v in spots[:n])
        assert near > 12, size


def test_two_ties_of_one_pair_lie_side_by_side() -> None:
    cluster = documents.cluster(2)
    tie = cluster["relations"][0]
    cluster["relations"] = [tie, tie | {"kind": "cotrade"}, tie | {"kind": "same_creator"}]
    svg = graph.draw(graph.chosen(cluster, documents.WALLET), documents.WALLET)
    assert len(set(re.findall(r'transform="(translate[^"]+)"', svg))) == 2
    assert "funding (1)" in svg
    assert "cotrade (1)" in svg
