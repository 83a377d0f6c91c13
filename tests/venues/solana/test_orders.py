"""Orders executed by keepers: whose trade, what was escrowed, and when it cannot be told."""

from __future__ import annotations

import pytest

from remora.model.errors import Undecodable
from remora.venues.solana import infrastructure, movements, orders
from remora.venues.solana.orders import Fill
from remora.venues.solana.transaction import Transaction
from solana_cases import transactions
from solana_scene import COIN, Scene, vault, wallet

PROGRAM = "jupoNjAxXgZ4rjzxzPMP4oxduvQsQtZzyknqvzYNrNu"
USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
KEEPER, OWNER, OTHER, ESCROW, POOL = wallet(1), wallet(2), wallet(3), vault("escrow"), vault("pool")


def filled(tx: Transaction) -> Fill | Undecodable | None:
    return orders.fill(tx, movements.read(tx), infrastructure.load())


def scene(*named: str) -> Scene:
    one = Scene(KEEPER)
    return one.call(PROGRAM, ESCROW, one.account(ESCROW, USDC), KEEPER, *named)


def test_the_trade_is_the_owners_and_the_margin_nobodys() -> None:
    tx = scene(OWNER).send(USDC, ESCROW, KEEPER, 500).send(COIN, POOL, KEEPER, 80).send(COIN, KEEPER, OWNER, 77).done()
    found = filled(tx)
    assert isinstance(found, Fill)
    assert (found.owner, found.escrow, found.given_asset, found.given, found.got_asset, found.got) == (
        OWNER, ESCROW, USDC, 500, COIN, 77,
    )  # fmt: skip


def test_an_owner_paid_in_sol_gets_the_price_without_the_rent() -> None:
    one = scene(OWNER)
    account = one.account(ESCROW, COIN)
    one.send(COIN, ESCROW, KEEPER, 80).pay(KEEPER, OWNER, 900_000)
    one.close(OWNER, vault("closed"))
    found = filled(one.call(PROGRAM, ESCROW, account, OWNER).done())
    assert isinstance(found, Fill)
    assert (found.owner, found.got_asset, found.got) == (OWNER, "SOL", 900_000)


def test_two_who_gained_are_not_chosen_between() -> None:
    tx = scene(OWNER, OTHER).send(USDC, ESCROW, KEEPER, 500).send(COIN, KEEPER, OWNER, 77).send(COIN, KEEPER, OTHER, 70).done()
    assert isinstance(filled(tx), Undecodable)


def test_nobody_who_gained_is_a_contradiction() -> None:
    assert isinstance(filled(scene(OWNER).send(USDC, ESCROW, POOL, 500).done()), Undecodable)


def test_without_an_order_program_there_is_no_order() -> None:
    assert filled(Scene(KEEPER).send(USDC, ESCROW, KEEPER, 500).done()) is None
    assert orders.escrowed(Scene(KEEPER).done(), movements.read(Scene(KEEPER).done()), infrastructure.load()) == []


@pytest.mark.parametrize(
    ("name", "amount"), [("jsonparsed_5iPvQ1ThjpbM.json", 10_000_000_000), ("jsonparsed_4iZxoW1D2uP3.json", -178_000_000_000)]
)
def test_recorded_escrows(name: str, amount: int) -> None:
    (tx,) = transactions(name)
    (entry,) = orders.escrowed(tx, movements.read(tx), infrastructure.load())
    assert (entry.owner, entry.amount) == (tx.payer, amount)
    assert filled(tx) is None
