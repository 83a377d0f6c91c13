"""What speaks against copying a wallet: each reason by itself, and nothing against a patient hand."""

from __future__ import annotations

from analysis import pasts
from analysis.words import Story
from remora.analysis.behaviour import behaviours
from remora.analysis.copyable import AGAINST, copyable
from remora.analysis.past import Past
from remora.model.units import HOUR

HOLD, PACE, GRIND, OVERSOLD, _, SIDES = AGAINST


def against(past: Past, wallet: str) -> list[str]:
    return copyable(past, behaviours(past)).reasons(past.wallets.index(wallet))


def story_of(cents: int, hold: int, count: int = 4, gap: int = 30 * HOUR, sold: int = 100) -> Past:
    story = Story("polymarket", "USDC")
    for i in range(count):
        story.market(f"m{i}", (f"yes{i}", f"no{i}"), neg_risk=False, event_slug=None, starts_at=None, ends_at=None)
        story.buy("ann", f"yes{i}", 10**8, cents * 10**6, market=f"m{i}")
        story.now += hold
        story.sell("ann", f"yes{i}", sold * 10**6, cents * 10**6, market=f"m{i}")
        story.now += gap
    return pasts.past(story)


def test_a_patient_hand_can_be_copied() -> None:
    past = story_of(50, 20 * HOUR)
    assert against(past, "ann") == []
    assert copyable(past, behaviours(past)).fine[past.wallets.index("ann")]


def test_short_holds() -> None:
    assert against(story_of(50, 2 * HOUR), "ann") == [HOLD]


def test_grinders() -> None:
    assert against(story_of(96, 20 * HOUR), "ann") == [GRIND]


def test_selling_what_was_never_bought() -> None:
    assert OVERSOLD in against(story_of(50, 20 * HOUR, sold=106), "ann")
    assert OVERSOLD not in against(story_of(50, 20 * HOUR, sold=105), "ann")


def test_a_busy_day() -> None:
    story = Story()
    for i in range(20):
        story.buy("ann", f"cat{i}", 10, 77_777_777)
    assert PACE in against(pasts.past(story), "ann")


def test_makers_stand_on_both_sides() -> None:
    story = Story("polymarket", "USDC")
    for i in range(6):
        story.market(f"m{i}", (f"yes{i}", f"no{i}"), neg_risk=False, event_slug=None, starts_at=None, ends_at=None)
        for token in (f"yes{i}", f"no{i}"):
            story.buy("maker", token, 10**8, 49 * 10**6, market=f"m{i}")
        story.now += 30 * HOUR
    assert against(pasts.past(story), "maker") == [SIDES]
