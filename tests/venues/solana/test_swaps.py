"""Hops: which moves belong to which pool instruction, and what only passes through."""

from __future__ import annotations

from remora.venues.solana import infrastructure, movements, swaps
from remora.venues.solana.swaps import Swaps
from remora.venues.solana.transaction import Transaction
from solana_cases import transactions
from solana_scene import COIN, DEX, ROUTER, WSOL, Scene, vault, wallet

ME, FRIEND, POOL, PASSING = wallet(1), wallet(2), vault("pool"), vault("passing")


def of(tx: Transaction, who: str) -> Swaps:
    return swaps.of_wallet(tx, movements.read(tx), who, infrastructure.load())


def test_three_recorded_pools_in_a_row() -> None:
    (tx,) = transactions("jsonparsed_4vug6xbfY6xp.json")
    found = of(tx, tx.payer)
    assert [(hop.given, hop.got) for hop in found.hops] == [
        (1_536_102_400, 1_536_598_108), (1_536_598_108, 7_582_263_839), (7_582_263_839, 685_493),
    ]  # fmt: skip
    assert swaps.net(found.hops) == {
        "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v": -1_536_102_400,
        "9gr84rGyLvVasmqXvj65njjUgKyBemKWSJsvijTPmcQz": 685_493,
    }


def test_a_recorded_router_account_only_passes_on() -> None:
    (tx,) = transactions("2024-12_open3.json")
    found = of(tx, tx.payer)
    assert found.passing == {"GP8StUXNYSZjPikyRsvkTbvRV1GBxMErb59cpeCJnDf1"}
    assert len(found.hops) == 2


def test_a_move_belongs_to_the_last_call_that_names_its_account() -> None:
    scene = Scene(ME).call(ROUTER, ME)
    scene.call(DEX, POOL, scene.account(POOL, WSOL), scene.account(POOL, COIN), inner=True)
    scene.send(WSOL, ME, POOL, 50).send(COIN, POOL, ME, 7).send(WSOL, ME, FRIEND, 3)
    found = of(scene.done(), ME)
    assert [(hop.instruction.program, hop.given, hop.got) for hop in found.hops] == [(DEX, 50, 7)]
    assert found.lopsided == ()  # no call names the friend's account


def test_tips_and_known_fee_wallets_are_never_part_of_a_hop() -> None:
    fee = "9yMwSPk9mrXSN7yDHUuZurAh1sjbJsfpUqjZ7SvVtdco"
    scene = Scene(ME)
    scene.call(DEX, scene.account(POOL, WSOL), scene.account(POOL, COIN), scene.account(fee, WSOL))
    scene.send(WSOL, ME, POOL, 50).send(COIN, POOL, ME, 7).send(WSOL, ME, fee, 3)
    assert [(hop.given, hop.got) for hop in of(scene.done(), ME).hops] == [(50, 7)]


def test_a_wallet_that_did_nothing_swapped_nothing() -> None:
    scene = Scene(FRIEND, ME).call(ROUTER).send(WSOL, ME, PASSING, 50)
    scene.call(DEX, scene.account(POOL, WSOL), scene.account(POOL, COIN), inner=True)
    scene.send(WSOL, PASSING, POOL, 50).send(COIN, POOL, PASSING, 7).send(COIN, PASSING, ME, 7)
    assert of(scene.done(), FRIEND).hops == ()
    assert len(of(scene.done(), ME).hops) == 1
