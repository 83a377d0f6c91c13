"""Ties by money: wallets that the same private hand funded before they began, and wallets that pay out to the same one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from remora.analysis.choices import Choices, beyond
from remora.analysis.edges import KINDS, METHODS, Edges, joined, no_edges
from remora.analysis.exact import Bools, Ints, compiled
from remora.analysis.firsts import Firsts
from remora.analysis.flows import Flows, flows
from remora.analysis.pairs import halves, key
from remora.analysis.past import Past
from remora.analysis.sentences import names, percent, said, sol
from remora.model.units import DAY, HOUR

LEAST_GROUP: Final = 3
"""Wallets of one source that make a cluster (SYB-02)."""
FUNDED_WITHIN: Final = DAY
COMMON_TOKENS: Final = 2
"""... where funded within a day, or with so many tokens in common, more than chance gives (U-28)."""
COVERS: Final = 0.5
"""A payment counts when it covers so much of the first purchase (U-28); of a sweep, of all the wallet ever sent."""
HOPS: Final = 2
SAME_AMOUNT: Final = 0.05
CONFIDENCE: Final = 0.8
"""How sure (S1). Less sure: two wallets only, or a first payment that did not pay for the first purchase, or a stranger's
service: a source of more than PRIVATE wallets must show two of same amount, same hour and common tokens."""
PRIVATE: Final = 10
UNSURE: Final = 0.4
ALL_PAIRS: Final = 24
NEXT: Final = 8
"""Members of larger groups are tied to the next few in time: enough to hold the group together."""


@dataclass(frozen=True)
class Paid:
    """Wallets and the far ends of their money, one row per (party, wallet), sorted by (party, at, wallet).

    hops: transfers between the two. at, amount: of the transfers at the wallet's own end. strong: they covered what U-28
    asks. widely: how many wallets the party has paid, or been paid by.
    """

    party: Any
    wallet: Any
    at: Ints
    amount: Ints
    hops: Ints
    strong: Bools
    widely: Ints

    def take(self, rows: Any) -> Paid:
        """Some of the rows."""
        return replace(self, **{name: getattr(self, name)[rows] for name in Paid.__dataclass_fields__})


def funding_edges(past: Past, first: Firsts, choices: Choices) -> Edges:
    """Edges of kind funding: fellows of one source, and a source that trades like those it paid."""
    return _family(past, choices, sources(past, first), "funding", "funding", "funded by ")


def sweep_edges(past: Past, first: Firsts, choices: Choices) -> Edges:
    """Edges of kind funds_transfer: wallets whose money ends with the same private collector (convergence)."""
    return _family(past, choices, collectors(past, first), "funds_transfer", "social_graph", "sent most of their money to ")


def sources(past: Past, first: Firsts) -> Paid:
    """Who funded each wallet: the first inbound payment, and any that cover half of the first purchase, up to HOPS back."""
    began = _began(first)
    cost = np.zeros(first.wallets, np.int64)
    opening = np.flatnonzero(first.at == began[first.wallet])
    cost[first.wallet[opening[::-1]]] = first.money[opening[::-1]]
    near, all_time = flows(past, began), flows(past)
    private = np.flatnonzero(~near.service[near.sender])
    earliest = _extreme(near.receiver, near.first_at, first.wallets)
    opens = near.first_at == earliest[near.receiver]
    covers = near.total >= COVERS * cost[near.receiver]
    rows = private[(opens | covers)[private]]
    degree = np.bincount(all_time.sender, minlength=first.wallets)
    base = Paid(
        near.sender[rows], near.receiver[rows], near.last_at[rows], near.total[rows], np.ones(len(rows), np.int64),
        covers[rows], degree[near.sender[rows]],
    )  # fmt: skip
    steps = [base]
    for _ in range(HOPS - 1):
        steps.append(_climb(steps[-1], all_time, degree))
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
        np.ones(len(main), np.bool_), degree[every.receiver[main]],
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
        degree[party],
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


def _family(past: Past, choices: Choices, paid: Paid, kind: str, method: str, words: str) -> Edges:
    """Edges among the wallets of each party, and between the party and those of them that trade as it does."""
    paid = paid.take(choices.tokens[paid.wallet] > 0)
    if not len(paid.party):
        return no_edges()
    start = np.flatnonzero(np.concatenate(([True], paid.party[1:] != paid.party[:-1])))
    size = np.diff(np.append(start, len(paid.party)))
    left, right = _neighbours(start, size)
    fellows = _fellows(past, choices, paid, left, right, size.repeat(size), (kind, method, words))
    own = np.flatnonzero(choices.tokens[paid.party] > 0)
    return joined([fellows, _payers(past, choices, paid.take(own), kind, method)])


def _fellows(
    past: Past, choices: Choices, paid: Paid, left: Ints, right: Ints, size: Ints, told: tuple[str, str, str]
) -> Edges:
    keys = key(paid.wallet[left], paid.wallet[right])
    common, chance = choices.shared(keys)
    together = beyond(common, chance, COMMON_TOKENS)
    apart = np.abs(paid.at[left] - paid.at[right])
    x, y = paid.amount[left], paid.amount[right]
    amount = np.abs(x - y) <= SAME_AMOUNT * np.minimum(x, y)
    signs = amount.astype(np.int64) + (apart <= HOUR) + together
    qualified = (apart <= FUNDED_WITHIN) | together
    joint = np.zeros(len(paid.party), np.int64)
    _joint(left, right, qualified, joint)
    sure = qualified & (joint[left] >= LEAST_GROUP) & paid.strong[left] & paid.strong[right]
    sure &= (paid.widely[left] <= PRIVATE) | (signs >= 2)
    shown = np.flatnonzero(sure | qualified & (signs > 0))
    kind, method, words = told
    evidence = said(
        words, names(past.wallets, paid.party[left[shown]]), " with ", size[left[shown]] - 1, " other wallets: ",
        sol(x[shown]), " and ", sol(y[shown]), ", ", apart[shown] // 60_000_000_000, " min apart, ", common[shown],
        " tokens in common (", np.rint(chance[shown]).astype(np.int64), " by chance), ",
        np.maximum(paid.hops[left], paid.hops[right])[shown], " hops; risk ", percent(0.4 + 0.2 * signs[shown]),
    )  # fmt: skip
    early, late = np.minimum(paid.at[left], paid.at[right]), np.maximum(paid.at[left], paid.at[right])
    confidence = np.where(sure, CONFIDENCE, UNSURE)[shown]
    return _edges(keys[shown], kind, method, confidence, early[shown], late[shown], evidence)


def _payers(past: Past, choices: Choices, paid: Paid, kind: str, method: str) -> Edges:
    """A party that trades: tied to its wallets where they choose the same tokens. A friend's gift alone ties nobody."""
    keys = key(paid.party, paid.wallet)
    common, chance = choices.shared(keys)
    sure = beyond(common, chance, COMMON_TOKENS) & paid.strong & (paid.widely <= PRIVATE * 5)
    far = np.where(paid.hops > 1, " through others", "")
    evidence = said(
        names(past.wallets, paid.party), " and ", names(past.wallets, paid.wallet), ": ", sol(paid.amount),
        " moved between them", far, ", ", common, " tokens in common (", np.rint(chance).astype(np.int64), " by chance)",
    )  # fmt: skip
    return _edges(keys, kind, method, np.where(sure, CONFIDENCE, UNSURE), paid.at, paid.at, evidence)


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
def _joint(left: Any, right: Any, holds: Any, joint: Any) -> None:
    """By row: how many rows hold together with it."""
    root = np.arange(len(joint))
    for i in range(len(left)):
        if holds[i]:
            a, b = left[i], right[i]
            while root[a] != a:
                root[a] = root[root[a]]
                a = root[a]
            while root[b] != b:
                root[b] = root[root[b]]
                b = root[b]
            if a < b:
                root[b] = a
            else:
                root[a] = b
    for i in range(len(joint)):
        a = i
        while root[a] != a:
            a = root[a]
        root[i] = a
        joint[a] += 1
    for i in range(len(joint) - 1, -1, -1):
        joint[i] = joint[root[i]]


def _edges(keys: Ints, kind: str, method: str, confidence: Any, early: Ints, late: Ints, evidence: Any) -> Edges:
    a, b = halves(keys)
    n = len(keys)
    edges = Edges(
        a, b, np.full(n, KINDS.index(kind), np.int8), np.full(n, METHODS.index(method), np.int8), confidence,
        np.ones(n, np.int32), early, late, evidence,
    )  # fmt: skip
    return joined([edges])
