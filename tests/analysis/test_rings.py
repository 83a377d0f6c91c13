"""Closed circles of money and of trades."""

from __future__ import annotations

from analysis.relation_scenes import DAY, Scene, surest, told
from remora.analysis.relations import relations


def test_money_that_goes_round() -> None:
    scene = Scene()
    for name in ("ann", "bea", "cid"):
        scene.buy(name, f"OWN{name}", DAY)
    for payer, payee in (("ann", "bea"), ("bea", "cid"), ("cid", "ann")):
        scene.pay(payer, payee, 2 * DAY, 1.0)
    past = scene.past()
    sure, text = told(past, relations(past))["ann", "bea", "funds_transfer"]
    assert sure == 0.7
    assert text == "money goes round among 3 wallets, here 1.0000 SOL"


def test_two_that_pay_each_other_but_not_one_that_sends_dust_back() -> None:
    scene = Scene()
    for name in ("ann", "bea", "cid"):
        scene.buy(name, f"OWN{name}", DAY)
    scene.pay("ann", "bea", 2 * DAY, 1.0)
    scene.pay("bea", "ann", 3 * DAY, 0.8)
    scene.pay("ann", "cid", 2 * DAY, 1.0)
    scene.pay("cid", "ann", 3 * DAY, 0.02)
    past = scene.past()
    edges = relations(past)
    assert told(past, edges)["ann", "bea", "funds_transfer"] == (0.8, "paid each other: 1.0000 SOL and 0.8000 SOL")
    assert surest(past, edges, "ann", "cid") < 0.5


def test_wash_trades_tie_those_who_make_them() -> None:
    scene = Scene()
    scene.crowd(20)
    for turn in range(8):
        at = 2 * DAY + 100 * turn
        seller, buyer = ("ann", "bea") if turn % 2 else ("bea", "ann")
        scene.buy(seller, "T000", at, 1.0)
        scene.sell(seller, "T000", at + 5, 1.0)
        scene.buy(buyer, "T000", at + 8, 1.0)
    past = scene.past()
    sure, text = told(past, relations(past))["ann", "bea", "cotrade"]
    assert sure == 0.85
    assert "the same quantity within 30 s" in text
