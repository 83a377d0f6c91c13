"""Statistics of wallets, each worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from analysis.words import DAY, SOL, START, USD, Story
from remora.analysis import wallets
from remora.analysis.figures import Rules


def stats(story: Story, window: str = "all", category: str = "all", **more: Any) -> dict[str, Any]:
    """The one row of the wallet 'ann'."""
    books = story.books(Rules(as_of=story.now), more.pop("marks", None))
    table = wallets.statistics(books.positions, books.sells, as_of=story.now, bet_venues=[story.id("polymarket")], **more)
    rows = [row for row in table.to_pylist() if (row["window"], row["category"]) == (window, category)]
    (row,) = [row for row in rows if row["wallet"] == story.id("ann")]
    return row


def round_trip(story: Story, asset: str, cost: int, proceeds: int, *, days_later: int = 0) -> None:
    story.buy("ann", asset, 100, cost)
    story.sell("ann", asset, 100, proceeds)
    story.now += days_later * DAY


def test_wins_losses_and_runs() -> None:
    story = Story()
    for number, (cost, proceeds) in enumerate(((100, 150), (100, 180), (100, 40), (100, 100), (100, 90))):
        round_trip(story, f"T{number}", cost, proceeds)
    row = stats(story)
    assert (row["decided_bets"], row["wins"], row["losses"], row["win_rate"]) == (5, 2, 2, 0.4)
    assert row["realized_quote_atoms"] == 60
    assert (row["invested_quote_atoms"], row["returned_quote_atoms"]) == (500, 560)
    assert row["roi"] == pytest.approx(60 / 500)
    assert row["profit_factor"] == pytest.approx(130 / 70)
    assert (row["mean_win_quote_atoms"], row["mean_loss_quote_atoms"]) == (65.0, -35.0)
    assert (row["best_quote_atoms"], row["worst_quote_atoms"]) == (80, -60)
    assert (row["longest_winning_run"], row["longest_losing_run"]) == (2, 1)
    assert row["max_drawdown_quote_atoms"] == 70
    assert row["mean_hold_seconds"] == 60.0


def test_open_positions_are_counted_and_decide_nothing() -> None:
    story = Story()
    story.buy("ann", "CAT", 100, 100)
    row = stats(story)
    assert (row["positions"], row["open_positions"], row["decided_bets"]) == (1, 1, 0)
    assert (row["win_rate"], row["profit_factor"], row["roi"], row["sharpe"]) == (None, None, None, None)
    assert row["unmarked_positions"] == 1


def test_sharpe_of_daily_returns() -> None:
    """Returns of 10 %, 30 % and -10 % on three days: mean 0.1, sample deviation 0.2."""
    story = Story()
    for number, proceeds in enumerate((110, 130, 90)):
        round_trip(story, f"T{number}", 100, proceeds, days_later=1)
    row = stats(story)
    assert row["active_days"] == 3
    assert row["sharpe"] == pytest.approx(0.5)
    one_day = Story()
    round_trip(one_day, "T", 100, 110)
    assert stats(one_day)["sharpe"] is None


def test_months() -> None:
    story = Story()
    for number, proceeds in enumerate((150, 120, 40)):
        round_trip(story, f"T{number}", 100, proceeds, days_later=31)
    row = stats(story)
    assert (row["active_months"], row["best_month_quote_atoms"], row["worst_month_quote_atoms"]) == (3, 50, -60)


def test_windows_hold_what_ended_in_them() -> None:
    story = Story()
    round_trip(story, "OLD", 100, 500, days_later=60)
    round_trip(story, "NEW", 100, 90)
    assert stats(story)["realized_quote_atoms"] == 390
    assert stats(story, "90d")["realized_quote_atoms"] == 390
    assert stats(story, "30d")["realized_quote_atoms"] == -10
    assert stats(story, "7d")["positions"] == 1


def test_a_rug_counts_as_a_loss() -> None:
    story = Story()
    story.buy("ann", "RUG", 1000, 1_000_000)
    marks = story.mark("RUG", 1, 1000, peak=(2_000_000, 1000))
    story.now += 2 * DAY
    row = stats(story, marks=marks)
    assert (row["rugged_positions"], row["losses"], row["realized_quote_atoms"]) == (1, 1, -1_000_000)
    assert row["roi"] == -1.0
    assert stats(story, "7d", marks=marks)["losses"] == 1


def test_graduated_tokens() -> None:
    story = Story()
    round_trip(story, "UP", 100, 150)
    round_trip(story, "ALSO", 100, 50)
    round_trip(story, "STAYED", 100, 150)
    row = stats(story, graduated=[story.id("UP"), story.id("ALSO")])
    assert (row["graduated_decided"], row["graduated_win_rate"]) == (2, 0.5)


def test_a_bet_is_the_net_of_both_outcomes() -> None:
    """PMW-08: 60 on YES and 30 on NO of one market that says YES: one bet, won."""
    story = Story("polymarket", "USDC")
    story.market("M", category="sports")
    story.buy("ann", "YES", 100, 60, market="M")
    story.buy("ann", "NO", 40, 30, market="M")
    story.resolve("M", (1, 0))
    row = stats(story)
    assert (row["positions"], row["decided_bets"], row["wins"], row["best_quote_atoms"]) == (2, 1, 1, 10)
    assert row["realized_micro_usd"] == 10


def test_categories() -> None:
    story = Story("polymarket", "USDC")
    for market, pays in (("A", (1, 0)), ("B", (0, 1))):
        story.market(market, (f"Y{market}", f"N{market}"))
        story.buy("ann", f"Y{market}", 100, 60, market=market)
        story.resolve(market, pays)
    categories = {story.id("A"): "sports", story.id("B"): "politics"}
    assert stats(story, category="sports", categories=categories)["win_rate"] == 1.0
    assert stats(story, category="politics", categories=categories)["win_rate"] == 0.0
    assert stats(story, categories=categories)["win_rate"] == 0.5


def test_completeness_says_what_the_profit_rests_on() -> None:
    story = Story()
    story.buy("ann", "CAT", 30, 100)
    story.sell("ann", "CAT", 40, 400)
    story.tell("transfers", sender="", receiver="ann", asset="DROP", quantity_atoms=5)
    story.sell("ann", "DROP", 5, 600)
    row = stats(story)
    assert (row["completeness"], row["unmatched_share"], row["unknown_cost_share"]) == (0.3, 0.1, 0.6)


def test_dollars_are_null_when_one_position_has_none() -> None:
    story = Story()
    story.price(100 * USD, START)
    round_trip(story, "CAT", SOL, 2 * SOL)
    assert stats(story)["realized_micro_usd"] == 100 * USD
    story.now += DAY
    round_trip(story, "DOG", SOL, 2 * SOL)
    row = stats(story)
    assert (row["realized_micro_usd"], row["positions_without_usd"]) == (None, 1)


def test_nobody_has_no_statistics() -> None:
    books = Story().books()
    assert wallets.statistics(books.positions, books.sells, as_of=START).num_rows == 0


def test_figures_do_not_depend_on_who_else_trades() -> None:
    alone, among = Story(), Story()
    for story in (alone, among):
        for number in range(4):
            round_trip(story, f"T{number}", 100, 80 + 20 * number)
    for number in range(20):
        among.buy(f"w{number}", "T1", 7, 9)
        among.now -= 60 * SOL
    one, other = stats(alone), stats(among)
    for name, value in one.items():
        if isinstance(value, float):
            assert math.isclose(value, other[name])
        elif name not in ("wallet", "venue"):
            assert value == other[name]
