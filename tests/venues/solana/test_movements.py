"""Moves read from raw bytes and from jsonParsed words alike; token accounts and their owners."""

from __future__ import annotations

import json
from struct import pack
from typing import Any

import msgspec
import pytest

from remora.venues.solana import movements, wire
from remora.venues.solana.movements import SPL, SPL_2022, SYSTEM, Move
from remora.venues.solana.transaction import Instruction, Transaction
from solana_cases import bare, document, transactions
from solana_scene import COIN, WSOL, wallet

A, B, C = wallet(1), wallet(2), wallet(3)


def one(instruction: Instruction) -> Move | None:
    moves = movements.read(bare(instructions=(instruction,))).moves
    return moves[0] if moves else None


def call(program: str, accounts: tuple[str, ...], data: bytes) -> Instruction:
    return Instruction(program, accounts, data, 0, 0)


def words(program: str, kind: str, **info: Any) -> Instruction:
    return Instruction(program, (), b"", 0, 0, {"type": kind, "info": info})


SEEDED = pack("<I", 3) + bytes(32) + pack("<Q", 4) + b"seed" + pack("<QQ", 77, 165) + bytes(32)
SAME = [
    (call(SYSTEM, (A, B), pack("<IQ", 2, 77)), words(SYSTEM, "transfer", source=A, destination=B, lamports=77)),
    (call(SYSTEM, (A, B), pack("<IQQ", 0, 77, 1) + bytes(32)),
     words(SYSTEM, "createAccount", source=A, newAccount=B, lamports=77, space=1, owner=SYSTEM)),
    (call(SYSTEM, (A, B), SEEDED),
     words(SYSTEM, "createAccountWithSeed", source=A, newAccount=B, lamports=77, space=165, owner=SPL)),
    (call(SYSTEM, (A, C, B), pack("<IQQ", 11, 77, 4) + b"seed" + bytes(32)),
     words(SYSTEM, "transferWithSeed", source=A, destination=B, lamports=77)),
    (call(SPL, (A, B, C), b"\x03" + pack("<Q", 77)), words(SPL, "transfer", source=A, destination=B, amount="77")),
    (call(SPL_2022, (A, COIN, B, C), b"\x0c" + pack("<QB", 77, 6)),
     words(SPL_2022, "transferChecked", source=A, destination=B, mint=COIN, tokenAmount={"amount": "77"})),
    (call(SPL_2022, (A, COIN, B, C), b"\x1a\x01" + pack("<QBQ", 77, 6, 5)),
     words(SPL_2022, "transferCheckedWithFee", source=A, destination=B, mint=COIN, tokenAmount={"amount": "77"},
           feeAmount={"amount": "5"})),
    (call(SPL, (COIN, B, C), b"\x07" + pack("<Q", 77)), words(SPL, "mintTo", account=B, mint=COIN, amount="77")),
    (call(SPL, (A, COIN, C), b"\x0f" + pack("<QB", 77, 6)),
     words(SPL, "burnChecked", account=A, mint=COIN, tokenAmount={"amount": "77"})),
    (call(SPL, (A, B, C), b"\x09"), words(SPL, "closeAccount", account=A, destination=B, owner=C)),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "said"), SAME, ids=[str(n) for n in range(len(SAME))])
def test_bytes_and_words_say_the_same(raw: Instruction, said: Instruction) -> None:
    move = one(raw)
    assert move is not None
    assert move == one(said)
    assert move.amount == (0 if move.kind == "close" else 77)
    assert move.withheld == (5 if raw.data[:2] == b"\x1a\x01" else 0)


@pytest.mark.parametrize(
    "cut",
    [
        call(SYSTEM, (A,), pack("<IQ", 2, 77)), call(SYSTEM, (A, B), b"\x02"), call(SYSTEM, (A, B), SEEDED[:40]),
        call(SYSTEM, (A, B), pack("<I", 3) + bytes(32) + pack("<Q", 2**63) + bytes(30)), call(SPL, (A, B), b""),
        call(SPL, (A,), b"\x03" + bytes(8)), call(SPL, (A, B, C), b"\x03\x01"), call(SPL, (A, B), b"\xff" + bytes(8)),
        words(SYSTEM, "transfer", source=A, destination=B, lamports=1.5),
        words(SYSTEM, "transfer", source=A, destination=B, lamports=True),
        words(SYSTEM, "transfer", source="x", destination=B, lamports=1),
        words(SPL, "transfer", source=A, destination=B, amount="-1"),
        words(SPL, "transfer", source=A, destination=B, amount="9" * 30),
        words(SPL, "transferChecked", source=A, destination=B, tokenAmount=[]),
        Instruction(SPL, (), b"", 0, 0, {"type": 7, "info": 7}), Instruction(SPL, (), b"", 0, 0, {"text": "memo"}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_move(cut: Instruction) -> None:
    assert one(cut) is None


def test_rent_is_what_the_space_costs() -> None:
    assert movements.rent_lamports(165, plain=False) == 2_039_280
    assert movements.rent_lamports(170, plain=False) == 2_074_080
    assert movements.rent_lamports(0, plain=False) == 890_880
    assert movements.rent_lamports(0, plain=True) == 0


def test_an_account_opened_inside_the_transaction_has_an_owner() -> None:
    for opening in (
        call(SPL, (A, WSOL, C, B), b"\x01"),
        words(SPL, "initializeAccount3", account=A, mint=WSOL, owner=C),
        call(movements.ASSOCIATED, (B, A, C, WSOL), b"\x01"),
    ):
        paid = call(SYSTEM, (C, A), pack("<IQ", 2, 77))._replace(outer=1)
        moved = movements.read(bare(instructions=(opening, paid)))
        assert moved.holders[A] == (WSOL, C)
        assert (moved.moves[0].sender, moved.moves[0].owner) == (C, C)


def test_both_encodings_of_one_transaction_give_the_same_moves() -> None:
    value = document("2026-07-03_pump_create_v2_fixture.json")
    every = []
    for tx in wire.read(value).transactions:
        every.append([move._replace(outer=move.outer) for move in movements.read(tx).moves])
    assert len(every) >= 2
    assert all(moves == every[0] for moves in every)
    assert len(every[0]) > 10


def test_changes_are_summed_over_all_accounts_of_an_owner() -> None:
    (tx,) = transactions("2024-12_add.json")
    changes = movements.token_changes(tx)
    assert changes[tx.payer] == {"7S37Wv8v9BLQ7bCBTSmCgpCHEb7ae9ZVV7YGwDSepump": 36_815_534_629}
    assert movements.lamport_change(tx, tx.payer) == -700_032_741
    assert movements.lamport_change(tx, A) == 0


def test_only_key_pairs_are_on_the_curve() -> None:
    assert movements.on_curve(A)
    assert not movements.on_curve("5Q544fKrFoe6tsEbD7S8EmxGTJYAKtTVhAW5Q5pge4j1")
    assert not movements.on_curve("nonsense")


def test_the_readings_survive_json() -> None:
    (tx,) = transactions("jsonparsed_k2eGRDNqy6mY.json")
    again = msgspec.json.decode(msgspec.json.encode(tx), type=Transaction)
    assert movements.read(again) == movements.read(tx)
    assert json.loads(msgspec.json.encode(tx))["signature"] == tx.signature
