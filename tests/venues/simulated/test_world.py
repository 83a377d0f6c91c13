"""The market with known truth: exact curves, funded wallets, planted patterns, and a truth that agrees with the facts."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from remora.formulas import curve, fees, pool
from remora.formulas.reserves import chains
from remora.model.facts import Reserves
from remora.stores.ledger.reading import book_schema
from remora.venues.simulated import knobs as k
from remora.venues.simulated import trading
from remora.venues.simulated.drawn import slots
from remora.venues.simulated.world import World, make


@cache
def world(name: k.WorldName = "mixed", seed: int = 3) -> World:
    """A small world with a few graduations."""
    return make(seed, wallets=600, days=5, world=name, graduation_rate=0.05, hub_customers=50)


def column(table: Any, name: str) -> Any:
    return np.asarray(table[name].to_pylist())


# --- the same, and whole --------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_world_and_another_one_another() -> None:
    first, again, other = (make(seed, wallets=200, days=3, hub_customers=5) for seed in (1, 1, 2))
    assert again.trades.equals(first.trades)
    assert again.names == first.names
    assert all(again.tables[name].equals(table) for name, table in first.tables.items())
    assert not other.trades.equals(first.trades)


def test_trades_are_what_a_ledger_gives() -> None:
    trades = world().trades
    assert trades.schema.equals(book_schema())
    order = [column(trades, name) for name in ("row", "ordinal", "slot", "happened_at", "asset", "wallet")]
    assert (np.lexsort(order) == np.arange(trades.num_rows)).all()
    assert len(set(column(trades, "row").tolist())) == trades.num_rows
    assert column(trades, "happened_at").max() < world().ends_at + 60 * 10**9
    assert min(trades["quantity_atoms"].to_pylist()) > 0
    names = world().names
    assert len(set(names)) == len(names)
    assert all(names[i].startswith(("Sim", "0x51a0")) for i in set(trades["wallet"].to_pylist()))


def test_nobody_trades_a_coin_twice_in_one_slot_or_bets_twice_in_one_second() -> None:
    """So that the order of a wallet's trades is told by the records alone."""
    trades = world().trades
    keys = [column(trades, name) for name in ("wallet", "happened_at", "slot", "asset")]
    told = set(
        zip(keys[0].tolist(), keys[1].tolist(), keys[2].tolist(), np.where(keys[2] < 0, 0, keys[3]).tolist(), strict=True)
    )
    assert len(told) == trades.num_rows


def test_nobody_sells_what_he_does_not_hold() -> None:
    trades = world().trades
    key = column(trades, "wallet") * 10**6 + column(trades, "asset")
    change = column(trades, "quantity_atoms") * np.where(column(trades, "side") == 0, 1, -1)
    held = np.cumsum(change)
    first = np.r_[True, key[1:] != key[:-1]]
    before = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
    assert (held - held[before] + change[before] >= 0).all()


# --- curves and pools -----------------------------------------------------------------------------------------------


def _rows(where: int, count: int = 400) -> list[dict[str, int]]:
    """Trades beside the reserves that they met."""
    chain = world().chain
    rows = np.flatnonzero(chain.where == where)[:: max(1, int((chain.where == where).sum()) // count)]
    found = []
    for row in rows.tolist():
        side, money, quantity = int(chain.side[row]), int(chain.money[row]), int(chain.quantity[row])
        left = (int(chain.quote_left[row]), int(chain.base_left[row]))
        kept = int(chain.liquidity[row]) if where == trading.POOL else 0
        sign = -1 if side == 0 else 1
        found.append({
            "side": side, "money": money, "quantity": quantity, "quote": left[0] + sign * money - kept,
            "base": left[1] - sign * quantity, "protocol": int(chain.protocol[row]), "creator": int(chain.creator[row]),
            "liquidity": int(chain.liquidity[row]), "complete": left[1] == trading.OUTSIDE_ATOMS,
        })  # fmt: skip
    assert found
    return found


def test_curve_trades_follow_the_program_to_the_lamport() -> None:
    for row in _rows(trading.CURVE):
        reserves = curve.Virtual(row["quote"], row["base"])
        if row["side"] == 1:
            assert row["money"] == curve.sell_proceeds(reserves, row["quantity"])
        elif row["complete"]:
            assert row["money"] == curve.buy_cost(reserves, row["quantity"])
        else:
            assert row["quantity"] == curve.buy_exact_in(reserves, row["money"])
        assert row["protocol"] == fees.component(row["money"], 9_500)
        assert row["creator"] == fees.component(row["money"], 3_000)


def test_pool_trades_follow_constant_product_and_the_fee_tiers() -> None:
    for row in _rows(trading.POOL):
        reserves = pool.Pool(row["base"], row["quote"])
        paid = pool.sell_proceeds if row["side"] == 1 else pool.buy_cost
        assert row["money"] == paid(reserves, row["quantity"])
        rates = fees.pumpswap_canonical(pool.market_cap(reserves, curve.SUPPLY_ATOMS))
        assert (row["protocol"], row["creator"], row["liquidity"]) == tuple(
            fees.component(row["money"], rate) for rate in rates
        )


def test_no_trade_is_missing_from_any_chain_of_reserves() -> None:
    chain, told = world().chain, world().spelling
    place = slots(chain.at).tolist()
    rows = [
        Reserves(
            id=str(n), source="", venue="solana", market=told.curves[chain.token[n]], asset="", slot=place[n],
            happened_at=int(chain.at[n]), side="sell" if chain.side[n] else "buy", quantity_atoms=int(chain.quantity[n]),
            quote_atoms=int(chain.money[n]), virtual_quote_atoms=int(chain.quote_left[n]),
            virtual_token_atoms=int(chain.base_left[n]),
        )
        for n in np.flatnonzero(chain.where == trading.CURVE).tolist()
    ]  # fmt: skip
    found = chains(rows)
    assert len(found) == len(world().chain.coins)
    assert not [broken for one in found.values() for broken in one.breaks]


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.1])
def test_the_wanted_share_of_launches_graduates(rate: float) -> None:
    small = make(11, wallets=400, days=5, world="heavy", graduation_rate=rate, hub_customers=0)
    coins, done = small.chain.coins, small.chain.graduated
    assert done.tolist() == np.flatnonzero(coins.completes).tolist()
    assert len(done) == round(rate * len(coins))
    stages = column(small.tables["graduations"], "stage").tolist()
    assert stages.count("complete") == stages.count("migrated") == len(done)


