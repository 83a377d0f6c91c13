"""Profiles of the 0-1000 score: weights of the parts and every threshold, each with its requirement.

`default` is the source document's form with our anti-gaming choices, `classic` the companion's weights without them
(what do they bring?), `gentle` the default with the companion's slow decay.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from remora.analysis.past import POLYMARKET

GROUPS: Final = ("profitability", "legitimacy", "timing", "activity")
GROUP_MAX: Final = (600.0, 200.0, 150.0, 50.0)
"""SCR-01."""

_SOLANA: Final = {
    "pnl_sol": 200, "pnl_usd": 150, "multiple": 50, "organic": 100, "sustained": 50, "best": 50,
    "win_rate": 50, "consistency": 50, "graduation": 50, "behaviour": 50,
    "early": 50, "exit": 50, "market_timing": 50,
    "volume": 20, "diversification": 20, "longevity": 10,
}  # fmt: skip
_POLYMARKET: Final = {
    "pnl_usd": 200, "return": 150, "omega": 50, "organic": 100, "sustained": 50, "best": 50,
    "hit_rate": 50, "consistency": 50, "edge": 50, "behaviour": 50,
    "closing_line": 50, "exit": 50, "breadth": 50,
    "volume": 20, "diversification": 20, "longevity": 10,
}  # fmt: skip
_CLASSIC_SOLANA: Final = {
    "pnl_sol": 250, "pnl_usd": 200, "multiple": 100, "best": 50,
    "win_rate": 80, "consistency": 60, "graduation": 60, "early": 75, "exit": 75, "volume": 30, "diversification": 20,
}  # fmt: skip
_CLASSIC_POLYMARKET: Final = {
    "pnl_usd": 250, "return": 200, "omega": 100, "best": 50,
    "hit_rate": 80, "consistency": 60, "edge": 60, "closing_line": 75, "exit": 75, "volume": 30, "diversification": 20,
}  # fmt: skip
GROUP_OF: Final = {
    **dict.fromkeys(("pnl_sol", "pnl_usd", "multiple", "return", "omega", "organic", "sustained", "best"), "profitability"),
    **dict.fromkeys(("win_rate", "hit_rate", "consistency", "graduation", "edge", "behaviour"), "legitimacy"),
    **dict.fromkeys(("early", "closing_line", "exit", "market_timing", "breadth"), "timing"),
    **dict.fromkeys(("volume", "diversification", "longevity"), "activity"),
}
"""Part -> group (SCR-02, SCR-04 to SCR-06; PMW-01 to PMW-04)."""


class Money(msgspec.Struct, frozen=True):
    """Sums in the home quote of a venue (SOL, dollars), from which on things count.

    stake: positions of less cost are no evidence for ratios (dust is free to fake). proof: gross profit from which on
    shares of profit count in full. week: profit from which on a week is a profitable one. log_full: profit of full
    points where a percentile has too few wallets; log_unit: its unit (U-16).
    """

    stake: float
    proof: float
    week: float
    log_full: float
    log_unit: float
    beside: float = 0.0


class Profile(msgspec.Struct, frozen=True):
    """How points are given. Everything that is not named by a requirement says so in its comment."""

    name: str
    solana: dict[str, int] = msgspec.field(default_factory=lambda: dict(_SOLANA))
    polymarket: dict[str, int] = msgspec.field(default_factory=lambda: dict(_POLYMARKET))
    decay: str = "stepped"  # D-07
    decay_floor: float = 0.0  # D-07: 0.8 keeps proven wallets
    cluster_floor: float = 0.3  # D-11
    reputation_weight: float = 0.3  # D-10
    market_low: float = 0.8  # SCR-08
    market_span: float = 0.4  # SCR-08
    percentile_from: int = 500  # U-16: scored wallets below which the logarithm replaces the percentile
    percentile_of_profitable: bool = True  # else one lamport of profit would stand above every loser
    usd_full: float = 100_000.0  # U-16
    usd_power: float = 0.7  # U-16
    multiple_full: float = 10.0  # U-16
    best_full: float = 25.0  # U-16
    return_full: float = 0.5  # ours: +50 % on the capital put in
    omega_full: float = 5.0  # PMW-01
    omega_bets: int = 10  # U-47
    hit_margin_full: float = 0.10  # ours: hits 10 points above the price paid, by the lower bound
    edge_full: float = 0.05  # ours: 5 points of edge, by the lower bound
    line_full: float = 0.05  # ours: 5 points better than the closing price
    weeks: int = 12  # U-18, U-19
    weeks_needed: int = 4  # U-18
    steady_weeks: int = 8  # U-21
    lift_full: float = 10.0  # U-19
    lift_shrink: float = 10.0  # U-19
    base_rate_least: float = 0.0066  # GRD-12: share of launches that graduate, where the tokens at hand are chosen winners
    early_minutes: float = 240.0  # U-20
    not_before_seconds: int = 30  # U-20
    not_before_slots: int = 3  # U-20
    regime_positions: int = 5  # U-20
    regime_shrink: float = 10.0  # ours, as U-19
    market_positions: int = 10  # U-13
    tokens_full: float = 20.0  # U-21
    age_full_days: float = 90.0  # U-21
    wilson: bool = True  # U-19; else the plain share (C1)
    idle_loss_days: int = 7  # ours: a losing position left alone so long is a loss, or never selling would be never losing
    payers: float = 8.0  # ours: fewer effective payers than this and the token's profit is not organic
    organic_only: bool = True  # ours: gains that are known not to be organic are no profit; their losses stay losses
    money: tuple[Money, Money] = (
        Money(stake=0.1, proof=100.0, week=0.5, log_full=1000.0, log_unit=1.0, beside=0.5),
        Money(stake=10.0, proof=1_000.0, week=10.0, log_full=1000.0, log_unit=100.0),
    )

    def weights(self, venue: int) -> dict[str, int]:
        """Part -> most points at a venue (place in VENUES)."""
        return self.polymarket if venue == POLYMARKET else self.solana

    @property
    def version(self) -> str:
        """Id of the formula (SCR-19): the form, the profile's name, and a digest of every threshold in it."""
        return f"score-1/{self.name}/{sha256(msgspec.json.encode(self)).hexdigest()[:8]}"


_NO_FLOORS: Final = (
    Money(stake=0.0, proof=0.0, week=0.0, log_full=1000.0, log_unit=1.0),
    Money(stake=0.0, proof=0.0, week=0.0, log_full=1000.0, log_unit=100.0),
)
DEFAULT: Final = Profile("default")
GENTLE: Final = Profile("gentle", decay="gentle")
CLASSIC: Final = Profile(
    "classic", solana=_CLASSIC_SOLANA, polymarket=_CLASSIC_POLYMARKET, wilson=False, payers=0.0,
    organic_only=False, percentile_of_profitable=False, money=_NO_FLOORS,
)  # fmt: skip
PLAIN: Final = Profile(
    "plain", payers=0.0, organic_only=False, percentile_of_profitable=False, money=_NO_FLOORS,
)  # fmt: skip
"""The requirements' formulas alone, without our floors: what the floors bring is the difference of the prices of a fake."""
PROFILES: Final = {profile.name: profile for profile in (DEFAULT, CLASSIC, GENTLE, PLAIN)}
