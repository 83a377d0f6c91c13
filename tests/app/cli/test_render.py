"""Numbers and strangers' texts as people see them."""

from __future__ import annotations

import pytest

from remora.app.cli import render


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(None, 6, "?"), (0, None, "0"), (1_500_000, 6, "1.5"), (1_500_000, None, "1,500,000 atoms"), (7, 0, "7")],
)
def test_quantities_say_atoms_where_the_digits_of_the_token_are_unknown(
    value: int | None, decimals: int | None, shown: str
) -> None:
    assert render.quantity(value, decimals) == shown


@pytest.mark.parametrize(
    ("value", "quote", "shown"),
    [
        (1_999_999_999, "SOL", "1.9999"), (-1_999_999_999, "SOL", "-1.9999"), (0, "SOL", "0.0000"), (96, "SOL", "<0.0001"),
        (-96, "SOL", "-<0.0001"), (None, "SOL", "?"), (12_340_000, "USDC", "12.3400"), (5, "SomeMint", "5"),
    ],
)  # fmt: skip
def test_numbers_are_cut_never_rounded_up_and_never_to_nothing(value: int | None, quote: str, shown: str) -> None:
    assert render.number(value, quote, 4) == shown


def test_what_is_not_whole_is_not_shown_as_whole() -> None:
    assert render.share(1.0) == "100.0 %"
    assert render.share(0.99999) == "<100.0 %"
    assert render.share(None) == "?"


def test_strangers_texts_lose_what_moves_the_cursor() -> None:
    shown = render.safe("a\x1b[31mb\u202ec\u200bd\ne\u2028f")
    assert not any(bad in shown for bad in "\x1b\u202e\u200b\n\u2028")
    assert len(render.safe("x" * 500, 80)) == 80


def test_spans_and_sizes_take_their_largest_unit() -> None:
    assert [render.span(s) for s in (None, 5, 90, 7_200, 200_000)] == ["?", "5 s", "1.5 min", "2.0 h", "2.3 d"]
    assert [render.size(n) for n in (5, 2_000, 3_000_000, 5 * 10**12)] == ["5 B", "2.0 kB", "3.0 MB", "5000.0 GB"]
