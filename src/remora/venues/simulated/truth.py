"""What is true in a simulated world and nobody in it is told: roles, edges, groups, ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from remora.venues.simulated import knobs as k
from remora.venues.simulated import questions
from remora.venues.simulated.bets import along_line, chiefs, washing
from remora.venues.simulated.cast import POLYMARKET
from remora.venues.simulated.drawn import Drawn


def of(world: Drawn) -> dict[str, pa.Table]:
    """Tables wallets, groups, tokens, markets."""
    return {"wallets": _wallets(world), "groups": _groups(world), "tokens": _tokens(world), "markets": _markets(world)}


def _wallets(world: Drawn) -> pa.Table:
    """One row per trading wallet.

    edge: Polymarket: designed, dollars a share (0 where nothing was). Solana: mean log return of a bet net of fees, of
    those who choose by themselves, by a line through all of them (NaN for others). skill: as drawn, -1..1, or dollars.
    true_edge: Polymarket: mean of true probability less price over the shares bought, NaN without buys or on Solana: what
    the bets that happened to be placed were worth. net_edge: see there.
    is_skilled; structural: its profit comes from its place in the market. group, make: -1 and '' for none. leader: whom it
    copies or follows. funded_by: the trading wallet's payer. employed: shares an employer with others. is_harmless_poisoned:
    an innocent that attackers sent dust.
    """
    cast, told, money = world.cast, world.spelling, world.funding
    size = len(cast.role)
    make = [k.GROUPS[cast.make[group]] if group >= 0 else "" for group in cast.group]
    flags = {name: np.isin(np.arange(size), rows) for name, rows in (("employed", money.employed), ("poisoned", money.dusted))}
    return pa.table({
        "wallet": told.wallets[:size], "venue": [("solana", "polymarket")[n] for n in cast.venue],
        "role": [k.ROLES[n] for n in cast.role], "edge": world.designed, "true_edge": true_edge(world),
        "net_edge": net_edge(world), "skill": cast.skill,
        "is_skilled": cast.role == k.SKILLED, "structural": np.isin(cast.role, k.STRUCTURAL),
        "group": cast.group, "make": pa.array(make, pa.string()),
        "leader": [told.wallets[n] if n >= 0 else "" for n in cast.leader],
        "funded_by": [told.wallets[n] if n >= 0 else "" for n in money.payer], "employed": flags["employed"],
        "is_harmless_poisoned": flags["poisoned"],
    })  # fmt: skip


def true_edge(world: Drawn) -> Any:
    """What each wallet's buys on Polymarket were worth beyond their price, dollars a share."""
    asked, placed = world.asked, world.fills
    size = len(world.cast.role)
    if not len(placed):
        return np.full(size, np.nan)
    market, bought = placed.what // 2, placed.side == 0
    truth = asked.truth[market, asked.step(market, placed.at)]
    gap = np.where(placed.what % 2 == 0, truth, 1 - truth) - placed.price / 1_000
    weight = np.bincount(placed.wallet[bought], placed.shares[bought], size)
    total = np.bincount(placed.wallet[bought], (gap * placed.shares)[bought], size)
    mean = np.divide(total, weight, out=np.full(size, np.nan), where=weight > 0)
    return np.where(world.cast.venue == POLYMARKET, mean, np.nan)


def net_edge(world: Drawn) -> Any:
    """What a bet of each wallet brings on average after fees, at the prices of its exits: what bets as many as one likes tell.

    Polymarket: dollars a share, by a line from the designed edge through all who choose by themselves; who repeats others'
    bets has their edge. Solana: `edge`. NaN where no truth is claimed: makers, washers, repeaters on Solana.
    """
    cast, asked, placed = world.cast, world.asked, world.fills
    if not len(placed):
        return np.where(cast.venue == POLYMARKET, np.nan, world.designed)
    size, market, buys = len(cast.role), placed.what // 2, placed.side == 0
    truth = asked.truth[market, asked.step(market, placed.at)]
    gap = np.where(placed.what % 2 == 0, truth, 1 - truth) - placed.price / 1_000
    value = np.where(buys, gap, -gap) * placed.shares - placed.fee / 10_000  # truth is a martingale: an exit costs its gap
    shares = np.bincount(placed.wallet, placed.shares * buys, size)
    number = np.bincount(placed.wallet, buys, size)
    mean = np.bincount(placed.wallet, value, size) / np.maximum(shares, 1)
    alone = (cast.venue == POLYMARKET) & (np.isin(cast.role, questions.BETTORS) | chiefs(cast)) & (shares > 0)
    design = world.designed[np.where(cast.leader >= 0, cast.leader, np.arange(size))]
    expected = along_line(design, design[alone], mean[alone], number[alone])
    told = (cast.venue == POLYMARKET) & (shares > 0) & ~np.isin(cast.role, (k.MAKER, k.VOLUME)) & ~washing(cast)
    return np.where(cast.venue == POLYMARKET, np.where(told, expected, np.nan), world.designed)


def _groups(world: Drawn) -> pa.Table:
    """One row per group."""
    cast, told = world.cast, world.spelling
    number = np.arange(len(cast.make))
    return pa.table({
        "group": number, "make": pa.array([k.GROUPS[n] for n in cast.make], pa.string()),
        "size": np.bincount(cast.group[cast.group >= 0], minlength=len(number)),
        "chief": pa.array([told.wallets[n] for n in cast.chief], pa.string()),
        "venue": pa.array([("solana", "polymarket")[n] for n in cast.venue[cast.chief]], pa.string()),
    })  # fmt: skip


def _tokens(world: Drawn) -> pa.Table:
    """One row per coin. highest: of its path, in units of the curve's floor."""
    chain, told = world.chain, world.spelling
    coins = chain.coins
    return pa.table({
        "mint": pa.array(told.mints, pa.string()), "dev": pa.array([told.wallets[n] for n in coins.dev], pa.string()),
        "is_rug": coins.rug_at >= 0, "graduated": chain.completed >= 0,
        "highest": coins.paths.max(axis=1, initial=0.0), "trades": np.bincount(chain.token, minlength=len(coins)),
    })  # fmt: skip


def _markets(world: Drawn) -> pa.Table:
    """One row per market: the first outcome's true probability at the start, half-way and at the end, and what came true."""
    asked, told = world.asked, world.spelling
    first, middle, last = (asked.truth[:, place] for place in (0, asked.truth.shape[1] // 2, -1))
    return pa.table({
        "market": pa.array(told.conditions, pa.string()), "event": asked.event, "truth_first": first, "truth_middle": middle,
        "truth_last": last, "first_outcome_won": asked.won > 0,
    })  # fmt: skip
