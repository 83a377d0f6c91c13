"""How hard a simulated airdrop is: the knobs of `transfers.make_transfers`, and styles drawn by a seed."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

MAKES: Final = ("star", "chain", "tree", "convergence", "mixed")
"""How the wallets of one hand are tied: funded by one, each by the one before, in generations, swept into one, or several."""


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """One airdrop's people. Shares are of 1.

    sybil_share: candidates that belong to a group. tail: exponent of the group sizes (2 to `largest`). makes: weights of
    MAKES. through_exchange: members funded by an exchange instead of by their own. hidden: groups without any tie of
    their own. by_disperse: star groups funded through a disperse tool that strangers use too. hops: most pass-through
    wallets on a funding edge, `hopped` of which have any. swept: groups whose money is gathered at the end. lost: rows
    that the records miss. listed: hubs that the entity list knows. purchases: transfers between any two candidates, per
    candidate. friends, paid, dusted: innocents with a friend, with a shared employer, poisoned by strangers' dust.
    spread_hours: a group's first uses lie within about so many hours; volume_sigma: spread of its log volumes.
    reported: groups that somebody reported, `reported_members` of their wallets.
    """

    sybil_share: float = 0.40
    tail: float = 1.9
    largest: int = 500
    makes: tuple[float, ...] = (0.30, 0.15, 0.15, 0.20, 0.20)
    through_exchange: float = 0.15
    hidden: float = 0.08
    by_disperse: float = 0.15
    hops: int = 2
    hopped: float = 0.15
    swept: float = 0.5
    lost: float = 0.05
    listed: float = 0.7
    purchases: float = 0.15
    friends: float = 0.15
    paid: float = 0.04
    dusted: float = 0.10
    spread_hours: float = 48.0
    volume_sigma: float = 0.35
    reported: float = 0.30
    reported_members: float = 0.85
    with_times: bool = True
    with_amounts: bool = True


def population(seed: int) -> Population:
    """The style of that seed: every knob drawn from its range, so that no method can be tuned to one style."""
    rng = np.random.Generator(np.random.PCG64((seed, 0x5159)))
    flat = rng.dirichlet(np.full(len(MAKES), 3.0))

    def between(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    return Population(
        sybil_share=between(0.35, 0.45), tail=between(1.6, 2.3), makes=tuple(round(float(share), 3) for share in flat),
        through_exchange=between(0.05, 0.35), hidden=between(0.02, 0.15), by_disperse=between(0.0, 0.3),
        hops=int(rng.integers(1, 4)), hopped=between(0.05, 0.3), swept=between(0.3, 0.8), lost=between(0.0, 0.12),
        listed=between(0.45, 0.9), purchases=between(0.03, 0.3), friends=between(0.05, 0.25), paid=between(0.01, 0.06),
        dusted=between(0.02, 0.25), spread_hours=between(6.0, 200.0), volume_sigma=between(0.1, 0.7),
        reported=between(0.2, 0.4), reported_members=between(0.7, 0.95),
    )  # fmt: skip
