"""Where the recorded data lie: REMORA_SHARED, else ../shared beside the project. Tests that need them skip without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("REMORA_SHARED", ROOT.parent / "shared")) / "data"


def shared(path: str = "") -> Path:
    """A file or folder of the recorded data; skips the calling test, with the reason, where it is missing."""
    target = DATA / path
    if not target.exists():
        pytest.skip(f"recorded data not found: {path or 'shared/data'} (set REMORA_SHARED)")
    return target
