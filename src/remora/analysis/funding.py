"""Ties by money: wallets that the same private hand funded before they began, and wallets that pay out to the same one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from remora.analysis.choices import Choices, beyond, rarity
from remora.analysis.edges import KINDS, METHODS, Edges, joined, no_edges
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.firsts import Firsts
from remora.analysis.flows import Flows, flows
from remora.analysis.meetings import measured
from remora.analysis.pairs import halves, key
from remora.analysis.past import Past
from remora.analysis.sentences import money, names, percent, said
from remora.model.units import DAY, HOUR

LEAST_GROUP: Final = 3
"""Wallets of one source that make a cluster (SYB-02)."""
FUNDED_WITHIN: Final = DAY
COMMON_TOKENS: Final = 2
"""... where funded within a day, or with so many tokens in common, more than chance gives (U-28)."""
COVERS: Final = 0.5
"""A payment counts when it covers so much of the first purchase (U-28); of a sweep, of all the wallet ever sent."""
OPENS: Final = 0.1
"""The very first payment counts from here on (nobody can send to a wallet that nobody has seen), below it is in doubt."""
HOPS: Final = 2
HANDED_ON: Final = 6 * HOUR
BRANCHES: Final = 3
"""Money that is passed on so soon after a wallet's first of all, to so few, was only passing through."""
SAME_AMOUNT: Final = 0.05
CONFIDENCE: Final = 0.8
"""How sure (S1). Less sure: two wallets only; a first payment that did not pay for the first purchase; the same day alone,
without same amount, same hour or common tokens: a small service that no list knows has such customers. Wallets of a
source of more than PRIVATE must clearly choose the same tokens, besides the same amount or hour, or have the same amount,
the same hour and a purchase at the same moment."""
CLEARLY: Final = 1e-4
TIMED: Final = 0.15
"""Chernoff's bound, from which on purchases at the same moment are a sign (one where 6 in 100 are expected)."""
PRIVATE: Final = 10
UNSURE: Final = 0.4
ALIKE: Final = 0.3
"""A payer that trades is of the same hand where it shares this part of the tokens of both, more than chance gives."""
ALL_PAIRS: Final = 24
NEXT: Final = 8
"""Members of larger groups are tied to the next few in time: enough to hold the group together."""


@dataclass(frozen=True)
class Paid:
    """Wallets and the far ends of their money, one row per (party, wallet), sorted by (party, at, wallet).

    hops: transfers between the two. at, amount: of the transfers at the wallet's own end. strong: they covered what U-28
    asks. widely: how many wallets the party has paid, or been paid by. dollars: USDC, not SOL.
    """

    party: Any
    wallet: Any
    at: Ints
    amount: Ints
    hops: Ints
    strong: Bools
    widely: Ints
    dollars: Bools

    def take(self, rows: Any) -> Paid:
        """Some of the rows."""
        return replace(self, **{name: getattr(self, name)[rows] for name in Paid.__dataclass_fields__})


def funding_edges(past: Past, first: Firsts, choices: Choices) -> Edges:
    """Edges of kind funding: fellows of one source, and a source that trades like those it paid."""
    every = flows(past)
    paid = sources(past, first, every)
    chains = _chains(past, choices, every, paid)
    paid = paid.take(np.flatnonzero(choices.tokens[paid.wallet] > 0))
    fellows = _fellows(past, first, choices, paid, ("funding", "funding", "funded by "))
    return joined([fellows, _payers(past, choices, paid), chains])


def sweep_edges(past: Past, first: Firsts, choices: Choices) -> Edges:
    """Edges of kind funds_transfer: wallets whose money ends with the same private collector (convergence)."""
    return _fellows(
        past, first, choices, collectors(past, first), ("funds_transfer", "social_graph", "sent most of their money to ")
    )


def sources(past: Past, first: Firsts, every: Flows) -> Paid:
    """Who funded each wallet: the first inbound payment, and any that cover half of the first purchase, up to HOPS back."""
    began = _began(first)
    cost = np.zeros(first.wallets, np.int64)
    opening = np.flatnonzero(first.at == began[first.wallet])
    cost[first.wallet[opening[::-1]]] = first.money[opening[::-1]]
    near = flows(past, began)
    private = np.flatnonzero(~near.service[near.sender])
    earliest = _extreme(near.receiver, near.first_at, first.wallets)
    opens = near.first_at == earliest[near.receiver]
    covers = near.total >= COVERS * cost[near.receiver]
    strong = covers | (opens & (near.total >= OPENS * cost[near.receiver]))
    rows = private[(opens | covers)[private]]
    degree = np.bincount(every.sender, minlength=first.wallets)
    base = Paid(
        near.sender[rows], near.receiver[rows], near.last_at[rows], near.total[rows], np.ones(len(rows), np.int64),
        strong[rows], degree[near.sender[rows]], near.dollars[rows],
    )  # fmt: skip
    steps = [base]
    for _ in range(HOPS - 1):
        steps.append(_climb(steps[-1], every, degree))
    return _once(steps)


