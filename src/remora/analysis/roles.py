"""The evidence for each role a wallet can play: sniper, bundler, insider, dev, market maker, volume bot, lottery buyer.

Counts by wallet rank. What they amount to is said by `behaviour`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis.entries import Entries, first_buyers
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.past import BUY, POLYMARKET, SOLANA, Ids, Past
from remora.analysis.traits import money_moves, sums

Floats = NDArray[np.float64]

BUNDLE_WALLETS: Final = 4
"""So many wallets buying in the slot of the launch are a bundle (U-25)."""
AIRDROP_WALLETS: Final = 20
"""A creator who sends the token to more wallets than this hands out an airdrop: that ties nobody to him."""
WASH_TRADES: Final = 10
WASH_NET: Final = 0.1
WASH_TURNS: Final = 0.5
"""Washing a token: at least 10 trades, purchases and sales within a tenth of each other, changing sides every other trade."""
CHURN_TURNS: Final = 3
"""Who changes sides within minutes so often on one token stands on both sides of it."""
BUSY_SLOT: Final = 200
"""Slots with more trades of one token than this are not searched for sandwiches."""


@dataclass(frozen=True)
class Roles:
    """Counts of tokens (markets on Polymarket) by wallet rank.

    timed: bought, with the launch known; sniped of them. launch_bundles: bought in the launch slot beside at least 3
    other wallets; first_bundles: the same in the first recorded slot of tokens whose launch is unknown; tx_bundles:
    bought in one transaction with another wallet. insider: bought after money from the creator, or got the token itself
    from him; insider_asset: one of them, -1 none. created; first_buys: first buyer of a token whose launch is known and
    whose creator is not another; judged: tokens where that can be told.
    markets: with a purchase; both_sides: where both outcomes were bought; quick_assets: bought and sold within minutes;
    churned: at least CHURN_TURNS times.
    washed: tokens washed; washed_money of their trades. sandwiches, slot_turns: purchases sold again in the same slot,
    with and without others' purchases between.
    """

    timed: Ints
    sniped: Ints
    launch_bundles: Ints
    first_bundles: Ints
    tx_bundles: Ints
    insider: Ints
    insider_asset: Ids
    created: Ints
    first_buys: Ints
    judged: Ints
    markets: Ints
    both_sides: Ints
    quick_assets: Ints
    churned: Ints
    washed: Ints
    washed_money: Ints
    sandwiches: Ints
    slot_turns: Ints
    cheap: Ints
    dear: Ints


def roles(past: Past, rows: Entries) -> Roles:
    """The evidence in a past."""
    n = len(past.wallets)
    tokens = past.tokens
    bought = rows.buys > 0
    timed = bought & ~rows.own & ((rows.after >= 0) | ((tokens.launch_slot[rows.asset] >= 0) & (rows.bought_slot >= 0)))
    launch_bundle = launch_bundles(past, rows)
    insider, insider_asset = _insiders(past, rows)
    washed = _washed(rows)
    created = np.zeros(n, np.int64)
    makers = np.unique(np.stack((tokens.creator, np.arange(len(tokens.creator))), 1)[tokens.creator >= 0], axis=0)
    np.add.at(created, makers[:, 0], 1)
    first_buys, judged = _first_buys(past, rows)
    markets, both = _both_sides(past, rows)
    pulled, starts = np.zeros(n, np.int64), rows.starts(n)
    order = past.tape.by_asset
    tape = past.tape
    _sandwiches(tape.asset[order], tape.slot[order], tape.wallet[order], tape.side[order], pulled)

    return Roles(
        timed=rows.count(n, timed), sniped=rows.count(n, timed & rows.sniped),
        launch_bundles=rows.count(n, launch_bundle), first_bundles=rows.count(n, _first_bundles(past, rows)),
        tx_bundles=_tx_bundles(past), insider=insider,
        insider_asset=insider_asset, created=created, first_buys=first_buys, judged=judged, markets=markets,
        both_sides=both, quick_assets=rows.count(n, rows.quick_turns > 0),
        churned=rows.count(n, rows.quick_turns >= CHURN_TURNS), washed=rows.count(n, washed),
        washed_money=sums(starts, np.where(washed, rows.bought + rows.sold, 0)), sandwiches=pulled,
        slot_turns=sums(starts, rows.slot_turns), cheap=sums(starts, rows.cheap), dear=sums(starts, rows.dear),
    )  # fmt: skip


def launch_bundles(past: Past, rows: Entries) -> Bools:
    """Purchases in the slot of the launch, where at least BUNDLE_WALLETS wallets beside the creator bought in it."""
    return _crowded(past, rows, past.tokens.launch_slot)


def _first_bundles(past: Past, rows: Entries) -> Bools:
    """The same in the slot of the first recorded trade, for tokens whose launch nobody recorded."""
    slot, asset = past.tape.slot, past.tape.asset
    first = np.full(len(past.assets), np.iinfo(np.int64).max)
    np.minimum.at(first, asset[slot >= 0], slot[slot >= 0])
    unknown = (past.tokens.launch_slot < 0) & (past.tokens.launched_at < 0)
    return _crowded(past, rows, np.where(unknown, first, -1))


def _crowded(past: Past, rows: Entries, slots: Ints) -> Bools:
    """Purchases in the slot told by asset (-1 none) beside at least BUNDLE_WALLETS - 1 others'; the creator's are left out."""
    slot = slots[rows.asset]
    here = (rows.buys > 0) & (slot >= 0) & (rows.bought_slot == slot) & ~rows.own
    crowd = np.bincount(rows.asset[here], minlength=len(past.assets))
    return np.asarray(here & (crowd[rows.asset] >= BUNDLE_WALLETS), np.bool_)


def _tx_bundles(past: Past) -> Ints:
    """Tokens that a wallet bought in one transaction with another wallet's purchase of them (Solana; a match is no bundle)."""
    tape, n = past.tape, len(past.wallets)
    here = np.flatnonzero((tape.side == BUY) & (tape.venue == SOLANA) & (tape.tx >= 0))
    sorted_tx = np.sort(tape.tx[here])
    shared = np.unique(sorted_tx[1:][sorted_tx[1:] == sorted_tx[:-1]])
    here = here[_among(tape.tx[here], shared)]
    order = here[np.lexsort((tape.wallet[here], tape.asset[here], tape.tx[here]))]
    tx, asset, wallet = tape.tx[order], tape.asset[order], tape.wallet[order]
    start = np.ones(len(order), np.bool_)
    start[1:] = (tx[1:] != tx[:-1]) | (asset[1:] != asset[:-1])
    group = np.cumsum(start) - 1
    other = ~start
    other[1:] &= wallet[1:] != wallet[:-1]
    maker = past.tokens.creator[asset] == wallet
    several = ~maker & (np.bincount(group[other], minlength=int(start.sum())) > 0)[group] if len(order) else other
    pairs = np.unique((wallet[several].astype(np.int64) << 32) + asset[several])
    return np.bincount((pairs >> 32).astype(np.int64), minlength=n).astype(np.int64)


