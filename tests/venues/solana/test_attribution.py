"""Who traded when the event's user is a router, a keeper, the Mayhem agent or nobody known."""

from __future__ import annotations

from remora.venues.solana import attribution, programs
from solana_cases import bare, transactions
from solana_scene import COIN, ROUTER, Scene, vault, wallet

ME, FRIEND = wallet(1), wallet(2)
ROUTERS_OWN, CURVE = vault("router"), vault("curve")


def test_a_user_that_signed_is_the_trader_even_when_somebody_else_pays_the_fee() -> None:
    tx = Scene(wallet(9), ME).call(ROUTER).send(COIN, CURVE, ME, 50).done()
    assert attribution.trader(tx, ME, COIN, 50) == (ME, ())


def test_behind_a_routers_account_stands_the_signer_whose_tokens_moved() -> None:
    tx = Scene(wallet(9), ME).call(ROUTER).send(COIN, CURVE, ROUTERS_OWN, 50).send(COIN, ROUTERS_OWN, ME, 50).done()
    assert attribution.trader(tx, ROUTERS_OWN, COIN, 50) == (ME, ("attributed",))


def test_else_the_tokens_real_owner() -> None:
    tx = Scene(wallet(9)).call(ROUTER).send(COIN, CURVE, FRIEND, 50).done()
    assert attribution.trader(tx, ROUTERS_OWN, COIN, 50) == (FRIEND, ("attributed",))


def test_never_simply_the_fee_payer() -> None:
    tx = Scene(wallet(9)).call(ROUTER).send(COIN, CURVE, ROUTERS_OWN, 50).done()
    assert attribution.trader(tx, ROUTERS_OWN, COIN, 50) == (ROUTERS_OWN, ("unattributed",))


def test_two_possible_signers_are_not_guessed_between() -> None:
    tx = Scene(ME, FRIEND).call(ROUTER).send(COIN, CURVE, ME, 50).send(COIN, CURVE, FRIEND, 50).done()
    assert attribution.trader(tx, ROUTERS_OWN, COIN, 50) == (ROUTERS_OWN, ("unattributed",))


def test_the_mayhem_agent_is_itself_and_flagged() -> None:
    tx = Scene(ME).call(ROUTER).send(COIN, CURVE, ME, 50).done()
    assert attribution.trader(tx, programs.MAYHEM_AGENT, COIN, 50) == (programs.MAYHEM_AGENT, ("mayhem",))


def test_a_log_names_no_signers_and_cannot_contradict() -> None:
    assert attribution.trader(bare(), ROUTERS_OWN, COIN, 50) == (ROUTERS_OWN, ())


def test_a_keeper_signs_for_the_owner_of_the_order() -> None:
    fill = transactions("jsonparsed_3HxfYpPAC7dM.json")[0]
    keeper, mint = fill.payer, "9gr84rGyLvVasmqXvj65njjUgKyBemKWSJsvijTPmcQz"
    wallet_, flags = attribution.trader(fill, keeper, mint, 919_927)
    assert wallet_.startswith("GAgnD5")
    assert flags == ("order",)
