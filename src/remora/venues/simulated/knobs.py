"""What a simulated world is like: its knobs, the roles of its wallets and the makes of its groups."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from remora.model.units import SECOND

WorldName = Literal["mixed", "binary", "heavy", "null"]

START_SECONDS: Final = 1_780_000_000
START: Final = START_SECONDS * SECOND
FIRST_SLOT: Final = 420_000_000
SLOT_MS: Final = 400
MS: Final = 1_000_000

ROLES: Final = (
    "crowd", "skilled", "harmful", "sniper", "bundler", "market_maker", "volume_bot", "dev", "insider", "kol", "follower",
    "whale", "lottery", "copier", "sybil",
)  # fmt: skip
(
    CROWD, SKILLED, HARMFUL, SNIPER, BUNDLER, MAKER, VOLUME, DEV, INSIDER, KOL, FOLLOWER, WHALE, LOTTERY, COPIER, SYBIL,
) = range(len(ROLES))  # fmt: skip
STRUCTURAL: Final = (SNIPER, BUNDLER, MAKER, VOLUME, DEV, INSIDER, KOL)
"""Roles whose profit or loss comes from their place in the market, not from skill: no truth about skill is claimed."""

FARMS: Final = ("star", "chain", "tree", "convergence", "bundle", "copy", "exchange", "wash", "split")
"""Makes of sybil farms: how they are funded or how they trade."""
GROUPS: Final = (*FARMS, "launch_crew")
"""All makes of groups: a launch crew is a developer with own bundlers and insiders."""

_SOLANA: Final = {
    SKILLED: 0.04, HARMFUL: 0.10, SNIPER: 0.01, BUNDLER: 0.03, MAKER: 0.015, VOLUME: 0.006, DEV: 0.05, INSIDER: 0.01,
    KOL: 0.004, FOLLOWER: 0.05, WHALE: 0.01, COPIER: 0.03,
}  # fmt: skip
_POLYMARKET: Final = {
    SKILLED: 0.05, HARMFUL: 0.14, MAKER: 0.01, VOLUME: 0.006, KOL: 0.004, FOLLOWER: 0.04, WHALE: 0.01, LOTTERY: 0.03,
    COPIER: 0.03,
}  # fmt: skip
SHARES: Final[dict[WorldName, tuple[dict[int, float], dict[int, float]]]] = {
    "mixed": (_SOLANA, _POLYMARKET),
    "binary": ({}, {SKILLED: 0.08, HARMFUL: 0.22}),
    "heavy": ({SKILLED: 0.05, MAKER: 0.015, DEV: 0.05}, {}),
    "null": (
        {MAKER: 0.015, VOLUME: 0.006, DEV: 0.05, WHALE: 0.01, FOLLOWER: 0.0, COPIER: 0.03},
        {MAKER: 0.01, VOLUME: 0.006, WHALE: 0.01, LOTTERY: 0.03, COPIER: 0.03},
    ),
}
"""Shares of the roles among the wallets of Solana and of Polymarket; the others are the crowd (and the farms)."""
_SOLANA_SHARE: Final[dict[WorldName, float]] = {"mixed": 0.6, "binary": 0.0, "heavy": 1.0, "null": 0.6}
_SYBIL_SHARE: Final[dict[WorldName, float]] = {"mixed": 0.12, "binary": 0.0, "heavy": 0.0, "null": 0.12}


class Knobs(msgspec.Struct, frozen=True, kw_only=True):
    """How a world differs from the usual one.

    trades_per_wallet: planned mean, all trades counted. solana_share, sybil_share: None = the world's own. stakes_sd:
    spread of usual stakes between wallets, in logarithms. tokens: launches (None: three for five Solana wallets).
    graduation_rate: share of launches that complete. rugs: launches whose developer sells everything at once. tail: index of
    the multiples (chance that the price's excess over the curve's floor ever grows k-fold is k^-tail). foresight: how often
    a skilled wallet takes the best of several coins. edge, edge_sd: points of a skilled bettor (normal, positive part).
    markets: questions (None: one for ten Polymarket wallets).
    mispricing: spread of prices around the true probability, at one half. Farms: jitter_seconds between members,
    amount_noise of their sizes, hops: most wallets between payer and member, `hopped` of the edges have any;
    through_exchange: edges that go through an exchange instead; by_disperse: groups paid by one wallet that use a
    disperse tool of everybody's; dusted: innocents that attackers send dust to;
    friends: innocents funded by a friend; hub_customers: recipients that each exchange and bridge has beside them, who
    trade nothing; listed: exchanges, bridges and tools that the entity list knows.
    """

    world: WorldName = "mixed"
    trades_per_wallet: float = 50.0
    solana_share: float | None = None
    sybil_share: float | None = None
    stakes_sd: float = 1.0
    tokens: int | None = None
    graduation_rate: float = 0.0066
    rugs: float = 0.3
    tail: float = 1.3
    foresight: float = 0.7
    edge: float = 0.03
    edge_sd: float = 0.025
    markets: int | None = None
    mispricing: float = 0.08
    jitter_seconds: float = 2.0
    amount_noise: float = 0.05
    hops: int = 2
    hopped: float = 0.15
    through_exchange: float = 0.1
    by_disperse: float = 0.1
    dusted: float = 0.05
    friends: float = 0.08
    hub_customers: int = 600
    listed: float = 0.8

    @property
    def on_solana(self) -> float:
        """Share of the wallets that trade on Solana."""
        return _SOLANA_SHARE[self.world] if self.solana_share is None else self.solana_share

    @property
    def in_farms(self) -> float:
        """Share of the wallets that belong to sybil farms."""
        return _SYBIL_SHARE[self.world] if self.sybil_share is None else self.sybil_share