def _among(values: Ints, of: Ints) -> Bools:
    """Where a value is one of an ascending list."""
    if not len(of):
        return np.zeros(len(values), np.bool_)
    return np.asarray(of[np.minimum(np.searchsorted(of, values), len(of) - 1)] == values)


def _insiders(past: Past, rows: Entries) -> tuple[Ints, Ids]:
    """(tokens by wallet, one of them): bought after money from the creator or signer, or the token itself came from him."""
    n, tokens, moves = len(past.wallets), past.tokens, past.moves
    hit = np.zeros(len(rows), np.bool_)
    money = np.flatnonzero(money_moves(past) & (moves.sender >= 0) & (moves.receiver >= 0) & (moves.at >= 0))
    key = (moves.sender[money].astype(np.int64) << 32) + moves.receiver[money]
    keys, first = np.unique(key, return_index=True)  # moves are sorted by time: the first of a pair is the earliest
    since = moves.at[money][first]
    sent, got = np.zeros(n + 1, np.bool_), np.zeros(n, np.bool_)  # the last place stands for an unknown maker
    sent[keys >> 32], got[keys & 0xFFFFFFFF] = True, True
    for maker in (tokens.creator, tokens.signer):
        near = np.flatnonzero(sent[maker[rows.asset]] & got[rows.wallet] & (rows.bought_at >= 0) & ~rows.own)
        wanted = (maker[rows.asset[near]].astype(np.int64) << 32) + rows.wallet[near]
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit[near[(keys[place] == wanted) & (since[place] <= rows.bought_at[near])]] = True
    known = np.flatnonzero((moves.asset >= 0) & (moves.sender >= 0) & (moves.receiver >= 0))
    asset, sender, receiver = moves.asset[known], moves.sender[known], moves.receiver[known]
    given = ((tokens.creator[asset] == sender) | (tokens.signer[asset] == sender)) & (sender != receiver)
    given &= (tokens.creator[asset] != receiver) & (tokens.signer[asset] != receiver)
    pairs = np.unique((receiver[given].astype(np.int64) << 32) + asset[given])
    spread = np.bincount(pairs & 0xFFFFFFFF, minlength=len(past.assets))
    pairs = pairs[spread[pairs & 0xFFFFFFFF] <= AIRDROP_WALLETS]
    bought = (rows.wallet[hit].astype(np.int64) << 32) + rows.asset[hit]
    pairs = np.unique(np.concatenate((pairs, bought)))
    wallet = (pairs >> 32).astype(np.int64)
    example = np.full(n, -1, np.int32)
    example[wallet[::-1]] = (pairs & 0xFFFFFFFF)[::-1].astype(np.int32)
    return np.bincount(wallet, minlength=n).astype(np.int64), example