# --- the truth ------------------------------------------------------------------------------------------------------


def test_every_wallet_is_paid_before_it_trades() -> None:
    sender, receiver, amount, at, venue = world().funding.sorted()
    people = len(world().cast.role)
    first = np.full(people, 2**62)
    for part in (world().chain, world().fills):
        np.minimum.at(first, part.wallet, part.at)
    paid = np.full(people, 2**62)
    real = (receiver < people) & (amount > 1_000)
    np.minimum.at(paid, receiver[real], at[real])
    traded = first < 2**62
    assert (paid[traded] < first[traded]).all()
    assert (sender != receiver).all()
    assert set(venue.tolist()) == {0, 1}


@cache
def farms(**knobs: float) -> World:
    """A world in which there are farms of every make."""
    return make(
        4, wallets=900, days=5, sybil_share=0.45, hub_customers=50, **{"through_exchange": 0.0, "by_disperse": 0.0, **knobs}
    )


def _tied(town: World, make_: str) -> float:
    """The share of a make's wallets that are reached from their group's first along transfers, hubs and dust left out.

    At most three wallets in a row may be outsiders.
    """
    rows = [town.tables["transfers"][name].to_pylist() for name in ("sender", "receiver", "quantity_atoms")]
    hubs = {town.spelling.wallets[number] for number, *_ in town.funding.hubs}
    beside: dict[str, set[str]] = {}
    for sender, receiver, amount in zip(*rows, strict=True):
        if not {sender, receiver} & hubs and amount > 1_000:
            beside.setdefault(sender, set()).add(receiver)
            beside.setdefault(receiver, set()).add(sender)
    groups: dict[int, list[str]] = {}
    for row in town.truth["wallets"].to_pylist():
        if row["make"] == make_:
            groups.setdefault(row["group"], []).append(row["wallet"])
    tied = 0
    for members in groups.values():
        reached, edge = {members[0]: 0}, [members[0]]
        while edge:
            name = edge.pop()
            for other in beside.get(name, ()):
                steps = 0 if other in members else reached[name] + 1
                if other not in reached and steps <= 3:
                    reached[other] = steps
                    edge.append(other)
        tied += len(reached.keys() & set(members))
    return tied / sum(map(len, groups.values()))


@pytest.mark.parametrize("make_", ["star", "chain", "tree", "bundle", "split", "wash", "convergence", "launch_crew"])
def test_members_of_a_group_are_tied_as_its_make_says(make_: str) -> None:
    assert _tied(farms(), make_) == 1.0


@pytest.mark.parametrize("make_", ["exchange", "copy"])
def test_makes_that_come_from_an_exchange_have_no_ties(make_: str) -> None:
    assert _tied(farms(), make_) < 0.3


@pytest.mark.parametrize("knob", ["through_exchange", "by_disperse"])
def test_what_goes_through_a_hub_is_tied_no_more(knob: str) -> None:
    assert _tied(farms(**{knob: 1.0}), "star") < 0.3


