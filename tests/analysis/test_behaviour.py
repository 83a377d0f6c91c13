"""Who is what: each role in a story of its own, infrastructure set apart, and honest silence about few trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from analysis import pasts
from analysis.words import SOL, Story
from remora.analysis.behaviour import BEHAVIOURS, WALLET_TYPES, Behaviours, behaviours, with_self_trades, with_sybils
from remora.analysis.past import Past
from remora.model.units import DAY, MINUTE, SECOND


def told(story: Story, **more: object) -> tuple[Past, Behaviours]:
    past = pasts.past(story, **more)  # type: ignore[arg-type]
    tx = np.array([story.trades[row].get("tx", -1) for row in past.tape.row.tolist()], np.int64)
    past = replace(past, tape=replace(past.tape, tx=tx))
    return past, behaviours(past)


def kind(past: Past, found: Behaviours, wallet: str) -> tuple[str, str]:
    w = past.wallets.index(wallet)
    return WALLET_TYPES[found.wallet_type[w]], BEHAVIOURS[found.behaviour[w]]


def launch(story: Story, asset: str, creator: str = "dev") -> int:
    """A launch a minute later; its slot follows the story's numbering."""
    story.tell("launches", asset=asset, wallet=creator, creator=creator, name=asset, symbol=asset, slot=len(story.trades) * 100)
    return story.now


def question(story: Story, i: int) -> None:
    """A market `m<i>` with the tokens `yes<i>` and `no<i>`."""
    undated = dict.fromkeys(("event_slug", "starts_at", "ends_at"))
    story.market(f"m{i}", (f"yes{i}", f"no{i}"), neg_risk=False, **undated)


def person(story: Story, wallet: str, tokens: int = 8) -> None:
    """Buys hours after the launch, sells the next day; sizes, gaps and amounts as a hand makes them."""
    for i in range(tokens):
        launch(story, f"hand{wallet}{i}", f"maker{i}")
        story.now += (2 + i) * 3600 * SECOND
        story.buy(wallet, f"hand{wallet}{i}", 1000 + 77 * i, 1_234_567_891 + i * 317_000_003)
        story.now += (20 + 3 * i) * 3600 * SECOND
        story.sell(wallet, f"hand{wallet}{i}", 1000 + 77 * i, 1_334_567_893 + i * 211_000_007)


def test_a_hand_is_organic_and_normal() -> None:
    story = Story()
    person(story, "ann")
    past, found = told(story)
    assert kind(past, found, "ann") == ("normal", "organic")
    assert found.bot_score[past.wallets.index("ann")] <= 0.1
    assert not found.suspicious.any()


def test_few_trades_cannot_tell() -> None:
    story = Story()
    for i in range(3):
        story.buy("ann", f"cat{i}", 1000, 77_777_777 + i)
    past, found = told(story)
    assert kind(past, found, "ann") == ("normal", "unknown")
    assert found.reasons(past.wallets.index("ann"))[0] == "3 trades: cannot tell"


def test_the_pace_of_a_bot() -> None:
    story = Story()
    for i in range(12):
        story.now += SECOND - 60 * SOL
        story.buy("bot", f"cat{i}", 1000 + i, 123_456_789 + 7 * i)
    past, found = told(story)
    w = past.wallets.index("bot")
    assert kind(past, found, "bot") == ("bot", "bot")
    assert found.type_confidence[w] == 0.8
    assert found.bot_score[w] == 0.8
    assert "12 trades with 1.0 s between them on average" in found.reasons(w)


def test_gaps_under_a_second_and_round_amounts_are_suspicious() -> None:
    story = Story()
    for i in range(12):
        story.now += SECOND // 2 - 60 * SOL
        story.buy("bot", f"cat{i}", 1000 + i, 200_000_000)
    past, found = told(story)
    assert found.suspicious[past.wallets.index("bot")] == 2


def test_the_fills_of_one_transaction_are_one_action() -> None:
    story = Story()
    for i in range(12):
        story.now -= 60 * SOL
        story.now += SECOND // 10
        story.buy("ann", "cat", 1000 + i, 123_456_789 + 7 * i, slot=5, tx=3)
    past, found = told(story)
    w = past.wallets.index("ann")
    assert found.traits.actions[w] == 1
    assert kind(past, found, "ann") == ("normal", "unknown")


