"""Exact 64-bit arithmetic for the kernels: floor(a x b / c) without rounding, and sums that say when they overflow.

`mul_div` has two paths with one result. Fast: estimate the quotient in floating point, then correct it by the true
remainder. With |estimate| < 2^50 the estimate is off by less than 2, and with c < 2^61 the remainder of such a quotient
fits 64 bits, so the wrapped product a x b - q x c *is* the remainder. Otherwise: the 128-bit product and a long
division, bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_F = TypeVar("_F", bound=Callable[..., Any])

_FAST_QUOTIENT: Final = 1125899906842624.0  # 2^50
_FAST_DIVISOR: Final = 1 << 61
_INT64_MAX: Final = (1 << 63) - 1
_LOW: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)
_ONE: Final = np.uint64(1)
_TOP: Final = np.uint64(63)


def compiled(function: _F) -> _F:
    """Compile at the first call (not at import) and keep the machine code on disk."""
    return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: _F) -> _F:
    """As `compiled`, for small steps of a loop: always built into their caller."""
    return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)(function))


@compiled
def _wide_product(a: Any, b: Any) -> Any:
    """a x b of two unsigned 64-bit numbers as (high, low)."""
    a_low, a_high = a & _LOW, a >> _HALF
    b_low, b_high = b & _LOW, b >> _HALF
    bottom = a_low * b_low
    cross = a_high * b_low + (bottom >> _HALF)
    middle = a_low * b_high + (cross & _LOW)
    high = a_high * b_high + (cross >> _HALF) + (middle >> _HALF)
    return high, (middle << _HALF) | (bottom & _LOW)


@compiled
def wide_divide(high: Any, low: Any, divisor: Any) -> Any:
    """(quotient, remainder) of a 128-bit number by a 64-bit one, unsigned; needs high < divisor."""
    for _ in range(64):
        carry = high >> _TOP
        high = (high << _ONE) | (low >> _TOP)
        low <<= _ONE
        if carry != 0 or high >= divisor:
            high -= divisor
            low |= _ONE
    return low, high


@compiled
def _mul_div_slow(a: Any, b: Any, c: Any) -> Any:
    negative = a < 0
    magnitude = np.uint64(-a) if negative else np.uint64(a)
    divisor = np.uint64(c)
    high, low = _wide_product(magnitude, np.uint64(b))
    if high >= divisor:
        return np.int64(0), False
    quotient, remainder = wide_divide(high, low, divisor)
    if negative and remainder != 0:
        quotient += _ONE
    if quotient > np.uint64(_INT64_MAX):
        return np.int64(0), False
    whole = np.int64(quotient)
    return (-whole if negative else whole), True


@inlined
def mul_div(a: Any, b: Any, c: Any) -> Any:
    """(floor(a x b / c), fits): a of any sign above -2^63, b >= 0, c > 0. `fits` is False where 64 bits cannot hold it."""
    estimate = float(a) * float(b) / float(c)
    if -_FAST_QUOTIENT < estimate < _FAST_QUOTIENT and c < _FAST_DIVISOR:
        quotient = np.int64(estimate)
        rest = np.int64(np.uint64(a) * np.uint64(b) - np.uint64(quotient) * np.uint64(c))
        while rest < 0:
            rest += c
            quotient -= 1
        while rest >= c:
            rest -= c
            quotient += 1
        return quotient, True
    return _mul_div_slow(a, b, c)


@inlined
def checked_add(a: Any, b: Any) -> Any:
    """(a + b, fits) of signed 64-bit numbers."""
    total = a + b
    return total, ((a ^ total) & (b ^ total)) >= 0


@compiled
def _mul_div_each(a: Any, b: Any, c: Any, out: Any, fits: Any) -> None:
    for i in range(len(a)):
        if c[i] <= 0 or b[i] < 0:
            out[i], fits[i] = 0, False
        else:
            out[i], fits[i] = mul_div(a[i], b[i], c[i])


def mul_div_each(a: Ints, b: Ints, c: Ints) -> tuple[Ints, Bools]:
    """floor(a x b / c) of three columns, and where the result fits 64 bits (False also for b < 0 or c <= 0: result 0)."""
    out = np.zeros(len(a), np.int64)
    fits = np.zeros(len(a), np.bool_)
    _mul_div_each(_plain(a), _plain(b), _plain(c), out, fits)
    return out, fits


@compiled
def _group_sums(group: Any, values: Any, sums: Any, fits: Any) -> None:
    for i in range(len(group)):
        g = group[i]
        sums[g], fine = checked_add(sums[g], values[i])
        if not fine:
            fits[g] = False


def group_sums(group: Ints, values: Ints, groups: int) -> tuple[Ints, Bools]:
    """Sum of `values` by group number of 0..groups-1, and which sums never left 64 bits."""
    sums = np.zeros(groups, np.int64)
    fits = np.ones(groups, np.bool_)
    _group_sums(_plain(group), _plain(values), sums, fits)
    return sums, fits


def add_each(a: Ints, b: Ints) -> tuple[Ints, Bools]:
    """a + b of two columns, and where the sum fits 64 bits."""
    with np.errstate(over="ignore"):
        total = a + b
    return total, ((a ^ total) & (b ^ total)) >= 0


def _plain(values: Ints) -> Ints:
    return np.ascontiguousarray(values, np.int64)
