"""The dated lists of addresses that are no traders: programs, routers, tip and fee accounts, vaults, keepers, exchanges.

The lists lie in `data/*.toml` because they change every month; each group has a kind, a name and the date when it was
last looked at. Nothing is read before the first call.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any, Final

TIP: Final = "tip"
BOT_FEE: Final = "bot_fee"
VENUE_FEE: Final = "venue_fee"
VAULT: Final = "vault"
KEEPER: Final = "keeper"
MAYHEM: Final = "mayhem"
ORDER: Final = "order"
NO_TRADERS: Final = frozenset({TIP, BOT_FEE, VENUE_FEE, VAULT, KEEPER, MAYHEM, ORDER, "dex", "router", "migrator", "program"})
"""Kinds that can never be the trader. Exchanges are not among them: they do trade, and are labelled instead."""

_FILES: Final = ("programs.toml", "wallets.toml")


@lru_cache(maxsize=1)
def load() -> dict[str, str]:
    """address -> kind, of all shipped lists. The caller may add to a copy of it."""
    return {address: str(group["kind"]) for group in groups() for address in group["addresses"]}


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """address -> name of its group, for people."""
    return {address: str(group["name"]) for group in groups() for address in group["addresses"]}


def groups() -> Iterator[dict[str, Any]]:
    """The groups as they stand in the files: kind, name, dated, addresses."""
    folder = resources.files("remora.venues.solana") / "data"
    for name in _FILES:
        yield from tomllib.loads((folder / name).read_text(encoding="utf-8"))["group"]