def collectors(past: Past, first: Firsts) -> Paid:
    """Where each wallet's money went after it began to trade: who got half or more of all it sent, and on, up to HOPS."""
    every, began = flows(past), _began(first)
    wallets = len(past.wallets)
    sent = np.bincount(every.sender, every.total.astype(np.float64), wallets)
    main = np.flatnonzero((every.total >= COVERS * sent[every.sender]) & ~every.service[every.receiver])
    main = main[(began[every.sender[main]] >= 0) & (began[every.sender[main]] < every.last_at[main])]
    degree = np.bincount(every.receiver, minlength=wallets)
    base = Paid(
        every.receiver[main], every.sender[main], every.last_at[main], every.total[main], np.ones(len(main), np.int64),
        np.ones(len(main), np.bool_), degree[every.receiver[main]], every.dollars[main],
    )  # fmt: skip
    onward = np.full(wallets, -1)
    onward[base.wallet[::-1]] = base.party[::-1]
    steps = [base]
    for _ in range(HOPS - 1):
        last = steps[-1]
        further = onward[last.party]
        kept = (further >= 0) & (further != last.wallet)
        steps.append(replace(last.take(kept), party=further[kept], hops=last.hops[kept] + 1, widely=degree[further[kept]]))
    return _once(steps)


def _began(first: Firsts) -> Ints:
    """By wallet: its first purchase of all, -1 none."""
    began = _extreme(first.wallet, first.at, first.wallets)
    return np.where(began == np.iinfo(np.int64).max, -1, began)


def _climb(last: Paid, every: Flows, degree: Ints) -> Paid:
    """One hop further back: who had funded the parties before they paid, by the same rule."""
    order = np.lexsort((every.sender, every.receiver))
    start = np.searchsorted(every.receiver[order], np.arange(len(degree) + 1)).astype(np.int64)
    many = start[last.party + 1] - start[last.party]
    row = np.repeat(np.arange(len(last.party)), many)
    up = order[np.repeat(start[last.party], many) + np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)]
    earliest = _extreme(every.receiver, every.first_at, len(degree))
    opens = every.first_at[up] == earliest[every.receiver[up]]
    covers = every.total[up] >= COVERS * last.amount[row]
    kept = (opens | covers) & (every.first_at[up] <= last.at[row]) & ~every.service[every.sender[up]]
    kept &= every.sender[up] != last.wallet[row]
    row, up = row[kept], up[kept]
    party = every.sender[up]
    return Paid(
        party, last.wallet[row], last.at[row], last.amount[row], last.hops[row] + 1, last.strong[row] & covers[kept],
        degree[party], last.dollars[row],
    )  # fmt: skip


def _once(steps: list[Paid]) -> Paid:
    """The steps as one; of several ways between two wallets the strong and short one."""
    paid = Paid(*(np.concatenate([getattr(step, name) for step in steps]) for name in Paid.__dataclass_fields__))
    order = np.lexsort((paid.at, paid.hops, ~paid.strong, paid.wallet, paid.party))
    paid = paid.take(order)
    pair = (paid.party.astype(np.int64) << 32) | paid.wallet
    paid = paid.take(np.flatnonzero(np.concatenate(([True], pair[1:] != pair[:-1])))) if len(pair) else paid
    return paid.take(np.lexsort((paid.wallet, paid.at, paid.party)))


def _extreme(group: Any, values: Ints, groups: int) -> Ints:
    out = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(out, group, values)
    return out


def _fellows(past: Past, first: Firsts, choices: Choices, paid: Paid, told: tuple[str, str, str]) -> Edges:
    """Edges among the wallets of each party."""
    if not len(paid.party):
        return no_edges()
    start = np.flatnonzero(np.concatenate(([True], paid.party[1:] != paid.party[:-1])))
    size = np.diff(np.append(start, len(paid.party)))
    left, right = _neighbours(start, size)
    size = size.repeat(size)
    keys = key(paid.wallet[left], paid.wallet[right])
    common, chance = choices.shared(keys)
    together = beyond(common, chance, COMMON_TOKENS)
    apart = np.abs(paid.at[left] - paid.at[right])
    x, y = paid.amount[left], paid.amount[right]
    amount = np.abs(x - y) <= SAME_AMOUNT * np.minimum(x, y)
    met = measured(first, keys)
    timed = rarity(met.near, met.expected) <= TIMED
    clearly = beyond(common, chance, COMMON_TOKENS, CLEARLY) & (amount | (apart <= HOUR))
    clearly |= timed & amount & (apart <= HOUR)
    signs = amount.astype(np.int64) + (apart <= HOUR) + (together | timed)
    qualified = (apart <= FUNDED_WITHIN) | together
    root = np.arange(len(paid.party))
    _join(left[qualified], right[qualified], root)
    sure = qualified & (np.bincount(root)[root[left]] >= LEAST_GROUP) & paid.strong[left] & paid.strong[right]
    sure &= ((paid.widely[left] <= PRIVATE) & (signs > 0)) | clearly
    shown = np.flatnonzero(sure | qualified & (signs > 0))
    kind, method, words = told
    dollars = paid.dollars[left]
    evidence = said(
        words, names(past.wallets, paid.party[left[shown]]), " with ", size[left[shown]] - 1, " other wallets: ",
        money(x[shown], dollars[shown]), " and ",
        money(y[shown], dollars[shown]), ", ", apart[shown] // 60_000_000_000, " min apart, ",
        common[shown],
        " tokens in common (", np.rint(chance[shown]).astype(np.int64), " by chance), ",
        met.near[shown], " of them within 10 s, ", np.maximum(paid.hops[left], paid.hops[right])[shown], " hops; risk ",
        percent(0.4 + 0.2 * signs[shown]),
    )  # fmt: skip
    early, late = np.minimum(paid.at[left], paid.at[right]), np.maximum(paid.at[left], paid.at[right])
    confidence = np.where(sure, CONFIDENCE, UNSURE)[shown]
    return _edges(keys[shown], kind, method, confidence, early[shown], late[shown], evidence)


