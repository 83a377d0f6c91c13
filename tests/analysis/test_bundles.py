"""Ties by place on the chain."""

from __future__ import annotations

from analysis.relation_scenes import DAY, Scene, in_one_transaction, surest, told
from remora.analysis.relations import relations

FLEET = ["f1", "f2", "f3", "f4"]


def launches(scene: Scene, count: int) -> None:
    for number in range(count):
        scene.launch(f"L{number}", DAY + 9_000 * number)


def test_a_fleet_that_takes_launch_after_launch_is_one_hand() -> None:
    scene = Scene()
    scene.crowd(20)
    launches(scene, 12)
    for number in range(0, 12, 3):
        for name in FLEET:
            scene.buy(name, f"L{number}", DAY + 9_000 * number, float(scene.rng.uniform(15, 25)))
    past = scene.past()
    sure, text = told(past, relations(past))["f1", "f2", "same_tx_pattern"]
    assert sure == 0.95
    assert text.startswith("bought in the first slot on record together 4 times, of 4 and 4 such purchases")


def test_one_launch_alone_ties_nobody() -> None:
    scene = Scene()
    scene.crowd(20)
    launches(scene, 1)
    for name in FLEET:
        scene.buy(name, "L0", DAY, float(scene.rng.uniform(15, 25)))
    past = scene.past()
    assert told(past, relations(past))["f1", "f2", "same_tx_pattern"][0] == 0.3


def test_snipers_of_everything_meet_without_being_one() -> None:
    scene = Scene()
    launches(scene, 30)
    snipers = [f"s{number}" for number in range(10)]
    for number in range(30):
        for name in snipers:
            if scene.rng.random() < 0.5:
                scene.buy(name, f"L{number}", DAY + 9_000 * number, float(scene.rng.lognormal()))
    past = scene.past()
    assert surest(past, relations(past), *snipers) < 0.5


def test_buyers_in_one_transaction_are_one_hand_and_infrastructure_is_nobody() -> None:
    scene = Scene()
    scene.crowd(10)
    scene.infrastructure["f4"] = "router"
    for name in FLEET:
        scene.buy(name, "T000", 2 * DAY)
    past = in_one_transaction(scene.past(), set(FLEET), "T000")
    ties = {pair[:2]: sure for pair, (sure, _) in told(past, relations(past)).items() if pair[2] == "same_tx_pattern"}
    assert ties == {("f1", "f2"): 0.95, ("f1", "f3"): 0.95, ("f2", "f3"): 0.95}


def test_signers_whose_fees_go_to_one_owner() -> None:
    scene = Scene()
    scene.crowd(5)
    for number in range(4):
        scene.launch(f"L{number}", DAY + number, wallet=f"signer{number % 2}", creator="owner")
        scene.buy(f"signer{number % 2}", f"L{number}", DAY + number)
        scene.buy("owner", f"L{number}", 2 * DAY + number)
    past = scene.past()
    ties = told(past, relations(past))
    assert ties["signer0", "signer1", "same_creator"][0] == 0.7
    assert ties["owner", "signer0", "same_creator"][0] == 0.4  # anybody may name anybody
