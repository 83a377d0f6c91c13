"""The oracle itself, against numbers worked out by hand."""

from __future__ import annotations

from remora.analysis import oracle


def test_a_story_with_every_kind_of_row() -> None:
    """Buy 10 for 100, receive 5, send 4, sell 8 for 80, settle the remaining 3 at one half."""
    second = 10**9
    lines = [(0, 0, 10, 100, second), (0, 2, 5, 0, 2 * second), (0, 3, 4, 0, 3 * second), (0, 1, 8, 80, 11 * second)]
    figures, sales = oracle.book([*lines, (0, 4, 1, 2, 12 * second)])
    want = {"sent": 4, "sent_cost": 40, "matched_sold": 6, "unknown_sold": 5, "proceeds": 60, "realized": 0}
    assert {name: figures[0][name] for name in want} == want
    assert [sale["unknown_proceeds"] for sale in sales] == [20, 1]
    assert (figures[0]["held"], figures[0]["cost_left"], figures[0]["held_seconds"]) == (0, 0, 10)


def test_average_cost_by_hand() -> None:
    figures, _ = oracle.book([(0, 0, 10, 100, 1), (0, 0, 10, 300, 1), (0, 1, 5, 200, 1)], "average")
    assert (figures[0]["realized"], figures[0]["cost_left"]) == (100, 300)


def test_figures_without_bounds() -> None:
    figures, _ = oracle.book([(7, 0, 2**70, 2**80, 1), (7, 1, 2**69, 2**80, 1)])
    assert figures[7]["realized"] == 2**79
