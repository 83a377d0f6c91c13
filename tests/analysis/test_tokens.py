"""Scores of tokens out of a past: the curve by its trades, holders, smart buyers, and what cannot be told."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.pasts import past
from analysis.words import DAY, SOL, Story
from remora.analysis import tokenholders
from remora.analysis import tokens as whole
from remora.analysis.past import Past
from remora.analysis.tokenholders import token_holders
from remora.analysis.tokens import Standing
from remora.analysis.tokentape import MAYBE_CURVE, falls, left_after, token_tape
from remora.formulas import curve, holders, technical
from remora.formulas.curve import Virtual
from remora.formulas.technical import Event, Fall
from remora.model.facts import Reserves
from remora.venues.solana import wire
from solana_cases import decode, log_frames

MINUTE = 60 * SOL
CAT = "CATpump"


class Curve:
    """A bonding curve in a story: trades at the curve's own prices."""

    def __init__(self, story: Story, mint: str = CAT) -> None:
        self.story, self.mint, self.state = story, mint, curve.INITIAL

    def buy(self, wallet: str, sol: float, *, wait: int = 60) -> int:
        money = round(sol * SOL)
        tokens = min(curve.buy_exact_in(self.state, money), self.real)
        money = curve.buy_cost(self.state, tokens)
        self.story.now += (wait - 60) * SOL
        self.story.buy(wallet, self.mint, tokens, money)
        self.state = Virtual(self.state.quote_atoms + money, self.state.token_atoms - tokens)
        return tokens

    def sell(self, wallet: str, tokens: int, *, wait: int = 60) -> None:
        money = curve.sell_proceeds(self.state, tokens)
        self.story.now += (wait - 60) * SOL
        self.story.sell(wallet, self.mint, tokens, money)
        self.state = Virtual(self.state.quote_atoms - money, self.state.token_atoms + tokens)

    @property
    def real(self) -> int:
        return self.state.token_atoms - (curve.INITIAL_VIRTUAL_TOKEN_ATOMS - curve.INITIAL_REAL_TOKEN_ATOMS)

    @property
    def progress(self) -> float:
        return curve.progress_millionths(self.real) / 10_000


def standing(found: Past, scores: dict[str, float] | None = None, **more: Any) -> Standing:
    points = np.array([(scores or {}).get(name, 100.0) for name in found.wallets])
    none = np.zeros(len(found.wallets), np.bool_)
    clusters = np.full(len(found.wallets), -1, np.int32)
    confidence = np.zeros(len(found.wallets))
    base: dict[str, Any] = {
        "points": points,
        "bot": none,
        "suspicious": none,
        "cluster_of": clusters,
        "cluster_confidence": confidence,
    }
    return Standing(**{**base, **more})


def scored(found: Past, how: Standing | None = None, **more: Any) -> dict[str, dict[str, Any]]:
    table = whole.tokens(found, how or standing(found), **more)
    return {found.assets[row["asset"]]: row for row in table.to_pylist()}


# --- the curve ------------------------------------------------------------------------------------------------------


def test_progress_is_that_of_the_curves_own_reserves() -> None:
    story = Story()
    cat = Curve(story)
    bought = cat.buy("ann", 10)
    cat.buy("bob", 5.5)
    cat.sell("ann", bought // 3)
    row = scored(past(story))[CAT]
    assert row["progress"] == pytest.approx(cat.progress, abs=1e-4)
    assert row["velocity"] == pytest.approx(cat.progress / (2 / 60), rel=1e-3)  # two minutes since the first trade
    assert row["cap"] == pytest.approx(curve.market_cap(cat.state), rel=0.2)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.05, 20), st.integers(60, 3000)), min_size=1, max_size=12))
