"""Trades, books and the rest become a past; clusters become one trader."""

from __future__ import annotations

from weakref import ref

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.pasts import past, records
from analysis.words import DAY, SOL, Story
from remora.analysis.columns import ints
from remora.analysis.gather import in_order
from remora.analysis.past import Tape
from remora.analysis.pooling import pooled
from remora.study.pasts import past_of, pooled_of


def story() -> Story:
    told = Story()
    told.tell("launches", asset="CAT", wallet="dev", creator="dev", slot=5, name="Cat", symbol="CAT")
    told.buy("ann", "CAT", 1_000, 10 * SOL, fee=SOL // 10)
    told.buy("bob", "CAT", 500, 6 * SOL)
    told.sell("ann", "CAT", 400, 6 * SOL, fee=SOL // 20)
    told.tell("graduations", asset="CAT", stage="complete")
    told.tell("transfers", sender="ann", receiver="bob", asset="CAT", quantity_atoms=600, kind="transfer", tx="t1")
    told.sell("bob", "CAT", 900, 20 * SOL)
    told.buy("zoe", "DOG", 10, SOL)
    return told


def test_a_story_becomes_columns() -> None:
    known = past(story())
    assert known.wallets == ["ann", "bob", "dev", "zoe"]
    assert known.assets == ["CAT", "DOG"]
    assert [known.wallets[w] for w in known.tape.wallet] == ["ann", "ann", "bob", "bob", "zoe"]
    assert known.tape.money.tolist() == [10 * SOL, 6 * SOL, 6 * SOL, 20 * SOL, SOL]
    assert known.tape.fee.tolist() == [SOL // 10, SOL // 20, 0, 0, 0]
    cat = known.assets.index("CAT")
    assert known.wallets[known.tokens.creator[cat]] == "dev"
    assert known.tokens.launch_slot[cat] == 5
    assert known.tokens.graduated_at[cat] > known.tokens.launched_at[cat]
    assert [(known.wallets[a], known.wallets[b]) for a, b in zip(known.moves.sender, known.moves.receiver, strict=True)] == [
        ("ann", "bob")
    ]


def test_sales_add_up_to_what_was_realized() -> None:
    known = past(story())
    sums = np.bincount(known.sales.position, known.sales.realized, known.positions.num_rows)
    assert sums.tolist() == known.column("realized_quote_atoms").tolist()


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 4), max_size=40))
def test_sales_are_in_the_order_of_all_their_columns(rows: list[tuple[int, ...]]) -> None:
    first, *rest = np.array(rows, np.int64).reshape(-1, 4).T
    assert [rows[i] for i in in_order(first, tuple(rest)).tolist()] == sorted(rows)


def test_token_by_token_is_in_time() -> None:
    tape = past(story()).tape
    order = tape.by_asset
    assert tape.asset[order].tolist() == [0, 0, 0, 0, 1]
    assert np.all(np.diff(tape.at[order][:4]) > 0)


def test_a_collapsed_token_is_a_loss_at_the_hour_it_was_written_off() -> None:
    told = Story()
    told.buy("ann", "RUG", 1_000, 100 * SOL)
    told.sell("dev", "RUG", 1_000, SOL // 10)
    known = past(told, told.now + 3 * DAY)
    mine = known.sales.position == known.column("wallet").tolist().index(known.wallets.index("ann"))
    assert known.sales.realized[mine].tolist() == [-100 * SOL]
    assert known.sales.at[mine].tolist() == [told.now + DAY]


def test_without_clusters_traders_are_the_wallets_whose_past_is_let_go() -> None:
    same, handed = past(story()), [past(story())]
    held = [ref(handed[0].tape), ref(handed[0].sales), ref(handed[0].tape.wallet)]
    whole = pooled(handed.pop, {}, past(Story()), {})
    assert [one() for one in held] == [None, None, None]
    assert whole.past.wallets == same.wallets
    assert whole.past.positions.equals(same.positions)
    assert not whole.mates.any()
    for name in Tape.__dataclass_fields__:
        assert getattr(whole.past.tape, name).tolist() == getattr(same.tape, name).tolist()
    assert whole.past.sales.realized.tolist() == same.sales.realized.tolist()


def test_a_cluster_is_booked_as_one_wallet() -> None:
    told = story()
    apart = past(told)
    whole = pooled_of(apart, records(told), {"ann": "c1", "bob": "c1"})
    traders = whole.past
    assert traders.wallets == ["c1", "dev", "zoe"]
    assert whole.of.tolist() == [0, 0, 1, 2]
    assert len(traders.moves) == 0, "what moved inside never happened"
    one = Story()
    one.buy("c1", "CAT", 1_000, 10 * SOL, fee=SOL // 10)
    one.buy("c1", "CAT", 500, 6 * SOL)
    one.sell("c1", "CAT", 400, 6 * SOL, fee=SOL // 20)
    one.sell("c1", "CAT", 900, 20 * SOL)
    alone = past(one)
    for name in ("realized_quote_atoms", "cost_quote_atoms", "held_atoms", "cost_left_quote_atoms"):
        assert traders.column(name)[0] == alone.column(name)[0], name
    mine = traders.sales.position == 0
    assert traders.sales.realized[mine].tolist() == alone.sales.realized.tolist()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("XYZ"), st.booleans(), st.integers(1, 9)), max_size=30),
    st.data(),
)
def test_routing_trades_through_own_wallets_changes_no_book(
    trades: list[tuple[str, str, bool, int]], data: st.DataObject
) -> None:
    split, one = Story(), Story()
    wallets = ["w1", "w2", "w3"]
    for _, asset, sells, size in trades:
        for told, wallet in ((split, data.draw(st.sampled_from(wallets))), (one, "k")):
            (told.sell if sells else told.buy)(wallet, asset, size * 100, size * SOL)
    if not trades:
        return
    apart = past(split)
    joined = pooled_of(apart, records(split), dict.fromkeys(apart.wallets, "k")).past
    alone = past(one)
    assert joined.assets == alone.assets
    for name in ("realized_quote_atoms", "cost_quote_atoms", "held_atoms", "unmatched_proceeds_quote_atoms", "buys", "sells"):
        assert joined.column(name).tolist() == alone.column(name).tolist(), name
    assert joined.tape.money.tolist() == alone.tape.money.tolist()
    assert joined.sales.realized.tolist() == alone.sales.realized.tolist()


def test_numbering_does_not_show() -> None:
    told = story()
    first = past(told)
    again = Story()
    again.dictionary = {name: 100 - number for number, name in enumerate(("zoe", "bob", "ann", "CAT", "DOG", "pool"))}
    again.tables, again.now = told.tables, told.now
    back = {number: name for name, number in told.dictionary.items()}
    for trade in told.trades:
        again.trades.append({**trade, **{n: again.id(back[trade[n]]) for n in ("wallet", "asset", "market", "quote", "venue")}})
    rec = records(again)
    size = max(again.dictionary.values()) + 1
    names = [""] * size
    for name, number in again.dictionary.items():
        names[number] = name
    second = past_of(type(rec)(rec.trades, [n or f"?{i}" for i, n in enumerate(names)], rec.tables), again.now)
    assert second.wallets == first.wallets
    assert second.positions.equals(first.positions)
    assert second.tape.money.tolist() == first.tape.money.tolist()
    assert ints(second.positions["wallet"]).tolist() == ints(first.positions["wallet"]).tolist()