def _first_buys(past: Past, rows: Entries) -> tuple[Ints, Ints]:
    """(first purchases, tokens judged): only tokens whose beginning was recorded and that are not known as another's."""
    n, tokens = len(past.wallets), past.tokens
    maker = tokens.creator[rows.asset]
    judged = (rows.buys > 0) & (tokens.launched_at[rows.asset] >= 0)
    mine = judged & (first_buyers(past)[rows.asset] == rows.wallet) & (rows.own | (maker < 0))
    return rows.count(n, mine), rows.count(n, judged)


def _both_sides(past: Past, rows: Entries) -> tuple[Ints, Ints]:
    """(markets with a purchase, markets with purchases of two outcomes or more) by wallet."""
    n, tokens = len(past.wallets), past.tokens
    here = np.flatnonzero((rows.buys > 0) & (tokens.market[rows.asset] >= 0) & (past.tape.venue[rows.start] == POLYMARKET))
    key = (rows.wallet[here].astype(np.int64) << 32) + tokens.market[rows.asset[here]]
    pairs, outcomes = np.unique(key, return_counts=True)
    wallet = (pairs >> 32).astype(np.int64)
    both = np.bincount(wallet[outcomes > 1], minlength=n)
    return np.bincount(wallet, minlength=n).astype(np.int64), both.astype(np.int64)


def _washed(rows: Entries) -> Bools:
    trades, money = rows.buys + rows.sells, rows.bought + rows.sold
    level = np.abs(rows.bought - rows.sold) <= WASH_NET * money
    return np.asarray((trades >= WASH_TRADES) & level & (rows.turns >= WASH_TURNS * trades), np.bool_)


@compiled
def _sandwiches(asset: Any, slot: Any, wallet: Any, side: Any, pulled: Any) -> None:
    """Counts, by wallet, purchases followed in the same slot by another's purchase and then by the wallet's own sale."""
    low, n = 0, len(asset)
    while low < n:
        high = low + 1
        while high < n and asset[high] == asset[low] and slot[high] == slot[low]:
            high += 1
        if slot[low] >= 0 and 3 <= high - low <= BUSY_SLOT:
            for i in range(low, high):
                between = False
                for j in range(i + 1, high if side[i] == 0 else i + 1):
                    if wallet[j] != wallet[i]:
                        between = between or side[j] == 0
                    elif side[j] == 1:
                        pulled[wallet[i]] += between
                        break
        low = high
