"""What was paid beside the price, and that the wallet's SOL adds up to the lamport."""

from __future__ import annotations

import pytest

from remora.model.facts import BUY, Charge, Fact, Trade, Transfer
from remora.ports import Context
from remora.venues.solana import charges, movements, programs, swaps, wire
from remora.venues.solana.transaction import Transaction
from shared_data import DATA
from solana_cases import decode, document, transactions
from solana_scene import COIN, DEX, ROUTER, WSOL, Scene, vault, wallet

ME, FRIEND, POOL = wallet(1), wallet(2), vault("pool")
JITO = "96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5"


def files() -> list[str]:
    """Recorded files that hold transactions (Solscan's and the enhanced form are read elsewhere)."""
    folder = DATA / "solana" / "tx"
    names = sorted(path.name for path in folder.glob("*.json"))
    return [name for name in names if name != "expected.json" and "solscan" not in name and "enhanced" not in name] or [
        "none.json"
    ]


def sums(facts: list[Fact]) -> dict[str, int]:
    total: dict[str, int] = {}
    for fact in facts:
        if isinstance(fact, Charge):
            total[fact.kind] = total.get(fact.kind, 0) + fact.lamports
    return total


def sol_booked(facts: list[Fact], owner: str) -> int:
    """What the facts say of an owner's SOL: trades, charges, refunds and transfers."""
    total = 0
    for fact in facts:
        if isinstance(fact, Trade) and fact.wallet == owner and fact.quote == "SOL" and "order" not in fact.flags:
            paid = fact.quote_atoms + fact.venue_fee_quote_atoms
            total += -paid if fact.side == BUY else fact.quote_atoms - fact.venue_fee_quote_atoms
        elif isinstance(fact, Charge) and fact.wallet == owner:
            total += fact.lamports if fact.kind == "refund" else -fact.lamports
        elif isinstance(fact, Transfer) and fact.asset == "SOL":
            total += (fact.quantity_atoms or 0) * ((fact.receiver == owner) - (fact.sender == owner))
    return total


def sol_changed(tx: Transaction, owner: str) -> int:
    """What the balances say: native lamports and wrapped SOL."""
    return movements.lamport_change(tx, owner) + movements.token_changes(tx).get(owner, {}).get(programs.WSOL, 0)


@pytest.mark.parametrize("name", files())
def test_every_recorded_wallet_adds_up_to_the_lamport(name: str) -> None:
    """The only exception: a new mint account that signs its own creation is no wallet."""
    read = wire.read(document(name))
    assert read.transactions
    for tx in read.transactions:
        facts = decode(tx).facts
        found = [fact for fact in facts if isinstance(fact, Trade)]
        for owner in sorted(tx.signers | {trade.wallet for trade in found}):
            if owner in movements.read(tx).allocated:
                continue
            assert sol_changed(tx, owner) == sol_booked(facts, owner), (name, owner)


def test_the_arithmetic_of_one_buy() -> None:
    (tx,) = transactions("2024-12_open4.json")
    facts = decode(tx).facts
    (trade,) = [fact for fact in facts if isinstance(fact, Trade)]
    assert (trade.quote_atoms, trade.venue_fee_quote_atoms) == (200_000_000, 2_000_000)
    assert sums(facts) == {"network": 5_000, "rent": 2_039_280}
    assert 200_000_000 + 2_000_000 + 2_039_280 + 5_000 == 204_044_280 == -movements.lamport_change(tx, trade.wallet)
    assert all(fact.trade_id == trade.id and fact.asset == trade.asset for fact in facts if isinstance(fact, Charge))


RECORDED = [
    ("2024-12_open.json", 0, {"network": 5_000, "priority": 10_000_000, "tip": 55_000_000, "rent": 2_039_280}),
    ("2025-05-13_bloom_router_buy_blocksubscribe.json", 0,
     {"network": 5_000, "priority": 1_495_000, "tip": 12_000_000, "bot": 2_700_000, "rent": 2_039_280}),
    ("2024-12_close.json", 0, {"network": 5_000, "priority": 159_472, "bot": 1_177_372}),
    ("yellowstone_update_2025-07-04_pump_sell.json", 0, {"network": 5_000, "tip": 10_000_000, "refund": 2_039_280}),
    ("2026-07-29_pump_create_v2_blocksubscribe.json", 0,  # mint, curve, two token accounts, creator's vault, counter
     {"network": 10_000, "rent": 3_744_480 + 1_691_280 + 2 * 2_074_080 + 890_880 + 1_844_400}),
    ("2026-07-29_pump_create_v2_buy_cashback.json", 0,
     {"network": 10_000, "tip": 3_000_000, "bot": 27_000_000, "rent": 3_667_920 + 1_941_840 + 2 * 2_074_080}),
    ("jsonparsed_4iZxoW1D2uP3.json", 0, {"network": 5_000, "priority": 106_935, "refund": 2_039_280 + 3_480_000}),
    ("jsonparsed_k2eGRDNqy6mY.json", 0,
     {"network": 5_000, "priority": 13_866, "rent": 2_039_280, "refund": 2_039_280 + 3_480_000}),
    ("2024-12_add.json", 0, {"network": 5_000, "priority": 27_741}),  # the wrapping account's rent came back at once
    ("2024-12_error.json", 0, {"network": 5_000, "priority": 164_118}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "wanted"), RECORDED, ids=[one[0] for one in RECORDED])
