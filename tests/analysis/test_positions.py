"""Positions in a trader's words. Each story is one a person could check with pencil and paper."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from analysis.words import DAY, SOL, START, USD, Story
from remora.analysis import laws, positions
from remora.analysis.events import Scope
from remora.analysis.figures import Rules
from remora.analysis.lots import Method

TOKEN = 10**6  # atoms of one token


def only(story: Story, rules: Rules | None = None, marks: Any = None) -> dict[str, Any]:
    """The story's single position, after every law has been checked on it."""
    books = story.books(rules, marks)
    assert laws.audit(books) == []
    (position,) = story.positions(rules, marks).values()
    return position


def check(story: Story) -> dict[tuple[str, str], dict[str, Any]]:
    assert laws.audit(story.books()) == []
    return story.positions()


def test_a_buy_1000_sell_1000_at_three_times_the_price() -> None:
    """PNL-02: buy 1000 at 0.001 SOL, sell 1000 at 0.003: +2 SOL, 200 %, three times the money."""
    story = Story()
    story.buy("ann", "CAT", 1000 * TOKEN, 1 * SOL)
    story.sell("ann", "CAT", 1000 * TOKEN, 3 * SOL)
    position = only(story)
    assert position["realized_quote_atoms"] == 2 * SOL
    assert position["realized_quote_atoms"] / position["cost_quote_atoms"] == 2.0
    assert position["proceeds_quote_atoms"] / position["cost_quote_atoms"] == 3.0
    assert (position["status"], position["held_atoms"], position["method"]) == ("closed", 0, "fifo")