def test_any_trades_tell_progress_and_velocity(deeds: list[tuple[int, float, int]]) -> None:
    story = Story()
    cat = Curve(story)
    held = [0] * 4
    path = []
    for who, sol, wait in deeds:
        if held[who] and sol > 10:
            cat.sell(f"w{who}", held[who] // 2 + 1, wait=wait)
            held[who] -= held[who] // 2 + 1
        elif cat.progress < 80:
            held[who] += cat.buy(f"w{who}", sol, wait=wait)
        path.append((story.now, cat.progress))
    found = past(story)
    tape = token_tape(found, np.array([found.assets.index(CAT)]), np.array([MAYBE_CURVE]), np.arange(len(found.wallets)))
    assert tape.progress[0] == pytest.approx(cat.progress, abs=1e-3)
    ago = [progress for at, progress in path if story.now - at >= 60 * MINUTE]
    hours = max(story.now - tape.first_at[0], MINUTE) / (60 * MINUTE)
    expected = cat.progress - ago[-1] if ago else cat.progress / hours
    assert tape.velocity[0] == pytest.approx(expected, abs=1e-2, rel=1e-3)
    flow = tape.flow(0)
    recent = [trade["quote_atoms"] for trade in story.trades if story.now - trade["happened_at"] < 60 * MINUTE]
    assert sum(flow.buys) + sum(flow.sells) == sum(recent)


def test_a_complete_curve_stays_complete_whatever_the_price_does() -> None:
    story = Story()
    cat = Curve(story)
    cat.buy("ann", 90)
    assert cat.progress == 100
    story.sell("ann", CAT, 10**12, 10**6)  # in the pool, at a thousandth of the price
    row = scored(past(story))[CAT]
    assert row["progress"] == 100.0


def test_a_told_graduation_is_complete_and_other_tokens_have_no_curve() -> None:
    story = Story()
    story.buy("ann", CAT, 10**12, 10**8)
    story.buy("ann", "BONK", 10**12, 10**8)
    story.tell("graduations", asset=CAT, wallet=None, market="pool", pool=None, destination=None, tx="t", slot=9)
    rows = scored(past(story))
    assert rows[CAT]["progress"] == 100.0
    assert rows["BONK"]["progress"] is None
    assert (rows["BONK"]["curve_low"], rows["BONK"]["curve_high"]) == (0, 83)
    assert rows["BONK"]["cap"] is None


def test_one_trade_tells_the_recorded_reserves() -> None:
    """Of every recorded normal curve event of at least 0.0001 SOL, to two parts in 100,000."""
    checked = others = 0
    product = curve.INITIAL.quote_atoms * curve.INITIAL.token_atoms
    for frame in log_frames():
        for tx in wire.read(frame).transactions:
            for row in decode(tx).facts:
                if isinstance(row, Reserves) and "mayhem" not in row.flags and row.quote_atoms >= 100_000:
                    if row.virtual_quote_atoms * row.virtual_token_atoms < product // 2:
                        others += 1  # a coin paired with dollars, on a curve of its own
                        continue
                    left = left_after(row.side == "buy", float(row.quote_atoms), float(row.quantity_atoms))
                    assert left == pytest.approx(row.virtual_token_atoms, rel=2e-5)
                    checked += 1
    assert (checked, others) == (50, 1)


def test_dust_moves_no_price() -> None:
    story = Story()
    cat = Curve(story)
    cat.buy("ann", 10)
    before = scored(past(story))[CAT]
    story.buy("bob", CAT, 1, 90_000)
    after = scored(past(story))[CAT]
    assert (after["progress"], after["cap"]) == (before["progress"], before["cap"])


def test_one_wrong_amount_makes_no_price_and_completes_nothing() -> None:
    story = Story()
    cat = Curve(story)
    for number in range(4):
        cat.buy(f"w{number}", 3)
    whole_progress = cat.progress
    story.buy("odd", CAT, 10**9, 30 * SOL)  # a fee, a tip, another token's money in it
    assert scored(past(story))[CAT]["progress"] == pytest.approx(whole_progress, abs=1e-3)
    cat.buy("w5", 1)
    row = scored(past(story))[CAT]
    assert row["progress"] == pytest.approx(cat.progress, abs=1e-3)
    assert not row["selling_off"]


def test_a_pools_trades_seen_without_their_launch_are_no_curves() -> None:
    """Constant product over other reserves, at a price that a curve could have."""
    story = Story()
    base, quote = 206_900_000 * 10**6, 40 * SOL
    for number in range(12):
        paid = (1 + number % 3) * SOL
        tokens = base * paid // (quote + paid)
        story.buy("ann", CAT, tokens, paid)
        base, quote = base - tokens, quote + paid
    assert scored(past(story))[CAT]["progress"] is None
    story.tell("launches", asset=CAT, wallet="dev", creator="dev", market="pool", tx="t", slot=1)
    assert scored(past(story))[CAT]["progress"] is not None


def test_a_price_below_the_first_of_all_is_no_curves() -> None:
    story = Story()
    story.buy("ann", CAT, 10**13, 10**5)
    assert scored(past(story))[CAT]["progress"] is None


# --- falls ----------------------------------------------------------------------------------------------------------


def closes(*newest_first: float) -> np.ndarray[Any, Any]:
    return np.array([[*newest_first, *[newest_first[-1]] * (92 - len(newest_first))]])


def test_a_quiet_price_has_no_fall() -> None:
    assert falls(closes(1.0), 10**18) == [Fall()]


def test_a_fall_begins_an_event_that_goes_on() -> None:
    """Ten minutes ago the price halved and stayed there."""
    found = falls(closes(*[0.5] * 11, 1.0), 10**18)[0]
    assert found.drop_5m == 0.0
    assert (found.drop_15m, found.drop_30m) == (0.5, 0.5)
    assert (found.event_minutes, found.event_drop) == (10.0, 0.5)


def test_an_event_ends_when_the_price_is_back() -> None:
    found = falls(closes(0.95, *[0.5] * 10, 1.0), 10**18)[0]
    assert found.event_minutes == 0.0


def test_red_minutes_in_a_row() -> None:
    found = falls(closes(0.97, 0.98, 0.99, 1.0), 10**18)[0]
    assert found.red_minutes == 3
    assert technical.selling_off(found)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=92))
