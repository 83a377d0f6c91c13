"""Exact units: what fits is exact, what does not fit is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.model import units
from remora.model.errors import Reason


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(0, 18))
def test_text_and_atoms_are_inverse(value: int, decimals: int) -> None:
    assert units.atoms(units.text_of(value, decimals), decimals) == value


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("1.5", 9, 1_500_000_000),
        (0.1, 9, 100_000_000),
        ("1e-9", 9, 1),
        (3, 6, 3_000_000),
        (Decimal("0.000001"), 6, 1),
        ("-2.5", 1, -25),
    ],
)
def test_decimals_are_read_by_their_text(value: object, decimals: int, expected: int) -> None:
    assert units.atoms(value, decimals) == expected


REFUSED = {
    Reason.OUT_OF_RANGE: ["1e30", 1e30, "9" * 400, "1e9999", "1e-9999", 2**80],
    Reason.BAD_NUMBER: ["nan", float("nan"), float("inf"), "", "1,5", "\u0661\u0662"],
    Reason.WRONG_TYPE: [True, None, []],
    Reason.TOO_PRECISE: ["0.0000001"],
}


@pytest.mark.parametrize(("reason", "value"), [(reason, value) for reason, values in REFUSED.items() for value in values])
def test_what_does_not_fit_is_refused_with_its_reason(reason: Reason, value: object) -> None:
    with pytest.raises(units.BadNumber) as caught:
        units.atoms(value, 6)
    assert caught.value.reason is reason


def test_rounding_happens_only_when_asked_and_half_to_even() -> None:
    assert units.atoms("0.0000005", 6, half_even=True) == 0
    assert units.atoms("0.0000015", 6, half_even=True) == 2


@given(st.integers(946_684_800, 4_102_444_799), st.integers(0, 999_999_999))
def test_instants_survive_text(seconds: int, rest: int) -> None:
    instant = seconds * units.SECOND + rest - rest % 1000
    assert units.instant_of_text(units.rfc3339(instant)) == instant


@pytest.mark.parametrize(
    "text", ["2026-07-04T11:45:01Z", "2026-07-04 11:45:01+00", "2026-07-04 11:45:01", "2026-07-04T13:45:01+02:00"]
)
def test_times_are_read_in_every_recorded_form(text: str) -> None:
    assert units.instant_of_text(text) == 1_783_165_501 * units.SECOND


@pytest.mark.parametrize("value", [0, -1, 1e30, "soon", None, True, float("nan")])
def test_no_time_outside_this_century(value: object) -> None:
    with pytest.raises(units.BadNumber) as caught:
        units.instant(value)
    assert caught.value.reason is Reason.BAD_TIME


def test_quantities_are_plain_integers_of_64_bits() -> None:
    assert units.amount(2**63 - 1) == 2**63 - 1
    for bad in (-1, 2**63, True, 1.0, "1"):
        with pytest.raises(units.BadNumber):
            units.amount(bad)  # type: ignore[arg-type]
