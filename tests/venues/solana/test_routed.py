"""Trades by pool moves and balances: recorded ones in words, and scenes nobody recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remora.model.errors import Reason
from remora.model.facts import Observation, Trade, Transfer
from remora.ports import Context, Decoded
from remora.venues.solana import launchlab, programs, raydium, routed
from remora.venues.solana.transaction import Transaction
from solana_cases import decode, transactions
from solana_scene import COIN, DEX, OTHER_COIN, ROUTER, WSOL, Scene, vault, wallet

ME, FRIEND = wallet(1), wallet(2)
POOL, SECOND_POOL, PASSING = vault("pool"), vault("second pool"), vault("passing")
USDC = programs.USDC_MINT


def derived(tx: Transaction) -> Decoded:
    return routed.derive(tx, Context())


def trades(found: Decoded) -> list[Trade]:
    return [fact for fact in found.facts if isinstance(fact, Trade)]


def said(trade: Trade) -> tuple[Any, ...]:
    return trade.wallet[:6], trade.side, trade.quantity_atoms, trade.quote, trade.quote_atoms


RECORDED = [
    ("2024-12_add.json", 0, "EnSR bought 36,815.534629 for 0.7 SOL on Raydium v4 through Jupiter v6",
     ("EnSRdk", "buy", 36_815_534_629, "SOL", 700_000_000)),
    ("2024-12_close.json", 0, "DzUM sold 7,348.085442 for 0.138514373 SOL on Raydium v4 through OKX, before its commission",
     ("DzUMK8", "sell", 7_348_085_442, "SOL", 138_514_373)),
    ("2024-12_reduce1.json", 0, "7W3o sold 11,809.738065 for 0.222691527 SOL",
     ("7W3oJn", "sell", 11_809_738_065, "SOL", 222_691_527)),
    ("2024-12_open3.json", 0, "2p7W bought 1,198.591705 for 200 USDC, over SOL, through Jupiter v6",
     ("2p7Wxm", "buy", 1_198_591_705, "USDC", 200_000_000)),
    ("2025-10_two_gettransaction.json", 0, "98QX bought 807,769.528641 for 0.3 SOL on Raydium CLMM",
     ("98QXkw", "buy", 807_769_528_641, "SOL", 300_000_000)),
    ("yellowstone_block_2025-06-04.json", 0, "A3B4 sold 960,121.693415 for 0.205162520 SOL on Raydium v4",
     ("A3B4sT", "sell", 960_121_693_415, "SOL", 205_162_520)),
    ("yellowstone_block_2025-06-04.json", 2, "GsdU sold 8,786,345.733688 for 2.081353795 SOL on Raydium CLMM",
     ("GsdUcq", "sell", 8_786_345_733_688, "SOL", 2_081_353_795)),
    ("jsonparsed_2rY9ky2Ypps3.json", 0, "mm5G sold 7,287,032.271779 for 0.045130273 SOL",
     ("mm5G1i", "sell", 7_287_032_271_779, "SOL", 45_130_273)),
    ("jsonparsed_5dk9JQExmdT6.json", 0, "Bdky bought 5,388,719 atoms for 0.969676388 SOL",
     ("Bdky9P", "buy", 5_388_719, "SOL", 969_676_388)),
    ("jsonparsed_3HxfYpPAC7dM.json", 0, "limit order of GAgn: 888,001 atoms for 2,000 USDC; its keeper trades nothing",
     ("GAgnD5", "buy", 888_001, "USDC", 2_000_000_000)),
    ("jsonparsed_42zg3fooJY4T.json", 0, "limit order of GAgn over three pools", ("GAgnD5", "buy", 7_105, "USDC", 16_000_000)),
    ("jsonparsed_4vug6xbfY6xp.json", 0, "limit order of GAgn over USDT and SOL",
     ("GAgnD5", "buy", 682_030, "USDC", 1_536_102_400)),
    ("jsonparsed_2GMpqA7duENG.json", 0, "DCA of DHq9: 44.07588 for 0.001428571 SOL; its keeper trades nothing",
     ("DHq9E6", "buy", 44_075_880, "SOL", 1_428_571)),
    ("jsonparsed_k2eGRDNqy6mY.json", 0, "limit order v2 of 4abv: 999,000 coins for 2,390 USDC",
     ("4abvSW", "buy", 999_000_000_000, "USDC", 2_390_000_000)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at", "words", "wanted"), RECORDED, ids=[f"{one[0]}-{one[1]}" for one in RECORDED])
def test_recorded_trades(name: str, at: int, words: str, wanted: tuple[Any, ...]) -> None:
    found = decode(transactions(name)[at])
    (trade,) = trades(found)
    assert said(trade) == wanted, words
    assert "derived" in trade.flags
    assert trade.venue_fee_quote_atoms == 0
    assert not found.undecodable


def test_a_derived_trade_is_named_by_its_outer_program_and_its_pool() -> None:
    (bought,) = trades(decode(transactions("2024-12_add.json")[0]))
    assert bought.program == "JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4"
    assert bought.id == f"solana:{bought.tx}:{bought.program}:b0"
    assert bought.market is not None
    assert bought.market.startswith("2nrw5T")
    over_usdc = trades(decode(transactions("2024-12_open3.json")[0]))[0]
    assert over_usdc.market is None  # two pools lie between


def test_what_is_no_trade_is_none() -> None:
    for name in ("2024-12_transfer.json", "2024-12_error.json", "jsonparsed_4aBP4353YQuQ.json", "jsonparsed_L6rJy9mocHed.json"):
        assert trades(decode(transactions(name)[0])) == [], name
    arbitrage = transactions("yellowstone_block_2025-06-04.json")[1]
    assert trades(decode(arbitrage)) == []


def test_orders_put_in_and_taken_back_are_observed() -> None:
    for name, change in (("jsonparsed_L6rJy9mocHed.json", -178_000_000_000), ("jsonparsed_4iZxoW1D2uP3.json", 178_000_000_000)):
        (seen,) = [fact for fact in decode(transactions(name)[0]).facts if isinstance(fact, Observation)]
        assert seen.kind == "order"
        assert list(json.loads(seen.data)["changes"].values()) == [change]


def test_events_are_not_derived_a_second_time() -> None:
    for name in ("2024-12_open.json", "2025-05-13_bloom_router_buy_blocksubscribe.json"):
        (trade,) = trades(decode(transactions(name)[0]))
        assert "derived" not in trade.flags


@pytest.mark.parametrize(
    ("name", "gross"),
    [
        ("2024-12_open4.json", 202_000_000),
        ("2024-12_fail.json", 178_300_225),
        ("2024-07-21_pump_create_buy.json", 1_515_000_000),
    ],
)
def test_pump_trades_are_found_without_their_events(name: str, gross: int) -> None:
    (trade,) = trades(derived(transactions(name)[0]))
    assert trade.quote_atoms == gross  # fees inside: nothing but the event tells them apart
    assert ("fee_unknown" in trade.flags) is (trade.side == "sell")


# --- scenes --------------------------------------------------------------------------------------------------------


def swap(scene: Scene, program: str, pool: str, gave: tuple[str, int], got: tuple[str, int], *, who: str = ME) -> Scene:
    """A pool instruction with its two moves, inside the outer call before it."""
    scene.call(program, pool, scene.account(pool, gave[0]), scene.account(pool, got[0]), inner=True)
    return scene.send(gave[0], who, pool, gave[1]).send(got[0], pool, who, got[1])


def test_two_coins_are_a_sale_and_a_buy_at_the_sol_between_them() -> None:
    scene = Scene(ME).call(ROUTER, ME)
    swap(scene, DEX, POOL, (COIN, 500), (WSOL, 70_000))
    swap(scene, DEX, SECOND_POOL, (WSOL, 70_000), (OTHER_COIN, 9_000))
    sale, buy = trades(derived(scene.done()))
    assert said(sale)[1:] == ("sell", 500, "SOL", 70_000)
    assert said(buy)[1:] == ("buy", 9_000, "SOL", 70_000)
    assert sale.flags == buy.flags == ("derived", "swap_leg")
    assert (sale.id[-3:], buy.id[-3:]) == (":b0", ":b1")


def test_two_coins_without_money_between_are_priced_in_each_other() -> None:
    scene = swap(Scene(ME).call(ROUTER, ME), DEX, POOL, (COIN, 500), (OTHER_COIN, 9_000))
    sale, buy = trades(derived(scene.done()))
    assert (sale.quote, sale.quote_atoms) == (OTHER_COIN, 9_000)
    assert (buy.quote, buy.quote_atoms) == (COIN, 500)


def test_split_over_two_pools_is_one_trade() -> None:
    scene = Scene(ME).call(ROUTER, ME)
    swap(scene, DEX, POOL, (WSOL, 60_000), (COIN, 600))
    swap(scene, DEX, SECOND_POOL, (WSOL, 40_000), (COIN, 399))
    assert [said(one)[1:] for one in trades(derived(scene.done()))] == [("buy", 999, "SOL", 100_000)]


def test_through_a_routers_own_account() -> None:
    scene = Scene(ME).call(ROUTER, ME).send(WSOL, ME, PASSING, 50_000)
    swap(scene, DEX, POOL, (WSOL, 50_000), (COIN, 321), who=PASSING)
    scene.send(COIN, PASSING, ME, 321)
    (trade,) = trades(derived(scene.done()))
    assert said(trade) == (ME[:6], "buy", 321, "SOL", 50_000)


def test_the_relayer_that_pays_the_fee_is_not_the_trader() -> None:
    relayer = wallet(9)
    scene = swap(Scene(relayer, ME).call(ROUTER, ME), DEX, POOL, (WSOL, 50_000), (COIN, 321))
    assert [one.wallet for one in trades(derived(scene.done()))] == [ME]


def test_an_infrastructure_signer_never_trades() -> None:
    keeper = "71WDyyCsZwyEYDV91Qrb212rdg6woCHYQhFnmZUBxiJ6"
    scene = Scene(keeper).call(ROUTER, keeper)
    swap(scene, DEX, POOL, (WSOL, 50_000), (COIN, 321), who=keeper)
    assert trades(derived(scene.done())) == []


def test_arbitrage_and_money_against_money_are_observations() -> None:
    circle = Scene(ME).call(ROUTER, ME)
    swap(circle, DEX, POOL, (WSOL, 50_000), (COIN, 321))
    swap(circle, DEX, SECOND_POOL, (COIN, 321), (WSOL, 50_777))
    changed = swap(Scene(ME).call(ROUTER, ME), DEX, POOL, (WSOL, 50_000), (USDC, 8_000))
    for scene, kind in ((circle, "arbitrage"), (changed, "exchange")):
        (seen,) = derived(scene.done()).facts
        assert isinstance(seen, Observation)
        assert seen.kind == kind


def test_two_coins_at_once_are_left_undecided() -> None:
    scene = Scene(ME).call(ROUTER, ME)
    swap(scene, DEX, POOL, (WSOL, 50_000), (COIN, 321))
    swap(scene, DEX, SECOND_POOL, (WSOL, 50_000), (OTHER_COIN, 123))
    (seen,) = derived(scene.done()).facts
    assert isinstance(seen, Observation)
    assert (seen.kind, seen.reason) == ("ambiguous", "0 coins given and 2 got")


def test_adding_liquidity_is_no_sale() -> None:
    shares = wallet(77)
    scene = Scene(ME).call(DEX, POOL)
    scene.call(DEX, POOL, scene.account(POOL, COIN), scene.account(POOL, WSOL), inner=True)
    scene.send(COIN, ME, POOL, 500).send(WSOL, ME, POOL, 70_000).mint(shares, ME, 10)
    (seen,) = derived(scene.done()).facts
    assert isinstance(seen, Observation)
    assert seen.kind == "liquidity"


def test_taking_liquidity_out_is_no_purchase() -> None:
    shares = wallet(77)
    scene = Scene(ME)
    scene.call(DEX, POOL, scene.account(POOL, COIN), scene.account(POOL, WSOL))
    scene.burn(shares, ME, 10).send(COIN, POOL, ME, 500).send(WSOL, POOL, ME, 70_000)
    (seen,) = derived(scene.done()).facts
    assert isinstance(seen, Observation)
    assert json.loads(seen.data)["changes"] == {COIN: 500, "SOL": 70_000}


def test_staking_is_no_trade() -> None:
    staked, reserve = wallet(78), vault("reserve")
    scene = Scene(ME).call(DEX, reserve).pay(ME, reserve, 5_000_000).mint(staked, ME, 4_500)
    facts = decode(scene.done()).facts
    assert [fact.kind for fact in facts if isinstance(fact, Observation)] == ["liquidity"]
    moved = {(fact.kind, fact.quantity_atoms) for fact in facts if isinstance(fact, Transfer)}
    assert moved == {("liquidity", 5_000_000), ("mint", 4_500)}


def test_a_crumb_left_between_two_pools_is_no_second_trade() -> None:
    for between in (WSOL, OTHER_COIN):
        scene = Scene(ME).call(ROUTER, ME)
        swap(scene, DEX, POOL, (USDC, 8_000), (between, 50_000))
        swap(scene, DEX, SECOND_POOL, (between, 49_999), (COIN, 321))
        (trade,) = trades(derived(scene.done()))
        assert said(trade)[1:] == ("buy", 321, "USDC", 8_000)
        assert trade.flags == ("derived", "residue")


def event(pool: str, *, program: str = programs.PUMPSWAP) -> Trade:
    return Trade(
        id="e", source="test", venue="solana", wallet=ME, asset=COIN, side="buy", quantity_atoms=321, quote="SOL",
        quote_atoms=50_000, market=pool, program=program,
    )  # fmt: skip


def test_only_the_pools_whose_events_were_read_are_explained() -> None:
    scene = Scene(ME).call(ROUTER, ME)
    swap(scene, programs.PUMPSWAP, POOL, (WSOL, 50_000), (COIN, 321))
    swap(scene, programs.PUMPSWAP, SECOND_POOL, (WSOL, 60_000), (OTHER_COIN, 77))
    (rest,) = trades(routed.derive(scene.done(), Context(), [event(POOL)]))
    assert (rest.asset, rest.quantity_atoms, rest.quote_atoms) == (OTHER_COIN, 77, 60_000)
    assert routed.derive(scene.done(), Context(), [event(POOL), event(SECOND_POOL)]).facts == []


def test_a_gift_is_no_trade() -> None:
    assert derived(Scene(ME).call(ROUTER, ME).send(COIN, ME, FRIEND, 500).done()).facts == []


def test_a_coins_own_transfer_fee_is_not_bought() -> None:
    scene = Scene(ME).call(DEX, POOL)
    scene.call(DEX, POOL, scene.account(POOL, WSOL), scene.account(POOL, COIN), inner=True)
    scene.send(WSOL, ME, POOL, 50_000).send(COIN, POOL, ME, 1_000, kept=30)
    (trade,) = trades(derived(scene.done()))
    assert (trade.quantity_atoms, trade.flags) == (970, ("derived", "transfer_fee"))


def test_a_program_that_pays_lamports_without_a_word() -> None:
    scene = Scene(ME)
    scene.call(DEX, POOL, scene.account(POOL, COIN), ME)
    scene.send(COIN, ME, POOL, 500).direct(POOL, ME, 123_456)
    (trade,) = trades(derived(scene.done()))
    assert (said(trade)[1:], trade.flags) == (("sell", 500, "SOL", 123_456), ("derived", "fee_unknown"))


@pytest.mark.parametrize(("first", "side"), [("faea0d7bd59c13ec", "buy"), ("9527de9bd37c981a", "sell")])
def test_launchlab_by_its_layout(first: str, side: str) -> None:
    scene = Scene(ME)
    vaults = scene.account(POOL, COIN), scene.account(POOL, WSOL)
    accounts = (ME, wallet(50), wallet(51), wallet(52), POOL, wallet(53), wallet(54), *vaults)
    scene.call(launchlab.PROGRAM, *accounts, data=bytes.fromhex(first) + bytes(24))
    if side == "buy":
        scene.send(WSOL, ME, POOL, 50_000).send(COIN, POOL, ME, 777)
    else:
        scene.send(COIN, ME, POOL, 777).send(WSOL, POOL, ME, 50_000)
    (trade,) = trades(derived(scene.done()))
    assert (said(trade)[1:], trade.market) == ((side, 777, "SOL", 50_000), POOL)


def test_launchlab_that_contradicts_itself_is_not_booked() -> None:
    scene = Scene(ME)
    accounts = (ME, wallet(50), wallet(51), wallet(52), POOL, scene.account(POOL, COIN), scene.account(POOL, WSOL))
    scene.call(launchlab.PROGRAM, *accounts, data=bytes.fromhex("faea0d7bd59c13ec") + bytes(24))
    scene.send(COIN, ME, POOL, 777).send(WSOL, POOL, ME, 50_000)
    found = derived(scene.done())
    assert trades(found) == []
    assert [one.reason for one in found.undecodable] == [Reason.CONTRADICTION]


def test_cpmm_by_its_layout() -> None:
    scene = Scene(ME)
    vaults = scene.account(POOL, WSOL), scene.account(POOL, COIN)
    data = bytes.fromhex("8fbe5adac41e33de") + bytes(16)
    scene.call(raydium.CPMM, ME, wallet(50), wallet(51), SECOND_POOL, wallet(52), wallet(53), *vaults, data=data)
    scene.send(WSOL, ME, POOL, 50_000).send(COIN, POOL, ME, 777)
    (trade,) = trades(derived(scene.done()))
    assert (said(trade)[1:], trade.market, trade.program) == (("buy", 777, "SOL", 50_000), SECOND_POOL, raydium.CPMM)


def test_failed_and_log_only_transactions_derive_nothing() -> None:
    scene = swap(Scene(ME).call(ROUTER, ME), DEX, POOL, (WSOL, 50_000), (COIN, 321))
    assert derived(scene.done(failed=True)).facts == []
    assert derived(scene.done(complete=False)).facts == []


def test_more_than_64_bits_is_refused() -> None:
    scene = swap(Scene(ME).call(ROUTER, ME), DEX, POOL, (WSOL, 50_000), (COIN, 2**63))
    found = derived(scene.done())
    assert trades(found) == []
    assert [one.reason for one in found.undecodable] == [Reason.OUT_OF_RANGE]


@given(
    hops=st.lists(st.integers(1, 10**15), min_size=1, max_size=5),
    paid=st.integers(1, 10**15),
    buying=st.booleans(),
)
def test_any_chain_of_pools_is_one_trade_of_its_ends(hops: list[int], paid: int, buying: bool) -> None:
    """However many pools lie between, the wallet's trade is what it gave first and got last."""
    amounts = [paid, *hops]
    mints = [WSOL, *[wallet(150 + at) for at in range(len(hops))]]
    if not buying:
        mints.reverse()
    scene = Scene(ME).call(ROUTER, ME)
    for at in range(len(hops)):
        swap(scene, DEX, vault(f"p{at}"), (mints[at], amounts[at]), (mints[at + 1], amounts[at + 1]))
    (trade,) = trades(derived(scene.done()))
    quantity, price = (amounts[-1], amounts[0]) if buying else (amounts[0], amounts[-1])
    assert said(trade)[1:] == ("buy" if buying else "sell", quantity, "SOL", price)
