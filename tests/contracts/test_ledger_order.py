"""The order law: any permutation and any splitting of the same facts gives the same ledger.

Every example uses wallets, transactions and ids of its own in one shared store, so that many examples are cheap.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.ledger_makes import DAY, MAKES, rows, trade
from remora.model.facts import Fact, Retracted
from remora.ports import Batch
from remora.stores.ledger.columnar import ColumnLedger

_EXAMPLES = count()


EXAMPLES = 300 if os.environ.get("REMORA_EXAMPLES") == "full" else 20


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColumnLedger]:
    opened = MAKES["duckdb"](tmp_path_factory.mktemp("order") / "home")
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=[make for make in MAKES if make != "duckdb"])
def clustered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColumnLedger]:
    """The same rules over the other dialect: a few examples, for they cost more."""
    opened = MAKES[request.param](tmp_path_factory.mktemp("order") / "home")
    yield opened
    opened.close()


def _trade(number: int, draw: Any) -> dict[str, Any]:
    exact = draw(st.booleans())
    step = 1 if exact else draw(st.sampled_from([1, 1, 10]))
    tx = draw(st.sampled_from(["T1", "T1", "T2", ""]))
    return {
        "id": f"{'e' if exact else 'i'}{draw(st.integers(0, 4)) if draw(st.booleans()) else number + 10}",
        "source": draw(st.sampled_from(["alpha", "beta", "gamma"])),
        "exact": exact,
        "tx": tx,
        "happened_at": draw(st.sampled_from([DAY, DAY, DAY + 5, DAY + 10**9, None])),
        "seen_at": draw(st.sampled_from([None, DAY + 1, DAY + 2])),
        "wallet": draw(st.sampled_from(["W", "W", "W", "V"])),
        "quantity_atoms": draw(st.sampled_from([100, 100, 101, 108, 110, 120])),
        "quote_atoms": draw(st.sampled_from([50, 50, 51, 60])),
        "venue_fee_quote_atoms": draw(st.sampled_from([0, 0, 10])),
        "ordinal": draw(st.sampled_from([0, 0, 3])),
        "slot": draw(st.sampled_from([None, 7])),
        "quantity_step_atoms": step,
        "quote_step_atoms": step,
    }


@st.composite
def fact_sets(draw: Any) -> list[dict[str, Any]]:
    """A few trades of several sources in two transactions and two seconds, some repeated, some retracted."""
    told = [_trade(number, draw) for number in range(draw(st.integers(1, 9)))]
    voided = [{"void": told[n % len(told)]["id"], "id": f"r{n}"} for n in draw(st.lists(st.integers(0, 8), max_size=1))]
    return told + voided


def _facts(told: list[dict[str, Any]], prefix: str) -> list[Fact]:
    """The facts of one example under names of their own."""
    facts: list[Fact] = []
    for one in told:
        if "void" in one:
            facts.append(Retracted(id=prefix + one["id"], source="alpha", fact_id=prefix + one["void"], reason="dropped"))
        else:
            named = {name: prefix + one[name] for name in ("id", "wallet")} | {"tx": one["tx"] and prefix + one["tx"]}
            facts.append(trade(**(one | named)))
    return facts


def _export(ledger: ColumnLedger, prefix: str) -> tuple[list[Any], list[Any]]:
    """Everything shown and kept of one example, without its prefix."""
    wallets = [prefix + "W", prefix + "V"]
    shown = rows(ledger.table("trades", where={"wallet": wallets}))
    kept = rows(ledger.hidden("trades", where={"wallet": wallets}))
    strip = len(prefix)
    for row in (*shown, *kept):
        row.update({name: row[name][strip:] for name in ("id", "tx", "wallet")})
    return shown, sorted(map(repr, kept))


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _check_order(ledger: ColumnLedger, told: list[dict[str, Any]], random: Any) -> None:
    """The facts in one batch, and again shuffled, partly twice, in small batches: the same shown and kept."""
    example = next(_EXAMPLES)
    exports = []
    for run in "ab":
        prefix = f"{example:06}{run}:"
        facts = _facts(told, prefix)
        if run == "b":
            facts += random.choices(facts, k=2)
            random.shuffle(facts)
        while facts:
            size = len(facts) if run == "a" else random.randint(1, 3)
            ledger.commit(Batch(facts=facts[:size]))
            facts = facts[size:]
        exports.append(_export(ledger, prefix))
    assert exports[0] == exports[1]


def _check_versions(ledger: ColumnLedger, told: list[dict[str, Any]]) -> None:
    """What was shown after each commit is what that version shows ever after."""
    prefix = f"{next(_EXAMPLES):06}c:"
    history = []
    for fact in _facts(told, prefix):
        version = ledger.commit(Batch(facts=[fact])).version
        history.append((version, _export(ledger, prefix)[0]))
    for version, shown in history:
        wallets = [prefix + "W", prefix + "V"]
        then = rows(ledger.table("trades", where={"wallet": wallets}, as_of_version=version))
        assert [row["id"][len(prefix) :] for row in then] == [row["id"] for row in shown]


@given(told=fact_sets(), random=st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=QUIET)
def test_order_and_batches_do_not_matter(local: ColumnLedger, told: list[dict[str, Any]], random: Any) -> None:
    _check_order(local, told, random)


@given(told=fact_sets())
@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=QUIET)
def test_as_of_version_is_what_was_shown_then(local: ColumnLedger, told: list[dict[str, Any]]) -> None:
    _check_versions(local, told)


@given(told=fact_sets(), random=st.randoms(use_true_random=False))
@settings(max_examples=3, deadline=None, suppress_health_check=QUIET)
def test_order_and_batches_do_not_matter_in_a_cluster(clustered: ColumnLedger, told: list[dict[str, Any]], random: Any) -> None:
    _check_order(clustered, told, random)


@given(told=fact_sets())
@settings(max_examples=2, deadline=None, suppress_health_check=QUIET)
def test_as_of_version_is_what_was_shown_then_in_a_cluster(clustered: ColumnLedger, told: list[dict[str, Any]]) -> None:
    _check_versions(clustered, told)
