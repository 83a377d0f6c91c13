"""The fourteen signs: their weights as found, what shows each, and what is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import pasts
from analysis.words import DAY, SOL, Story
from remora.analysis.botsigns import SIGNS, WEIGHTS, Signs, signs
from remora.analysis.entries import entries
from remora.analysis.past import Past
from remora.analysis.roles import roles
from remora.analysis.traits import traits
from remora.model.units import MINUTE

NAMES = [name for name, _ in SIGNS]


def of(past: Past) -> Signs:
    rows = entries(past)
    return signs(past, traits(past, rows), roles(past, rows))


def shown(past: Past, wallet: str) -> set[str]:
    return {NAMES[i] for i in np.flatnonzero(of(past).present[:, past.wallets.index(wallet)])}


def known(past: Past, wallet: str) -> set[str]:
    return {NAMES[i] for i in np.flatnonzero(of(past).known[:, past.wallets.index(wallet)])}


def trades(story: Story, wallet: str, count: int, **more: Any) -> None:
    for i in range(count):
        story.now += i * i * MINUTE
        story.buy(wallet, f"{wallet}{i}", 10, 123_456_789 + i * 7_777_777, **more)
        story.now += (i % 3) * MINUTE
        story.sell(wallet, f"{wallet}{i}", 10, 133_456_789 + i * 7_777_777)


def test_weights_are_those_of_the_source() -> None:
    assert len(SIGNS) == 14
    assert WEIGHTS.tolist() == [0.15, 0.1, 0.2, 0.1, 0.15, 0.05, 0.15, 0.2, 0.1, 0.15, 0.3, 0.25, 0.25, 0.2]


def test_a_hand_shows_few_and_balances_are_never_known() -> None:
    story = Story()
    trades(story, "ann", 4)
    past = pasts.past(story, as_of=story.now + 40 * DAY)
    assert shown(past, "ann") == set()
    assert "low balance" not in known(past, "ann")
    assert "younger than a day" in known(past, "ann")


@pytest.mark.parametrize(
    ("later", "expected"), [(0, {"younger than a day", "younger than a week"}), (3, {"younger than a week"}), (8, set())]
)
def test_age_is_known_from_the_first_money_or_when_old(later: int, expected: set[str]) -> None:
    story = Story()
    story.tell("transfers", sender="mum", receiver="new", asset="SOL", quantity_atoms=SOL, kind="transfer")
    story.buy("new", "cat", 10, 77_777_777)
    story.buy("old", "cat", 10, 77_777_777)
    past = pasts.past(story, as_of=story.now + later * DAY)
    ages = {"younger than a day", "younger than a week"}
    assert shown(past, "new") & ages == expected
    assert shown(past, "old") & ages == set()  # it may be older than the records
    assert known(past, "old") & ages == {name for name, days in zip(sorted(ages), (1, 7), strict=True) if later >= days}


def test_common_funding_amounts() -> None:
    story = Story()
    for i in range(5):
        story.tell("transfers", sender="boss", receiver=f"b{i}", asset="SOL", quantity_atoms=1_234_567_890, kind="transfer")
        story.buy(f"b{i}", "cat", 10, 77_777_777)
    story.tell("transfers", sender="mum", receiver="ann", asset="SOL", quantity_atoms=SOL, kind="transfer")
    story.buy("ann", "cat", 10, 77_777_777)
    past = pasts.past(story)
    assert "common funding amount" in shown(past, "b3")
    assert "common funding amount" not in shown(past, "ann")


def test_clockwork() -> None:
    story = Story()
    for i in range(12):
        story.buy("bot", f"cat{i}", 10, 200_000_000)
    past = pasts.past(story)
    assert {"regular gaps", "round amounts", "identical trades", "only buys", "over 5 new tokens a day"} <= shown(past, "bot")


def test_holding_to_the_end_is_no_sign_on_polymarket() -> None:
    story = Story("polymarket", "USDC")
    for i in range(12):
        story.buy("ann", f"yes{i}", 10, 77_777_777 + i, market=f"m{i}")
    assert not {"only buys", "over 5 new tokens a day"} & shown(pasts.past(story), "ann")


def test_sandwiches_and_round_trips_in_a_slot() -> None:
    story = Story()
    for i in range(4):
        slot, at = 1000 + i, story.now + 60 * SOL
        for place, (side, wallet) in enumerate((("buy", "eve"), ("buy", "ann"), ("sell", "eve"))):
            getattr(story, side)(wallet, f"cat{i}", 10, 77_777_777 + i, slot=slot, tx_index=place, happened_at=at)
        for place, side in enumerate(("buy", "sell")):
            getattr(story, side)("arb", f"dog{i}", 10, 77_777_777 + i, slot=slot, tx_index=place, happened_at=at)
    past = pasts.past(story)
    assert {"sandwiches", "sells in the slot it bought in"} <= shown(past, "eve")
    assert "sandwiches" not in shown(past, "arb")
    assert "sells in the slot it bought in" in shown(past, "arb")
    assert not {"sandwiches", "sells in the slot it bought in"} & shown(past, "ann")


def test_the_range_holds_the_score() -> None:
    story = Story()
    trades(story, "ann", 6)
    found = of(pasts.past(story))
    assert (found.low() <= found.high()).all()
    assert (found.high() <= 1).all()
    assert not (found.present & ~found.known).any()
