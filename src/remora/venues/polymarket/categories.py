"""A market's category from its tags: the first root tag of a fixed, dated list that the market carries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from remora.venues.polymarket import wire

ROOT_TAGS: Final = "root_tags_2026-04-28.json"


class RootTags(NamedTuple):
    """Tag slug or id -> (priority, category)."""

    by_slug: dict[str, tuple[int, str]]
    by_id: dict[str, tuple[int, str]]


@lru_cache(maxsize=1)
def root_tags() -> RootTags:
    """The dated list that comes with the package, read at the first use."""
    text = resources.files("remora.venues.polymarket").joinpath(ROOT_TAGS).read_text(encoding="utf-8")
    priority = json.loads(text)["priority"]
    by_slug = {tag: (rank, root["category"]) for rank, root in enumerate(priority) for tag in root["tags"]}
    by_id = {root["id"]: (rank, root["category"]) for rank, root in enumerate(priority)}
    return RootTags(by_slug, by_id)


def slug_of(label: str) -> str:
    """A tag's label as a slug: 'Pop Culture' -> 'pop-culture'."""
    return "-".join(label.lower().split())


def tags_of(values: Sequence[Any]) -> tuple[tuple[str, ...], str | None]:
    """All tags as slugs (in the source's order, without repeats) and the category, None when no root tag is among them."""
    roots = root_tags()
    slugs: list[str] = []
    found: list[tuple[int, str]] = []
    for value in values:
        if isinstance(value, dict):
            label = wire.find(value, "slug", "label")
            known = roots.by_id.get(str(wire.find(value, "id"))) if isinstance(value.get("id"), str | int) else None
            found += [known] if known else []
        else:
            label = value
        slug = slug_of(wire.as_text(label, "tags"))
        if slug not in slugs:
            slugs.append(slug)
        if slug in roots.by_slug:
            found.append(roots.by_slug[slug])
    return tuple(slugs), min(found)[1] if found else None
