"""The tables of a simulated world beside its trades: what `Ledger.table` gives once they have been imported."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from remora.model.ids import digest, solana_event
from remora.model.tables import TABLES
from remora.model.units import SECOND
from remora.venues.simulated import knobs as k
from remora.venues.simulated import names, questions, trading
from remora.venues.simulated.drawn import Drawn

VENUE_NAMES: Final = ("solana", "polymarket")
ASSETS: Final = ("SOL", "USDC")
_TYPES: Final = {
    "int": pa.int64(), "bool": pa.bool_(), "text": pa.string(), "name": pa.string(), "texts": pa.list_(pa.string()),
    "ints": pa.list_(pa.int64()),
}  # fmt: skip


def of(world: Drawn) -> dict[str, pa.Table]:
    """All tables that have rows."""
    made = {
        "launches": _launches(world), "graduations": _graduations(world), "pools": _pools(world),
        "markets": _markets(world), "resolutions": _resolutions(world), "transfers": _transfers(world),
        "prices": _prices(world), "labels": _labels(world),
    }  # fmt: skip
    return {name: _table(name, columns) for name, columns in made.items()}


def _table(name: str, columns: dict[str, Any]) -> pa.Table:
    """The whole table: columns that are single values are filled, absent ones are null."""
    rows = len(columns["id"])
    arrays = {}
    for column in TABLES[name].columns:
        value = columns.get(column.name)
        if not isinstance(value, list | np.ndarray):
            value = [value] * rows
        arrays[column.name] = pa.array(value, _TYPES[column.kind])
    return pa.table(arrays)


def _placed(world: Drawn, tx: Any, at: Any, n: Any, tail: str = "") -> dict[str, Any]:
    """Where events of the Pump program stand: transaction numbers, milliseconds, places in their transaction."""
    found = [world.signatures[number] for number in tx]
    return {
        "id": [solana_event(text, names.PUMP, int(place)) + tail for text, place in zip(found, n, strict=True)],
        "source": "solana.logs", "venue": "solana", "tx": found, "happened_at": (k.START_SECONDS + at // 1_000) * SECOND,
        "seen_at": (k.START_SECONDS + at // 1_000) * SECOND + 8 * SECOND // 10, "slot": k.FIRST_SLOT + at // k.SLOT_MS,
        "ordinal": np.asarray(n) << 16 | 1,
    }  # fmt: skip


def _launches(world: Drawn) -> dict[str, Any]:
    coins, told = world.chain.coins, world.spelling
    number = np.arange(len(coins))
    devs = [told.wallets[dev] for dev in coins.dev]
    return {
        **_placed(world, number, coins.opens, number * 0), "asset": told.mints, "market": told.curves, "wallet": devs,
        "creator": devs, "name": [f"Simulated {n}" for n in number], "symbol": [f"SIM{n}" for n in number], "uri": "",
        "program": names.PUMP, "quote": "SOL", "supply_atoms": 10**15, "flags": [()] * len(coins),
    }  # fmt: skip


def _graduations(world: Drawn) -> dict[str, Any]:
    """Completion in the transaction that bought the rest, migration in one of its own."""
    chain, told = world.chain, world.spelling
    token = chain.graduated
    row = chain.completed[token]
    buyer = [told.wallets[wallet] for wallet in chain.wallet[row]]
    parts = (
        {
            **_placed(world, chain.tx[row], chain.at[row], chain.n[row] + 1), "stage": ["complete"] * len(token),
            "pool": [None] * len(token), "destination": [None] * len(token), "quantity_atoms": [None] * len(token),
            "quote_atoms": [None] * len(token),
        },
        {
            **_placed(world, chain.migration(token), chain.migrated_at(token), token * 0), "stage": ["migrated"] * len(token),
            "pool": told.pools, "destination": [names.PUMPSWAP] * len(token),
            "quantity_atoms": [trading.POOL_ATOMS] * len(token), "quote_atoms": pool_lamports(world).tolist(),
        },
    )  # fmt: skip
    both: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts]) if isinstance(value, np.ndarray) else [*value, *parts[1][name]]
        if isinstance(value, list) else value
        for name, value in parts[0].items()
    }  # fmt: skip
    shared = {"asset": [told.mints[n] for n in token], "market": [told.curves[n] for n in token], "wallet": buyer}
    return {**both, **{name: value * 2 for name, value in shared.items()}, "quote": "SOL"}


def pool_lamports(world: Drawn) -> Any:
    """What the pools of graduated coins begin with."""
    chain = world.chain
    return chain.quote_left[chain.completed[chain.graduated]] - trading.FLOOR_LAMPORTS - trading.MIGRATION_FEE


def _pools(world: Drawn) -> dict[str, Any]:
    chain, told = world.chain, world.spelling
    token = chain.graduated
    return {
        **_placed(world, chain.migration(token), chain.migrated_at(token), token * 0, ":pool"), "pool": told.pools,
        "program": names.PUMPSWAP, "base_asset": [told.mints[n] for n in token], "quote_asset": names.WSOL,
        "wallet": [told.wallets[wallet] for wallet in chain.wallet[chain.completed[token]]],
        "base_atoms": trading.POOL_ATOMS, "quote_atoms": pool_lamports(world), "flags": [("canonical",)] * len(token),
    }  # fmt: skip


def resolved(world: Drawn) -> Any:
    """Markets whose answer is known at the end."""
    return world.asked.resolves < world.days * 86_400_000


def _instants(at: Any) -> Any:
    return (k.START_SECONDS + at // 1_000) * SECOND


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    return list(zip(texts[::2], texts[1::2], strict=True))


def _markets(world: Drawn) -> dict[str, Any]:
    asked, told, done = world.asked, world.spelling, resolved(world)
    number = np.arange(len(asked))
    closed = _instants(asked.resolves)
    rates = [questions.RATES[category] * 100 for category in asked.category]
    return {
        "id": [f"simulated:market:{n}" for n in number], "source": "polymarket.gamma",
        "happened_at": [int(at) if known else None for at, known in zip(closed, done, strict=True)],
        "market": told.conditions, "slug": [f"simulated-{n}" for n in number],
        "question": [f"[simulated] Will event {e} end with answer {a}?" for e, a in zip(asked.event, asked.asks, strict=True)],
        "outcomes": [("Yes", "No")] * len(asked), "token_ids": _pairs(told.outcomes), "venue": "polymarket",
        "venue_market_id": [str(900_000 + n) for n in number], "event_slug": [f"simulated-event-{e}" for e in asked.event],
        "category": [questions.CATEGORIES[n] for n in asked.category],
        "tags": [(questions.CATEGORIES[n].lower(),) for n in asked.category],
        "neg_risk": [bool(n) for n in asked.neg_risk],
        "neg_risk_id": [neg_risk_id(int(e)) if n else None for e, n in zip(asked.event, asked.neg_risk, strict=True)],
        "tick_micro_usdc": 1_000, "min_size_atoms": 5_000_000, "fee_rate_millionths": rates,
        "fee_exponent": [1 if rate else None for rate in rates], "starts_at": _instants(asked.opens),
        "ends_at": _instants(asked.closes),
        "closed_at": [int(at) if known else None for at, known in zip(closed, done, strict=True)],
        "closed": [bool(known) for known in done], "active": True, "flags": [()] * len(asked),
    }  # fmt: skip


def neg_risk_id(event: int) -> str:
    """The id that the markets of a neg-risk event share."""
    return f"0x{digest(('simulated', event))}{digest(('event', event))}"


def _resolutions(world: Drawn) -> dict[str, Any]:
    asked, told = world.asked, world.spelling
    number = np.flatnonzero(resolved(world))
    tokens = _pairs(told.outcomes)
    return {
        "id": [f"simulated:resolution:{n}" for n in number], "source": "polymarket.resolution",
        "happened_at": _instants(asked.resolves[number]), "market": [told.conditions[n] for n in number],
        "payout_numerators": [(1, 0) if asked.won[n] else (0, 1) for n in number], "payout_denominator": 1,
        "outcomes": [("Yes", "No")] * len(number), "token_ids": [tokens[n] for n in number], "venue": "polymarket",
        "evidence": "prices",
    }  # fmt: skip


def _transfers(world: Drawn) -> dict[str, Any]:
    sender, receiver, amount, at, venue = world.funding.sorted()
    wallets = world.spelling.wallets
    return {
        "id": [f"simulated:transfer:{n}" for n in range(len(at))], "source": "map.transfers", "happened_at": _instants(at),
        "venue": [VENUE_NAMES[n] for n in venue], "tx": "", "ordinal": 0, "sender": [wallets[n] for n in sender],
        "receiver": [wallets[n] for n in receiver], "asset": [ASSETS[n] for n in venue], "quantity_atoms": amount,
        "kind": "transfer", "flags": [()] * len(at),
    }  # fmt: skip


def _prices(world: Drawn) -> dict[str, Any]:
    hours = np.arange(len(world.prices))
    return {
        "id": [f"simulated:price:{n}" for n in hours], "source": "map.prices.sol_usd_pairs",
        "happened_at": (k.START_SECONDS - 72 * 3_600 + hours * 3_600) * SECOND, "asset": "SOL", "quote": "USD",
        "quote_atoms": world.prices * 10_000, "asset_atoms": 10**9, "interval_seconds": 3_600,
    }  # fmt: skip


def _labels(world: Drawn) -> dict[str, Any]:
    told = world.infrastructure
    return {
        "id": [f"simulated:label:{n}" for n in range(len(told))], "source": "map.entities", "address": list(told),
        "label": list(told.values()), "kind": list(told.values()), "author": "entities",
    }  # fmt: skip
