"""The score of traders in stories: what raises it, what does not, and what nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.pasts import past, records
from analysis.words import DAY, SOL, START, USD, Story
from remora.analysis.past import Past
from remora.analysis.paths import Paths
from remora.analysis.profiles import DEFAULT, PROFILES, Profile
from remora.analysis.score import REASONS, Scores, quick_risers, score
from remora.analysis.scorechecks import behind, check, position_scores
from remora.study.pasts import past_of, pooled_of

WEEK = 7 * DAY
PLAIN_MARKET = {"event_slug": None, "neg_risk": False, "starts_at": None, "ends_at": None}


@dataclass(frozen=True)
class Habits:
    """What behaviour would say of each wallet."""

    bot_score: np.ndarray
    bot_high: np.ndarray = field(default_factory=lambda: np.zeros(0))
    suspicious: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    excluded: np.ndarray = field(default_factory=lambda: np.zeros(0, np.bool_))

    @staticmethod
    def of(size: int, **given_: Any) -> Habits:
        columns = {"bot_score": np.zeros(size), "bot_high": np.zeros(size), "suspicious": np.zeros(size, np.int64),
                   "excluded": np.zeros(size, np.bool_)}  # fmt: skip
        return Habits(**{**columns, **given_})


def crowd(story: Story, token: str, many: int = 12, money: int = 10 * SOL) -> None:
    """Strangers buy a token and keep it; three others got out in time."""
    for number in range(3):
        story.buy(f"lucky{number}", token, 1000, money // 2)
    for number in range(many):
        story.buy(f"stranger{number}", token, 1000, money)
    for number in range(3):
        story.sell(f"lucky{number}", token, 1000, 2 * money)


def season(
    wallet: str = "ann", weeks: int = 8, money: int = 5 * SOL, back: int = 10 * SOL, story: Story | None = None
) -> Story:
    """A token a week, bought and sold with a profit, paid by strangers."""
    story = story or Story()
    for week in range(weeks):
        story.now = max(story.now, START + week * WEEK)
        crowd(story, f"{wallet}{week}")
        story.buy(wallet, f"{wallet}{week}", 1000, money)
        story.sell(wallet, f"{wallet}{week}", 1000, back)
    return story


def scored(world: Story | Past, profile: Profile = DEFAULT, **more: Any) -> dict[str, dict[str, Any]]:
    """Wallet -> everything about its score, after the validator agreed."""
    known = past(world) if isinstance(world, Story) else world
    scores = score(known, Paths.of(known), more.pop("behaviours", None), profile, **more)
    assert check(scores) == []
    return {wallet: _row(scores, rank) for rank, wallet in enumerate(known.wallets)}


def _row(scores: Scores, rank: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(scores, name)[rank] for name in ("points", "low", "high", "percentile", "reputation")}
    row |= {name: part.points[rank] for name, part in scores.parts.items()}
    row |= {f"{name} factor": values[rank] for name, values in scores.factors.items()}
    return row | {
        "reason": REASONS[scores.reason[rank]],
        "parts": {k: (v.low[rank], v.high[rank]) for k, v in scores.parts.items()},
    }


def test_a_season_of_profit_stands_above_those_who_paid_for_it() -> None:
    found = scored(season())
    ann, stranger = found["ann"], found["stranger1"]
    assert ann["points"] > 400 > stranger["points"]
    assert (ann["sustained"], ann["consistency"], ann["exit"], ann["volume"]) == (50, pytest.approx(50), 50, pytest.approx(20))
    assert ann["pnl_sol"] == pytest.approx(200 * np.log(41) / np.log(1001))
    assert ann["multiple"] == pytest.approx(50 / 9)
    assert ann["diversification"] == pytest.approx(20 * 8 / 20)
    assert ann["percentile"] > stranger["percentile"]


def test_s_without_dollars_and_launches_the_score_is_a_range() -> None:
    ann = scored(season())["ann"]
    assert np.isnan(ann["pnl_usd"])
    assert ann["parts"]["pnl_usd"] == (0, 150)
    assert ann["parts"]["early"] == (0, 50)
    assert ann["low"] < ann["points"] < ann["high"]


def test_idea_15_a_trade_without_a_price_makes_a_range() -> None:
    sure = scored(season())["ann"]
    story = season()
    story.buy("ann", "ann7", 500, 7, quote="BONK")
    found = scored(story)["ann"]
    low, high = found["parts"]["pnl_sol"]
    assert low < found["pnl_sol"] < high
    assert found["parts"]["organic"][0] == 0
    assert sure["parts"]["pnl_sol"] == (sure["pnl_sol"], sure["pnl_sol"])


def test_who_alone_wins_in_a_token_had_it_pumped() -> None:
    story = Story()
    for number in range(20):
        story.buy(f"payer{number}", "CAT", 1000, 3 * SOL)
    story.buy("ann", "CAT", 1000, 5 * SOL)
    story.sell("ann", "CAT", 1000, 45 * SOL)
    assert scored(story)["ann"]["pnl_sol"] == 0
    assert scored(story, PROFILES["plain"])["ann"]["pnl_sol"] > 0
    story.buy("ben", "CAT", 1000, 5 * SOL)
    story.sell("ben", "CAT", 1000, 15 * SOL)
    assert scored(story)["ann"]["pnl_sol"] == pytest.approx(200 * np.log(6) / np.log(1001))  # half of ben's gain


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_t9_splitting_and_joining_trades_changes_nothing(profile: str) -> None:
    whole, split = season(weeks=6), Story()
    for week in range(6):
        split.now = max(split.now, START + week * WEEK)
        crowd(split, f"ann{week}")
        now = split.now
        for _ in range(4):
            split.buy("ann", f"ann{week}", 250, 5 * SOL // 4, happened_at=now + 60 * SOL)
        for _ in range(2):
            split.sell("ann", f"ann{week}", 500, 5 * SOL, happened_at=now + 120 * SOL)
        split.now = now + 120 * SOL
    one, other = (scored(story, PROFILES[profile])["ann"]["points"] for story in (whole, split))
    assert other == pytest.approx(one, rel=1e-6)


def test_t9_u_54_money_over_ten_own_wallets_is_one_trader() -> None:
    alone, many = season(weeks=6), Story()
    for week in range(6):
        many.now = max(many.now, START + week * WEEK)
        crowd(many, f"ann{week}")
        now = many.now
        for member in range(10):
            many.buy(f"ann-{member}", f"ann{week}", 100, SOL // 2, happened_at=now + 60 * SOL)
            many.sell(f"ann-{member}", f"ann{week}", 100, SOL, happened_at=now + 120 * SOL)
        many.now = now + 120 * SOL
    one = scored(alone)["ann"]["points"]
    facts = records(many)
    wallets = past_of(facts, many.now)
    pooled = pooled_of(wallets, facts, {f"ann-{member}": "cann" for member in range(10)})
    joined = scored(pooled.past)["cann"]["points"]
    assert joined == pytest.approx(one, rel=1e-6)
    suspicious = scored(
        pooled.past, inorganic=pooled.mates, cluster_confidence=np.where(np.array(pooled.past.wallets) == "cann", 0.9, 0)
    )
    assert suspicious["cann"]["organic"] == 0
    assert suspicious["cann"]["points"] < 0.7 * one
    assert max(scored(wallets)[f"ann-{member}"]["points"] for member in range(10)) <= one


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.integers(0, 40))
def test_more_profit_never_costs_points(back: int, more: int) -> None:
    less, rich = (scored(season(weeks=3, back=amount * SOL))["ann"]["points"] for amount in (back, back + more))
    assert rich >= less - 1e-9


def test_u_17_profit_in_an_own_token_is_not_organic() -> None:
    story = season(weeks=2)
    for week in range(2):
        story.tell("launches", asset=f"ann{week}", creator="dev", wallet="dev")
    assert scored(story)["ann"]["organic"] > 0
    own = season(weeks=2)
    for week in range(2):
        own.tell("launches", asset=f"ann{week}", creator="dev", wallet="ann")
    assert scored(own)["ann"]["organic"] == 0


def test_a_token_paid_by_few_is_not_organic_and_one_paid_by_the_unseen_is_unsure() -> None:
    story = Story()
    for number in range(3):
        story.buy(f"friend{number}", "CAT", 1000, 20 * SOL)
    story.buy("ann", "CAT", 1000, 10 * SOL)
    story.sell("ann", "CAT", 1000, 60 * SOL)
    assert scored(story)["ann"]["organic"] == 0
    assert scored(story, PROFILES["plain"])["ann"]["organic"] > 0
    alone = Story()
    alone.buy("ann", "CAT", 1000, 10 * SOL)
    alone.sell("ann", "CAT", 1000, 60 * SOL)
    ann = scored(alone)["ann"]
    assert (ann["organic"] > 0, ann["parts"]["organic"][0]) == (True, 0)


def test_trading_with_oneself_in_one_transaction_is_not_organic() -> None:
    story = season(weeks=1)
    assert scored(story)["ann"]["organic"] > 0
    known = past(story)
    tape = known.tape
    mine = tape.wallet == known.wallets.index("ann")
    known = replace(known, tape=replace(tape, tx=np.where(mine, 7, tape.tx)))
    assert scored(known)["ann"]["organic"] == 0


def test_dust_is_no_evidence() -> None:
    story = Story()
    for token in range(30):
        crowd(story, f"T{token}", money=SOL // 1000)
        story.buy("ann", f"T{token}", 1000, SOL // 1000)
        story.sell("ann", f"T{token}", 1000, SOL // 100)
    ann = scored(story)["ann"]
    assert (ann["multiple"], ann["best"], ann["win_rate"]) == (0, 0, 0)
    assert ann["organic"] < 1
    assert scored(story, PROFILES["plain"])["ann"]["organic"] == 100


def test_u_18_three_good_weeks_are_three_quarters() -> None:
    assert scored(season(weeks=3))["ann"]["sustained"] == pytest.approx(50 * 3 / 4)
    bad = season(weeks=3)
    bad.now = START + 5 * WEEK
    bad.buy("ann", "BAD", 1000, 5 * SOL)
    bad.sell("ann", "BAD", 1000, SOL)
    assert scored(bad)["ann"]["sustained"] == pytest.approx(50 * 3 / 4)  # three of four, nothing scaled
    assert scored(bad)["ann"]["consistency"] < 50 / 2


def test_a_loser_left_open_is_a_loss_after_a_week() -> None:
    story = season(weeks=5)
    before = scored(story)["ann"]["win_rate"]
    story.buy("ann", "BAG", 1000, 5 * SOL)
    story.sell("bob", "BAG", 1000, SOL)
    assert scored(story)["ann"]["win_rate"] == before
    story.now += 8 * DAY
    assert scored(story)["ann"]["win_rate"] < before
    assert scored(story)["ann"]["pnl_sol"] < scored(season(weeks=5))["ann"]["pnl_sol"]


def test_a_paper_gain_is_no_profit() -> None:
    story = Story()
    story.buy("ann", "CAT", 1000, SOL)
    story.buy("bob", "CAT", 1000, 900 * SOL)
    assert scored(story)["ann"]["pnl_sol"] == 0


def test_u_19_u_20_graduates_entered_early_but_not_at_the_launch() -> None:
    def hunter(seconds: int) -> dict[str, Any]:
        story = Story()
        for number in range(3):
            story.tell("launches", asset=f"T{number}", creator="dev", wallet="dev", slot=10)
            story.now += (seconds - 60) * SOL
            story.buy("ann", f"T{number}", 1000, SOL, slot=400)
            story.now += 120 * 60 * SOL
            story.sell("ann", f"T{number}", 1000, 2 * SOL, slot=900)
            story.now += 60 * 60 * SOL
            story.tell("graduations", asset=f"T{number}", slot=1000)
        for number in range(997):
            story.tell("launches", asset=f"dud{number}", creator="dev", wallet="dev", slot=10)
            story.now -= 50 * SOL
            story.buy("bob", f"dud{number}", 1, SOL, slot=2000)
            story.now -= 50 * SOL
        return scored(story)["ann"]

    patient, reflex = hunter(3600), hunter(61 - 60 + 20)
    assert patient["graduation"] == 50
    assert patient["early"] == pytest.approx(50 * 183 / 240, rel=0.01)
    assert reflex["early"] == 0


def test_u_26_reputation_and_u_19_behaviour() -> None:
    story = season(weeks=12)
    size = len(past(story).wallets)
    clean = scored(story, behaviours=Habits.of(size))["ann"]
    assert clean["reputation"] == 70  # twelve of twelve won
    assert clean["behaviour"] == 50
    bot = scored(story, behaviours=Habits.of(size, bot_score=np.full(size, 0.7), bot_high=np.full(size, 0.7)))["ann"]
    assert (bot["reputation"], bot["behaviour"]) == (50, pytest.approx(15))
    maybe = scored(story, behaviours=Habits.of(size, bot_high=np.full(size, 0.7)))["ann"]
    assert maybe["low"] < maybe["points"]
    caught = scored(story, behaviours=Habits.of(size, suspicious=np.full(size, 3)))["ann"]
    assert caught["reputation"] == 40
    cleared = scored(story, behaviours=Habits.of(size, suspicious=np.full(size, 3)), verified=np.ones(size, np.bool_))["ann"]
    assert cleared["reputation"] == 60
    sybil = scored(story, cluster_confidence=np.full(size, 0.9))["ann"]
    assert (sybil["reputation"], sybil["cluster factor"]) == (40, pytest.approx(0.3))


def test_infrastructure_and_strangers_without_trades_have_no_score() -> None:
    story = season(weeks=1)
    story.tell("presences", wallet="ghost", asset="ann0")
    size = len(past(story).wallets)
    excluded = np.array([wallet == "stranger1" for wallet in past(story).wallets])
    found = scored(story, behaviours=Habits.of(size, excluded=excluded))
    assert (found["stranger1"]["reason"], np.isnan(found["stranger1"]["points"])) == ("infrastructure", True)
    if "ghost" in found:
        assert found["ghost"]["reason"] == "nothing traded"


def test_scr_07_a_wallet_that_stops_trading_decays() -> None:
    story = season()
    fresh = scored(story)["ann"]
    story.now += 30 * DAY + 3600 * SOL
    rested = scored(story)["ann"]
    assert (fresh["decay factor"], rested["decay factor"]) == (1.0, 0.85)


def test_u_13_the_market_factor_needs_ten_bets_in_the_regime() -> None:
    story = season(weeks=11)
    for hour in range(24 * 7 * 12):
        story.price(150_000_000 + (hour % 2) * 1_000_000, START + hour * 3600 * SOL)
    found = scored(story)
    assert found["ann"]["market factor"] == 1.0  # eleven bets, but not ten of them in this regime
    assert found["ann"]["pnl_usd"] > 0
    many = season(weeks=20)
    for hour in range(24 * 7 * 21):
        story_price = 150_000_000 + (hour % 2) * 1_000_000
        many.price(story_price, START + hour * 3600 * SOL)
    assert scored(many)["ann"]["market factor"] > 1.0


def test_u_35_a_star_of_two_weeks() -> None:
    story = season(weeks=2, money=10 * SOL, back=2000 * SOL)
    known = past(story)
    scores = score(known, Paths.of(known))
    star = replace(scores, points=np.full(len(known.wallets), 700.0))
    assert quick_risers(known, star).all()
    late = replace(known, as_of=known.as_of + 30 * DAY)
    assert not quick_risers(late, star).any()


def test_scr_20_behind_each_part_stand_positions() -> None:
    known = past(season(weeks=3))
    ann = known.wallets.index("ann")
    for part in DEFAULT.solana:
        rows = behind(known, ann, part)
        assert set(known.column("wallet")[rows].tolist()) <= {ann}
    assert len(behind(known, ann, "win_rate")) == 3
    assert len(behind(known, known.wallets.index("stranger0"), "win_rate")) == 0
    with pytest.raises(KeyError):
        behind(known, ann, "luck")
    shown = position_scores(known, Paths.of(known))
    assert ((shown >= 0) & (shown <= 100)).all()


def test_scr_17_the_validator_sees() -> None:
    known = past(season(weeks=2))
    scores = score(known, Paths.of(known))
    assert check(scores) == []
    for wrong in (
        replace(scores, points=scores.points + 1), replace(scores, points=-scores.points), replace(scores, low=scores.high + 1),
        replace(scores, percentile=scores.percentile[::-1] + 1), replace(scores, level=scores.level + 1),
        replace(scores, reason=np.ones_like(scores.reason)),
    ):  # fmt: skip
        assert check(wrong) != []


def gambler(win: bool = True, bets: int = 12) -> Story:
    """Buys YES at 40 cents in one market after another, and is right or wrong."""
    story = Story("polymarket", "USDC")
    for number in range(bets):
        story.market(
            f"m{number}", (f"y{number}", f"n{number}"), **PLAIN_MARKET, category=("Politics", "Sports", "Crypto")[number % 3]
        )
        for other in range(12):
            story.buy(f"other{other}", f"n{number}", 400 * USD, 240 * USD, market=f"m{number}")
        story.buy("ann", f"y{number}", 1000 * USD, 400 * USD, market=f"m{number}")
        story.now += 5 * DAY
        story.resolve(f"m{number}", (1, 0) if win else (0, 1), token_ids=[f"y{number}", f"n{number}"])
    return story


def test_pmw_01_to_04_a_good_gambler_and_a_bad_one() -> None:
    good, bad = scored(gambler())["ann"], scored(gambler(win=False))["ann"]
    assert good["points"] > 500 > bad["points"]
    assert (good["omega"], good["hit_rate"], good["edge"]) == (50, 50, 50)
    assert (bad["omega"], bad["hit_rate"], bad["edge"], bad["return"]) == (0, 0, 0, 0)
    assert bad["trust factor"] == 0
    assert good["pnl_usd"] == pytest.approx(200 * np.log1p(72) / np.log(1001), rel=1e-3)


def test_pmw_11_one_winning_market_is_little_trust() -> None:
    assert scored(gambler(bets=1))["ann"]["trust factor"] == 0.3


def test_pmw_08_both_sides_of_a_market_are_one_bet() -> None:
    story = gambler()
    for number in range(6):
        story.market(f"h{number}", (f"hy{number}", f"hn{number}"), **PLAIN_MARKET)
        story.buy("hedger", f"hy{number}", 1000 * USD, 500 * USD, market=f"h{number}")
        story.buy("hedger", f"hn{number}", 1000 * USD, 510 * USD, market=f"h{number}")
        story.resolve(f"h{number}", (1, 0), token_ids=[f"hy{number}", f"hn{number}"])
    hedger = scored(story)["hedger"]
    assert hedger["pnl_usd"] == 0
    assert hedger["hit_rate"] == 0  # half of its tokens won, none of its markets


def test_the_same_past_gives_the_same_scores() -> None:
    story = season(weeks=3)
    known = past(story)
    first, second = (score(known, Paths.of(known)) for _ in range(2))
    assert first.points.tobytes() == second.points.tobytes()
    assert first.version == second.version == DEFAULT.version


def test_an_empty_past_has_no_scores() -> None:
    known = past(Story())
    assert len(score(known, Paths.of(known)).points) == 0
