"""What venues take: rates by date and size, in integers. Only for records that do not say their own fee.

Rates of a fee component are millionths of the amount (1 basis point = 100 millionths), since some tiers go by quarters
of a basis point.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple

from remora.model.units import LAMPORTS_PER_SOL, SECOND

BASIS_POINT: Final = 100
_WHOLE: Final = 1_000_000


class Rates(NamedTuple):
    """Shares of one trade's amount, in millionths."""

    protocol: int
    creator: int
    liquidity: int = 0


def component(amount_atoms: int, rate_millionths: int) -> int:
    """One component of a fee: amount x rate, rounded up to the next atom. ValueError for negative arguments."""
    if amount_atoms < 0 or rate_millionths < 0:
        raise ValueError(f"no fee on {amount_atoms} at {rate_millionths}")
    return -(-amount_atoms * rate_millionths // _WHOLE)


def total(amount_atoms: int, rates: Rates) -> int:
    """All components, each rounded up by itself."""
    return sum(component(amount_atoms, rate) for rate in rates)


_CURVE_SINCE: Final = (
    (0, Rates(10_000, 0)),
    (1_747_008_000 * SECOND, Rates(9_500, 500)),  # 2025-05-12
    (1_756_684_800 * SECOND, Rates(9_500, 3_000)),  # 2025-09-01
)


def pump_curve(happened_at: int) -> Rates:
    """The Pump curve's rates at an instant (nanoseconds). Cashback coins give the creator's part to the trader."""
    return _CURVE_SINCE[bisect_right([since for since, _ in _CURVE_SINCE], happened_at) - 1][1]


_POOL_FIRST: Final = Rates(protocol=9_300, creator=3_000, liquidity=200)
POOL_TIERS: Final = (
    (420, 9_500), (1_470, 9_000), (2_460, 8_500), (3_440, 8_000), (4_420, 7_500), (9_820, 7_000), (14_740, 6_500),
    (19_650, 6_000), (24_560, 5_500), (29_470, 5_000), (34_380, 4_500), (39_300, 4_000), (44_210, 3_500), (49_120, 3_000),
    (54_030, 2_750), (58_940, 2_500), (63_860, 2_250), (68_770, 2_000), (73_681, 1_750), (78_590, 1_500), (83_500, 1_250),
    (88_400, 1_000), (93_330, 750), (98_240, 500),
)  # fmt: skip
"""From so many SOL of market cap on, the creator's rate of a canonical pool; below the first, `_POOL_FIRST`."""


def pumpswap_canonical(market_cap_lamports: int) -> Rates:
    """Rates of a canonical PumpSwap pool by market cap, from 2025-09-01."""
    tier = bisect_right(POOL_TIERS, market_cap_lamports // LAMPORTS_PER_SOL, key=_floor)
    return _POOL_FIRST if tier == 0 else Rates(protocol=500, creator=POOL_TIERS[tier - 1][1], liquidity=2_000)


def _floor(tier: tuple[int, int]) -> int:
    return tier[0]


def polymarket_taker(share_atoms: int, price_micro_usdc: int, rate_millionths: int, exponent: int = 1) -> int:
    """Micro-dollars a taker pays: shares x rate x (p (1 - p))^exponent, rounded to 5 decimals, halves up.

    share_atoms: 6 decimals. price: micro-dollars per share, 0 to 1,000,000. ValueError outside.
    """
    if not 0 <= price_micro_usdc <= _WHOLE or share_atoms < 0 or rate_millionths < 0 or exponent < 0:
        raise ValueError(f"no fee on {share_atoms} shares at {price_micro_usdc} with rate {rate_millionths}^{exponent}")
    spread = price_micro_usdc * (_WHOLE - price_micro_usdc)
    numerator: int = share_atoms * rate_millionths * spread**exponent
    denominator: int = _WHOLE ** (2 * exponent + 1) * 10  # of micro-dollars, in tens: the fifth decimal
    return (2 * numerator + denominator) // (2 * denominator) * 10
