"""PumpSwap: sides, money, fees, and where the mints of a pool are known from."""

from __future__ import annotations

from struct import pack

import msgspec
import pytest

from remora.model.errors import Reason
from remora.model.facts import Fact, PoolCreated, Reward, Trade
from remora.ports import Context, Decoded
from remora.venues.solana import base58
from remora.venues.solana.decode import decode_transaction
from remora.venues.solana.programs import PUMP, PUMPSWAP, USDC_MINT, WSOL, pool_authority
from remora.venues.solana.transaction import LogEvent, TokenBalance, Transaction
from solana_cases import KEYS, bare, transactions

POOL, USER, COIN, BASE_ACCOUNT, QUOTE_ACCOUNT = KEYS[:5]
TIME = 1_780_000_000
text = base58.key_text
NORMAL = Context(pools={text(POOL): (text(COIN), WSOL)})
FLIPPED = Context(pools={text(POOL): (WSOL, text(COIN))})


def swap(kind: str, base: int, quote: int, user_quote: int, seconds: int = TIME) -> bytes:
    """A BuyEvent or SellEvent of 2025-03 by its layout."""
    data = bytes.fromhex(kind) + pack("<qQQQQQQQ", seconds, base, 0, 0, 0, 10**15, 10**11, quote)
    data += pack("<QQQQQQ", 20, 5, 5, 3, quote, user_quote)
    return data + POOL + USER + BASE_ACCOUNT + QUOTE_ACCOUNT + KEYS[6] + KEYS[7]


BUY, SELL = "67f4521f2cf57777", "3e2f370aa503dc2a"


def read(data: bytes, context: Context, tx: Transaction | None = None) -> Decoded:
    whole = msgspec.structs.replace(tx or bare(), log_events=(LogEvent(PUMPSWAP, data),))
    return decode_transaction(whole, context)


def trade(data: bytes, context: Context) -> Trade:
    found = read(data, context)
    assert not found.undecodable
    (fact,) = found.facts
    assert isinstance(fact, Trade)
    return fact


def test_a_buy_pays_the_pool_and_the_fees() -> None:
    one = trade(swap(BUY, 5_000, 1_000, 1_013), NORMAL)
    assert (one.side, one.asset, one.quantity_atoms) == ("buy", text(COIN), 5_000)
    assert (one.quote, one.quote_atoms, one.venue_fee_quote_atoms) == ("SOL", 1_000, 13)
    assert (one.market, one.wallet, one.program, one.happened_at) == (text(POOL), text(USER), PUMPSWAP, TIME * 10**9)
    assert one.id == f"solana:{one.tx}:{PUMPSWAP}:e0"
    assert one.flags == ()


def test_a_sale_gets_the_pool_s_money_less_fees() -> None:
    one = trade(swap(SELL, 5_000, 1_000, 987), NORMAL)
    assert (one.side, one.quantity_atoms, one.quote_atoms, one.venue_fee_quote_atoms) == ("sell", 5_000, 1_000, 13)


def test_a_pool_whose_base_is_money_flips_the_sides() -> None:
    bought = trade(swap(SELL, 1_000, 5_000, 4_987), FLIPPED)
    assert (bought.side, bought.asset, bought.quantity_atoms) == ("buy", text(COIN), 4_987)
    assert (bought.quote, bought.quote_atoms, bought.venue_fee_quote_atoms) == ("SOL", 1_000, 0)
    sold = trade(swap(BUY, 1_000, 5_000, 5_013), FLIPPED)
    assert (sold.side, sold.quantity_atoms, sold.quote_atoms, sold.flags) == ("sell", 5_013, 1_000, ("flipped",))


def test_usdc_pools_and_money_against_money() -> None:
    usdc = trade(swap(BUY, 5, 10, 10), Context(pools={text(POOL): (text(COIN), USDC_MINT)}))
    assert (usdc.quote, usdc.asset) == ("USDC", text(COIN))
    both = trade(swap(BUY, 5, 10, 10), Context(pools={text(POOL): (WSOL, USDC_MINT)}))
    assert (both.asset, both.quote, both.side) == (WSOL, "USDC", "buy")


def test_without_mints_the_pool_is_named() -> None:
    (problem,) = read(swap(BUY, 5, 10, 10), Context()).undecodable
    assert problem.reason is Reason.UNKNOWN_POOL
    assert text(POOL) in problem.detail


@pytest.mark.parametrize("closed", [False, True])
def test_mints_are_learnt_from_balances(closed: bool) -> None:
    rows = [
        TokenBalance(text(BASE_ACCOUNT), text(COIN), text(USER), 0, 5, 6),
        TokenBalance(text(KEYS[10]), text(COIN), text(POOL), 9, 4, 6),
        TokenBalance(text(KEYS[11]), WSOL, text(POOL), 1, 11, 9),
    ]
    if not closed:
        rows.append(TokenBalance(text(QUOTE_ACCOUNT), WSOL, text(USER), 10, 0, 9))
    context = Context()
    found = read(swap(BUY, 5, 10, 10), context, bare(tokens=tuple(rows)))
    assert not found.undecodable
    assert context.pools == {text(POOL): (text(COIN), WSOL)}


