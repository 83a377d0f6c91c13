"""Ties by money: common sources, collectors, chains; services, dust and gifts that tie nobody."""

from __future__ import annotations

import pytest

from analysis.relation_scenes import DAY, Scene, surest, told
from remora.analysis.relations import relations

FARM = ["a1", "a2", "a3", "a4"]


def farm(scene: Scene, wallets: list[str] = FARM, cost: float = 1.0) -> None:
    """Wallets that buy a token of their own each, so that nothing but money can tie them."""
    for number, name in enumerate(wallets):
        scene.buy(name, f"OWN{number}", 2 * DAY + 500 * number, cost)


def test_wallets_of_one_private_source_within_a_day() -> None:
    scene = Scene()
    farm(scene)
    for number, name in enumerate(FARM):
        scene.pay("boss", name, DAY + 60 * number, 2.0 + 0.01 * number)
    past = scene.past()
    sure, text = told(past, relations(past))["a1", "a2", "funding"]
    assert sure == 0.8
    assert text.startswith("funded by boss with 3 other wallets: 2.0000 SOL and 2.0100 SOL, 1 min apart")


def test_the_source_two_steps_away() -> None:
    scene = Scene()
    farm(scene)
    for number, name in enumerate(FARM):
        scene.pay("boss", f"mid{number}", DAY + 60 * number, 2.0)
        scene.pay(f"mid{number}", name, DAY + 600 + 60 * number, 1.99)
    past = scene.past()
    assert told(past, relations(past))["a1", "a2", "funding"][0] == 0.8


@pytest.mark.parametrize("listed", [True, False])
def test_customers_of_an_exchange_are_strangers(listed: bool) -> None:
    scene = Scene()
    customers = [f"c{number:03d}" for number in range(60 if listed else 600)]
    farm(scene, customers)
    if listed:
        scene.infrastructure["exchange"] = "exchange"
    for number, name in enumerate(customers):
        scene.pay("exchange", name, DAY + 7 * number, 2.0)
    past = scene.past()
    assert surest(past, relations(past), *customers) < 0.5


def test_two_wallets_are_told_and_three_are_tied() -> None:
    for size, sure in ((2, 0.4), (3, 0.8)):
        scene = Scene()
        farm(scene, FARM[:size])
        for number, name in enumerate(FARM[:size]):
            scene.pay("boss", name, DAY + 60 * number, 2.0)
        past = scene.past()
        assert told(past, relations(past))["a1", "a2", "funding"][0] == sure


def test_dust_and_later_gifts_tie_no_innocent() -> None:
    scene = Scene()
    farm(scene, [*FARM, "innocent"])
    for number, name in enumerate(FARM):
        scene.pay("boss", name, DAY + 60 * number, 2.0)
    scene.pay("bank", "innocent", 0.5 * DAY, 5.0)
    scene.pay("boss", "innocent", DAY + 100, 0.009)
    scene.pay("boss", "innocent", 3 * DAY, 2.0)
    scene.pay("a1", "innocent", 3 * DAY, 2.0)
    past = scene.past()
    assert surest(past, relations(past), "innocent", "boss", *FARM) == 0.8
    for name in ("boss", *FARM):
        assert surest(past, relations(past), "innocent", name) < 0.5


def test_a_history_split_over_wallets_that_hand_the_money_on() -> None:
    scene = Scene()
    farm(scene)
    scene.pay("boss", "a1", DAY, 5.0)
    for number in range(3):
        scene.pay(FARM[number], FARM[number + 1], DAY + 1_200 * (number + 1), 4.0 - number)
    past = scene.past()
    assert told(past, relations(past))["a1", "a2", "funding"][0] == 0.8


def test_a_gift_to_a_friend_ties_nobody() -> None:
    scene = Scene()
    farm(scene, ["ann", "bea"])
    scene.pay("bank", "ann", DAY / 2, 5.0)
    scene.pay("ann", "bea", DAY, 2.0)
    past = scene.past()
    assert surest(past, relations(past), "ann", "bea") < 0.5


def test_wallets_that_sweep_to_one_collector() -> None:
    scene = Scene()
    farm(scene)
    for number, name in enumerate(FARM):
        scene.pay(name, "collector", 5 * DAY + 60 * number, 3.0)
    past = scene.past()
    sure, text = told(past, relations(past))["a1", "a2", "funds_transfer"]
    assert sure == 0.8
    assert text.startswith("sent most of their money to collector with 3 other wallets")
