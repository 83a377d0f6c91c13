"""Hostile input for the rules over balances and moves, and for the foreign parsed forms: values, never exceptions."""

from __future__ import annotations

import copy
import gzip
import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.model.facts import Fact
from remora.model.units import INT64_MAX
from remora.ports import Context, Decoded, Kind
from remora.venues.solana import enhanced, infrastructure, movements, programs, raydium, shyft, solscan
from remora.venues.solana.kinds import TRANSACTIONS
from remora.venues.solana.transaction import Instruction, TokenBalance, Transaction
from shared_data import shared
from solana_cases import SIGNATURE, decode, document, record
from solana_scene import vault, wallet

HOSTILE: list[Any] = [
    None, True, -1, 2**70, 1e30, float("nan"), float("inf"), "", "x", "-5", "<script>\u202e\x00", "1" * 9000, [], {}, [[]],
    {"": {}}, [None, {}], 0.5, Decimal("0.5"), Decimal("NaN"), "So11111111111111111111111111111111111111112",
]  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, member in members for place in places(member, (*at, key)))]


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    whole = copy.copy(value)
    whole[place[0]] = changed(value[place[0]], place[1:], new)
    return whole


def sane(found: Decoded) -> None:
    """What every answer keeps: facts with ids, whole numbers of 64 bits, reasons in words."""
    for fact in found.facts:
        assert isinstance(fact, Fact)
        assert fact.id
        for name in ("quantity_atoms", "quote_atoms", "venue_fee_quote_atoms", "lamports"):
            number = getattr(fact, name, 0)
            assert number is None or (type(number) is int and 0 <= number <= INT64_MAX)
    for one in found.undecodable:
        assert one.detail


def shyft_documents() -> list[Any]:
    packed = shared("solana/parsed/shyft_parsed_transactions.jsonl.gz").read_bytes()
    return [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]


def recorded(kind: str) -> list[tuple[Kind, Any]]:
    if kind == "shyft":
        return [(shyft.KIND, value) for value in shyft_documents()[::4]]
    if kind == "enhanced":
        return [(enhanced.KIND, document("helius_enhanced_pumpswap_sell_axiom.json"))] * 4
    names = ("jsonparsed_k2eGRDNqy6mY.json", "2024-12_close.json", "jsonparsed_5dk9JQExmdT6.json", "2024-12_open3.json")
    return [(TRANSACTIONS, document(name)) for name in names]


@pytest.mark.parametrize("kind", ["shyft", "enhanced", "transactions"])
def test_mutated_recordings_never_raise(kind: str) -> None:
    chance = random.Random(7)
    for reader, value in recorded(kind):
        everywhere = places(value)
        for _ in range(150):
            mutant = changed(value, chance.choice(everywhere), chance.choice(HOSTILE))
            sane(reader.open(Context()).decode(record(mutant)))


@pytest.mark.parametrize("reader", [shyft.KIND, enhanced.KIND, solscan.KIND], ids=lambda one: one.name)
def test_anything_at_all_never_raises(reader: Kind) -> None:
    for value in HOSTILE:
        sane(reader.open(Context()).decode(record(value)))
        sane(reader.open(Context()).decode(record({"result": value, "accountData": value, "signatures": value})))


ACTORS = [wallet(1), wallet(2), vault("pool"), vault("passing"), "71WDyyCsZwyEYDV91Qrb212rdg6woCHYQhFnmZUBxiJ6"]
MINTS = [programs.WSOL, programs.USDC_MINT, wallet(101), wallet(102)]
PROGRAMS = [
    movements.SYSTEM, movements.SPL, movements.SPL_2022, movements.ASSOCIATED, programs.PUMP, programs.PUMPSWAP, raydium.V4,
    raydium.CPMM, "LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj", "jupoNjAxXgZ4rjzxzPMP4oxduvQsQtZzyknqvzYNrNu", wallet(103),
]  # fmt: skip
ACCOUNTS = [vault(f"a{n}") for n in range(8)]
HEADS = [
    b"", b"\x01", b"\x02\0\0\0", b"\x03\0\0\0", b"\0\0\0\0", b"\x03", b"\x07", b"\x09", b"\x0c", b"\x12", b"\x1a\x01",
    bytes.fromhex("66063d1201daebea"), bytes.fromhex("e445a52e51cb9a1d"), bytes.fromhex("faea0d7bd59c13ec"),
]  # fmt: skip
FIELDS = ["source", "destination", "account", "newAccount", "mint", "amount", "lamports", "tokenAmount", "owner"]
words = st.fixed_dictionaries(
    {"type": st.sampled_from(["transfer", "transferChecked", "closeAccount", "createAccount", "mintTo", "burn", 7]),
     "info": st.dictionaries(
         st.sampled_from(FIELDS),
         st.sampled_from([*ACTORS, *ACCOUNTS, *MINTS, "77", 77, None, {"amount": "5"}, -1, []]))}
)  # fmt: skip
calls = st.tuples(
    st.sampled_from(PROGRAMS),
    st.lists(st.sampled_from([*ACTORS, *ACCOUNTS, *MINTS]), max_size=14),
    st.sampled_from(HEADS),
    st.binary(max_size=40),
    st.integers(0, 1),
    st.none() | words,
)
rows = st.tuples(
    st.sampled_from(ACCOUNTS),
    st.sampled_from(MINTS),
    st.sampled_from(ACTORS),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)


@given(
    raw=st.lists(calls, max_size=12),
    balances=st.lists(rows, max_size=6),
    native=st.dictionaries(st.sampled_from(ACTORS + ACCOUNTS), st.tuples(st.integers(0, 2**64), st.integers(0, 2**64))),
    signers=st.sets(st.sampled_from(ACTORS)),
    fee=st.integers(0, 2**63 - 1),
)
def test_transactions_of_nonsense_never_raise(
    raw: list[Any], balances: list[Any], native: dict[str, tuple[int, int]], signers: set[str], fee: int
) -> None:
    instructions: list[Instruction] = []
    outer, inner = -1, 0
    for program, accounts, head, tail, nested, parsed in raw:
        outer, inner = (outer, inner + 1) if nested and outer >= 0 else (outer + 1, 0)
        data = b"" if parsed is not None else head + tail
        instructions.append(Instruction(program, tuple(accounts), data, outer, inner, parsed))
    tx = Transaction(
        signature=SIGNATURE, source="test", fee_lamports=fee, keys=tuple(ACTORS), signers=frozenset(signers),
        instructions=tuple(instructions), lamports=native,
        tokens=tuple(TokenBalance(account, mint, owner, pre, post, 6) for account, mint, owner, pre, post in balances),
    )  # fmt: skip
    found = decode(tx, Context(infrastructure=infrastructure.load()))
    sane(found)
    names = [fact.id for fact in found.facts]
    assert len(names) == len(set(names))
