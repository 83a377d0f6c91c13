"""Two equal fills of one answer are two; the same answer polled again is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remora.venues.polymarket.multiplicity import FileOrder, Occurrences


def occurrences(rows: list[tuple[int, str]]) -> list[int]:
    seen = Occurrences()
    return [seen.of(instant, (content,)) for instant, content in rows]


def test_equal_rows_of_one_second_are_counted() -> None:
    assert occurrences([(9, "a"), (9, "b"), (9, "a"), (8, "c")]) == [0, 0, 1, 0]


def test_a_block_that_comes_again_is_not() -> None:
    poll = [(9, "a"), (9, "a"), (8, "b")]
    assert occurrences(poll + poll) == [0, 1, 0, 0, 1, 0]


def test_the_end_of_an_answer_can_be_told() -> None:
    seen = Occurrences()
    assert seen.of(9, ("a",)) == 0
    seen.new_answer()
    assert seen.of(9, ("a",)) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), min_size=1, max_size=30), st.integers(2, 4))
def test_polling_a_sorted_answer_again_adds_nothing(rows: list[tuple[int, str]], polls: int) -> None:
    answer = sorted(rows, key=lambda row: -row[0])
    once = [(row, n) for row, n in zip(answer, occurrences(answer), strict=True)]
    assert len(set(once)) == len(answer)
    if len({instant for instant, _ in answer}) > 1:
        again = list(zip(answer * polls, occurrences(answer * polls), strict=True))
        assert set(again) == set(once)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=40), st.booleans())
def test_places_grow_with_time_whichever_way_a_file_is_sorted(instants: list[int], newest_first: bool) -> None:
    rows = sorted(instants, reverse=newest_first)
    order = FileOrder(newest_first=newest_first)
    placed = [(instant, order.place(instant, "w")) for instant in rows]
    assert sorted(placed) == (placed[::-1] if newest_first else placed)
    assert len(set(placed)) == len(placed)
    assert min(place for _, place in placed) > 0


def test_the_way_a_file_is_sorted_is_told_by_its_first_change_of_time() -> None:
    order = FileOrder(newest_first=True)
    order.place(1, "w")
    first, second = order.place(2, "w"), order.place(2, "w")
    assert first < second


def test_another_poll_places_the_same_rows_alike() -> None:
    order = FileOrder(newest_first=True)
    rows = [(9, "w"), (9, "v"), (9, "w"), (7, "w")]
    first = [order.place(*row) for row in rows]
    assert [order.place(*row) for row in rows] == first
