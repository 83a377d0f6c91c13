from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.pasts import past
from analysis.words import DAY, SOL, USD, Story
from remora.analysis.bets import Bets, Settings, bets
from remora.analysis.matched import Matching
from remora.analysis.paths import Paths

AT_ONCE = Settings(delay=(0, 0), matching=Matching(entries=4, tokens=4))
"""A follower without delay, and a world small enough for a test."""


def polymarket() -> Story:
    return Story("polymarket", "USDC")


def question(story: Story, name: str, *, category: str | None = None, event: str | None = None, neg_risk: bool = False) -> None:
    """A market with the tokens Y:name and N:name."""
    story.market(
        name, (f"Y:{name}", f"N:{name}"), category=category, event_slug=event, neg_risk=neg_risk,
        neg_risk_id=event if neg_risk else None, starts_at=None, ends_at=None,
    )  # fmt: skip


def bought(story: Story, who: str, token: str, shares: int, price: float) -> None:
    story.buy(who, token, shares * USD, round(shares * price * USD), market=token[2:])


def sold(story: Story, who: str, token: str, shares: int, price: float) -> None:
    story.sell(who, token, shares * USD, round(shares * price * USD), market=token[2:])


def resolved(story: Story, name: str, *paid: int) -> None:
    story.resolve(name, paid, whole=sum(paid), token_ids=[f"Y:{name}", f"N:{name}"])


def of(story: Story, who: str, settings: Settings = AT_ONCE, **more: Any) -> list[dict[str, float]]:
    """The bets of one trader, as rows."""
    known = past(story)
    found = bets(known, Paths.of(known), settings=settings, **more)
    mine = found.where(found.trader == known.wallets.index(who))
    names = ("event", "category", "venue", "at", "edge", "variance", "third", "stake", "gross", "n")
    return [{name: getattr(mine, name)[i].item() for name in names} for i in range(len(mine))]


def test_the_edge_is_outcome_minus_price() -> None:
    story = polymarket()
    question(story, "rain", category="weather")
    bought(story, "ann", "Y:rain", 100, 0.40)
    bought(story, "bob", "N:rain", 50, 0.60)
    resolved(story, "rain", 1, 0)
    (ann,), (bob,) = of(story, "ann"), of(story, "bob")
    assert ann["edge"] == pytest.approx(0.60)
    assert bob["edge"] == pytest.approx(-0.60)
    assert ann["variance"] == bob["variance"] == pytest.approx(0.24)
    assert ann["third"] == pytest.approx(0.24 * 0.2)
    assert bob["third"] == pytest.approx(-0.24 * 0.2)
    assert (ann["stake"], ann["gross"], ann["n"], ann["category"]) == (40 * USD, 60 * USD, 1, 0)


def test_a_draw_pays_half() -> None:
    story = polymarket()
    question(story, "tie")
    bought(story, "ann", "Y:tie", 10, 0.40)
    resolved(story, "tie", 1, 1)
    assert of(story, "ann")[0]["edge"] == pytest.approx(0.10)


def test_fees_are_paid_out_of_the_edge() -> None:
    story = polymarket()
    question(story, "rain")
    story.buy("ann", "Y:rain", 100 * USD, 40 * USD, market="rain", fee=2 * USD)
    resolved(story, "rain", 1, 0)
    assert of(story, "ann")[0]["edge"] == pytest.approx(0.58)


def test_a_follower_pays_what_the_tape_asks_a_minute_later() -> None:
    story = polymarket()
    question(story, "rain")
    bought(story, "ann", "Y:rain", 100, 0.40)
    bought(story, "bob", "Y:rain", 100, 0.55)
    resolved(story, "rain", 1, 0)
    (bet,) = of(story, "ann", Settings())
    assert bet["edge"] == pytest.approx(0.45)
    assert bet["gross"] == 60 * USD
    (last,) = of(story, "bob", Settings())
    assert last["edge"] == pytest.approx(0.45 - 0.005), "nobody traded after: half the spread"


def test_what_is_open_is_no_bet() -> None:
    story = polymarket()
    question(story, "rain")
    bought(story, "ann", "Y:rain", 100, 0.40)
    assert of(story, "ann") == []
    sold(story, "ann", "Y:rain", 60, 0.90)
    assert of(story, "ann") == [], "winners sold early while the rest is open"


