"""The category of a market: the first root tag of a dated list."""

from __future__ import annotations

from remora.venues.polymarket.categories import root_tags, tags_of
from shared_data import shared
from venues.polymarket.recorded import values


def test_the_list_holds_the_root_tags_of_its_day() -> None:
    recorded = values(shared("polymarket/gamma/root_categories_2026-04-28.json"))[1]["rootTag"]
    known = root_tags()
    assert set(known.by_id) == {tag["id"] for tag in recorded}
    assert {tag["slug"] for tag in recorded} <= set(known.by_slug)
    assert {known.by_id[tag["id"]][1] for tag in recorded} == {tag["label"] for tag in recorded}


def test_the_narrow_tag_wins_whatever_the_order() -> None:
    assert tags_of(["world", "politics", "elections"])[1] == "Elections"
    assert tags_of(["elections", "politics", "world"])[1] == "Elections"


def test_labels_and_slugs_and_ids_name_the_same_tag() -> None:
    assert tags_of(["Pop Culture"]) == (("pop-culture",), "Culture")
    assert tags_of([{"id": 596, "label": "Anything"}]) == (("anything",), "Culture")


def test_without_a_root_tag_there_is_no_category() -> None:
    assert tags_of(["global-politics", "russia"]) == (("global-politics", "russia"), None)
    assert tags_of([]) == ((), None)
