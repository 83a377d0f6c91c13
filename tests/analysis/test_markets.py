"""Omega and OWRR out of a past: net by market, from resolutions, by what is held now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.pasts import past
from analysis.words import USD, Story
from remora.analysis import markets
from remora.analysis.past import Past
from remora.formulas import omega as formulas
from remora.formulas import owrr as scalar
from remora.formulas.owrr import CAPPED, INSUFFICIENT, OwrrRules, Stake

SHARE = 1_000_000


def described(story: Story, name: str, category: str | None = "politics", **more: Any) -> None:
    more = {"neg_risk": False, "event_slug": None, "starts_at": None, "ends_at": None, **more}
    story.market(name, (f"{name}-yes", f"{name}-no"), category=category, **more)


def bet(story: Story, wallet: str, market: str, *, side: str = "yes", shares: int = 100, price: float = 0.5) -> None:
    money = round(shares * price * USD)
    story.buy(wallet, f"{market}-{side}", shares * SHARE, money, market=market)


def history(story: Story, wallet: str, won: int, lost: int, *, name: str = "", category: str = "politics") -> None:
    """Bets of 50 dollars each at 0.50 on markets of its own."""
    for number in range(won + lost):
        market = f"{name or wallet}-{number}"
        described(story, market, category)
        bet(story, wallet, market)
        story.resolve(market, (1, 0) if number < won else (0, 1))


def rows(found: Past, window: int = 0) -> dict[tuple[str, str], dict[str, Any]]:
    table = markets.omegas(found, (window,))
    names = found.questions.categories
    return {(found.wallets[row["wallet"]], names[row["category"]]): row for row in table.to_pylist()}


def test_gains_and_losses_are_net_by_market() -> None:
    story = Story("polymarket", "USDC")
    history(story, "ann", won=6, lost=4)
    row = rows(past(story))["ann", "politics"]
    assert (row["resolved"], row["wins"], row["trades"]) == (10, 6, 10)
    assert (row["gains"], row["losses"], row["median_bet"]) == (300 * USD, 200 * USD, 50 * USD)
    assert (row["omega"], row["grade"]) == (1.5, "C")
    assert row["shrunken"] == pytest.approx((300 + 250) / (200 + 250))
    assert row["votes"]
    assert row["momentum"] == formulas.MOMENTA.index("down")  # won first, lost later


def test_a_hedged_market_is_one_bet_with_its_net_result() -> None:
    """100 YES at 0.50 and 100 NO at 0.60: whatever happens, ten dollars are lost."""
    story = Story("polymarket", "USDC")
    described(story, "m")
    bet(story, "ann", "m", side="yes", price=0.5)
    bet(story, "ann", "m", side="no", price=0.6)
    story.resolve("m", (1, 0))
    row = rows(past(story))["ann", "politics"]
    assert (row["gains"], row["losses"], row["resolved"]) == (0, 10 * USD, 1)
    assert row["omega"] == 0.1


def test_losers_who_never_redeem_and_sellers_before_the_end_count() -> None:
    story = Story("polymarket", "USDC")
    described(story, "m")
    bet(story, "loser", "m", side="no")
    bet(story, "early", "m", side="no")
    story.sell("early", "m-no", 100 * SHARE, 40 * USD, market="m")
    story.resolve("m", (1, 0))
    found = rows(past(story))
    assert found["loser", "politics"]["losses"] == 50 * USD
    assert found["early", "politics"]["losses"] == 10 * USD


def test_open_markets_and_markets_without_a_category_do_not_count() -> None:
    story = Story("polymarket", "USDC")
    described(story, "open")
    described(story, "nameless", category=None)
    for market in ("open", "nameless"):
        bet(story, "ann", market)
    story.resolve("nameless", (1, 0))
    assert rows(past(story)) == {}


def test_money_that_is_not_known_is_left_out_and_counted() -> None:
    story = Story("polymarket", "USDC")
    described(story, "m")
    story.sell("ann", "m-yes", 10 * SHARE, 5 * USD, market="m")  # where it came from nobody knows
    story.resolve("m", (1, 0))
    row = rows(past(story))["ann", "politics"]
    assert (row["resolved"], row["unknown"], row["omega"]) == (0, 1, None)


def test_windows_look_at_the_time_of_resolution() -> None:
    story = Story("polymarket", "USDC")
    history(story, "ann", won=2, lost=0, name="old")
    story.now += 60 * 86_400 * 10**9
    history(story, "ann", won=0, lost=1, name="new")
    found = past(story)
    assert [rows(found, days)["ann", "politics"]["resolved"] for days in (30, 90, 0)] == [1, 3, 3]
    assert rows(found, 30)["ann", "politics"]["grade"] == "F"


def test_nothing_is_learnt_from_after_the_instant() -> None:
    story = Story("polymarket", "USDC")
    history(story, "ann", won=3, lost=0)
    then = story.now
    history(story, "ann", won=0, lost=9, name="later")
    assert rows(past(story, then))["ann", "politics"]["losses"] == 0


def test_infrastructure_has_no_record() -> None:
    story = Story("polymarket", "USDC")
    history(story, "adapter", won=3, lost=0)
    assert rows(past(story, infrastructure={"adapter": "exchange"})) == {}


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**9)), min_size=1, max_size=30))
def test_columns_agree_with_the_formulas(found: list[tuple[int, int, int]]) -> None:
    gains, losses, bets = (np.array(column, np.int64) for column in zip(*found, strict=True))
    plain, shrunk = markets.omega_each(gains, losses), markets.shrunken_each(gains, losses, bets)
    for place, (won, lost, one) in enumerate(found):
        for got, expected in ((plain[place], formulas.omega(won, lost)), (shrunk[place], formulas.shrunken(won, lost, one))):
            assert (expected is None and np.isnan(got)) or got == pytest.approx(expected)


# --- OWRR -----------------------------------------------------------------------------------------------------------


def story_of_voters(yes: int = 3, no: int = 3) -> Story:
    story = Story("polymarket", "USDC")
    for side, count in (("yes", yes), ("no", no)):
        for number in range(count):
            history(story, f"{side}{number}", won=6, lost=4)
    described(story, "now", neg_risk=True)
    for side, count in (("yes", yes), ("no", no)):
        for number in range(count):
            bet(story, f"{side}{number}", "now", side=side, shares=100, price=0.8 if side == "yes" else 0.2)
    return story


def owrr_of(found: Past, **more: Any) -> dict[str, Any]:
    result = markets.owrrs(found, markets.omegas(found), **more)
    table = [row for row in result.table.to_pylist() if found.markets[row["market"]] == "now"]
    assert len(table) == 1
    place = result.table.to_pylist().index(table[0])
    votes = [vote for vote in result.votes.to_pylist() if vote["place"] == place]
    return {**table[0], "votes": {vote["entity"]: vote for vote in votes}}


def test_the_table_is_the_formula_over_what_is_held() -> None:
    story = story_of_voters(4, 3)
    story.sell("yes3", "now-yes", 50 * SHARE, 45 * USD, market="now")  # the last price of YES is 0.90
    row = owrr_of(past(story))
    record = {"gains": 300 * USD, "losses": 200 * USD, "resolved": 10}
    stakes = [Stake(wallet=f"yes{i}", entity=f"yes{i}", yes_atoms=(50 if i == 3 else 100) * SHARE, no_atoms=0, **record)
              for i in range(4)]  # fmt: skip
    stakes += [Stake(wallet=f"no{i}", entity=f"no{i}", yes_atoms=0, no_atoms=100 * SHARE, **record) for i in range(3)]
    expected = scalar.owrr(stakes, 900_000, 200_000)
    for name in ("owrr", "slider", "yes_score", "no_qualified", "yes_avg_risk", "low", "high", "voters", "own_confidence"):
        assert row[name] == getattr(expected, name)
    assert (row["yes_price"], row["no_price"], row["neg_risk"]) == (900_000, 200_000, True)
    assert row["votes"]["yes3"]["risk"] == 45 * USD
    assert row["answer"] == scalar.answer(expected.owrr)


def test_two_on_a_side_are_insufficient() -> None:
    row = owrr_of(past(story_of_voters(7, 2)))
    assert (row["confidence"], row["slider"], row["one_sided"]) == (INSUFFICIENT, 50, "YES")


def test_nine_decided_bets_do_not_qualify() -> None:
    story = story_of_voters(3, 3)
    history(story, "nine", won=9, lost=0)
    bet(story, "nine", "now", shares=500, price=0.8)
    row = owrr_of(past(story))
    assert not row["votes"]["nine"]["qualified"]
    assert row["yes_qualified"] == 3


def test_a_hedger_counts_with_the_difference_and_contracts_do_not_count() -> None:
    story = story_of_voters(3, 3)
    history(story, "hedger", won=6, lost=4)
    bet(story, "hedger", "now", side="yes", shares=100, price=0.8)
    bet(story, "hedger", "now", side="no", shares=70, price=0.2)
    bet(story, "adapter", "now", side="no", shares=10**6, price=0.2)
    row = owrr_of(past(story, infrastructure={"adapter": "exchange"}))
    assert row["votes"]["hedger"]["risk"] == 24 * USD
    assert "adapter" not in row["votes"]
    assert row["holders"] == 7


def test_a_cluster_has_one_vote() -> None:
    story = story_of_voters(6, 3)
    found = past(story)
    of = np.array([0 if name.startswith("yes") and name < "yes4" else -1 for name in found.wallets], np.int32)
    row = owrr_of(found, clusters_of=of, cluster_ids=["ring"])
    assert row["yes_qualified"] == 3  # the ring of four, and two others
    assert row["votes"]["ring"]["risk"] == 4 * 80 * USD
    assert row["votes"]["ring"]["resolved"] == 10


def test_who_is_excluded_does_not_vote() -> None:
    found = past(story_of_voters(4, 3))
    out = np.array([name == "yes0" for name in found.wallets])
    assert owrr_of(found, excluded=out)["yes_qualified"] == 3


def test_another_category_is_no_record() -> None:
    story = story_of_voters(3, 3)
    history(story, "sporty", won=10, lost=0, category="sports")
    bet(story, "sporty", "now", shares=10_000, price=0.8)
    assert not owrr_of(past(story))["votes"]["sporty"]["qualified"]


def test_a_token_that_nobody_traded_costs_what_the_other_leaves() -> None:
    story = story_of_voters(3, 0)
    row = owrr_of(past(story))
    assert (row["yes_price"], row["no_price"]) == (800_000, 200_000)


def test_the_cap_is_shown_beside() -> None:
    story = story_of_voters(11, 3)
    history(story, "whale", won=9, lost=1)
    bet(story, "whale", "now", side="no", shares=10**7, price=0.2)
    found = past(story)
    row = owrr_of(found)
    assert row["answer"] == "NO"
    assert row["turning"] == ["whale"]
    assert row["owrr_capped"] == owrr_of(found, rules=CAPPED)["owrr"] > 0.6


def test_shrunken_records_vote_where_asked() -> None:
    row = owrr_of(past(story_of_voters(3, 3)), rules=OwrrRules(use_shrunken=True))
    assert row["votes"]["yes0"]["omega"] == pytest.approx(550 / 450)


def test_nothing_at_all() -> None:
    empty = past(Story("polymarket", "USDC"))
    result = markets.owrrs(empty, markets.omegas(empty))
    assert result.table.num_rows == result.votes.num_rows == 0