def test_mints_are_learnt_from_the_recorded_instruction() -> None:
    tx = transactions("2025-10_two_gettransaction.json")[1]
    context = Context()
    full = [fact for fact in decode_transaction(tx, context).facts if isinstance(fact, Trade)]
    assert list(context.pools.values()) == [(WSOL, full[0].asset)]
    told = msgspec.structs.replace(tx, instructions=(), tokens=(), complete=False)
    assert [fact for fact in decode_transaction(told, context).facts if isinstance(fact, Trade)] == full
    no_instruction = msgspec.structs.replace(tx, instructions=(), complete=False)  # balances alone tell it, too
    assert [fact for fact in decode_transaction(no_instruction, Context()).facts if isinstance(fact, Trade)] == full


def create_pool(index: int, creator: bytes) -> bytes:
    data = bytes.fromhex("b1310cd2a076a774") + pack("<qH", TIME, index) + creator + COIN + base58.decode(WSOL)
    data += bytes((6, 9)) + pack("<QQQQ", 206_900_000_000_000, 84_000_000_000, 1, 2)
    return data.ljust(173, b"\0") + POOL + KEYS[8]


def pool_of(found: list[Fact]) -> PoolCreated:
    (fact,) = found
    assert isinstance(fact, PoolCreated)
    return fact


def test_a_new_pool_is_kept_and_the_canonical_one_known() -> None:
    context = Context()
    own = pool_of(read(create_pool(0, base58.decode(pool_authority(text(COIN)))), context).facts)
    assert own.flags == ("canonical",)
    assert (own.base_atoms, own.quote_atoms, own.base_asset, own.quote_asset) == (
        206_900_000_000_000, 84_000_000_000, text(COIN), WSOL,
    )  # fmt: skip
    assert context.pools[text(POOL)] == (text(COIN), WSOL)
    assert pool_of(read(create_pool(0, KEYS[9]), Context()).facts).flags == ()
    assert trade(swap(BUY, 5, 10, 10), context).asset == text(COIN)


def test_a_migration_with_its_pool_event_names_the_pool_once() -> None:
    migration = bytes.fromhex("bde95db95c94ea94") + USER + COIN + pack("<QQQ", 1, 2, 3) + KEYS[5] + pack("<q", TIME) + POOL
    lines = (LogEvent(PUMPSWAP, create_pool(0, KEYS[9]), 1), LogEvent(PUMP, migration, 2))
    found = decode_transaction(bare(log_events=lines), Context())
    assert [type(fact).__name__ for fact in found.facts] == ["PoolCreated", "Graduation"]


def test_a_creator_s_fee_is_income() -> None:
    data = bytes.fromhex("e8f5c2eeeada3a59") + pack("<q", TIME) + USER + pack("<Q", 55) + KEYS[3] + KEYS[4]
    (fact,) = read(data, Context()).facts
    assert isinstance(fact, Reward)
    assert (fact.kind, fact.wallet, fact.quote_atoms, fact.quote) == ("creator_fee", text(USER), 55, "SOL")


def test_a_buy_for_an_exact_payment_writes_its_two_amounts_the_other_way_round() -> None:
    usual, exact_in = trade(swap(BUY, 5, 1_000, 1_012), NORMAL), trade(swap(BUY, 5, 1_012, 1_000), NORMAL)
    assert (usual.quote_atoms, usual.venue_fee_quote_atoms) == (1_000, 12)
    assert (exact_in.quote_atoms, exact_in.venue_fee_quote_atoms) == (1_000, 12)


def test_impossible_values_are_refused_by_name() -> None:
    def reason(data: bytes) -> Reason:
        (problem,) = read(data, NORMAL).undecodable
        return problem.reason

    assert reason(swap(SELL, 5, 10, 11)) is Reason.CONTRADICTION
    assert reason(swap(BUY, 2**63, 10, 10)) is Reason.OUT_OF_RANGE
    assert reason(swap(BUY, 5, 10, 10, seconds=-5)) is Reason.BAD_TIME
    assert reason(swap(BUY, 5, 10, 10)[:200]) is Reason.TRUNCATED
    assert reason(create_pool(0, KEYS[9])[:180]) is Reason.TRUNCATED


def test_other_events_and_programs_are_left_alone() -> None:
    found = read(bytes.fromhex("78f83d531f8e6b90") + b"x" * 99, NORMAL)
    assert (found.facts, found.undecodable) == ([], [])
    assert "Deposit" in found.ignored[0].detail
    foreign = msgspec.structs.replace(bare(), log_events=(LogEvent(PUMP, swap(BUY, 5, 10, 10)),))
    assert decode_transaction(foreign, NORMAL).facts == []