@pytest.mark.parametrize(("delay", "expected"), [(3 * SECOND, "sniper"), (2 * MINUTE, "organic")])
def test_a_sniper_buys_within_seconds_of_the_launch(delay: int, expected: str) -> None:
    story = Story()
    for i in range(10):
        at = launch(story, f"cat{i}", f"dev{i}")
        story.buy("fast", f"cat{i}", 1000 + i, 123_456_789 + 7_654_321 * i * i, happened_at=at + delay, slot=10**6 * (i + 1))
        story.now += (10 + i * i) * MINUTE
    past, found = told(story)
    w = past.wallets.index("fast")
    assert kind(past, found, "fast")[1] == expected
    assert found.response_ms[w] == delay / 1e6


def test_the_launch_slot_counts_where_clocks_are_coarse() -> None:
    story = Story()
    for i in range(5):
        at = launch(story, f"cat{i}", f"dev{i}")
        slot = story.tables["launches"][-1]["slot"]
        story.buy("fast", f"cat{i}", 1000, 123_456_789 + i, happened_at=at + 9 * SECOND, slot=slot + 2)
        story.buy("slow", f"cat{i}", 1000, 123_456_789 + i, happened_at=at + 9 * SECOND, slot=slot + 3)
        story.now += (10 + i * i) * MINUTE
    past, found = told(story)
    assert found.roles.sniped[[past.wallets.index(name) for name in ("fast", "slow")]].tolist() == [5, 0]


def test_several_wallets_in_one_transaction_are_a_bundle() -> None:
    story = Story()
    for i in range(2):
        launch(story, f"cat{i}")
        for wallet in ("b1", "b2", "b3"):
            story.buy(wallet, f"cat{i}", 1000, 123_456_789, slot=10**6 + i, tx=i)
        story.buy("ann", f"cat{i}", 1000, 123_456_789, slot=10**6 + i, tx=50 + i)
    past, found = told(story)
    assert [kind(past, found, wallet)[1] for wallet in ("b1", "b2", "b3", "ann")] == ["bundler"] * 3 + ["unknown"]


@pytest.mark.parametrize(("wallets", "expected"), [(4, "bundler"), (3, "unknown")])
def test_four_wallets_in_the_launch_slot_are_a_bundle(wallets: int, expected: str) -> None:
    story = Story()
    at = launch(story, "cat")
    slot = story.tables["launches"][-1]["slot"]
    for i in range(wallets):
        story.buy(f"b{i}", "cat", 1000, 123_456_789, slot=slot, happened_at=at)
    past, found = told(story)
    assert kind(past, found, "b0")[1] == expected


def test_a_crew_that_always_buys_first_together_bundles_even_where_no_launch_was_recorded() -> None:
    story = Story()
    for i in range(3):
        slot, at = 10**6 * (i + 1), story.now + 60 * SOL
        for wallet in ("b1", "b2", "b3", "b4"):
            story.buy(wallet, f"cat{i}", 1000, 123_456_789, slot=slot, happened_at=at)
        story.buy("ann", f"cat{i}", 1000, 123_456_789, slot=slot + 1, happened_at=at)
    past, found = told(story)
    assert [kind(past, found, wallet)[1] for wallet in ("b1", "b4", "ann")] == ["bundler", "bundler", "unknown"]


def test_an_insider_got_money_or_tokens_from_the_creator() -> None:
    story = Story()
    launch(story, "cat", "dev")
    story.tell("transfers", sender="dev", receiver="friend", asset="SOL", quantity_atoms=SOL, kind="transfer")
    story.tell("transfers", sender="dev", receiver="heir", asset="cat", quantity_atoms=500, kind="transfer")
    story.tell("transfers", sender="dev", receiver="dusted", asset="SOL", quantity_atoms=1000, kind="transfer")
    for wallet in ("friend", "heir", "dusted"):
        story.buy(wallet, "cat", 1000, 123_456_789)
    past, found = told(story)
    assert [kind(past, found, wallet)[1] for wallet in ("friend", "heir", "dusted")] == ["insider", "insider", "unknown"]


def test_an_airdrop_makes_no_insiders() -> None:
    story = Story()
    launch(story, "cat", "dev")
    for i in range(30):
        story.tell("transfers", sender="dev", receiver=f"fan{i}", asset="cat", quantity_atoms=500, kind="airdrop")
        story.buy(f"fan{i}", "cat", 1000, 123_456_789)
    _, found = told(story)
    assert not found.of("insider").any()


