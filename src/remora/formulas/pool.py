"""Constant product pools in integers. Amounts and reserves in atoms; reserves are those BEFORE the swap."""

from __future__ import annotations

from typing import NamedTuple


class Pool(NamedTuple):
    """Reserves of a pool: base (the token) and quote (the money)."""

    base_atoms: int
    quote_atoms: int


def sell_proceeds(pool: Pool, base_atoms: int) -> int:
    """Quote atoms for `base_atoms`, before fees: floor(b x Q / (B + b)). ValueError below one atom."""
    if base_atoms < 1:
        raise ValueError(f"cannot sell {base_atoms} atoms")
    return base_atoms * pool.quote_atoms // (pool.base_atoms + base_atoms)


def buy_cost(pool: Pool, base_atoms: int) -> int:
    """Quote atoms that `base_atoms` cost, before fees: ceil(b x Q / (B - b)). ValueError where the pool has fewer."""
    if not 0 < base_atoms < pool.base_atoms:
        raise ValueError(f"cannot buy {base_atoms} of {pool.base_atoms} atoms")
    return -(-base_atoms * pool.quote_atoms // (pool.base_atoms - base_atoms))


def buy_exact_in(pool: Pool, quote_atoms: int) -> int:
    """Base atoms for `quote_atoms` after fees: floor(q x B / (Q + q)). ValueError below one atom."""
    if quote_atoms < 1:
        raise ValueError(f"cannot spend {quote_atoms} atoms")
    return quote_atoms * pool.base_atoms // (pool.quote_atoms + quote_atoms)


def after_buy(pool: Pool, base_atoms: int, quote_atoms: int) -> Pool:
    """Reserves after somebody took base and gave quote (what stays in the pool, its own fee included)."""
    return Pool(pool.base_atoms - base_atoms, pool.quote_atoms + quote_atoms)


def after_sell(pool: Pool, base_atoms: int, quote_atoms: int) -> Pool:
    """Reserves after somebody gave base and took quote."""
    return Pool(pool.base_atoms + base_atoms, pool.quote_atoms - quote_atoms)


def market_cap(pool: Pool, supply_atoms: int) -> int:
    """Quote atoms that the supply is worth at the pool's marginal price, rounded down. ValueError for an empty pool."""
    if pool.base_atoms < 1:
        raise ValueError("an empty pool has no price")
    return pool.quote_atoms * supply_atoms // pool.base_atoms