def _payers(past: Past, choices: Choices, paid: Paid) -> Edges:
    """Parties that trade, and their wallets: tied where they choose the same tokens. A friend's gift alone ties nobody."""
    paid = paid.take(np.flatnonzero(choices.tokens[paid.party] > 0))
    keys = key(paid.party, paid.wallet)
    common, chance = choices.shared(keys)
    either = choices.tokens[paid.party] + choices.tokens[paid.wallet] - common
    sure = beyond(common, chance, COMMON_TOKENS) & (common >= ALIKE * either) & paid.strong
    far = np.where(paid.hops > 1, " through others", "")
    evidence = said(
        names(past.wallets, paid.party), " paid ", names(past.wallets, paid.wallet), " ", money(paid.amount, paid.dollars),
        far, " before it began; ", common, " tokens in common (", np.rint(chance).astype(np.int64), " by chance)",
    )  # fmt: skip
    return _edges(keys, "funding", "funding", np.where(sure, CONFIDENCE, UNSURE), paid.at, paid.at, evidence)


def _chains(past: Past, choices: Choices, every: Flows, paid: Paid) -> Edges:
    """Three or more traders through whom, or whose payers, the same money was handed on within hours, each one's first.

    They need not trade alike: a history split over several wallets shares no token. Each is tied to the next in time.
    """
    began = _extreme(every.receiver, every.first_at, len(past.wallets))
    payer = np.full(len(past.wallets), -1)
    order = np.lexsort((every.sender, every.first_at))[::-1]
    payer[every.receiver[order]] = every.sender[order]
    few = np.where(choices.tokens[paid.party] > 0, BRANCHES, 1)  # who trades nothing and pays several may be a service
    handed = paid.strong & (paid.widely <= few) & (paid.hops == 1) & (paid.at >= began[paid.party])
    handed &= (paid.at - began[paid.party] <= HANDED_ON) & (payer[paid.wallet] == paid.party)
    paid = paid.take(np.flatnonzero(handed))
    root = np.arange(len(past.wallets))
    _join(paid.party, paid.wallet, root)
    member = np.unique(np.concatenate((paid.party, paid.wallet)))
    member = member[choices.tokens[member] > 0]
    member = member[np.lexsort((member, began[member], root[member]))]
    size = np.bincount(root[member], minlength=len(root))[root[member]]
    member, size = member[size >= LEAST_GROUP], size[size >= LEAST_GROUP]
    next_one = np.flatnonzero(root[member][1:] == root[member][:-1])
    left, right = member[next_one], member[next_one + 1]
    evidence = said("money handed on within six hours, as the first money of each, through ", size[next_one], " traders")
    early, late = began[left], began[right]
    early = np.where(early > late, late, early)
    return _edges(key(left, right), "funding", "funding", np.full(len(left), CONFIDENCE), early, late, evidence)


def _neighbours(start: Ints, size: Ints) -> tuple[Ints, Ints]:
    """Pairs of rows inside groups: all of small ones, the next few of large ones."""
    reach = np.where(size <= ALL_PAIRS, size, NEXT + 1)
    place = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    partners = np.minimum(np.repeat(size, size) - place, np.repeat(reach, size)) - 1
    row = np.repeat(start, size) + place
    left = np.repeat(row, partners)
    step = np.arange(len(left)) - np.repeat(np.cumsum(partners) - partners, partners) + 1
    return left, left + step


@compiled
def _join(left: Any, right: Any, root: Any) -> None:
    """root: of each, the least that it hangs together with."""
    for i in range(len(left)):
        a, b = left[i], right[i]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        root[max(a, b)] = min(a, b)
    for i in range(len(root)):
        root[i] = root[root[i]]


def _edges(keys: Ints, kind: str, method: str, confidence: Any, early: Ints, late: Ints, evidence: Any) -> Edges:
    a, b = halves(keys)
    n = len(keys)
    edges = Edges(
        a, b, np.full(n, KINDS.index(kind), np.int8), np.full(n, METHODS.index(method), np.int8), confidence,
        np.ones(n, np.int32), early, late, evidence,
    )  # fmt: skip
    return joined([edges])
