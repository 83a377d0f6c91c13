"""Tables: one per fact type, columns exactly the fact's fields."""

from __future__ import annotations

import msgspec

from remora.model.facts import FACT_TYPES, Trade, type_name
from remora.model.tables import NAMES, PLURALS, TABLE_OF, TABLES


def test_every_fact_type_has_a_table_with_its_fields() -> None:
    assert set(TABLE_OF) == set(FACT_TYPES)
    for fact, table in TABLE_OF.items():
        assert [column.name for column in table.columns] == [field.name for field in msgspec.structs.fields(fact)]


def test_the_trades_table_holds_the_columns_others_build_on() -> None:
    promised = (
        "id venue wallet asset market side quantity_atoms quote quote_atoms venue_fee_quote_atoms happened_at slot source"
    )
    assert set(promised.split()) <= {column.name for column in TABLES["trades"].columns}


def test_no_name_column_is_forgotten_and_none_is_made_up() -> None:
    used = {column.name for table in TABLES.values() for column in table.columns if column.kind == "name"}
    assert used == NAMES


def test_type_names_are_lower_snake_case() -> None:
    assert type_name(Trade) == "trade"
    assert set(PLURALS) == {type_name(fact) for fact in FACT_TYPES}
