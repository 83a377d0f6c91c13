"""What all commands share: where the home is, the settings, the open ledger, and options that repeat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remora.app.cli.render import say

if TYPE_CHECKING:
    from remora.app.config import Settings
    from remora.ports import Ledger


class _State:
    """Set once by the command line before a command runs."""

    home: Path = Path("remora-data")
    config: Path | None = None
    told_simulated: bool = False


STATE = _State()

Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="only what had happened by this time (RFC 3339, e.g. 2026-07-01T00:00:00Z)")
]


def settings() -> Settings:
    """The settings of this run."""
    from remora.app import config

    return config.load(STATE.config)


@contextmanager
def ledger(*, create: bool = False) -> Iterator[Ledger]:
    """The opened ledger of the home. Without `create`, a home that holds none is an error that says what to do."""
    from remora.app import build
    from remora.app.home import is_simulated
    from remora.model.errors import UsageError

    if STATE.home.exists() and not STATE.home.is_dir():
        raise UsageError(f"--home {STATE.home} is a file", hint="name a folder")
    opened = build.ledger(STATE.home, settings(), create=create)
    try:
        if is_simulated(STATE.home) and not STATE.told_simulated:
            STATE.told_simulated = True
            say("simulated market: no real wallet, no real money")
        yield opened
    finally:
        opened.close()


def instant(text: str | None) -> int | None:
    """The --as-of option as nanoseconds."""
    from remora.model.errors import UsageError
    from remora.model.units import BadNumber, instant_of_text

    if text is None:
        return None
    try:
        return instant_of_text(text)
    except BadNumber as error:
        raise UsageError(f"--as-of: {error.detail}", hint="write it like 2026-07-01T00:00:00Z") from None
