"""A home with the simulated sample, made once for all journeys that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.run import remora


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which the simulated sample was imported."""
    home = tmp_path_factory.mktemp("sample") / "home"
    remora(home, "start")
    return home
