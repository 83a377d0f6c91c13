"""A wallet and a token: first purchase, turns between the sides, prices of outcome shares, the sniper's window."""

from __future__ import annotations

import pytest

from analysis import pasts
from analysis.words import SOL, Story
from remora.analysis.entries import Entries, entries, first_buyers
from remora.analysis.past import Past
from remora.model.units import MINUTE, SECOND


def row(past: Past, wallet: str, asset: str) -> tuple[Entries, int]:
    rows = entries(past)
    places = zip(rows.wallet.tolist(), rows.asset.tolist(), strict=True)
    return rows, [(past.wallets[w], past.assets[a]) for w, a in places].index((wallet, asset))


def test_sums_and_turns() -> None:
    story = Story()
    story.sell("ann", "cat", 10, 5 * SOL)
    story.now += 10 * MINUTE
    story.buy("ann", "cat", 10, 2 * SOL)
    first = story.now
    story.sell("ann", "cat", 5, 3 * SOL)
    story.buy("ann", "cat", 5, SOL)
    story.buy("bob", "cat", 5, SOL)
    rows, i = row(pasts.past(story), "ann", "cat")
    assert (rows.buys[i], rows.sells[i], rows.bought[i], rows.sold[i]) == (2, 2, 3 * SOL, 8 * SOL)
    assert (rows.turns[i], rows.quick_turns[i], rows.bought_at[i]) == (3, 2, first)
    assert len(rows) == 2


@pytest.mark.parametrize(("cents", "cheap", "dear"), [(10, 1, 0), (11, 0, 0), (94, 0, 0), (95, 0, 1)])
def test_lottery_and_grinder_prices(cents: int, cheap: int, dear: int) -> None:
    story = Story("polymarket", "USDC")
    story.market("m", ("yes", "no"), neg_risk=False, event_slug=None, starts_at=None, ends_at=None)
    story.buy("ann", "yes", 10**6, cents * 10_000, market="m")
    rows, i = row(pasts.past(story), "ann", "yes")
    assert (rows.cheap[i], rows.dear[i]) == (cheap, dear)


def test_coins_have_no_lottery_prices() -> None:
    story = Story()
    story.buy("ann", "cat", 10**6, 1)
    rows, i = row(pasts.past(story), "ann", "cat")
    assert (rows.cheap[i], rows.dear[i]) == (0, 0)


@pytest.mark.parametrize(("seconds", "sniped"), [(0, True), (5, True), (6, False)])
def test_the_window_of_five_seconds(seconds: int, sniped: bool) -> None:
    story = Story()
    story.tell("launches", asset="cat", wallet="dev", creator="dev", name="c", symbol="c")
    story.buy("ann", "cat", 1, SOL, happened_at=story.now + seconds * SECOND)
    rows, i = row(pasts.past(story), "ann", "cat")
    assert (rows.after[i], bool(rows.sniped[i]), bool(rows.own[i])) == (seconds * SECOND, sniped, False)


def test_ones_own_launch_is_no_snipe_and_an_unknown_launch_tells_nothing() -> None:
    story = Story()
    story.tell("launches", asset="cat", wallet="signer", creator="dev", name="c", symbol="c")
    for wallet in ("dev", "signer"):
        story.buy(wallet, "cat", 1, SOL, happened_at=story.now)
    story.buy("ann", "dog", 1, SOL)
    past = pasts.past(story)
    rows = entries(past)
    assert rows.sniped.tolist() == [False, False, False]
    assert rows.own.sum() == 2
    assert rows.after[row(past, "ann", "dog")[1]] == -1


def test_the_first_buyer_is_the_first_in_the_order_of_the_chain() -> None:
    story = Story()
    story.sell("eve", "cat", 1, SOL)
    story.buy("zoe", "cat", 1, SOL, slot=50, tx_index=2, happened_at=story.now + 60)
    story.buy("ann", "cat", 1, SOL, slot=50, tx_index=3, happened_at=story.now + 60)
    story.sell("ann", "dog", 1, SOL)
    past = pasts.past(story)
    found = first_buyers(past)
    assert past.wallets[found[past.assets.index("cat")]] == "zoe"
    assert found[past.assets.index("dog")] == -1
