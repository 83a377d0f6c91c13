"""One role per move: transfers and charges never count a lamport twice."""

from __future__ import annotations

import pytest

from remora.model.facts import Charge, Transfer
from remora.venues.solana import infrastructure, wire
from remora.venues.solana.roles import Role, classify
from solana_cases import decode, document, transactions
from solana_scene import COIN, ROUTER, Scene, vault, wallet

ME, FRIEND = wallet(1), wallet(2)


def roles(name: str) -> dict[Role, int]:
    (tx,) = transactions(name)
    reading = classify(tx, infrastructure.load(), decode(tx).facts)
    counts: dict[Role, int] = {}
    for _, role in reading.roles:
        counts[role] = counts.get(role, 0) + 1
    return counts


def test_the_roles_of_a_recorded_launch() -> None:
    found = roles("2026-07-29_pump_create_v2_blocksubscribe.json")
    assert found == {Role.RENT: 7, Role.TRANSFER: 1, Role.LEG: 5}  # the transfer is the supply's minting


def test_the_roles_of_a_recorded_router_sale() -> None:
    assert roles("2024-12_close.json") == {Role.RENT: 1, Role.LEG: 2, Role.BOT: 1, Role.CLOSE: 1}


def test_the_roles_of_a_recorded_order() -> None:
    assert roles("jsonparsed_L6rJy9mocHed.json") == {Role.RENT: 2, Role.ESCROW: 1}
    assert Role.TRANSFER not in roles("jsonparsed_k2eGRDNqy6mY.json")


@pytest.mark.parametrize("name", ["2024-12_open.json", "2025-01_raydium_pool_creations.json", "2024-12_transfer.json"])
def test_no_move_is_both_a_transfer_and_a_charge(name: str) -> None:
    for tx in wire.read(document(name)).transactions:
        facts = decode(tx).facts
        moved = {fact.ordinal for fact in facts if isinstance(fact, Transfer)}
        paid = {fact.ordinal for fact in facts if isinstance(fact, Charge) and fact.kind in {"tip", "bot", "rent"}}
        assert not moved & paid


def test_every_kind_of_move_has_its_role() -> None:
    scene = Scene(ME).pay(ME, FRIEND, 5, inner=False).open(ME, vault("new")).call(ROUTER).send(COIN, ME, ME, 3)
    scene.pay(ME, vault("counter"), 1_000, born=True)
    reading = classify(scene.done(), infrastructure.load(), [])
    assert [role for _, role in reading.roles] == [Role.TRANSFER, Role.RENT, Role.OWN, Role.RENT]
