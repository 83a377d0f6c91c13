"""The home folder: everything Remora writes lies in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MARK: Final = "SIMULATED"


def is_simulated(home: Path) -> bool:
    """Whether this home holds the simulated market."""
    return (home / _MARK).exists()


def mark_simulated(home: Path) -> None:
    """Say for good that what this home holds is simulated."""
    home.mkdir(parents=True, exist_ok=True)
    (home / _MARK).write_text("This home holds a simulated market. Use another --home for real records.\n")