def test_a_dev_launches_and_buys_first() -> None:
    story = Story()
    for i in range(3):
        launch(story, f"cat{i}", "dev")
        story.buy("dev", f"cat{i}", 1000, 123_456_789)
        story.buy("ann", f"cat{i}", 1000, 123_456_789)
    past, found = told(story)
    assert kind(past, found, "dev")[0] == "dev"
    assert kind(past, found, "ann")[0] == "normal"
    assert "created 3 tokens" in found.reasons(past.wallets.index("dev"))


def test_a_whale_moves_a_thousand_sol() -> None:
    story = Story()
    story.buy("whale", "cat", 1000, 1000 * SOL + 1)
    story.buy("rich", "cat", 1000, 1000 * SOL)
    past, found = told(story)
    assert kind(past, found, "whale") == ("whale", "whale")
    assert kind(past, found, "rich") == ("normal", "unknown")


def test_washing_is_a_volume_bot_and_scalping_is_not() -> None:
    story = Story()
    for i in range(15):
        story.buy("wash", "cat", 1000 + i, 123_456_789 + i * 1_000_003)
        story.sell("wash", "cat", 1000 + i, 123_456_000 + i * 1_000_003)
        story.now += i * MINUTE
        story.buy("scalp", f"dog{i}", 1000 + i, 123_456_789 + i * 1_000_003)
        story.now += i * i * MINUTE
        story.sell("scalp", f"dog{i}", 1000 + i, 123_956_000 + i * 1_000_003)
    past, found = told(story)
    assert kind(past, found, "wash") == ("bot", "volume_bot")
    assert kind(past, found, "scalp") == ("normal", "organic")


def test_a_market_maker_buys_both_outcomes() -> None:
    story = Story("polymarket", "USDC")
    for i in range(6):
        question(story, i)
        story.buy("maker", f"yes{i}", 10**6, 480_000, market=f"m{i}")
        story.buy("maker", f"no{i}", 10**6, 490_000, market=f"m{i}")
        story.buy("ann", f"yes{i}", 10**6, 480_000, market=f"m{i}")
    past, found = told(story)
    assert kind(past, found, "maker")[1] == "market_maker"
    assert kind(past, found, "ann")[1] == "unknown"
    assert "bought both outcomes in 6 of 6 markets" in found.reasons(past.wallets.index("maker"))


def test_lottery_tickets() -> None:
    story = Story("polymarket", "USDC")
    for i in range(12):
        question(story, i)
        story.now += i * MINUTE
        story.buy("dreamer", f"yes{i}", 10**6 + i * i, 50_000 + i, market=f"m{i}")
        story.buy("ann", f"yes{i}", 10**6 + i * i, 500_000 + i, market=f"m{i}")
    past, found = told(story)
    assert kind(past, found, "dreamer")[1] == "lottery"
    assert kind(past, found, "ann")[1] == "organic"


def test_infrastructure_is_set_apart_by_list_label_and_degree() -> None:
    story = Story()
    for wallet in ("router", "bridge", "hub", "ann"):
        for i in range(12):
            story.buy(wallet, f"cat{i}", 1000, 123_456_789)
    story.tell("labels", address="bridge", label="a bridge", kind="bridge", author="x")
    for i in range(501):
        story.tell("transfers", sender="hub", receiver=f"w{i}", asset="SOL", quantity_atoms=SOL, kind="transfer")
    past, found = told(story, infrastructure={"router": "router"})
    out = {past.wallets[w]: what for w, what in found.infrastructure.items()}
    assert out == {"router": "router", "bridge": "labelled bridge", "hub": "service: sent to 501 wallets"}
    assert sorted(past.wallets[w] for w in np.flatnonzero(found.excluded)) == sorted(out)
    assert found.reasons(past.wallets.index("router")) == ["no person: router"]


def test_money_to_and_fro_is_suspicious() -> None:
    story = Story()
    for _ in range(2):
        story.tell("transfers", sender="a", receiver="b", asset="SOL", quantity_atoms=SOL, kind="transfer")
        story.tell("transfers", sender="b", receiver="a", asset="SOL", quantity_atoms=SOL, kind="transfer")
    story.tell("transfers", sender="a", receiver="c", asset="SOL", quantity_atoms=SOL, kind="transfer")
    story.buy("a", "cat", 1000, SOL)
    past, found = told(story)
    assert dict(zip(past.wallets, found.suspicious.tolist(), strict=True)) == {"a": 1, "b": 1, "c": 0}


