"""What markets consist of and what they paid."""

from __future__ import annotations

import pytest

from analysis.words import Story
from remora.analysis.names import Names
from remora.analysis.outcomes import Outcomes


def outcomes(story: Story, names: Names) -> Outcomes:
    return Outcomes(story.table("markets"), story.table("resolutions"), names)


def test_the_later_description_of_a_market_wins() -> None:
    story, names = Story("polymarket"), Names({})
    story.market("M", ("OLD1", "OLD2"))
    story.market("M", ("YES", "NO"), category="sports")
    story.market("M", ())
    known = outcomes(story, names)
    assert known.assets(names.id("M")) == (names.id("YES"), names.id("NO"))
    assert known.categories == {names.id("M"): "sports"}
    assert known.assets(names.id("OTHER")) == ()


@pytest.mark.parametrize(("paid", "whole"), [((2, 0), 1), ((), 1), ((1, 0), 0), ((-1, 1), 1)])
def test_payouts_that_cannot_be_are_refused(paid: tuple[int, ...], whole: int) -> None:
    story, names = Story("polymarket"), Names({})
    story.market("M")
    story.resolve("M", paid, whole)
    known = outcomes(story, names)
    assert (known.payouts, known.refused, known.resolved(names.id("M"))) == ({}, 1, False)


def test_a_resolution_may_bring_its_own_tokens() -> None:
    story, names = Story("polymarket"), Names({})
    story.resolve("M", (0, 1), token_ids=["YES", "NO"])
    known = outcomes(story, names)
    assert known.payouts[names.id("NO")][:2] == (1, 1)
    assert known.resolved(names.id("M"))


def test_exports_without_token_ids_are_paid_by_slug_and_outcome() -> None:
    story = Story("polymarket", "USDC")
    story.market("M")
    story.resolve("M", (1, 0))
    story.buy("owner", "slug:slug-M#No", 100, 30, market="M")
    (position,) = story.positions().values()
    assert (position["realized_quote_atoms"], position["status"]) == (-30, "resolved")


def test_questions_of_an_event() -> None:
    story, names = Story("polymarket"), Names({})
    for name in "AB":
        story.market(name, (f"Y{name}", f"N{name}"), neg_risk_id="EVENT")
    known = outcomes(story, names)
    pairs = [(names.id(f"Y{name}"), names.id(f"N{name}")) for name in "AB"]
    assert sorted(known.questions(names.id("A"), -1)) == sorted(pairs)
    assert sorted(known.questions(names.id("EVENT"), names.id("EVENT"))) == sorted(pairs)
    assert known.questions(names.id("UNKNOWN"), -1) == []
