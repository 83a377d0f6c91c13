"""Accounts that are no people: lists first, then labels, then what nobody can do."""

from __future__ import annotations

import pytest

from analysis import pasts
from analysis.words import SOL, Story
from remora.analysis.structure import BUSY_DAYS, SERVICE_WALLETS, TOKENS_A_DAY, no_people


def test_a_service_has_sent_to_more_than_five_hundred() -> None:
    story = Story()
    for i in range(SERVICE_WALLETS + 1):
        story.tell("transfers", sender="hub", receiver=f"w{i}", asset="SOL", quantity_atoms=SOL, kind="transfer")
        story.tell("transfers", sender="payer", receiver=f"w{min(i, SERVICE_WALLETS - 1)}", asset="SOL", quantity_atoms=SOL)
    past = pasts.past(story)
    assert {past.wallets[w]: what for w, what in no_people(past).items()} == {"hub": "service: sent to 501 wallets"}


def test_the_list_says_more_than_a_label_and_a_label_more_than_structure() -> None:
    story = Story()
    for wallet in ("a", "b", "c"):
        story.buy(wallet, "cat", 10, SOL)
        story.tell("labels", address=wallet, label=wallet, kind={"a": "exchange", "b": "vault", "c": "kol"}[wallet], author="x")
    past = pasts.past(story, infrastructure={"a": "router"})
    assert {past.wallets[w]: what for w, what in no_people(past).items()} == {"a": "router", "b": "labelled vault"}


@pytest.mark.parametrize(("tokens", "days", "out"), [
    (TOKENS_A_DAY, BUSY_DAYS, True), (TOKENS_A_DAY - 1, BUSY_DAYS, False), (TOKENS_A_DAY, BUSY_DAYS - 1, False),
])  # fmt: skip
def test_a_new_token_every_six_minutes_on_two_days(tokens: int, days: int, out: bool) -> None:
    story = Story()
    for day in range(days):
        story.now = (story.now // (86_400 * SOL) + 1) * 86_400 * SOL
        for i in range(tokens):
            asset = f"t{day}-{i}"
            story.tell("launches", asset=asset, wallet="dev", creator="dev", name="t", symbol="t")
            story.tell("presences", wallet="fees", asset=asset)
    past = pasts.past(story)
    assert (past.wallets.index("fees") in no_people(past)) is out


def test_traders_of_few_tokens_are_never_everywhere() -> None:
    """In a small ledger everybody trades most of the tokens there are."""
    story = Story()
    for i in range(14):
        story.buy("ann", f"cat{i}", 10, SOL)
    assert no_people(pasts.past(story)) == {}
