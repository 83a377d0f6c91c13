"""What every make of the ledger must keep: ports.Ledger, on real stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from contracts.ledger_makes import DAY, MAKES, Opener, hidden, rows, shown_ids, trade
from remora.model.errors import UsageError
from remora.model.facts import AnyFact, BookSnapshot, Charge, Launch, Market, PriceTick, Resolution, Retracted, Transfer
from remora.model.tables import TABLE_OF
from remora.ports import Batch, Cursor, Quarantined
from remora.stores.ledger.columnar import ColumnLedger


@pytest.fixture(params=list(MAKES))
def opener(request: pytest.FixtureRequest) -> Opener:
    return MAKES[request.param]


@pytest.fixture
def ledger(opener: Opener, tmp_path: Path) -> Iterator[ColumnLedger]:
    opened = opener(tmp_path / "home")
    yield opened
    opened.close()


MARKET = Market(
    id="polymarket:market:0xaa:1", source="gamma", happened_at=DAY, market="0xaa", slug="will-it", question="Will it?",
    outcomes=("Yes", "No"), token_ids=("1", "2"), tags=("a", 'b"c'), neg_risk=True,
)  # fmt: skip
RESOLUTION = Resolution(
    id="polymarket:resolution:0xaa", source="gamma", happened_at=DAY + 5, market="0xaa", payout_numerators=(1, 1),
    payout_denominator=2, outcomes=("Yes", "No"), token_ids=("1", "2"), evidence="chain",
)  # fmt: skip
BOOK = BookSnapshot(
    id="b:1", source="ws", asset="1", market="0xaa", bid_prices_micro_usdc=(10, 9), bid_sizes_atoms=(1, 2),
    ask_prices_micro_usdc=(), ask_sizes_atoms=(),
)  # fmt: skip
LAUNCH = Launch(
    id="solana:TX9:P:e0", source="rpc", happened_at=DAY, venue="solana", tx="TX9", asset="M", wallet="W", creator="C",
    name="=cmd|'x'!A0 \u202e\x00\\'\"", symbol="<b>\n",
)  # fmt: skip
LINK = Transfer(id="t:1", source="csv", venue="solana", sender="", receiver="W")


def test_facts_come_back_as_they_went_in(ledger: ColumnLedger) -> None:
    facts = [MARKET, RESOLUTION, BOOK, LAUNCH, LINK, trade("solana:T:P:e0", flags=("mayhem",), slot=7, tx_index=1)]
    ledger.commit(Batch(facts=facts))
    for fact in facts:
        table = TABLE_OF[type(fact)].name
        (row,) = rows(ledger.table(table, where={"id": fact.id}))
        expected = {name: getattr(fact, name) for name in row}
        assert row == {name: list(value) if isinstance(value, tuple) else value for name, value in expected.items()}


def test_every_fact_type_has_a_readable_table(ledger: ColumnLedger) -> None:
    assert {TABLE_OF[fact].name for fact in get_args(AnyFact)} == set(ledger.counts())
    assert all(rows(ledger.table(name)) == [] for name in ledger.counts())


def test_the_same_again_adds_nothing(ledger: ColumnLedger) -> None:
    batch = Batch(
        facts=[trade("a:0"), trade("a:1", exact=False), MARKET],
        quarantine=[Quarantined(file="f", record=3, reason="bad_json", detail="no", raw=b"\x00{", raw_bytes=2)],
        cursor=Cursor(name="f", position=4, digest="d"),
    )
    first = ledger.commit(batch)
    assert first.new == {"trade": 2, "market": 1}
    assert first.quarantined == 1
    again = ledger.commit(batch)
    assert again.new == {"trade": 0, "market": 0}
    assert again.duplicates == {"trade": 2, "market": 1}
    assert (again.quarantined, again.version) == (0, first.version)
    assert hidden(ledger) == []
    assert len(list(ledger.quarantine())) == 1


def test_a_batch_may_repeat_itself(ledger: ColumnLedger) -> None:
    done = ledger.commit(Batch(facts=[trade("a:0"), trade("a:0"), LINK, LINK]))
    assert done.new == {"trade": 1, "transfer": 1}
    assert done.duplicates == {"trade": 1, "transfer": 1}


def test_rows_cursor_and_quarantine_survive_reopening(opener: Opener, tmp_path: Path) -> None:
    ledger = opener(tmp_path / "home")
    bad = Quarantined(file="f", record=3, reason="bad_json", detail="it's \\ no", raw=bytes(range(256)), raw_bytes=999)
    cursor = Cursor(name="it's \\ f", position=4, digest="d", detail='{"a":1}')
    ledger.commit(Batch(facts=[trade("a:0")], quarantine=[bad], cursor=cursor))
    ledger.commit(Batch(cursor=Cursor(name=cursor.name, position=5, digest="e", done=True)))
    ledger.close()
    ledger = opener(tmp_path / "home")
    assert shown_ids(ledger) == ["a:0"]
    assert ledger.version() == 2
    assert ledger.cursor(cursor.name) == Cursor(name=cursor.name, position=5, digest="e", done=True)
    assert ledger.cursor("other") is None
    (found,) = ledger.quarantine()
    assert (found.raw, found.detail, found.raw_bytes) == (bad.raw, bad.detail, 999)
    assert list(ledger.quarantine(id=found.id)) == [found]
    ledger.release([found.id])
    assert list(ledger.quarantine()) == []
    ledger.close()


def test_a_failed_commit_leaves_nothing(ledger: ColumnLedger) -> None:
    ledger.commit(Batch(facts=[trade("a:0")]))
    with pytest.raises(ValueError, match="quantity_atoms"):
        ledger.commit(
            Batch(
                facts=[LINK, trade("a:1", wallet="New", quantity_atoms=2**63)], cursor=Cursor(name="c", position=1, digest="")
            )
        )
    assert (ledger.version(), ledger.cursor("c")) == (1, None)
    assert ledger.counts()["transfers"] == 0
    assert ledger.ids(["New"]) == {}
    assert ledger.commit(Batch(facts=[trade("a:1", wallet="New")])).new == {"trade": 1}
    assert rows(ledger.table("trades", columns=["wallet"], where={"id": "a:1"})) == [{"wallet": "New"}]


def test_two_sources_that_disagree_are_one_fact_with_both_values_kept(ledger: ColumnLedger) -> None:
    full, poor = trade("a:0", slot=5, source="rpc"), trade("a:0", quote_atoms=501, source="portal")
    for batch in ([poor], [full]):
        ledger.commit(Batch(facts=batch))
    assert rows(ledger.table("trades", columns=["source", "quote_atoms"])) == [{"source": "rpc", "quote_atoms": 500}]
    assert hidden(ledger) == [("a:0", "disagrees")]
    assert ledger.summary()["disagreements"] == 1
    assert ledger.counts()["trades"] == 1


def test_two_sources_that_agree_are_no_disagreement(ledger: ColumnLedger) -> None:
    ledger.commit(Batch(facts=[trade("a:0", source="one"), trade("a:0", source="two")]))
    assert hidden(ledger) == [("a:0", "repeated")]
    assert ledger.summary()["disagreements"] == 0


def test_a_repeated_poll_keeps_the_earliest_time_of_hearing(ledger: ColumnLedger) -> None:
    for seen_at in (DAY + 20, DAY + 30, None, DAY + 10):
        ledger.commit(Batch(facts=[trade("a:0", seen_at=seen_at)]))
    assert rows(ledger.table("trades", columns=["seen_at"])) == [{"seen_at": DAY + 10}]
    assert hidden(ledger) == []


def test_the_place_of_a_record_in_its_file_is_the_lowest_told(ledger: ColumnLedger) -> None:
    for ordinal in (7, 9, 3, 7):
        ledger.commit(Batch(facts=[trade("a:0", ordinal=ordinal)]))
    assert rows(ledger.table("trades", columns=["ordinal"])) == [{"ordinal": 3}]
    assert hidden(ledger) == []
    ledger.commit(Batch(facts=[trade("b:0", slot=1, ordinal=4), trade("b:0", slot=1, ordinal=5)]))
    assert hidden(ledger) == [("b:0", "disagrees")]


@pytest.mark.parametrize("order", ["exact first", "inexact first", "one batch"])
def test_an_exact_trade_stands_for_an_inexact_one_of_its_transaction(ledger: ColumnLedger, order: str) -> None:
    exact, inexact = trade("solana:T:P:e0", source="chain"), trade("tape:0", source="tape", exact=False)
    batches = {"exact first": [[exact], [inexact]], "inexact first": [[inexact], [exact]], "one batch": [[inexact, exact]]}
    new = sum(ledger.commit(Batch(facts=facts)).new["trade"] for facts in batches[order])
    assert new == 1
    assert shown_ids(ledger) == ["solana:T:P:e0"]
    assert hidden(ledger) == [("tape:0", "matched")]


def test_multiplicity_k_rows_and_m_rows_are_the_larger_number(ledger: ColumnLedger) -> None:
    for k, m in ((1, 1), (1, 3), (3, 2), (2, 2)):
        tx = f"T{k}{m}"
        ours = [trade(f"p{k}{m}:{n}", tx=tx, source="polls", exact=False) for n in range(k)]
        theirs = [trade(f"q{k}{m}:{n}", tx=tx, source="tape", exact=False) for n in range(m)]
        ledger.commit(Batch(facts=ours))
        ledger.commit(Batch(facts=theirs))
        assert len(shown_ids(ledger, where={"tx": tx})) == max(k, m)


def test_equal_rows_of_one_source_are_different_trades(ledger: ColumnLedger) -> None:
    ledger.commit(Batch(facts=[trade(f"tape:{n}", exact=False, tx="") for n in range(3)]))
    assert len(shown_ids(ledger)) == 3


def test_a_tape_without_transactions_is_matched_by_second(ledger: ColumnLedger) -> None:
    chain = [trade("c:0", happened_at=DAY + 123), trade("c:1", tx="T2", happened_at=DAY + 10**9)]
    tape = [trade(f"tape:{n}", source="tape", exact=False, tx="", happened_at=DAY + n * 10**9) for n in range(3)]
    for fact in [tape[0], *chain, *tape[1:]]:
        ledger.commit(Batch(facts=[fact]))
    assert sorted(shown_ids(ledger)) == ["c:0", "c:1", "tape:2"]


def test_a_coarse_source_matches_within_its_last_digit_and_with_the_fee(ledger: ColumnLedger) -> None:
    chain = [trade("c:0", quantity_atoms=1_234_567, quote_atoms=1_000_000, venue_fee_quote_atoms=10_000)]
    coarse = {"source": "tape", "exact": False, "quantity_step_atoms": 10_000, "quote_step_atoms": 100}
    tape = [
        trade("tape:with-fee", quantity_atoms=1_230_000, quote_atoms=1_010_000, **coarse),
        trade("tape:too-far", quantity_atoms=1_250_000, quote_atoms=1_000_000, **coarse),
    ]
    ledger.commit(Batch(facts=[*tape, *chain]))
    assert sorted(shown_ids(ledger)) == ["c:0", "tape:too-far"]


def test_other_wallets_assets_sides_and_quotes_never_match(ledger: ColumnLedger) -> None:
    others = [{"wallet": "W2"}, {"asset": "B"}, {"side": "sell"}, {"quote": "USDC"}, {"tx": "T9", "happened_at": DAY}]
    ledger.commit(Batch(facts=[trade("c:0")]))
    for n, change in enumerate(others):
        ledger.commit(Batch(facts=[trade(f"o:{n}", source="tape", exact=False, **change)]))
    assert len(shown_ids(ledger)) == 1 + len(others)


@pytest.mark.parametrize("first", ["fact", "retraction"])
def test_a_retracted_fact_is_not_shown(ledger: ColumnLedger, first: str) -> None:
    void = Retracted(id="r:0", source="feed", fact_id="a:0", reason="dropped block")
    facts = [trade("a:0"), void] if first == "fact" else [void, trade("a:0")]
    for fact in facts:
        ledger.commit(Batch(facts=[fact]))
    assert shown_ids(ledger) == []
    assert hidden(ledger) == [("a:0", "retracted")]
    ledger.commit(Batch(facts=[trade("tape:0", source="tape", exact=False)]))
    assert shown_ids(ledger) == []  # it tells of the same void trade
    assert shown_ids(ledger, "retractions") == ["r:0"]


def test_an_older_version_is_answered_as_it_was(ledger: ColumnLedger) -> None:
    ledger.commit(Batch(facts=[trade("tape:0", source="tape", exact=False)]))
    ledger.commit(Batch(facts=[trade("c:0", source="chain")]))
    ledger.commit(Batch(facts=[Retracted(id="r", source="s", fact_id="c:0", reason="dropped")]))
    assert [shown_ids(ledger, as_of_version=v) for v in range(4)] == [[], ["tape:0"], ["c:0"], []]
    assert ledger.book_trades(as_of_version=2).num_rows == 1
    assert ledger.book_trades().num_rows == 0


def test_tables_are_filtered_and_ordered(ledger: ColumnLedger) -> None:
    facts = [
        trade("a:late", happened_at=DAY + 9), trade("a:2", slot=2, wallet="V"), trade("a:1", slot=1, market="m"),
        trade("a:none"), trade("a:b", slot=2, ordinal=1),
    ]  # fmt: skip
    ledger.commit(Batch(facts=facts))
    assert shown_ids(ledger) == ["a:none", "a:1", "a:2", "a:b", "a:late"]
    assert shown_ids(ledger, until=DAY) == ["a:none", "a:1", "a:2", "a:b"]
    assert shown_ids(ledger, where={"wallet": "V"}) == ["a:2"]
    assert shown_ids(ledger, where={"slot": [1, None], "wallet": ["W", "nobody"]}) == ["a:none", "a:1", "a:late"]
    assert shown_ids(ledger, where={"market": None, "slot": 2, "exact": True}) == ["a:2", "a:b"]
    assert shown_ids(ledger, where={"id": ["a:1", "x"], "tx": "T"}) == ["a:1"]
    assert shown_ids(ledger, where={"wallet": "nobody"}) == []
    with pytest.raises(UsageError, match="no column"):
        list(ledger.table("trades", columns=["nonsense"]))
    with pytest.raises(UsageError, match="no table"):
        list(ledger.table("nonsense"))


def test_trades_for_booking(ledger: ColumnLedger) -> None:
    facts = [
        trade("a:1", wallet="V", side="sell", slot=3, tx_index=2, ordinal=1, market="m", program="p", happened_at=DAY + 1),
        trade("a:0", wallet="V", tx="", venue_fee_quote_atoms=5),
        trade("a:2", happened_at=None),
    ]
    ledger.commit(Batch(facts=facts))
    table = ledger.book_trades()
    ids = ledger.trade_ids(table["row"].to_pylist())
    names = ledger.names(table["wallet"].to_pylist())
    booked = {ids[row["row"]]: row for row in table.to_pylist()}
    assert names[booked["a:1"]["wallet"]] == "V"
    assert [booked[name]["side"] for name in ("a:0", "a:1")] == [0, 1]
    assert [booked[name]["placed"] for name in ("a:0", "a:1")] == [False, True]
    assert (booked["a:0"]["market"], booked["a:0"]["slot"], booked["a:2"]["happened_at"]) == (-1, -1, -1)
    assert list(booked).index("a:0") + 1 == list(booked).index("a:1")
    known = ledger.ids(["V", "W", "nobody"])
    assert set(known) == {"V", "W"}
    assert ledger.book_trades(wallets=[known["W"]]).num_rows == 1
    assert ledger.book_trades(wallets=[]).num_rows == 0
    assert ledger.book_trades(wallets=[known["V"]] * 2000).num_rows == 2
    assert sum(ledger.book_trades(parts=3, part=part).num_rows for part in range(3)) == 3
    assert ledger.book_trades(until=DAY).num_rows == 2
    own = ledger.book_trades(wallets=[known["V"]])["row"].to_pylist()
    assert ledger.trade_ids(own, wallets=[known["V"]]) == ledger.trade_ids(own)
    assert set(ledger.trade_ids(own[:1], wallets=[known["V"]])) == {own[0]}


def test_last_prices(ledger: ColumnLedger) -> None:
    facts = [
        trade("a:0", quote_atoms=1, happened_at=DAY), trade("a:1", quote_atoms=2, happened_at=DAY + 5),
        trade("a:2", quote_atoms=3, happened_at=DAY + 5, slot=4), trade("b:0", asset="B", quote="USDC"),
        trade("z:0", quantity_atoms=0, happened_at=DAY + 6),
    ]  # fmt: skip
    ledger.commit(Batch(facts=facts))
    names = ledger.names(range(20))
    found = {names[r["asset"]]: (names[r["quote"]], r["quote_atoms"]) for r in ledger.last_prices().to_pylist()}
    assert found == {"A": ("SOL", 3), "B": ("USDC", 500)}
    assert ledger.last_prices(until=DAY).to_pylist()[0]["happened_at"] == DAY
    assert ledger.last_prices(assets=[]).num_rows == 0
    only_b = ledger.ids(["B"])["B"]
    assert ledger.last_prices(assets=[only_b])["asset"].to_pylist() == [only_b]
    assert ledger.latest() == DAY + 6


def test_the_highest_price_counts_only_among_trades_of_some_money(ledger: ColumnLedger) -> None:
    facts = [
        trade("a:0", quantity_atoms=1_000, quote_atoms=9_000_000, happened_at=DAY),
        trade("a:1", quantity_atoms=1, quote_atoms=999_999, happened_at=DAY + 1),
        trade("a:2", quantity_atoms=1_000, quote_atoms=8_000_000, quote="USDC", happened_at=DAY + 2),
        trade("a:3", quantity_atoms=1_000, quote_atoms=2_000_000, happened_at=DAY + 3),
    ]  # fmt: skip
    row_source = facts[0].source
    assert ledger.latest() is None
    ledger.commit(Batch(facts=facts))
    (row,) = ledger.last_prices().to_pylist()
    assert (row["quote_atoms"], row["peak_quote_atoms"], row["peak_quantity_atoms"]) == (2_000_000, 9_000_000, 1_000)
    (partial,) = ledger.last_prices(partial_sources=[row_source, "unknown"]).to_pylist()
    assert (partial["quote_atoms"], partial["peak_quote_atoms"]) == (2_000_000, 0)
    (early,) = ledger.last_prices(until=DAY + 1, peak_from_quote_atoms=10_000_000).to_pylist()
    assert (early["quote_atoms"], early["peak_quote_atoms"]) == (999_999, 0)


def test_prices_of_some_assets_are_those_among_the_prices_of_all(ledger: ColumnLedger) -> None:
    random = Random(4)
    facts = [
        trade(
            f"a:{n}", asset=random.choice("ABCDE"), quote=random.choice(("SOL", "USDC")), quantity_atoms=random.randrange(4),
            quote_atoms=random.randrange(4) * 1_000_000, happened_at=DAY + random.randrange(5),
            slot=random.choice((None, 7, 8)), tx_index=random.choice((None, 1)), ordinal=random.randrange(3),
        )
        for n in range(200)
    ]  # fmt: skip
    ledger.commit(Batch(facts=facts))
    ids = sorted(ledger.ids("ABCDE").values())
    some = [ledger.last_prices(assets=ids, until=until) for until in (DAY + 1, None)]
    assert [table.num_rows for table in some] == [5, 5]
    assert some == [ledger.last_prices(until=until) for until in (DAY + 1, None)]
    assert ledger.last_prices(assets=ids[:2]) == some[1].slice(0, 2)  # now answered from what was asked of all


def test_charges_for_booking(ledger: ColumnLedger) -> None:
    told = {"source": "feed", "venue": "solana", "tx": "T", "happened_at": DAY}
    facts = [
        Charge(id="c:0", wallet="W", kind="network", lamports=5, asset="A", **told),
        Charge(id="c:1", wallet="V", kind="tip", lamports=6, asset="A", **told | {"happened_at": DAY + 1}),
        Charge(id="c:2", wallet="W", kind="rent", lamports=7, asset="A", **told),
        Charge(id="c:3", wallet="W", kind="network", lamports=8, **told),
    ]
    assert ledger.book_charges(kinds=["network"]).num_rows == 0
    ledger.commit(Batch(facts=facts))
    known, kinds = ledger.ids(["W", "V", "A"]), ["network", "tip", "bot"]
    rows = {(row["wallet"], row["asset"], row["lamports"]) for row in ledger.book_charges(kinds=kinds).to_pylist()}
    assert rows == {(known["W"], known["A"], 5), (known["V"], known["A"], 6)}
    assert ledger.book_charges(kinds=kinds, wallets=[known["V"]])["lamports"].to_pylist() == [6]
    assert ledger.book_charges(kinds=kinds, wallets=[]).num_rows == 0
    assert ledger.book_charges(kinds=kinds, until=DAY)["lamports"].to_pylist() == [5]
    parts = [ledger.book_charges(kinds=kinds, parts=2, part=part)["lamports"].to_pylist() for part in range(2)]
    assert parts[known["W"] % 2] == ([5] if known["V"] % 2 != known["W"] % 2 else [5, 6])
    assert sorted(parts[0] + parts[1]) == [5, 6]


def test_a_part_of_a_table_holds_the_rows_of_its_wallets(ledger: ColumnLedger) -> None:
    ends = [("X", "Y"), ("Y", "Z"), ("X", "Z")]
    moves = [
        Transfer(id=f"m:{n}", source="feed", venue="solana", tx="T", happened_at=DAY, sender=a, receiver=b, kind="transfer")
        for n, (a, b) in enumerate(ends)
    ]
    ledger.commit(Batch(facts=[*moves, trade("a:0")]))
    known = ledger.ids("XYZ")
    for part in range(2):
        held = [row["id"] for batch in ledger.table("transfers", parts=2, part=part) for row in batch.to_pylist()]
        assert held == [f"m:{n}" for n, pair in enumerate(ends) if any(known[name] % 2 == part for name in pair)]
    assert sum(batch.num_rows for part in range(3) for batch in ledger.table("trades", parts=3, part=part)) == 1


def test_a_rested_ledger_answers_as_before(ledger: ColumnLedger) -> None:
    ledger.commit(Batch(facts=[trade("a:0"), trade("a:1", wallet="V")]))
    before, reading = ledger.book_trades(), ledger.table("trades")
    first = next(reading)
    ledger.rest()
    assert first.num_rows + sum(batch.num_rows for batch in reading) == 2
    assert ledger.book_trades().equals(before)
    ledger.commit(Batch(facts=[trade("a:2")]))
    ledger.rest()
    assert ledger.counts()["trades"] == 3


def test_summary_names_what_is_there(ledger: ColumnLedger) -> None:
    tick = PriceTick(id="p:0", source="hourly", asset="SOL", quote="USD", quote_atoms=1, asset_atoms=1, happened_at=DAY)
    bad = Quarantined(file="f", record=0, reason="bad_json", detail="", raw=b"", raw_bytes=0)
    batch = Batch(facts=[trade("a:0"), tick], quarantine=[bad], cursor=Cursor(name="f", position=1, digest="d", done=True))
    ledger.commit(batch)
    found = ledger.summary()
    told = {"venues": {"solana": 1}, "venue_spans": {"solana": (DAY, DAY)}, "sources": {"feed": 1}}
    assert found["tables"]["trades"] == {"first_at": DAY, "last_at": DAY, **told}
    assert found["quarantine"] == {"bad_json": 1}
    assert found["imports"][0]["position"] == 1
    assert sum(found["bytes"].values()) > 0
    assert ledger.check() == {"names": len(ledger.names(range(50))), "trades": 1, "prices": 1}