def test_the_replay_is_the_live_rules(prices: list[float]) -> None:
    """Looking at every minute in turn, as a live rule does, gives the same fall and event."""
    found = closes(*prices)
    row = found[0].tolist()
    event: Event | None = None
    now = 10**18
    for minute in range(61, -1, -1):
        drops = [max(0.0, 1 - row[minute] / row[minute + back]) for back in (5, 15, 30)]
        run = 0
        while minute + run + 1 < 92 and row[minute + run] < row[minute + run + 1]:
            run += 1
        fall = Fall(drop_5m=drops[0], drop_15m=drops[1], drop_30m=drops[2], red_minutes=run)
        event = technical.next_event(event, fall, now - minute * MINUTE, row[minute])
    result = falls(found, now)[0]
    assert (result.drop_5m, result.drop_15m, result.drop_30m, result.red_minutes) == pytest.approx((*drops, run))
    expected = 0.0 if event is None else (now - event.at) / MINUTE
    assert result.event_minutes == expected


# --- holders --------------------------------------------------------------------------------------------------------


def test_holders_are_counted_as_the_formulas_say() -> None:
    story = Story()
    cat = Curve(story)
    for number, sol in enumerate((1, 2, 3, 4, 5, 6)):
        cat.buy(f"w{number}", sol)
    cat.buy("router", 1)
    found = past(story, infrastructure={"router": "router"})
    row = scored(found, standing(found, {"w5": 800.0}))[CAT]
    held = [sum(t["quantity_atoms"] for t in story.trades if t["wallet"] == story.id(f"w{i}")) for i in range(6)]
    assert row["holders"] == 6
    assert row["gini"] == pytest.approx(holders.gini(held))
    assert row["top_share"] == pytest.approx(max(held) / curve.SUPPLY_ATOMS)
    assert row["smart_share"] == pytest.approx(1 / 6)
    assert row["coverage"] == pytest.approx(1.0)
    assert (row["holder_low"], row["holder_high"]) == (row["holder_seen_low"], row["holder_seen_high"])


@given(st.lists(st.lists(st.tuples(st.integers(0, 10**15), st.integers(-1, 3)), max_size=8), max_size=6))
def test_figures_by_token_agree_with_counting(found: list[list[tuple[int, int]]]) -> None:
    start = np.cumsum([0, *map(len, found)])
    held, values = (np.array([row[column] for rows in found for row in rows], np.int64) for column in (0, 1))
    uneven, most = np.zeros(len(found)), np.zeros(len(found), np.int64)
    tokenholders._gini(start, held, uneven)
    tokenholders._mode(start, values, most)
    for place, rows in enumerate(found):
        assert uneven[place] == pytest.approx(holders.gini([amount for amount, _ in rows]), abs=1e-9)
        counts = Counter(value for _, value in rows if value >= 0)
        assert most[place] == max(counts.values(), default=0)


def test_a_ring_is_one_holder() -> None:
    story = Story()
    cat = Curve(story)
    for number in range(6):
        cat.buy(f"w{number}", 2)
    found = past(story)
    of = np.array([0 if name in ("w0", "w1") else -1 for name in found.wallets], np.int32)
    entity = np.where(of >= 0, len(of), np.arange(len(of)))
    none = np.zeros(len(of), np.bool_)
    marks = dict.fromkeys(("out", "bots", "suspicious", "smart"), none)
    result = token_holders(found, np.array([found.assets.index(CAT)]), entity, marks)
    assert result.count.tolist() == [5]


