"""What moved between owners without a trade."""

from __future__ import annotations

from typing import Any

from remora.model.facts import BUY, SELL, Side, Trade, Transfer
from remora.ports import Context
from remora.venues.solana import programs, transfers
from remora.venues.solana.movements import SYSTEM
from remora.venues.solana.transaction import Transaction
from solana_cases import decode, transactions
from solana_scene import COIN, DEX, ROUTER, WSOL, Scene, vault, wallet

ME, FRIEND, POOL = wallet(1), wallet(2), vault("pool")
JITO = "96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5"
TROJAN = "9yMwSPk9mrXSN7yDHUuZurAh1sjbJsfpUqjZ7SvVtdco"


def of(tx: Transaction, *facts: Trade) -> list[tuple[Any, ...]]:
    found = transfers.decode(tx, Context(), facts)
    assert len({one.id for one in found}) == len(found)
    return [(one.kind, one.sender, one.receiver, one.asset, one.quantity_atoms) for one in found]


def trade(side: Side, quantity: int, quote_atoms: int) -> Trade:
    return Trade(
        id="t", source="test", venue="solana", wallet=ME, asset=COIN, side=side, quantity_atoms=quantity, quote="SOL",
        quote_atoms=quote_atoms, program=programs.PUMPSWAP,
    )  # fmt: skip


def test_sol_and_tokens_between_wallets() -> None:
    scene = Scene(ME).pay(ME, FRIEND, 5_000_000, inner=False).call(ROUTER).send(COIN, ME, FRIEND, 70)
    assert of(scene.done()) == [("transfer", ME, FRIEND, "SOL", 5_000_000), ("transfer", ME, FRIEND, COIN, 70)]


def test_ids_name_the_instruction() -> None:
    tx = Scene(ME).pay(ME, FRIEND, 5, inner=False).call(ROUTER).pay(ME, FRIEND, 6).done()
    assert [one.id.rsplit(":", 1)[1] for one in transfers.decode(tx, Context())] == ["t0.0", "t1.1"]


def test_wrapped_sol_counts_as_sol() -> None:
    assert of(Scene(ME).call(ROUTER).send(WSOL, ME, FRIEND, 70).done()) == [("transfer", ME, FRIEND, "SOL", 70)]


def test_tips_fees_rent_wrapping_and_own_accounts_are_no_transfers() -> None:
    scene = Scene(ME).pay(ME, JITO, 10_000, inner=False).pay(ME, TROJAN, 20_000, inner=False)
    scene.open(ME, scene.account(ME, COIN)).pay(ME, scene.account(ME, WSOL), 30_000, inner=False)
    scene.call(ROUTER).pay(ME, vault("counter"), 1_844_400, born=True)
    assert of(scene.done()) == []


def test_much_sol_paid_into_a_programs_account_is_a_transfer() -> None:
    scene = Scene(ME).call(ROUTER).pay(ME, vault("safe"), 5_000_000_000)
    assert of(scene.done()) == [("transfer", ME, vault("safe"), "SOL", 5_000_000_000)]


def test_an_account_opened_with_more_than_its_rent_was_funded() -> None:
    stake = Scene(ME).open(ME, vault("stake"), 5_000_000_000)
    assert of(stake.done()) == [("create_account", ME, vault("stake"), "SOL", 5_000_000_000 - 2_039_280)]
    purse = Scene(ME).open(ME, FRIEND, 7_000_000, space=0, owner=SYSTEM)
    assert of(purse.done()) == [("create_account", ME, FRIEND, "SOL", 7_000_000)]
    assert of(Scene(ME).open(ME, vault("kept"), 2_039_280).done()) == []


def test_minted_and_burnt() -> None:
    assert of(Scene(ME).call(ROUTER).mint(COIN, ME, 70).done()) == [("mint", "", ME, COIN, 70)]


def test_legs_of_a_derived_trade_are_no_transfers() -> None:
    scene = Scene(ME).call(DEX, POOL)
    scene.call(DEX, POOL, scene.account(POOL, WSOL), scene.account(POOL, COIN), inner=True)
    scene.send(WSOL, ME, POOL, 50_000).send(COIN, POOL, ME, 321).send(COIN, ME, FRIEND, 21)
    found = decode(scene.done()).facts
    assert [(one.kind, one.quantity_atoms) for one in found if isinstance(one, Transfer)] == [("transfer", 21)]


def pump_swap(receiver: str, side: Side = BUY) -> Transaction:
    scene = Scene(ME)
    accounts = (POOL, ME, wallet(60), COIN, WSOL, scene.account(receiver, COIN), scene.account(POOL, COIN))
    scene.call(programs.PUMPSWAP, *accounts, data=bytes.fromhex("66063d1201daebea" if side == BUY else "33e685a4017f83ad"))
    if side == BUY:
        return scene.send(COIN, POOL, receiver, 321).send(WSOL, ME, POOL, 50_000).done()
    return scene.send(COIN, receiver, POOL, 321).send(WSOL, POOL, ME, 50_000).done()


def test_bought_for_somebody_else_is_a_transfer_to_the_receiver() -> None:
    assert of(pump_swap(ME), trade(BUY, 321, 50_000)) == []
    assert of(pump_swap(FRIEND), trade(BUY, 321, 50_000)) == [("transfer", ME, FRIEND, COIN, 321)]


def test_sold_out_of_somebody_elses_account_came_from_there() -> None:
    assert of(pump_swap(FRIEND, SELL), trade(SELL, 321, 50_000)) == [("transfer", FRIEND, ME, COIN, 321)]


def test_books_and_balances_agree_on_every_recorded_coin() -> None:
    """bought + received - sold - sent = change of the balance, for every trader and coin that is recorded."""
    for name in ("2024-12_open.json", "2024-12_close.json", "2025-10_two_gettransaction.json", "jsonparsed_3HxfYpPAC7dM.json"):
        for tx in transactions(name):
            facts = decode(tx).facts
            for one in [fact for fact in facts if isinstance(fact, Trade)]:
                booked = one.quantity_atoms if one.side == BUY else -one.quantity_atoms
                moved = [fact for fact in facts if isinstance(fact, Transfer) and fact.asset == one.asset]
                booked += sum((each.quantity_atoms or 0) for each in moved if each.receiver == one.wallet)
                booked -= sum((each.quantity_atoms or 0) for each in moved if each.sender == one.wallet)
                rows = [row for row in tx.tokens if row.owner == one.wallet and row.mint == one.asset]
                assert booked == sum(row.post - row.pre for row in rows), name


def test_every_encoding_of_one_transaction_gives_the_same_facts() -> None:
    every = [decode(tx).facts for tx in transactions("2026-07-03_pump_create_v2_fixture.json")]
    assert len(every) >= 2
    assert all(facts == every[0] for facts in every)


def test_a_recorded_tip_is_no_transfer_and_a_failed_transaction_moves_nothing() -> None:
    assert of(transactions("2024-12_transfer.json")[0]) == []
    assert of(transactions("2024-12_error.json")[0]) == []


def test_the_migrators_pool_is_liquidity_and_a_fee() -> None:
    found = of(transactions("2025-01_raydium_pool_creations.json")[0])
    assert [(kind, amount) for kind, _, _, _, amount in found] == [
        ("fee", 400_000_000), ("liquidity", 79_005_361_067), ("liquidity", 206_900_000_000_000), ("mint", 4_042_044_546_472),
    ]  # fmt: skip
