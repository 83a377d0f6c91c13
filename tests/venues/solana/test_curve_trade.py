"""TradeEvent in all its lengths, pairings and abuses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remora.model.errors import Reason, Undecodable
from remora.model.facts import Reserves, Trade
from remora.venues.solana import base58, wire
from remora.venues.solana.programs import MAYHEM_AGENT, PUMP, USDC_MINT, bonding_curve
from remora.venues.solana.transaction import LogEvent
from solana_cases import KEYS, bare, decode, log_frames, trade_event


def read(data: bytes) -> tuple[Trade, Reserves] | Undecodable:
    found = decode(bare(log_events=(LogEvent(PUMP, data),)))
    if found.undecodable:
        (problem,) = found.undecodable
        assert not found.facts
        return problem
    trade, state = found.facts
    assert isinstance(trade, Trade)
    assert isinstance(state, Reserves)
    return trade, state


def refused(data: bytes) -> Reason:
    problem = read(data)
    assert isinstance(problem, Undecodable)
    return problem.reason


def trade(data: bytes) -> Trade:
    found = read(data)
    assert isinstance(found, tuple)
    return found[0]


FULL = trade_event(cashback=700)


def test_each_generation_of_the_event_tells_what_it_has() -> None:
    assert trade(FULL[:113]).venue_fee_quote_atoms == 10_000  # 1 % of 1,000,000, computed
    assert trade(FULL[:113]).flags == ("fee_computed",)
    assert trade(FULL[:129]).flags == ("fee_computed",)
    assert trade(FULL[:177]).venue_fee_quote_atoms == 9_500
    assert trade(FULL[:225]).venue_fee_quote_atoms == 9_500 + 3_000
    assert trade(FULL[:258]).venue_fee_quote_atoms == 9_500 + 3_000
    assert trade(FULL[: 258 + 7]).venue_fee_quote_atoms == 9_500 + 3_000
    assert trade(FULL[: 258 + 7 + 1 + 16]).venue_fee_quote_atoms == 9_500 + 3_000 + 700
    assert trade(FULL).venue_fee_quote_atoms == 9_500 + 3_000 + 700
    assert trade(FULL + b"fields of tomorrow").venue_fee_quote_atoms == 9_500 + 3_000 + 700
    assert {trade(FULL[:n]).flags for n in (177, 225, 258, 400)} == {()}


@given(st.integers(129, 360))
def test_no_exact_length_is_demanded(length: int) -> None:
    if 258 < length < 265:  # inside the name of the instruction: a length that no version wrote
        assert refused(FULL[:length]) is Reason.TRUNCATED
    else:
        assert (trade(FULL[:length]).quantity_atoms, trade(FULL[:length]).quote_atoms) == (35_000_000_000, 1_000_000)


def test_reserves_of_the_oldest_form_lack_the_real_ones() -> None:
    found = read(FULL[:113])
    assert isinstance(found, tuple)
    assert found[1].real_quote_atoms is None
    assert found[1].real_token_atoms is None
    whole = read(FULL)
    assert isinstance(whole, tuple)
    assert whole[1].real_quote_atoms == 1_000_000


def test_computed_fee_is_rounded_down() -> None:
    assert trade(trade_event(sol=199, length=129)).venue_fee_quote_atoms == 1
    assert trade(trade_event(sol=100, length=129)).venue_fee_quote_atoms == 1
    assert trade(trade_event(sol=0, length=129)).venue_fee_quote_atoms == 0


def test_ids_market_and_wallet() -> None:
    found = read(FULL)
    assert isinstance(found, tuple)
    one, state = found
    assert one.id == f"solana:{one.tx}:{PUMP}:e0"
    assert one.asset == base58.key_text(KEYS[0])
    assert one.wallet == base58.key_text(KEYS[1])
    assert one.market == state.market == bonding_curve(one.asset)
    assert (one.exact, one.side, one.quote, one.program) == (True, "buy", "SOL", PUMP)


def test_a_coin_paired_with_usdc_is_booked_in_usdc() -> None:
    usdc = base58.decode(USDC_MINT)
    found = read(trade_event(sol=0, quote_mint=usdc, quote=(2_500_000, 4_000_000_000, 2_500_000), shareholders=3, length=999))
    assert isinstance(found, tuple)
    one, state = found
    assert (one.quote, one.quote_atoms) == ("USDC", 2_500_000)
    assert (state.quote_atoms, state.virtual_quote_atoms, state.real_quote_atoms) == (2_500_000, 4_000_000_000, 2_500_000)


def test_another_quote_is_named_by_its_mint() -> None:
    one = trade(trade_event(sol=0, quote_mint=KEYS[20], quote=(5, 6, 7)))
    assert (one.quote, one.quote_atoms) == (base58.key_text(KEYS[20]), 5)


def test_the_mayhem_agent_is_marked() -> None:
    agent = trade(trade_event(user=base58.decode(MAYHEM_AGENT), fee=0, creator_fee=0))
    assert (agent.flags, agent.wallet) == (("mayhem",), MAYHEM_AGENT)


def test_impossible_values_are_refused_by_name() -> None:
    assert refused(FULL[:112]) is Reason.TRUNCATED
    assert refused(FULL[:8]) is Reason.TRUNCATED
    assert refused(trade_event(sol=2**63)) is Reason.OUT_OF_RANGE
    assert refused(FULL[:48] + b"\xff" * 8 + FULL[56:]) is Reason.OUT_OF_RANGE
    assert refused(trade_event(fee=2**63)) is Reason.OUT_OF_RANGE
    assert refused(trade_event(fee=2**62, creator_fee=2**62)) is Reason.OUT_OF_RANGE
    assert refused(trade_event(buy=2)) is Reason.UNKNOWN_VALUE
    assert refused(trade_event(seconds=-1)) is Reason.BAD_TIME
    assert refused(trade_event(seconds=2**62)) is Reason.BAD_TIME
    assert refused(FULL[:258] + b"\xff\xff\xff\xff" + FULL[262:]) is Reason.TRUNCATED


def test_several_trades_of_one_transaction_are_numbered() -> None:
    lines = tuple(LogEvent(PUMP, trade_event(buy=n % 2), n) for n in range(4))
    found = decode(bare(log_events=lines)).facts
    trades = [fact for fact in found if isinstance(fact, Trade)]
    assert [one.id.rpartition(":")[2] for one in trades] == ["e0", "e1", "e2", "e3"]
    assert [one.side for one in trades] == ["sell", "buy", "sell", "buy"]


def test_recorded_fees_are_rounded_up_by_component() -> None:
    seen = 0
    for frame in log_frames():
        for tx in wire.read(frame).transactions:
            for fact in decode(tx).facts:
                if isinstance(fact, Trade) and "mayhem" not in fact.flags:
                    assert fact.venue_fee_quote_atoms == sum(-(-fact.quote_atoms * bps // 10_000) for bps in (95, 30))
                    seen += 1
    assert seen == 51