@pytest.mark.parametrize(("make_", "low", "high"), [("bundle", 0, 400), ("copy", 7_900, 60_000)])
def test_bundles_buy_in_the_slot_of_their_chief_and_copies_seconds_after_it(make_: str, low: int, high: int) -> None:
    chain, cast = farms().chain, farms().cast
    bought = np.flatnonzero(chain.side == 0)[::-1]
    lags = []
    for group in np.flatnonzero(cast.make == k.FARMS.index(make_)).tolist():
        chief, *others = cast.members(group).tolist()
        mine = {int(chain.token[n]): int(chain.at[n]) for n in bought if chain.wallet[n] == chief}
        theirs = [n for n in bought if chain.wallet[n] in others and int(chain.token[n]) in mine]
        lags += [abs(int(chain.at[n]) - mine[int(chain.token[n])]) for n in theirs]
    assert len(lags) > 20
    assert sum(low <= lag <= high for lag in lags) > 0.7 * len(lags)


def test_exchanges_pay_hundreds_who_have_nothing_to_do_with_each_other() -> None:
    busy = make(2, wallets=150, days=3)
    sender, *_ = busy.funding.sorted()
    for number, kind, *_ in busy.funding.hubs:
        if kind in ("exchange", "bridge"):
            assert (sender == number).sum() > 500


def test_prices_of_questions_are_fair_on_average_and_only_the_skilled_beat_them() -> None:
    """Means over all bets of a role: designed and true edges agree; everybody else has none."""
    asked = make(5, wallets=1_200, days=10, world="binary", hub_customers=0)
    truth = asked.truth["wallets"]
    role, designed, true = (column(truth, name) for name in ("role", "edge", "true_edge"))
    for name in ("skilled", "harmful", "crowd"):
        some = (role == name) & ~np.isnan(true)
        error = true[some].std() / np.sqrt(some.sum())
        assert abs(true[some].mean() - designed[some].mean()) < 4 * error + 0.001
    assert designed[role == "skilled"].min() > 0 > designed[role == "harmful"].max()
    assert 0.07 < (role == "skilled").mean() < 0.09
    assert 0.21 < (role == "harmful").mean() < 0.23


def test_after_fees_only_the_skilled_gain_and_who_repeats_them_has_their_edge() -> None:
    asked = make(5, wallets=1_200, days=10, hub_customers=0, solana_share=0.0)
    truth = asked.truth["wallets"]
    role, designed, net = (column(truth, name) for name in ("role", "edge", "net_edge"))
    traded = ~np.isnan(net)
    crowd = net[traded & (role == "crowd")]
    assert np.ptp(crowd) < 1e-12
    assert -0.01 < crowd[0] < 0
    skilled = traded & (role == "skilled")
    assert (net[skilled] < designed[skilled]).all(), "fees, and errors that are gone by the exit"
    assert (net[skilled] - crowd[0] > 0.7 * designed[skilled]).all()
    net_of = dict(zip(truth["wallet"].to_pylist(), net.tolist(), strict=True))
    leaders = np.array([net_of.get(name, np.nan) for name in truth["leader"].to_pylist()])
    led = (role == "copier") & ~np.isnan(leaders)
    assert led.sum() > 20
    assert net[led & traded] == pytest.approx(leaders[led & traded])
    assert np.isnan(net[role == "market_maker"]).all()


def test_probabilities_are_true() -> None:
    """Of many questions, those called p per cent come true in about p per cent of cases."""
    asked = make(6, wallets=100, days=5, world="binary", markets=2_000, hub_customers=0).asked
    for step in (0, 30, 60):
        told, won = asked.truth[:, step], asked.won
        for low in (0.0, 0.2, 0.5, 0.8):
            some = (told >= low) & (told < low + 0.2)
            error = np.sqrt((told[some] * (1 - told[some])).sum()) / some.sum()
            assert abs(won[some].mean() - told[some].mean()) < 4 * error


def test_nobody_is_skilled_in_the_null_world() -> None:
    nothing = world("null")
    truth = nothing.truth["wallets"]
    assert not any(truth["is_skilled"].to_pylist())
    assert set(column(truth, "role")) <= {"crowd", "market_maker", "volume_bot", "dev", "whale", "copier", "sybil", "lottery"}
    assert (column(truth, "skill") == 0).all()
    true = column(truth, "true_edge")
    some = ~np.isnan(true) & ~column(truth, "structural")
    assert abs(true[some].mean()) < 4 * true[some].std() / np.sqrt(some.sum())


def test_skill_pays_in_coins_too() -> None:
    truth = make(8, wallets=900, days=7, world="heavy", hub_customers=0).truth["wallets"]
    role, edge = column(truth, "role"), column(truth, "edge")
    assert np.nanmean(edge[role == "skilled"]) > np.nanmean(edge[role == "crowd"]) + 0.05
    assert np.nanmax(edge[role == "crowd"]) < 0


def test_the_dusted_are_innocent() -> None:
    truth = world().truth["wallets"]
    dusted = column(truth, "is_harmless_poisoned")
    assert dusted.any()
    assert (column(truth, "group")[dusted] == -1).all()


def test_a_knob_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError):
        make(1, wallets=10, nonsense=1)