def test_recorded_charges(name: str, at: int, wanted: dict[str, int]) -> None:
    assert sums(decode(transactions(name)[at]).facts) == wanted


def test_the_keeper_pays_its_own_fee_and_the_owner_gets_the_rent_back() -> None:
    found = [fact for fact in decode(transactions("jsonparsed_k2eGRDNqy6mY.json")[0]).facts if isinstance(fact, Charge)]
    assert {fact.wallet[:6] for fact in found if fact.kind == "refund"} == {"4abvSW"}
    assert {fact.wallet[:6] for fact in found if fact.kind != "refund"} == {"j1oAbx"}
    assert {fact.trade_id is None for fact in found if fact.wallet.startswith("j1oAbx")} == {True}


def test_signatures_are_paid_one_by_one_and_the_rest_is_priority() -> None:
    tx = Scene(ME, FRIEND, fee=25_000).pay(ME, FRIEND, 7, inner=False).done()
    assert sums(list(charges.decode(tx, Context()))) == {"network": 10_000, "priority": 15_000}


def test_of_a_failed_transaction_only_the_fee_is_paid() -> None:
    tx = Scene(ME).pay(ME, JITO, 10_000, inner=False).open(ME, vault("x")).done(failed=True)
    assert sums(list(charges.decode(tx, Context()))) == {"network": 5_000}
    assert sums(decode(tx).facts) == {"network": 5_000}


def test_rent_is_charged_to_who_paid_it_and_only_for_what_stays() -> None:
    scene = Scene(ME)
    scene.open(ME, scene.account(FRIEND, COIN)).open(ME, vault("gone"))
    scene.direct(vault("gone"), ME, 2_039_280)
    (rent,) = [one for one in charges.decode(scene.done(), Context()) if one.kind == "rent"]
    assert (rent.wallet, rent.lamports) == (ME, 2_039_280)


def test_a_closed_account_gives_its_rent_back() -> None:
    scene = Scene(ME)
    (refund,) = [
        one for one in charges.decode(scene.close(ME, scene.account(ME, COIN)).done(), Context()) if one.kind == "refund"
    ]
    assert (refund.wallet, refund.lamports) == (ME, 2_039_280)


def test_a_small_payment_beside_a_swap_is_the_front_ends_fee_and_a_large_one_a_transfer() -> None:
    for amount, kinds in ((2_500, {"bot"}), (40_000, set())):
        scene = Scene(ME).call(ROUTER, ME, FRIEND)
        scene.call(DEX, POOL, scene.account(POOL, WSOL), scene.account(POOL, COIN), inner=True)
        scene.send(WSOL, ME, POOL, 50_000).send(COIN, POOL, ME, 321).pay(ME, FRIEND, amount)
        facts = decode(scene.done()).facts
        assert {fact.kind for fact in facts if isinstance(fact, Charge)} - {"network"} == kinds
        assert len([fact for fact in facts if isinstance(fact, Transfer)]) == (not kinds)


def test_the_front_ends_fee_beside_a_curve_trade() -> None:
    """The trade is told by an event; the fee goes, in the same outer call, to a wallet nobody has listed."""
    scene = Scene(ME).call(ROUTER, ME, FRIEND)
    curve = vault("curve")
    accounts = (wallet(60), wallet(61), COIN, curve, scene.account(curve, COIN), scene.account(ME, COIN), ME)
    scene.call(programs.PUMP, *accounts, data=bytes.fromhex("33e685a4017f83ad") + bytes(16), inner=True)
    scene.send(COIN, ME, curve, 321).direct(curve, ME, 49_500)
    scene.call(programs.PUMP, wallet(62), data=swaps.EVENT_CALL + bytes(8), inner=True).pay(ME, FRIEND, 495)
    event = Trade(
        id="e", source="test", venue="solana", wallet=ME, asset=COIN, side="sell", quantity_atoms=321, quote="SOL",
        quote_atoms=50_000, venue_fee_quote_atoms=500, market=curve, program=programs.PUMP, ordinal=3,
    )  # fmt: skip
    found = charges.decode(scene.done(), Context(), [event])
    assert {one.kind: (one.lamports, one.recipient) for one in found if one.kind == "bot"} == {"bot": (495, FRIEND)}


def test_ids_count_charges_of_one_kind() -> None:
    tx = Scene(ME).pay(ME, JITO, 1, inner=False).pay(ME, JITO, 2, inner=False).done()
    tips = [one for one in charges.decode(tx, Context()) if one.kind == "tip"]
    assert [one.id.rsplit(":", 1)[1] for one in tips] == ["tip0", "tip1"]
