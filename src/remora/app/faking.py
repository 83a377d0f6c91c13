"""The price of a fake: what the cheapest farm that reaches 700 points costs, by profile (idea: publish the strength)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


def prices(profiles: Sequence[str], *, evaluations: int, seed: int) -> list[dict[str, Any]]:
    """One document per profile: the cheapest farm nobody sees through, and the same search for one that is found out."""
    import numpy as np

    from remora.analysis.profiles import PROFILES
    from remora.study.farms import price_of_a_fake

    found = []
    for name in profiles:
        price = price_of_a_fake(PROFILES[name], np.random.default_rng(seed), evaluations=evaluations)
        document: dict[str, Any] = msgspec.to_builtins(price)
        found.append(document)
    return found