def test_b_two_partial_sells() -> None:
    """PNL-03: buy 1000 at 0.001, sell 500 at 0.002 and 500 at 0.003: +1.5 SOL, nothing left."""
    story = Story()
    story.buy("ann", "CAT", 1000 * TOKEN, 1 * SOL)
    story.sell("ann", "CAT", 500 * TOKEN, 1 * SOL)
    assert only(story)["status"] == "partial"
    story.sell("ann", "CAT", 500 * TOKEN, 3 * SOL // 2)
    position = only(story)
    assert (position["realized_quote_atoms"], position["held_atoms"]) == (3 * SOL // 2, 0)
    assert [sale["realized_quote_atoms"] for sale in story.sells()] == [SOL // 2, SOL]


def test_c_unrealised_at_a_named_mark_with_its_age() -> None:
    """PNL-04: buy 1000 at 0.001, price 0.005: unrealised +4 SOL."""
    story = Story()
    story.buy("ann", "CAT", 1000 * TOKEN, 1 * SOL)
    marks = story.mark("CAT", 5 * SOL, 1000 * TOKEN)
    position = only(story, Rules(as_of=story.now + 90 * SOL), marks)
    assert position["unrealized_quote_atoms"] == 4 * SOL
    assert (position["mark_quote_atoms"], position["mark"], position["mark_age_seconds"]) == (5 * SOL, "last_trade", 90)
    assert position["status"] == "open"


def test_without_a_mark_unrealised_is_null_with_the_reason() -> None:
    story = Story()
    story.buy("ann", "CAT", 10, 100)
    position = only(story)
    assert (position["mark_quote_atoms"], position["unrealized_quote_atoms"]) == (None, None)
    assert "no_mark" in position["flags"]


def test_dca_first_in_first_out_against_average_cost() -> None:
    story = Story()
    for money in (100, 200, 600):
        story.buy("ann", "CAT", 10, money)
    story.sell("ann", "CAT", 15, 900)
    assert only(story)["realized_quote_atoms"] == 900 - 200
    average = only(story, Rules(method=Method.AVERAGE))
    assert (average["realized_quote_atoms"], average["method"]) == (900 - 450, "average")


def test_venue_fees_are_cost_and_charges_stand_beside() -> None:
    story = Story()
    story.buy("ann", "CAT", 10, 1000, fee=10)
    for kind, lamports in (("network", 5), ("priority", 6), ("tip", 7), ("bot", 8), ("rent", 2000), ("refund", 3000)):
        story.tell("charges", wallet="ann", kind=kind, lamports=lamports, asset="CAT")
    story.tell("charges", wallet="ann", kind="network", lamports=99, asset=None)
    story.sell("ann", "CAT", 10, 2000, fee=20)
    position = only(story)
    assert (position["cost_quote_atoms"], position["proceeds_quote_atoms"]) == (1010, 1980)
    assert position["realized_quote_atoms"] == 970
    assert (position["charges_quote_atoms"], position["realized_all_in_quote_atoms"]) == (26, 944)


def test_an_airdrop_is_never_profit() -> None:
    story = Story()
    story.tell("transfers", sender="", receiver="ann", asset="DROP", quantity_atoms=500, kind="airdrop")
    story.sell("ann", "DROP", 200, 3 * SOL)
    position = only(story)
    assert (position["realized_quote_atoms"], position["proceeds_quote_atoms"]) == (0, 0)
    assert position["unknown_cost_sold_atoms"] == 200
    assert position["unknown_cost_proceeds_quote_atoms"] == 3 * SOL
    assert position["flags"] == ["unknown_cost", "no_usd_price", "no_mark"]


def test_what_was_received_has_no_unrealised_profit_either() -> None:
    story = Story()
    story.buy("ann", "CAT", 10, 100)
    story.tell("transfers", sender="bob", receiver="ann", asset="CAT", quantity_atoms=90)
    position = story.positions(marks=story.mark("CAT", 20, 1))["ann", "CAT"]
    assert (position["mark_quote_atoms"], position["unrealized_quote_atoms"]) == (2000, 100)
    assert (position["held_atoms"], position["held_unknown_cost_atoms"]) == (100, 90)


def test_a_transfer_out_takes_its_cost_along() -> None:
    story = Story()
    story.buy("ann", "CAT", 10, 100)
    story.tell("transfers", sender="ann", receiver="bob", asset="CAT", quantity_atoms=4)
    books = check(story)
    ann, bob = books["ann", "CAT"], books["bob", "CAT"]
    assert (ann["sent_atoms"], ann["sent_cost_quote_atoms"], ann["realized_quote_atoms"]) == (4, 40, 0)
    assert (bob["received_atoms"], bob["held_atoms"], bob["cost_left_quote_atoms"]) == (4, 4, 0)
    assert (ann["status"], bob["status"]) == ("partial", "open")


def test_a_sale_never_seen_acquired_is_unmatched() -> None:
    story = Story()
    story.buy("ann", "CAT", 10, 100)
    story.sell("ann", "CAT", 40, 400)
    position = only(story)
    assert (position["realized_quote_atoms"], position["proceeds_quote_atoms"]) == (0, 100)
    assert (position["unmatched_sold_atoms"], position["unmatched_proceeds_quote_atoms"]) == (30, 300)
    assert (position["status"], position["flags"]) == ("closed", ["unmatched", "no_usd_price"])


def test_a_rug_is_a_loss_of_what_is_left() -> None:
    story = Story()
    story.buy("ann", "RUG", 1000, 1_000_000)
    story.sell("ann", "RUG", 400, 500_000)
    marks = story.mark("RUG", 1, 1000, peak=(2_000_000, 1000))
    before = only(story, Rules(as_of=story.now + DAY - 1), marks)
    assert before["status"] == "partial"
    position = only(story, Rules(as_of=story.now + DAY), marks)
    assert (position["status"], "rugged" in position["flags"]) == ("rugged", True)
    assert position["realized_quote_atoms"] == 100_000 - 600_000
    assert (position["written_off_quote_atoms"], position["cost_left_quote_atoms"]) == (600_000, 0)
    assert (position["unrealized_quote_atoms"], position["held_atoms"]) == (0, 600)


def test_a_fall_that_is_no_rug() -> None:
    story = Story()
    story.buy("ann", "DIP", 1000, 1_000_000)
    marks = story.mark("DIP", 110_000, 1000, peak=(2_000_000, 1000))
    assert only(story, Rules(as_of=story.now + 9 * DAY), marks)["status"] == "open"
    assert only(story, Rules(as_of=story.now + 9 * DAY, rug_fall_percent=94), marks)["status"] == "rugged"


def test_dust_does_not_keep_a_position_open() -> None:
    story = Story()
    story.buy("ann", "CAT", 1_000_000, 1_000_000)
    story.sell("ann", "CAT", 999_950, 2_000_000)
    position = only(story)
    assert (position["status"], position["held_atoms"], position["cost_left_quote_atoms"]) == ("closed", 50, 50)
    assert "dust" in position["flags"]


def test_graduation_in_the_middle_of_a_position_is_one_book() -> None:
    story = Story()
    story.buy("ann", "CAT", 1000, 1000, market="curve", program=story.id("pump"))
    story.sell("ann", "CAT", 1000, 5000, market="pool", program=story.id("amm"))
    position = only(story)
    assert (position["realized_quote_atoms"], position["market"], position["status"]) == (4000, "pool", "closed")


def test_token_to_token_swap_is_a_sale_and_a_purchase() -> None:
    """PNL-09: both legs carry the same value, so the swap itself earns nothing."""
    story = Story()
    story.buy("ann", "CAT", 100, 1000)
    story.sell("ann", "CAT", 100, 1500)
    story.buy("ann", "DOG", 7, 1500)
    books = check(story)
    assert books["ann", "CAT"]["realized_quote_atoms"] == 500
    assert books["ann", "DOG"]["cost_left_quote_atoms"] == 1500


def test_another_quote_is_converted_at_the_price_of_its_time() -> None:
    story = Story()
    story.price(200 * USD, START)
    story.buy("ann", "CAT", 100, 50 * USD, quote="USDC", fee=10 * USD)
    story.sell("ann", "CAT", 100, 1 * SOL)
    position = only(story)
    assert position["cost_quote_atoms"] == 3 * SOL // 10
    assert (position["realized_quote_atoms"], position["quote"]) == (7 * SOL // 10, "SOL")
    assert position["realized_usd"] == Decimal("140.000000")
    assert "converted" in position["flags"]


def test_another_quote_without_a_price_is_shown_apart() -> None:
    story = Story()
    story.buy("ann", "CAT", 100, 50 * USD, quote="USDC")
    story.buy("ann", "CAT", 10, 1000)
    story.sell("ann", "CAT", 30, 9 * USD, quote="USDC")
    position = only(story)
    assert (position["bought_atoms"], position["received_atoms"], position["sent_atoms"]) == (10, 100, 30)
    assert (position["unpriced_bought_atoms"], position["unpriced_sold_atoms"], position["unpriced_trades"]) == (100, 30, 2)
    assert (position["realized_quote_atoms"], position["held_atoms"]) == (0, 80)
    assert "unpriced" in position["flags"]
    assert position["realized_micro_usd"] is None  # money that nobody tells is no profit of nothing


def test_dollars_at_the_price_of_each_trade() -> None:
    """PNL-05: 1 SOL in at 100 dollars, 1 SOL out at 150: no profit in SOL, 50 in dollars."""
    story = Story()
    story.price(100 * USD, START)
    story.buy("ann", "CAT", 100, 1 * SOL)
    story.now += DAY
    story.price(150 * USD, story.now)
    story.sell("ann", "CAT", 100, 1 * SOL)
    position = only(story)
    assert (position["realized_quote_atoms"], position["realized_usd"]) == (0, Decimal("50.000000"))
    assert [sale["realized_micro_usd"] for sale in story.sells()] == [50 * USD]


def test_dollars_are_null_where_a_price_is_missing() -> None:
    story = Story()
    story.price(100 * USD, START)
    story.buy("ann", "CAT", 100, 1 * SOL)
    story.now += DAY
    story.sell("ann", "CAT", 100, 1 * SOL)
    position = only(story)
    assert position["realized_usd"] is None
    assert "no_usd_price" in position["flags"]


def poly() -> Story:
    story = Story("polymarket", "USDC")
    story.market("M")
    return story


def test_unredeemed_losers_count() -> None:
    story = poly()
    story.buy("ann", "YES", 10 * USD, 6 * USD, market="M")
    story.buy("bob", "NO", 10 * USD, 4 * USD, market="M")
    story.resolve("M", (1, 0))
    books = check(story)
    assert books["ann", "YES"]["realized_quote_atoms"] == 4 * USD
    assert books["bob", "NO"]["realized_quote_atoms"] == -4 * USD
    assert {book["status"] for book in books.values()} == {"resolved"}
    assert books["ann", "YES"]["realized_usd"] == Decimal("4.000000")


def test_fifty_fifty_pays_half_and_floors() -> None:
    story = poly()
    story.buy("ann", "YES", 7, 5, market="M")
    story.resolve("M", (1, 1), 2)
    assert only(story)["realized_quote_atoms"] == 3 - 5


def test_a_complete_set_costs_a_dollar() -> None:
    story = poly()
    story.tell("splits", wallet="ann", market="M", quantity_atoms=101)
    books = check(story)
    costs = [books["ann", token]["cost_quote_atoms"] for token in ("YES", "NO")]
    assert costs == [50, 51]
    story.tell("merges", wallet="ann", market="M", quantity_atoms=101)
    books = check(story)
    assert [books["ann", token]["realized_quote_atoms"] for token in ("YES", "NO")] == [0, 0]
    assert books["ann", "NO"]["flags"] == ["complete_set"]


def test_selling_one_side_of_a_set_is_no_phantom_short() -> None:
    story = poly()
    story.tell("splits", wallet="ann", market="M", quantity_atoms=100)
    story.sell("ann", "NO", 100, 30, market="M")
    story.resolve("M", (1, 0))
    books = check(story)
    assert sum(books["ann", token]["realized_quote_atoms"] for token in ("YES", "NO")) == 30
    assert books["ann", "NO"]["unmatched_sold_atoms"] == 0


def test_a_redemption_that_names_its_token_is_a_sale_at_its_payout() -> None:
    story = poly()
    story.buy("ann", "YES", 100, 60, market="M")
    story.tell("redeems", wallet="ann", market="M", quantity_atoms=100, quote_atoms=100, asset="YES")
    position = only(story)
    assert (position["realized_quote_atoms"], position["status"], position["sells"]) == (40, "resolved", 1)


def test_a_redemption_and_its_resolution_are_counted_once() -> None:
    for asset in ("YES", None):
        story = poly()
        story.buy("ann", "YES", 100, 60, market="M")
        story.buy("ann", "NO", 30, 10, market="M")
        story.resolve("M", (1, 0))
        story.tell("redeems", wallet="ann", market="M", quantity_atoms=100, quote_atoms=100, asset=asset)
        books = check(story)
        assert books["ann", "YES"]["realized_quote_atoms"] == 40
        assert books["ann", "NO"]["realized_quote_atoms"] == -10
        assert {book["status"] for book in books.values()} == {"resolved"}


def test_a_redemption_of_the_whole_market_tells_who_won() -> None:
    story = poly()
    story.buy("ann", "YES", 100, 60, market="M")
    story.buy("ann", "NO", 30, 10, market="M")
    story.tell("redeems", wallet="ann", market="M", quantity_atoms=100, quote_atoms=100, asset=None)
    books = check(story)
    assert [books["ann", token]["realized_quote_atoms"] for token in ("YES", "NO")] == [40, -10]
    assert all("inferred_outcome" in book["flags"] and book["status"] == "resolved" for book in books.values())


def test_a_redemption_that_fits_nothing_is_counted_not_guessed() -> None:
    story = poly()
    story.buy("ann", "YES", 100, 60, market="M")
    story.tell("redeems", wallet="ann", market="M", quantity_atoms=77, quote_atoms=77, asset=None)
    books = check(story)
    assert books["ann", "YES"]["held_atoms"] == 100
    apart = books["ann", "redeemed:M"]
    assert (apart["realized_quote_atoms"], apart["unmatched_proceeds_quote_atoms"]) == (0, 77)
    assert story.books().notes["redemptions_not_attributed"] == 1


def test_a_redemption_of_nothing_closes_what_is_held_at_zero() -> None:
    story = Story("polymarket", "USDC")
    story.buy("ann", "NO", 30, 10, market="UNDESCRIBED")
    story.tell("redeems", wallet="ann", market="UNDESCRIBED", quantity_atoms=0, quote_atoms=0, asset=None)
    position = only(story)
    assert (position["realized_quote_atoms"], position["status"]) == (-10, "resolved")


def test_a_neg_risk_conversion_moves_quantities() -> None:
    """NO of two of three questions become YES of the third and one dollar each."""
    story = Story("polymarket", "USDC")
    for name in "ABC":
        story.market(name, (f"Y{name}", f"N{name}"), neg_risk_id="EVENT")
    story.buy("ann", "NA", 50, 40, market="A")
    story.buy("ann", "NB", 50, 45, market="B")
    story.tell("conversions", wallet="ann", market="A", quantity_atoms=50, quote_atoms=50, neg_risk_id="EVENT")
    books = check(story)
    assert [books["ann", asset]["held_atoms"] for asset in ("NA", "NB", "YC")] == [0, 0, 50]
    assert books["ann", "NA"]["sent_cost_quote_atoms"] == 40
    assert all("conversion" in book["flags"] for book in books.values())


def test_a_conversion_that_could_mean_several_things_is_counted() -> None:
    story = Story("polymarket", "USDC")
    for name in "ABC":
        story.market(name, (f"Y{name}", f"N{name}"), neg_risk_id="EVENT")
        story.buy("ann", f"N{name}", 50, 40, market=name)
    story.tell("conversions", wallet="ann", market="A", quantity_atoms=50, quote_atoms=50, neg_risk_id="EVENT")
    check(story)
    assert story.books().notes["conversions_not_attributed"] == 1


def test_money_has_no_book_of_its_own() -> None:
    story = Story()
    story.tell("transfers", sender="bob", receiver="ann", asset="SOL", quantity_atoms=SOL, kind="funding")
    story.buy("ann", "USDC", 100, SOL)
    assert check(story) == {}
    assert story.books().notes["trades_of_money_itself"] == 1


def test_links_without_amount_or_time_move_nothing() -> None:
    story = Story()
    story.tell("transfers", sender="bob", receiver="ann", asset="CAT", quantity_atoms=None)
    story.tell("transfers", sender="bob", receiver="ann", asset="CAT", quantity_atoms=5, happened_at=None)
    assert check(story) == {}
    assert story.books().notes["transfers_without_amount_or_time"] == 2


@pytest.mark.parametrize(
    ("slots", "indexes", "order"),
    [((7, 8), (-1, -1), "known"), ((7, 7), (0, 1), "known"), ((7, 7), (-1, -1), "assumed"), ((-1, -1), (-1, -1), "assumed")],
)
def test_order_is_known_or_said_to_be_assumed(slots: tuple[int, int], indexes: tuple[int, int], order: str) -> None:
    story = Story()
    for slot, index in zip(slots, indexes, strict=True):
        story.buy("ann", "CAT", 10, 100, happened_at=START, slot=slot, tx_index=index)
    assert only(story)["order"] == order


def test_books_beyond_64_bits_are_refused_and_named() -> None:
    story = Story()
    story.buy("ann", "BIG", 2**62, 1)
    story.buy("ann", "BIG", 2**62, 1)
    story.buy("ann", "CAT", 10, 100)
    story.buy("bob", "CAT", 10, 2**63 - 1, fee=1)
    assert list(check(story)) == [("ann", "CAT")]
    refused = {(w, a) for w, a in story.books().refused}
    assert refused == {(story.id("ann"), story.id("BIG")), (story.id("bob"), story.id("CAT"))}


def test_nothing_gives_empty_tables() -> None:
    story = Story()
    assert (story.positions(), story.sells()) == ({}, [])
    assert laws.audit(story.books()) == []


def test_sells_name_the_fact_they_come_from() -> None:
    story = poly()
    story.buy("ann", "YES", 10, 5, market="M")
    story.sell("ann", "YES", 4, 3, market="M")
    story.resolve("M", (1, 0))
    assert [sale["fact_id"] for sale in story.sells()] == ["trade:1", "resolutions:0"]


def crowd(seed: int) -> Story:
    """Many wallets and tokens, some trades sharing an instant, some transfers."""
    random_ = random.Random(seed)
    story = Story()
    wallets, assets = [f"w{i}" for i in range(12)], [f"a{i}" for i in range(5)]
    for _ in range(300):
        story.now -= random_.choice((0, 60)) * SOL
        act = random_.choice((story.buy, story.sell, story.buy, None))
        wallet, asset, size = random_.choice(wallets), random_.choice(assets), random_.randint(1, 1000)
        if act is None:
            story.tell("transfers", sender=wallet, receiver=random_.choice(wallets), asset=asset, quantity_atoms=size)
        else:
            act(wallet, asset, size, random_.randint(1, 10**9), slot=random_.choice((-1, 5)), tx_index=-1)
    return story


def rows_of(table: Any) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: (row["wallet"], row["asset"]))


@pytest.mark.parametrize("seed", range(5))
def test_parts_are_the_whole(seed: int) -> None:
    story = crowd(seed)
    whole = story.books()
    events = story.events()
    world = positions.world_of(story.dictionary)
    table = story.trade_table()
    parts = []
    for part in range(3):
        mine = [value % 3 == part for value in table["wallet"].to_pylist()]
        parts.append(positions.book(table.filter(mine), events, world, scope=Scope(3, part)))
    assert laws.whole_is_its_parts(whole.positions, [books.positions for books in parts]) == []
    assert laws.whole_is_its_parts(whole.sells, [books.sells for books in parts]) == []
    assert rows_of(whole.positions) == sorted(
        (row for books in parts for row in books.positions.to_pylist()), key=lambda row: (row["wallet"], row["asset"])
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_arrival_changes_nothing(seed: int) -> None:
    """Rows of one instant and place keep no memory of which came first: row numbers do not matter."""
    story = crowd(seed)
    before = rows_of(story.books().positions)
    numbers = [trade["row"] for trade in story.trades]
    random.Random(seed).shuffle(numbers)
    for trade, number in zip(story.trades, numbers, strict=True):
        trade["row"] = number
    random.Random(seed + 1).shuffle(story.trades)
    assert rows_of(story.books().positions) == before


def test_one_wallet_alone_is_booked_like_among_all() -> None:
    story = crowd(1)
    wallet = story.id("w3")
    table = story.trade_table()
    mine = table.filter([value == wallet for value in table["wallet"].to_pylist()])
    alone = positions.book(mine, story.events(), positions.world_of(story.dictionary), scope=Scope(wallets=frozenset([wallet])))
    assert rows_of(alone.positions) == [row for row in rows_of(story.books().positions) if row["wallet"] == wallet]
