"""The dated list of Polymarket's own contracts and accounts: none of them is a trader.

It lies in `data/contracts.toml`; each group has a kind, a name, since when it is valid and when it was learnt, and the
evidence. Nothing is read before the first call. Addresses are lower case.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any


@lru_cache(maxsize=1)
def load() -> dict[str, str]:
    """address -> kind. The caller may add to a copy of it."""
    return {address: str(group["kind"]) for group in groups() for address in group["addresses"]}


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """address -> name of its group, for people."""
    return {address: str(group["name"]) for group in groups() for address in group["addresses"]}


def groups() -> Iterator[dict[str, Any]]:
    """The groups as they stand in the file: kind, name, valid_from, learnt_at, evidence, addresses."""
    file = resources.files("remora.venues.polymarket") / "data" / "contracts.toml"
    yield from tomllib.loads(file.read_text(encoding="utf-8"))["group"]
