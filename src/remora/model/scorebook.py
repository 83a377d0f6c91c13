"""A scorebook: one immutable answer about all wallets, clusters, tokens and categories, as known at an instant."""

from __future__ import annotations

import msgspec


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """One stored table: rows, bytes and SHA-256 of its file."""

    rows: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a scorebook is about. as_of: nanoseconds; ledger_version: the commit it was read at.

    formula (digest of the code of the rules), profile and settings (digest) name what it was worked out by; `figures` are
    counts and rates of the whole (traders, share skilled, expected luck ...). It is made of these and the ledger alone, so
    whoever recomputes it gets the same bytes. seal: digest of all the rest.
    """

    as_of: int
    ledger_version: int
    formula: str
    profile: str
    settings: str
    figures: dict[str, float | int | str | None]
    tables: dict[str, Sealed]
    seal: str = ""

    @property
    def name(self) -> str:
        """Its name in the store: instant, ledger version, and what it was made by."""
        return f"{self.as_of}-v{self.ledger_version}-{self.profile}-{self.settings[:8]}-{self.formula[:8]}"
