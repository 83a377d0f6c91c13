"""How property tests run: no time limit per example (the machine may be busy), more examples when asked for.

REMORA_EXAMPLES=full (set by `make test-full`) tries ten times as many. The budget of a test that names its own number of
examples stays as it is.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("day", max_examples=50, **_COMMON)
settings.register_profile("full", max_examples=500, **_COMMON)
settings.load_profile(os.environ.get("REMORA_EXAMPLES", "day"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --live -m live`: the tests that ask the public internet."""
    parser.addoption("--live", action="store_true", help="run the tests that need the public internet")


def pytest_configure(config: pytest.Config) -> None:
    """--live is the same as REMORA_LIVE=1."""
    if config.getoption("--live"):
        os.environ["REMORA_LIVE"] = "1"
