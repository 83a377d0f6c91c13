"""Column maps: what they make of rows, what they refuse, and how they say what is wrong with themselves."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remora.intake import maps
from remora.intake.columns import ColumnSpec
from remora.intake.records import parse
from remora.model.errors import Reason, UsageError
from remora.model.facts import Label, Transfer
from remora.model.units import BadNumber, atoms
from remora.ports import Context, Decoded, Kind, Record, Sample

WALLET = "F2SuErm4MviWJ2HzKXk2nuzBC6xe883CFWUDCPz6cyWm"
OTHER = "Bi4rd5FH5bYEN8scZ7wevxNZyNmKHdaBcvewdPFxYdLt"
MINT = "9woMdZe1WVpFBQwRPybAFpqaNMT9YXyNMhdKh7JXpump"

KEYS = [
    "mint", "swaps", "traders", "wallets", "inflows", "trader", "sol", "tokens", "ts", "buys", "ohlcv", "lancements", "isFarm",
    "curve_events_head", "kind", "creation", "rows", "whales", "trades",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([WALLET, "1e30", Decimal("NaN")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=14,
)

MINE = """
name = "mine"

[[record]]
kind = "trade"
quote_unit = "SOL"
quantity_decimals = 6
time_unit = "s"
const = { venue = "solana" }

[record.columns]
wallet = "who"
asset = "token"
side = { column = "what", values = { achat = "buy", vente = "sell" } }
quantity = "tokens"
quote_amount = "sol"
happened_at = "ts"
"""


def load(tmp_path: Path, text: str) -> maps.MapKind:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return maps.load(path)


def decode(kind: Kind, *rows: Any, context: Context | None = None) -> list[Decoded]:
    decoder = kind.open(context or Context())
    return [decoder.decode(Record(value=row, number=n)) for n, row in enumerate(rows)]


def row(**other: Any) -> dict[str, Any]:
    return {"who": WALLET, "token": MINT, "what": "achat", "tokens": "1.5", "sol": "0.25", "ts": "1700000000", **other}


def refused(kind: Kind, **other: Any) -> tuple[Reason, str]:
    (decoded,) = decode(kind, row(**other))
    assert decoded.facts == []
    (problem,) = decoded.undecodable
    return problem.reason, problem.where


class TestTrades:
    def test_a_row_becomes_a_trade_to_the_unit(self, tmp_path: Path) -> None:
        (decoded,) = decode(load(tmp_path, MINE), row())
        (trade,) = decoded.facts
        assert (trade.wallet, trade.asset, trade.side, trade.source, trade.venue) == (WALLET, MINT, "buy", "mine", "solana")
        assert (trade.quantity_atoms, trade.quote, trade.quote_atoms) == (1_500_000, "SOL", 250_000_000)
        assert (trade.quantity_step_atoms, trade.quote_step_atoms, trade.exact) == (100_000, 10_000_000, False)
        assert trade.happened_at == 1_700_000_000_000_000_000

    def test_numbers_may_be_text_decimals_or_integers(self, tmp_path: Path) -> None:
        kind = load(tmp_path, MINE)
        rows = [row(sol=value) for value in ("2", 2, Decimal("2.000"), "2e0", 2.0, " 2 ")]
        assert {decoded.facts[0].quote_atoms for decoded in decode(kind, *rows)} == {2_000_000_000}

    def test_equal_rows_are_as_many_trades_and_another_file_tells_the_same(self, tmp_path: Path) -> None:
        kind = load(tmp_path, MINE)
        one, two, three = (decoded.facts[0].id for decoded in decode(kind, row(), row(), row(what="vente")))
        assert one.endswith(":0")
        assert two == one[:-1] + "1"
        assert three[:-2] != one[:-2]
        assert decode(kind, row())[0].facts[0].id == one

    def test_the_order_of_rows_is_kept(self, tmp_path: Path) -> None:
        facts = [decoded.facts[0] for decoded in decode(load(tmp_path, MINE), *(row(sol=str(n)) for n in range(1, 9)))]
        assert [fact.ordinal for fact in facts] == sorted(fact.ordinal for fact in facts)

    @pytest.mark.parametrize(
        ("other", "reason", "where"),
        [
            ({"sol": "0.0000000001"}, Reason.TOO_PRECISE, "sol"),
            ({"sol": "1e30"}, Reason.OUT_OF_RANGE, "sol"),
            ({"sol": "NaN"}, Reason.BAD_NUMBER, "sol"),
            ({"sol": "inf"}, Reason.BAD_NUMBER, "sol"),
            ({"sol": float("nan")}, Reason.BAD_NUMBER, "sol"),
            ({"sol": "-1"}, Reason.OUT_OF_RANGE, "sol"),
            ({"sol": True}, Reason.WRONG_TYPE, "sol"),
            ({"sol": [1]}, Reason.WRONG_TYPE, "sol"),
            ({"sol": ""}, Reason.MISSING_FIELD, "sol"),
            ({"sol": "9223372036.854775808"}, Reason.OUT_OF_RANGE, "sol"),
            ({"tokens": "0"}, Reason.OUT_OF_RANGE, "tokens"),
            ({"tokens": 10**30}, Reason.OUT_OF_RANGE, "tokens"),
            ({"what": "swap"}, Reason.UNKNOWN_VALUE, "what"),
            ({"what": None}, Reason.MISSING_FIELD, "what"),
            ({"who": "6"}, Reason.BAD_ADDRESS, "who"),
            ({"who": WALLET + "\u202e"}, Reason.BAD_ADDRESS, "who"),
            ({"who": "x" * 10_000}, Reason.TOO_LARGE, "who"),
            ({"ts": "soon"}, Reason.BAD_TIME, "ts"),
            ({"ts": "-5"}, Reason.BAD_TIME, "ts"),
            ({"ts": "1e40"}, Reason.BAD_TIME, "ts"),
        ],
    )
    def test_hostile_cells_are_refused_with_their_column(self, tmp_path: Path, other: dict, reason: Reason, where: str) -> None:
        assert refused(load(tmp_path, MINE), **other) == (reason, where)

    def test_rounding_only_where_the_column_says_so(self, tmp_path: Path) -> None:
        text = MINE.replace('quote_amount = "sol"', 'quote_amount = { column = "sol", rounding = "half_even" }')
        kind = load(tmp_path, text)
        got = [decoded.facts[0].quote_atoms for decoded in decode(kind, row(sol="0.0000000025"), row(sol="0.0000000035"))]
        assert got == [2, 4]

    @given(st.decimals(min_value=0, max_value=10**9, allow_nan=False, places=9))
    @settings(deadline=None)
    def test_the_short_way_equals_the_long_way(self, tmp_path_factory: pytest.TempPathFactory, number: Decimal) -> None:
        (decoded,) = decode(_MINE_LOADED, row(sol=number))
        assert decoded.facts[0].quote_atoms == atoms(str(number), 9)

    @given(st.decimals(allow_nan=True, allow_infinity=True))
    @settings(deadline=None)
    def test_any_decimal_is_exact_or_refused(self, number: Decimal) -> None:
        (decoded,) = decode(_MINE_LOADED, row(sol=number))
        try:
            expected = atoms(str(number), 9)
        except BadNumber:
            expected = -1
        assert [fact.quote_atoms for fact in decoded.facts] == ([expected] if expected >= 0 else [])


class TestPaths:
    NESTED = """