def test_an_early_exit_counts_at_its_price() -> None:
    story = polymarket()
    question(story, "rain")
    bought(story, "ann", "Y:rain", 100, 0.40)
    sold(story, "ann", "Y:rain", 100, 0.45)
    resolved(story, "rain", 0, 1)
    (bet,) = of(story, "ann")
    assert bet["edge"] == pytest.approx(0.05)


def test_an_event_is_one_bet_and_waits_for_all_its_questions() -> None:
    story = polymarket()
    for name in ("red", "blue"):
        question(story, name, event="race", neg_risk=True)
    bought(story, "ann", "Y:red", 100, 0.30)
    bought(story, "ann", "Y:blue", 100, 0.50)
    resolved(story, "red", 0, 1)
    assert of(story, "ann") == []
    resolved(story, "blue", 1, 0)
    (bet,) = of(story, "ann")
    assert bet["edge"] == pytest.approx((100 - 80) / 200)
    assert bet["variance"] == pytest.approx((0.8 - 0.8**2) / 4), "one of them wins: 100 shares at 0.80"
    assert bet["n"] == 2


def test_questions_that_do_not_exclude_each_other_are_one_risk() -> None:
    story = polymarket()
    for name in ("over 90", "over 95"):
        question(story, name, event="heat")
        bought(story, "ann", f"Y:{name}", 100, 0.50)
    for name in ("over 90", "over 95"):
        resolved(story, name, 1, 0)
    (bet,) = of(story, "ann")
    assert bet["variance"] == pytest.approx(0.25), "as if it were one bet of twice the shares"


def test_both_sides_are_netted() -> None:
    story = polymarket()
    question(story, "rain")
    bought(story, "ann", "Y:rain", 100, 0.40)
    bought(story, "ann", "N:rain", 60, 0.60)
    resolved(story, "rain", 1, 0)
    (bet,) = of(story, "ann")
    assert bet["edge"] == pytest.approx((100 - 40 - 36) / 160)
    assert bet["variance"] == pytest.approx(0.24 * (40 / 160) ** 2)


def test_a_hedge_is_never_without_risk() -> None:
    story = polymarket()
    question(story, "rain")
    bought(story, "ann", "Y:rain", 100, 0.40)
    bought(story, "ann", "N:rain", 100, 0.58)
    resolved(story, "rain", 1, 0)
    (bet,) = of(story, "ann")
    assert bet["variance"] == pytest.approx(0.05**2)


def test_dust_is_no_bet() -> None:
    story = polymarket()
    question(story, "rain")
    story.buy("ann", "Y:rain", 2 * USD, USD - 1, market="rain")
    resolved(story, "rain", 1, 0)
    assert of(story, "ann") == []


