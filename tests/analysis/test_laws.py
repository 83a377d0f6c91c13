"""Every law notices the lie it is there for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis.words import Story
from remora.analysis import laws


def told() -> Story:
    story = Story()
    story.buy("ann", "CAT", 10, 100)
    story.sell("ann", "CAT", 4, 80)
    story.tell("transfers", sender="ann", receiver="bob", asset="CAT", quantity_atoms=2)
    story.sell("bob", "CAT", 5, 50)
    return story


def changed(table: pa.Table, name: str, by: int = 1) -> pa.Table:
    values = np.asarray(table[name]).copy()
    values[0] += by
    return table.set_column(table.column_names.index(name), name, pa.array(values, table.schema.field(name).type))


def names(broken: list[laws.Broken]) -> set[str]:
    return {one.law.split(":")[0] for one in broken}


def test_true_books_break_no_law() -> None:
    assert laws.audit(told().books()) == []


@pytest.mark.parametrize(
    ("column", "law"),
    [
        ("held_atoms", "quantities_are_kept"),
        ("received_atoms", "quantities_are_kept"),
        ("cost_left_quote_atoms", "cost_is_kept"),
        ("matched_sold_atoms", "sold_has_three_parts"),
        ("charges_quote_atoms", "charges_stand_apart"),
        ("proceeds_quote_atoms", "sales_sum_to_positions"),
        ("sells", "sales_sum_to_positions"),
        ("written_off_quote_atoms", "sales_sum_to_positions"),
    ],
)
def test_a_wrong_figure_of_a_position_is_noticed(column: str, law: str) -> None:
    books = told().books()
    assert law in names(laws.check(changed(books.positions, column), books.sells))


@pytest.mark.parametrize(
    ("column", "law"),
    [
        ("realized_quote_atoms", "sales_earn_their_difference"),
        ("matched_atoms", "sales_sum_to_positions"),
        ("unmatched_proceeds_quote_atoms", "sales_sum_to_positions"),
    ],
)
def test_a_wrong_figure_of_a_sale_is_noticed(column: str, law: str) -> None:
    books = told().books()
    assert law in names(laws.check(books.positions, changed(books.sells, column)))


def test_a_sale_without_its_position_is_noticed() -> None:
    books = told().books()
    broken = laws.check(books.positions.slice(0, 1), books.sells)
    assert "sales without a position" in {one.detail for one in broken}


def test_negative_quantities_and_wrong_statuses_are_noticed() -> None:
    books = told().books()
    negative = changed(books.positions, "unmatched_sent_atoms", -1)
    assert "nothing_is_negative" in names(laws.check(negative, books.sells))
    closed = books.positions.set_column(5, "status", pa.array(["closed"] * books.positions.num_rows))
    assert "status_fits" in names(laws.check(closed, books.sells))


def test_the_audit_compares_with_the_oracle() -> None:
    books = told().books()
    books.booked.positions["realized"][0] += 1
    assert "kernel_equals_oracle" in names(laws.audit(books))
    books = told().books()
    books.booked.sales["held_seconds"][0] += 1
    assert "kernel_equals_oracle" in names(laws.audit(books))


def test_a_part_that_is_missing_is_noticed() -> None:
    whole = told().books().positions
    assert laws.whole_is_its_parts(whole, [whole.slice(0, 1), whole.slice(1)]) == []
    assert "rows" in laws.whole_is_its_parts(whole, [whole.slice(0, 1)])
    assert "held_atoms" in laws.whole_is_its_parts(whole, [changed(whole, "held_atoms")])
