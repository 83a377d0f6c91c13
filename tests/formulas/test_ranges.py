"""Ranges: what is unknown stays visible."""

from __future__ import annotations

from math import isnan

from remora.formulas.ranges import Range, either, known, step, step_down, total, unknown


def test_a_sum_is_as_known_as_its_least_known_part() -> None:
    assert total((known(10.0), known(5.0))).points == 15.0
    mixed = total((known(10.0), unknown(83.0), either(None, 7.0, -3.0), either(2.0, 7.0)))
    assert mixed == Range(9.0, 102.0)
    assert isnan(mixed.points)
    assert total(()) == known(0.0)


def test_bounds_and_factors_act_on_both_ends() -> None:
    assert Range(-10.0, 500.0).clamped(0.0, 333.0) == Range(0.0, 333.0)
    assert Range(1.0, 2.0).times(0.5) == Range(0.5, 1.0)


def test_steps() -> None:
    assert [step(value, ((1.0, 40.0), (2.0, 20.0)), 5.0) for value in (0.9, 1.0, 2.0)] == [40.0, 20.0, 5.0]
    assert [step_down(value, ((2.0, 40.0), (1.0, 20.0)), 5.0) for value in (2.1, 2.0, 1.0)] == [40.0, 20.0, 5.0]