[[record]]
kind = "label"
each = "groups.members"
const = { kind = "group", author = "me" }
[record.columns]
address = "@value"
label = "parent.name"
"""

    def test_nested_lists_reach_their_parents(self, tmp_path: Path) -> None:
        groups = {"groups": [{"name": "a", "members": [WALLET, OTHER]}, {"name": "b", "members": [WALLET]}]}
        (decoded,) = decode(load(tmp_path, self.NESTED), groups)
        assert [(fact.label, fact.address) for fact in decoded.facts] == [("a", WALLET), ("a", OTHER), ("b", WALLET)]

    def test_objects_of_lists(self, tmp_path: Path) -> None:
        text = self.NESTED.replace("groups.members", "*.members").replace("parent.name", "parent.@key")
        (decoded,) = decode(load(tmp_path, text), {"x": {"members": [WALLET]}, "y": {"members": []}})
        assert [(fact.label, fact.address) for fact in decoded.facts] == [("x", WALLET)]

    @pytest.mark.parametrize("value", [None, 3, "text", [], {"groups": 5}, {"groups": [{"name": "a"}]}, {"groups": [7]}, {}])
    def test_what_leads_nowhere_is_refused(self, tmp_path: Path, value: Any) -> None:
        (decoded,) = decode(load(tmp_path, self.NESTED), value)
        assert decoded.facts == []
        assert decoded.undecodable

    def test_many_refusals_of_one_record_are_one_with_a_count(self, tmp_path: Path) -> None:
        (decoded,) = decode(
            load(tmp_path, self.NESTED), {"groups": [{"name": "a", "members": ["N\n", "O\n", "P\n", "E\n", WALLET]}]}
        )
        (problem,) = decoded.undecodable
        assert (problem.reason, problem.where) == (Reason.BAD_ADDRESS, "@value")
        assert problem.detail.endswith("(4 like it)")
        assert len(decoded.facts) == 1


class TestChoices:
    TWO = """