def test_split_trades_are_the_same_bet() -> None:
    whole, split = polymarket(), polymarket()
    for story, parts in ((whole, 1), (split, 4)):
        question(story, "rain")
        for _ in range(parts):
            bought(story, "ann", "Y:rain", 100 // parts, 0.40)
        resolved(story, "rain", 1, 0)
    one, many = of(whole, "ann")[0], of(split, "ann")[0]
    assert [one[name] for name in ("edge", "variance", "stake", "gross")] == pytest.approx(
        [many[name] for name in ("edge", "variance", "stake", "gross")]
    )


# --- tokens ---------------------------------------------------------------------------------------------------------


def launchpad(multiples: dict[str, float]) -> Story:
    """Each of the traders buys a token of its own for 1 SOL and sells it for so many."""
    story = Story()
    for token, multiple in multiples.items():
        story.buy(f"w-{token}", token, 1_000_000, SOL)
        story.sell(f"w-{token}", token, 1_000_000, round(multiple * SOL))
    return story


ORDINARY = {f"T{i}": 1.0 for i in range(6)}


def test_a_token_counts_against_others_bought_at_that_price_and_time() -> None:
    story = launchpad({**ORDINARY, "UP": 2.0})
    (up,), (usual,) = of(story, "w-UP"), of(story, "w-T0")
    assert up["edge"] - usual["edge"] == pytest.approx(np.log(2) * (1 + 1 / 6))
    assert up["venue"] == 0
    assert up["category"] == -1
    assert up["stake"] == SOL
    assert up["gross"] == SOL


def test_a_good_day_for_all_is_nobodys_edge() -> None:
    story = launchpad({f"T{i}": 3.0 for i in range(7)})
    assert of(story, "w-T0")[0]["edge"] == pytest.approx(0.0)


def test_no_others_no_bet() -> None:
    assert of(launchpad({"UP": 2.0}), "w-UP") == []


def test_a_thousandfold_counts_as_twentyfold_and_a_rug_as_a_twentieth() -> None:
    edges = [of(launchpad({**ORDINARY, "X": multiple}), "w-X")[0]["edge"] for multiple in (21.0, 1_000.0, 0.04, 0.000_01)]
    assert edges[0] == pytest.approx(edges[1])
    assert edges[2] == pytest.approx(edges[3])
    assert edges[0] == pytest.approx(-edges[2])


def test_what_is_held_counts_at_its_mark() -> None:
    story = launchpad(ORDINARY)
    story.buy("ann", "UP", 1_000_000, SOL)
    story.buy("zoe", "UP", 1_000, SOL // 500)
    story.now += DAY // 4
    (held,), (usual,) = of(story, "ann"), of(story, "w-T0")
    assert held["edge"] - usual["edge"] == pytest.approx(np.log(2) * (1 + 1 / 6), rel=0.01)


def test_a_token_received_and_sold_is_no_bet() -> None:
    story = launchpad(ORDINARY)
    story.sell("ann", "T0", 500_000, 50 * SOL)
    assert of(story, "ann") == []


def test_a_follower_is_later_in_and_later_out() -> None:
    """The leader's sale halves the price: two seconds later there is half as much to get."""
    story = launchpad(ORDINARY)
    story.buy("ann", "PUMP", 1_000_000, SOL)
    story.buy("zoe", "PUMP", 1_000, SOL // 1_000)
    story.trades[-1]["happened_at"] = story.trades[-2]["happened_at"] + 2 * SOL
    story.sell("ann", "PUMP", 1_000_000, 4 * SOL)
    story.sell("bob", "PUMP", 1_000_000, 2 * SOL)
    story.trades[-1]["happened_at"] = story.trades[-2]["happened_at"] + 2 * SOL
    slow = Settings(matching=AT_ONCE.matching)
    (now,), (later,) = of(story, "ann"), of(story, "ann", slow)
    assert now["edge"] - later["edge"] == pytest.approx(np.log(2))
    assert now["gross"] == later["gross"] == 3 * SOL


def test_infrastructure_makes_no_bets() -> None:
    class Excluded:
        excluded = np.array([False, True])

    story = polymarket()
    question(story, "rain")
    for who in ("ann", "bob"):
        bought(story, who, "Y:rain", 100, 0.40)
    resolved(story, "rain", 1, 0)
    assert len(of(story, "ann", behaviours=Excluded())) == 1
    assert of(story, "bob", behaviours=Excluded()) == []


def test_nothing_is_learnt_from_later() -> None:
    story = polymarket()
    question(story, "rain")
    bought(story, "ann", "Y:rain", 100, 0.40)
    before = story.now
    bought(story, "bob", "Y:rain", 100, 0.90)
    resolved(story, "rain", 1, 0)
    known = past(story, before)
    assert len(bets(known, Paths.of(known))) == 0


def test_categories_are_traders_of_their_own() -> None:
    story = polymarket()
    for name, category in (("rain", "weather"), ("goal", "sports"), ("odd", None)):
        question(story, name, category=category)
        bought(story, "ann", f"Y:{name}", 100, 0.40)
        bought(story, "bob", f"Y:{name}", 100, 0.40)
    for name in ("rain", "goal", "odd"):
        resolved(story, name, 1, 0)
    known = past(story)
    found: Bets = bets(known, Paths.of(known))
    assert len(found) == 6
    apart, whose, which = found.by_category()
    assert apart.trader.tolist() == [0, 1, 2, 3]
    assert whose.tolist() == [0, 0, 1, 1]
    assert [known.questions.categories[one] for one in which] == ["sports", "weather"] * 2