def test_holders_of_whom_we_know_too_few_say_nothing() -> None:
    """The first purchases were missed: the curve has sold more than anybody we know holds."""
    story = Story()
    cat = Curve(story)
    cat.state = Virtual(60 * SOL, curve.INITIAL_VIRTUAL_LAMPORTS * curve.INITIAL_VIRTUAL_TOKEN_ATOMS // (60 * SOL))
    for number in range(6):
        cat.buy(f"w{number}", 0.5)
    row = scored(past(story))[CAT]
    assert row["coverage"] < 0.2
    assert (row["holder_low"], row["holder_high"]) == (0, 333)
    assert row["holder_seen_high"] < 333


# --- the whole ------------------------------------------------------------------------------------------------------


def smart_story() -> Story:
    story = Story()
    cat = Curve(story)
    for wallet, sol in (("ann", 12), ("bob", 6), ("cat", 2), ("dan", 1), ("eve", 1)):
        cat.buy(wallet, sol)
    return story


def test_smart_buyers_make_the_wallet_part() -> None:
    found = past(smart_story())
    how = standing(found, {"ann": 800.0, "bob": 700.0, "cat": 699.9})
    row = scored(found, how)[CAT]
    assert row["smart_wallets"] == ["ann", "bob"]
    assert (row["count"], row["investment"], row["smart_entities"]) == (40.0, 25.0, 2)
    assert row["quality_points"] == pytest.approx(133 * (800 * 12 + 700 * 6) / 18 / 1000, rel=1e-4)
    assert row["wallet_low"] == row["wallet_high"] == pytest.approx(65.0 + row["quality_points"])
    assert row["low"] == pytest.approx(row["wallet_low"] + row["technical_low"] + row["holder_low"])
    assert row["quality"] == "unknown"
    assert scored(found, how, similar={found.assets.index(CAT): (18, 20)})[CAT]["quality"] == "high"


def test_a_ring_of_smart_wallets_is_suspicious() -> None:
    found = past(smart_story())
    of = np.array([0 if name in ("ann", "bob") else -1 for name in found.wallets], np.int32)
    how = standing(
        found, {"ann": 800.0, "bob": 700.0, "cat": 900.0}, cluster_of=of, cluster_confidence=np.where(of >= 0, 0.6, 0.0),
        cluster_risk=np.array([0.5]),
    )  # fmt: skip
    row = scored(found, how)[CAT]
    assert row["quality"] == "suspicious"
    assert row["smart_entities"] == 2
    assert row["penalty_low"] == pytest.approx(333 * 0.7 * 0.5 * 18 / 20, rel=1e-4)
    sure = standing(found, {"ann": 800.0, "cat": 900.0}, cluster_of=of, cluster_confidence=np.where(of >= 0, 0.9, 0.0))
    row = scored(found, sure)[CAT]
    assert (row["smart_entities"], row["smart_excluded"]) == (1, 1)


def test_what_nobody_worked_out_is_a_range() -> None:
    found = past(smart_story())
    row = scored(found, Standing())[CAT]
    assert row["points"] is None
    assert (row["wallet_low"], row["wallet_high"]) == (0, 333)
    known = scored(found, standing(found, {"ann": 900.0}))[CAT]
    assert row["low"] <= known["low"] <= known["high"] <= row["high"]
    no_clusters = scored(found, standing(found, {"ann": 900.0}, cluster_of=None))[CAT]
    assert no_clusters["wallet_high"] == known["wallet_high"]
    assert no_clusters["wallet_low"] < known["wallet_low"]


def test_tokens_at_rest_are_scored_only_where_smart_wallets_bought() -> None:
    story = Story()
    for mint, wallet in (("OLDpump", "ann"), ("OLDERpump", "dan")):
        Curve(story, mint).buy(wallet, 1)
    story.now += 2 * DAY
    Curve(story, "NEWpump").buy("dan", 1)
    found = past(story)
    rows = scored(found, standing(found, {"ann": 900.0}))
    assert sorted(rows) == ["NEWpump", "OLDpump"]


def test_percentiles_are_exact_ranks() -> None:
    found = whole._percentiles(np.array([5.0, 1.0, 5.0, 9.0]))
    assert found.tolist() == [50.0, 0.0, 50.0, 100.0]


def test_early_buyers_are_those_of_the_first_five_minutes() -> None:
    story = Story()
    cat = Curve(story)
    cat.buy("ann", 1)
    cat.buy("bob", 1)
    cat.buy("bob", 1)
    cat.buy("late", 1, wait=600)
    assert scored(past(story))[CAT]["early_buyers"] == 2


def test_nothing_at_all_and_only_the_other_venue() -> None:
    empty = past(Story())
    assert whole.tokens(empty, Standing()).num_rows == 0
    story = Story("polymarket", "USDC")
    story.buy("ann", "YES", 10, 5, market="m")
    assert whole.tokens(past(story), Standing()).num_rows == 0


def test_nothing_after_the_instant_counts() -> None:
    story = smart_story()
    then = story.now
    before = past(story, then)
    expected = scored(before, standing(before, {"ann": 900.0}))[CAT]
    cat = Curve(story)
    cat.buy("ann", 50)
    story.tell("graduations", asset=CAT, wallet=None, market="pool", pool=None, destination=None, tx="t", slot=9)
    after = past(story, then)
    assert scored(after, standing(after, {"ann": 900.0}))[CAT] == expected