[[record]]
kind = "transfer"
when = { sort = "in" }
time_unit = "ms"
quantity_unit = "SOL"
const = { venue = "solana", asset = "SOL" }
[record.columns]
sender = "from"
receiver = "to"
quantity = "sol"
happened_at = ["block_ms", { column = "seen_ms", minus = "lag_ms", flag = "time_approximate" }]

[[record]]
kind = "ignore"
when = { sort = "noise" }
reason = "noise"
"""

    def test_the_first_column_that_has_something_wins(self, tmp_path: Path) -> None:
        base = {"sort": "in", "from": "", "to": WALLET, "sol": "1", "seen_ms": "1700000000500", "lag_ms": 500}
        exact, rough = decode(load(tmp_path, self.TWO), {**base, "block_ms": "1700000000000.0"}, {**base, "block_ms": ""})
        (a,), (b,) = exact.facts, rough.facts
        assert isinstance(a, Transfer)
        assert (a.happened_at, a.flags, a.sender) == (1_700_000_000 * 10**9, (), "")
        assert (b.happened_at, b.flags) == (1_700_000_000 * 10**9, ("time_approximate",))

    def test_what_a_file_saw_later_is_dated_later(self, tmp_path: Path) -> None:
        later = self.TWO.replace('minus = "lag_ms", flag = "time_approximate"', "later_seconds = 86400")
        told = {"sort": "in", "from": "", "to": WALLET, "sol": "1", "seen_ms": "1700000000500", "block_ms": ""}
        (decoded,) = decode(load(tmp_path, later), told)
        assert decoded.facts[0].happened_at == 1_700_000_000_500 * 10**6 + 86_400 * 10**9

    def test_rows_of_another_sort_are_ignored_or_refused(self, tmp_path: Path) -> None:
        noise, new = decode(load(tmp_path, self.TWO), {"sort": "noise"}, {"sort": "out"})
        assert (noise.facts, noise.undecodable, noise.ignored[0].detail) == ([], [], "noise")
        assert (new.undecodable[0].reason, new.undecodable[0].where) == (Reason.UNKNOWN_VALUE, "sort")


class TestLookups:
    LABELLED = MINE.replace('wallet = "who"', 'wallet = { column = "who", lookup = "labels.json" }')

    def test_labels_become_addresses(self, tmp_path: Path) -> None:
        context = Context(lookups={"labels.json": {"Earl": WALLET}})
        known, unknown = decode(load(tmp_path, self.LABELLED), row(who="Earl"), row(who="Nobody"), context=context)
        assert known.facts[0].wallet == WALLET
        assert unknown.undecodable[0].reason is Reason.NO_LOOKUP

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        (decoded,) = decode(load(tmp_path, self.LABELLED), row(who="Earl"))
        assert "labels.json was not found" in decoded.undecodable[0].detail

    def test_the_owner_stands_for_a_wallet_that_is_not_told(self, tmp_path: Path) -> None:
        (decoded,) = decode(load(tmp_path, MINE), row(who=""), context=Context(owner=OTHER))
        assert decoded.facts[0].wallet == OTHER


class TestMistakes:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (("kind = \"trade\"", "kind = \"trad\""), ("line 5", "kind", "trad")),
            (("[[record]]", "[record]"), ("record", "[[record]]")),
            (("quote_unit", "quote_units"), ("line 6", "quote_units", "quote_unit")),
            (("\"SOL\"", "\"SOLS\""), ("line 6", "quote_unit", "SOLS")),
            (("\"s\"", "\"sec\""), ("line 8", "time_unit", "sec")),
            (("wallet = \"who\"", "walet = \"who\""), ("line 12", "walet", "wallet")),
            (("wallet = \"who\"", "wallet = 5"), ("line 12", "wallet")),
            (("\"sol\"", "{ column = \"sol\", rounding = \"up\" }"), ("line 16", "rounding")),
            (("\"sol\"", "{ column = \"sol\", precison = 4 }"), ("line 16", "precison")),
            (("side =", "wallet ="), ("line 14",)),
            (("asset = \"token\"\n", ""), ("trade needs asset",)),
            (("quantity_decimals = 6", "quantity_decimals = 60"), ("line 7", "0 to 18")),
            (("name = \"mine\"", "name = "), ("line 2",)),
        ],
    )  # fmt: skip
    def test_a_mistake_names_file_line_and_key(self, tmp_path: Path, change: tuple[str, str], says: tuple[str, ...]) -> None:
        with pytest.raises(UsageError) as caught:
            load(tmp_path, MINE.replace(*change))
        text = f"{caught.value} {caught.value.hint}"
        assert "mine.toml" in text
        for part in says:
            assert part in text

    def test_a_map_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"nowhere\.toml"):
            maps.load(tmp_path / "nowhere.toml")


class TestShipped:
    def test_every_shipped_map_loads_and_has_its_own_name(self) -> None:
        names = [kind.name for kind in maps.shipped()]
        assert len(names) == len(set(names))
        assert len(list(maps.FOLDER.glob("*.toml"))) + 23 == len(names)

    @given(value=VALUES)
    @settings(deadline=None)
    def test_no_value_makes_a_map_raise(self, value: Any) -> None:
        for kind in maps.shipped():
            if kind.bears_facts:
                decoded = kind.open(Context()).decode(Record(value=value))
                assert decoded.facts or decoded.ignored or decoded.undecodable
            kind.matches(Sample(name="x.json", form="json", records=(value,), document=value))

    def test_entities_and_transfers(self) -> None:
        kinds = {kind.name: kind for kind in maps.shipped()}
        (label,) = decode(kinds["entities"], {"address": "0x" + "AB" * 20, "kind": "exchange"})[0].facts
        assert isinstance(label, Label)
        assert (label.address, label.kind) == ("0x" + "ab" * 20, "exchange")
        names = ("from", "to", "asset", "amount", "happened_at", "chain", "kind")
        cells = [
            (WALLET, OTHER, "SOL", "1.5", "2026-01-01T00:00:00Z", "solana", ""),
            (WALLET, OTHER, "", "", "", "", ""),
            ("a", "b", MINT, "0.1", "1700000000", "base", "bridge"),
        ]
        rows = [dict(zip(names, row, strict=True)) for row in cells]
        whole, link, bridge = (decoded.facts[0] for decoded in decode(kinds["transfers"], *rows))
        assert (whole.quantity_atoms, whole.venue, whole.happened_at) == (1_500_000_000, "solana", 1_767_225_600 * 10**9)
        assert (link.quantity_atoms, link.asset, link.happened_at, link.kind) == (None, None, None, "transfer")
        assert (bridge.quantity_atoms, bridge.kind, bridge.venue) == (None, "bridge", "base")


def test_strings_are_kept_byte_for_byte(tmp_path: Path) -> None:
    text = TestPaths.NESTED.replace("@value", "a").replace('each = "groups.members"', "").replace("parent.name", "n")
    hostile = "=HYPERLINK(1)\u202e<script>\u0000\x07\U0001f600"
    value = parse(json.dumps({"a": WALLET, "n": hostile}))
    (decoded,) = decode(load(tmp_path, text), value)
    assert decoded.facts[0].label == hostile


def _mine() -> Kind:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return load(Path(folder), MINE)


_MINE_LOADED = _mine()


class TestTheirPage:
    PAGE = Path(__file__).resolve().parents[2] / "docs" / "column-maps.md"

    def test_every_option_is_described(self) -> None:
        text = self.PAGE.read_text()
        options = set(maps._RECORD) | set(maps._TOP - {"record"}) | set(ColumnSpec.__struct_fields__) | set(maps._MATCH)
        assert [name for name in sorted(options) if f"`{name}" not in text and f"`[{name}]" not in text] == []

    def test_its_example_reads_what_it_says(self, tmp_path: Path) -> None:
        example = self.PAGE.read_text().partition("```toml\n")[2].partition("```")[0]
        swap = {"trader": WALLET, "kind": "vente", "tokens": "10.5", "sol": "0.1234", "ts": 1_700_000_000, "signature": "s"}
        (decoded,) = decode(load(tmp_path, example), {"mint": MINT, "swaps": [swap]})
        (trade,) = decoded.facts
        assert (trade.side, trade.quantity_atoms, trade.quote_atoms, trade.quote_step_atoms) == (
            "sell", 10_500_000, 123_400_000, 100_000,
        )  # fmt: skip
