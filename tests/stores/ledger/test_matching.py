"""Which inexact trades are the same trade: the pure rule."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remora.stores.ledger.matching import BRUTE_FORCE_ROWS, Candidate, agree, leaders


def told(id: str, source: str = "a", **changes: Any) -> Candidate:
    """An inexact trade, as one source tells it."""
    values: dict[str, Any] = {
        "tx": "T", "wallet": "W", "asset": "A", "side": "buy", "second": 5, "quantity_atoms": 100, "quote": "SOL",
        "quote_atoms": 50, "fee_atoms": 0, "exact": False, "quantity_step": 1, "quote_step": 1,
    }  # fmt: skip
    return Candidate(id=id, sources=frozenset(source.split("+")), **(values | changes))


def test_rows_of_one_source_are_never_the_same() -> None:
    assert set(leaders([told("1"), told("2"), told("3", exact=True)]).values()) == {"1", "2", "3"}


def test_an_id_that_both_sources_tell_leaves_the_second_row_alone() -> None:
    found = leaders([told("shared", "a+b"), told("own", "b")])
    assert found == {"shared": "shared", "own": "own"}


def test_the_finer_source_stands_for_the_coarser() -> None:
    coarse = told("1", "a", quantity_step=10, quote_step=10, quantity_atoms=95)
    assert leaders([coarse, told("2", "b")]) == {"1": "2", "2": "2"}


def test_as_many_as_possible_are_matched() -> None:
    """105 agrees with 100 and 110, 95 with 100 only: greedy nearest-first must not leave 95 alone."""
    coarse = {"quantity_step": 10, "quote_step": 10}
    fine = [told("f100", "chain", exact=True), told("f110", "chain", exact=True, quantity_atoms=110)]
    rough = [told("r105", "tape", quantity_atoms=105, **coarse), told("r92", "tape", quantity_atoms=92, **coarse)]
    assert leaders([*fine, *rough]) == {"f100": "f100", "f110": "f110", "r105": "f110", "r92": "f100"}


def test_a_trade_without_transaction_is_matched_to_one_of_its_second_only() -> None:
    chain = [told("c1", "chain", exact=True), told("c2", "chain", exact=True, tx="U", second=6)]
    tape = [told("t1", "tape", tx=""), told("t2", "tape", tx="", second=7), told("t3", "tape", tx="", second=None)]
    assert leaders([*chain, *tape]) == {"c1": "c1", "c2": "c2", "t1": "c1", "t2": "t2", "t3": "t3"}


def test_money_agrees_with_or_without_the_fee() -> None:
    plain = told("1", fee_atoms=7)
    assert agree(plain, told("2", quote_atoms=57))
    assert agree(plain, told("2", quote_atoms=43))
    assert not agree(plain, told("2", quote_atoms=60))
    assert not agree(plain, told("2", quote="USDC"))


def test_a_very_large_group_is_matched_in_linear_time() -> None:
    many = 5 * BRUTE_FORCE_ROWS
    fine = [told(f"f{n:06}", "chain", exact=True, quantity_atoms=1000 * n) for n in range(many)]
    rough = [told(f"r{n:06}", "tape", quantity_atoms=1000 * n + 3, quantity_step=5) for n in range(many)]
    found = leaders([*fine, *rough])
    assert all(found[f"r{n:06}"] == f"f{n:06}" for n in range(many))


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from([100, 104, 110]), st.sampled_from([1, 5]), st.sampled_from(["T", ""])
        ),
        max_size=5,
    )
)
def test_the_order_of_candidates_does_not_matter(rows: list[tuple[str, int, int, str]]) -> None:
    candidates = [
        told(f"{n}", source, quantity_atoms=quantity, quantity_step=step, tx=tx)
        for n, (source, quantity, step, tx) in enumerate(rows)
    ]
    expected = leaders(candidates)
    assert all(leaders(order) == expected for order in permutations(candidates))


@given(k=st.integers(0, 6), m=st.integers(0, 6), n=st.integers(0, 6))
def test_equal_rows_of_several_sources_are_the_largest_number(k: int, m: int, n: int) -> None:
    rows = [told(f"{source}{i}", source) for source, count in (("a", k), ("b", m), ("c", n)) for i in range(count)]
    assert len(set(leaders(rows).values())) == max(k, m, n)