def test_what_is_not_recorded_widens_the_score() -> None:
    story = Story()
    person(story, "ann")
    past, found = told(story)
    w = past.wallets.index("ann")
    assert found.bot_score[w] < found.bot_high[w]
    assert any(reason.startswith("not recorded: low balance") for reason in found.reasons(w))


def test_a_clustered_wallet_becomes_a_sybil_unless_it_is_infrastructure() -> None:
    story = Story()
    story.buy("a", "cat", 1000, SOL)
    story.buy("router", "cat", 1000, SOL)
    past, found = told(story, infrastructure={"router": "router"})
    named = with_sybils(found, np.ones(2, np.bool_), np.full(2, 0.9))
    assert [kind(past, named, wallet)[0] for wallet in ("a", "router")] == ["sybil", "normal"]


def test_a_cluster_that_trades_with_itself_is_suspicious() -> None:
    story = Story()
    for _ in range(3):
        story.buy("a", "cat", 1000, SOL)
        story.sell("b", "cat", 1000, SOL)
        story.now += 5 * MINUTE
        story.sell("a", "cat", 1000, SOL)
        story.buy("ann", "cat", 1000, SOL)
    past, found = told(story)
    named = with_self_trades(found, past, np.array([0, -1, 0], np.int32))
    assert past.wallets == ["a", "ann", "b"]
    assert named.suspicious.tolist() == [3, 0, 3]
    assert "suspicious: trades with other wallets of its own cluster" in named.reasons(0)


def test_influencers_by_label_and_by_winning_graduates() -> None:
    story = Story()
    for i in range(8):
        launch(story, f"cat{i}", f"maker{i}")
        for wallet, money in (("star", 2 * SOL), ("unlucky", SOL // 2)):
            story.now += 7 * MINUTE
            story.buy(wallet, f"cat{i}", 1000, SOL + i * i * 1_234_567)
            story.sell(wallet, f"cat{i}", 1000, money)
        if i < 6:
            story.tell("graduations", asset=f"cat{i}", stage="complete")
    story.buy("famous", "cat0", 1000, SOL)
    story.tell("labels", address="famous", label="famous", kind="kol", author="x")
    past, found = told(story)
    assert [kind(past, found, wallet)[0] for wallet in ("star", "unlucky", "famous")] == ["influencer", "normal", "influencer"]


def test_other_names_of_wallets_change_nothing() -> None:
    """Ranks follow names; labels do not."""

    def played(spell: Callable[[str], str]) -> dict[str, tuple[str, str, float]]:
        story = Story()
        person(story, spell("ann"))
        for i in range(12):
            story.now += SECOND - 60 * SOL
            story.buy(spell("bot"), f"cat{i}", 1000 + i, 123_456_789 + 7 * i)
        for i in range(15):
            story.buy(spell("wash"), "dog", 1000 + i, 123_456_789 + i * 1_000_003)
            story.sell(spell("wash"), "dog", 1000 + i, 123_456_000 + i * 1_000_003)
        past, found = told(story)
        return {
            n: (*kind(past, found, spell(n)), float(found.bot_high[past.wallets.index(spell(n))]))
            for n in ("ann", "bot", "wash")
        }

    assert played(lambda name: name) == played(lambda name: f"z{name[::-1]}") == played(lambda name: f"A{name[-1]}{name}")


def test_nothing_that_happens_later_changes_the_answer() -> None:
    story = Story()
    person(story, "ann", 4)
    then = story.now
    before = behaviours(pasts.past(story, as_of=then))
    story.now += 30 * DAY
    for i in range(50):
        story.buy("ann", f"late{i}", 1000, 100_000_000)
    after = behaviours(pasts.past(story, as_of=then))
    for name in ("wallet_type", "behaviour", "bot_score", "bot_high", "suspicious"):
        assert np.array_equal(getattr(before, name), getattr(after, name)), name


def test_an_empty_past_has_no_wallets() -> None:
    assert len(behaviours(pasts.past(Story()))) == 0
