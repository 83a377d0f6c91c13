"""The Pump bonding curve in integers: constant product over virtual reserves, as the program rounds.

All amounts are atoms: lamports (or atoms of another quote) and token atoms of 6 decimals. Reserves are those BEFORE the
trade. Mayhem coins' agent does not follow these rules; nor do fees belong to them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

INITIAL_VIRTUAL_LAMPORTS: Final = 30_000_000_000
INITIAL_VIRTUAL_TOKEN_ATOMS: Final = 1_073_000_000_000_000
INITIAL_REAL_TOKEN_ATOMS: Final = 793_100_000_000_000
SUPPLY_ATOMS: Final = 1_000_000_000_000_000
COMPLETE_REAL_LAMPORTS: Final = 85_005_359_057
PROGRESS_UNIT: Final = 1_000_000


class Virtual(NamedTuple):
    """Virtual reserves in atoms: quote (lamports) and token."""

    quote_atoms: int
    token_atoms: int


INITIAL: Final = Virtual(INITIAL_VIRTUAL_LAMPORTS, INITIAL_VIRTUAL_TOKEN_ATOMS)


def buy_cost(reserves: Virtual, token_atoms: int) -> int:
    """Quote atoms that `token_atoms` cost, without fees: floor(t x Q / (T - t)) + 1. ValueError where the curve has fewer."""
    if not 0 < token_atoms < reserves.token_atoms:
        raise ValueError(f"cannot buy {token_atoms} of {reserves.token_atoms} token atoms")
    return token_atoms * reserves.quote_atoms // (reserves.token_atoms - token_atoms) + 1


def buy_exact_in(reserves: Virtual, quote_atoms: int) -> int:
    """Token atoms for `quote_atoms` (after fees): floor((s - 1) x T / (Q + s - 1)). ValueError below one atom."""
    if quote_atoms < 1:
        raise ValueError(f"cannot spend {quote_atoms} atoms")
    return (quote_atoms - 1) * reserves.token_atoms // (reserves.quote_atoms + quote_atoms - 1)


def sell_proceeds(reserves: Virtual, token_atoms: int) -> int:
    """Quote atoms paid for `token_atoms`, before fees: floor(t x Q / (T + t)). ValueError below one atom."""
    if token_atoms < 1:
        raise ValueError(f"cannot sell {token_atoms} atoms")
    return token_atoms * reserves.quote_atoms // (reserves.token_atoms + token_atoms)


def before(after: Virtual, side: str, token_atoms: int, quote_atoms: int) -> Virtual:
    """Reserves before a trade from those after it. side: 'buy' or 'sell'."""
    if side == "buy":
        return Virtual(after.quote_atoms - quote_atoms, after.token_atoms + token_atoms)
    return Virtual(after.quote_atoms + quote_atoms, after.token_atoms - token_atoms)


def progress_millionths(real_token_atoms: int) -> int:
    """How much of the curve's tokens is sold, in millionths, rounded down: 0 at launch, 1,000,000 when complete."""
    sold = INITIAL_REAL_TOKEN_ATOMS - real_token_atoms
    return max(0, min(PROGRESS_UNIT, sold * PROGRESS_UNIT // INITIAL_REAL_TOKEN_ATOMS))


def is_complete(real_token_atoms: int) -> bool:
    """The curve is sold out: the only correct test beside the program's own flag and event. No SOL threshold is one."""
    return real_token_atoms == 0


class Price(NamedTuple):
    """An exact price: `quote_atoms` for `token_atoms`."""

    quote_atoms: int
    token_atoms: int


def price(reserves: Virtual) -> Price:
    """The marginal price, exact: virtual quote for virtual tokens."""
    return Price(reserves.quote_atoms, reserves.token_atoms)


def market_cap(reserves: Virtual, supply_atoms: int = SUPPLY_ATOMS) -> int:
    """Quote atoms that the whole supply is worth at the marginal price, rounded down."""
    return reserves.quote_atoms * supply_atoms // reserves.token_atoms
