"""Who sent to whom, from tables of transfers: wallets as ranks of their addresses, one row per pair and direction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from remora.analysis.exact import Bools, Ints

Ids = NDArray[np.int32]
Floats = NDArray[np.float64]

DUST_PART: Final = 1e-4
"""An amount below this part of the asset's median is dust: no payment, and no fuel for a wallet (S9)."""
DUST_SAMPLE: Final = 20
"""Known amounts an asset must have before its median says what is dust."""
RELAY_ROUNDS: Final = 3
"""Hops over wallets that do nothing but pass on (U-28 asks for 2)."""
NEVER: Final = np.iinfo(np.int64).max
_UNITS: Final = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))  # whole numbers below are seconds, milli-, micro-


@dataclass(frozen=True)
class Links:
    """Distinct (sender, receiver), sorted. share: of all transfers, in parts of what the receiver got of that asset
    (NaN unknown); amount: of the first; first_at: nanoseconds (NEVER unknown); times: how many transfers.
    """

    sender: Ids
    receiver: Ids
    times: Ints
    share: Floats
    amount: Floats
    first_at: Ints

    def __len__(self) -> int:
        """Number of links."""
        return len(self.sender)

    def where(self, kept: Any) -> Links:
        """Some of them."""
        return Links(*(getattr(self, name)[kept] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Scene:
    """Everybody that is named. names: sorted. kind: of a listed entity, else "". candidate, first_use (NEVER unknown) and
    volume (NaN unknown) by name.
    """

    names: pa.Array
    links: Links
    kind: list[str]
    listed: Bools
    candidate: Bools
    first_use: Ints
    volume: Floats


def scene(transfers: pa.Table, entities: pa.Table | None, candidates: pa.Table | None) -> Scene:
    """The tables of `transfers.find` as arrays. Raises KeyError where a needed column is missing."""
    sender, receiver = _addresses(transfers["from"]), _addresses(transfers["to"])
    listed = _addresses(entities["address"]) if entities is not None else pa.array([], pa.string())
    asked = _addresses(candidates["address"]) if candidates is not None else pa.array([], pa.string())
    names = pc.unique(pa.concat_arrays([sender, receiver, listed, asked])).drop_null()
    names = names.filter(pc.not_equal(names, "")).sort()
    count = len(names)
    kind, is_listed = [""] * count, np.zeros(count, np.bool_)
    place = _ranks(listed, names)
    kinds = entities["kind"].cast(pa.string()).to_pylist() if entities is not None and "kind" in entities.column_names else []
    for rank, text in zip(place.tolist(), kinds or [""] * len(place), strict=True):
        if rank >= 0:
            kind[rank] = max(kind[rank], (text or "").lower())
    is_listed[place[place >= 0]] = True
    candidate = np.zeros(count, np.bool_) if candidates is not None else ~is_listed
    first_use, volume = np.full(count, NEVER, np.int64), np.full(count, np.nan)
    if candidates is not None:
        place = _ranks(asked, names)
        ok = place >= 0
        candidate[place[ok]] = True
        np.minimum.at(first_use, place[ok], instants(candidates, "first_use_at")[ok])
        volume[place[ok]] = numbers(candidates, "volume_usd")[ok]
    links = _links(transfers, _ranks(sender, names), _ranks(receiver, names), count)
    return Scene(names, links, kind, is_listed, candidate, first_use, volume)


def instants(table: pa.Table, column: str) -> Ints:
    """A column of instants (timestamps, dates, text of either, or whole numbers since 1970) in nanoseconds; null is NEVER."""
    if column not in table.column_names:
        return np.full(table.num_rows, NEVER, np.int64)
    values = _whole(table[column])
    if pa.types.is_string(values.type):
        values = pc.cast(pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values), pa.timestamp("ns"))
    if pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("ns"))
    if pa.types.is_timestamp(values.type):
        return np.asarray(values.cast(pa.timestamp("ns")).cast(pa.int64()).fill_null(NEVER))
    out = np.asarray(pc.cast(values, pa.int64(), safe=False).fill_null(NEVER))
    known = out[out != NEVER]
    largest = int(np.abs(known).max()) if len(known) else 0
    scale = next((factor for limit, factor in _UNITS if largest < limit), 1)
    return np.where(out == NEVER, NEVER, out * scale)


def numbers(table: pa.Table, column: str) -> Floats:
    """A numeric column (or one of text) as floats; null and absent are NaN."""
    if column not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values = _whole(table[column])
    if pa.types.is_string(values.type):
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    return np.asarray(values.cast(pa.float64(), safe=False).fill_null(np.nan), np.float64)


def direct(s: Scene) -> Scene:
    """The same with relays left out: a wallet nobody asks about that only passes on from one to another is no stop."""
    for _ in range(RELAY_ROUNDS):
        links, count = s.links, len(s.names)
        inward = np.bincount(links.receiver, minlength=count)
        outward = np.bincount(links.sender, minlength=count)
        relay = (inward == 1) & (outward == 1) & ~s.candidate & ~s.listed
        source = np.full(count, -1, np.int64)
        source[links.receiver] = links.sender
        passed = relay[links.sender] & ~relay[links.receiver]
        passed &= source[links.sender] != links.receiver
        ends = links.where(passed)
        ends = replace(ends, sender=source[ends.sender].astype(np.int32))
        gone = np.zeros(count, np.bool_)
        gone[links.sender[passed]] = True
        rest = links.where(~gone[links.sender] & ~gone[links.receiver])
        if not passed.any():
            break
        s = replace(s, links=_united([rest, ends]))
    return s


def _links(transfers: pa.Table, sender: Ids, receiver: Ids, count: int) -> Links:
    amount = numbers(transfers, "amount")
    asset = _codes(transfers, "asset") * (1 + _codes(transfers, "chain").max(initial=0)) + _codes(transfers, "chain")
    known = ~np.isnan(amount)
    dust = known & (amount <= 0)
    if known.any():
        order = np.lexsort((amount, asset))
        order = order[known[order] & (amount[order] > 0)]
        starts = np.flatnonzero(np.diff(asset[order], prepend=-1))
        sizes = np.diff(np.append(starts, len(order)))
        median = np.zeros(int(asset.max()) + 1)
        median[asset[order[starts]]] = np.where(sizes >= DUST_SAMPLE, amount[order[starts + sizes // 2]], 0.0)
        dust |= known & (amount < DUST_PART * median[asset])
    kept = np.flatnonzero((sender != receiver) & (sender >= 0) & (receiver >= 0) & ~dust)
    pot = receiver[kept].astype(np.int64) * (int(asset.max(initial=0)) + 1) + asset[kept]
    pots, pot = np.unique(pot, return_inverse=True)
    got = np.bincount(pot, np.where(known[kept], amount[kept], 0.0), len(pots))[pot]
    share = amount[kept] / np.where(got > 0, got, np.nan)
    at = instants(transfers, "happened_at")
    rows = Links(sender[kept], receiver[kept], np.ones(len(kept), np.int64), share, amount[kept], at[kept])
    return _united([rows])


def _united(parts: list[Links]) -> Links:
    """One row per (sender, receiver): counts and shares are added up, the first instant is kept."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Links.__dataclass_fields__}
    order = np.lexsort((columns["amount"], columns["first_at"], columns["receiver"], columns["sender"]))
    columns = {name: column[order] for name, column in columns.items()}
    start = np.zeros(len(order), np.bool_)
    start[:1] = True
    start[1:] = (np.diff(columns["sender"]) != 0) | (np.diff(columns["receiver"]) != 0)
    place, group = np.flatnonzero(start), np.cumsum(start) - 1
    if not len(place):
        return Links(**columns)
    known = ~np.isnan(columns["share"])
    share: Floats = np.asarray(np.bincount(group, np.where(known, columns["share"], 0.0)))
    share[np.bincount(group, known) == 0] = np.nan
    return Links(
        columns["sender"][place], columns["receiver"][place], np.add.reduceat(columns["times"], place),
        share, columns["amount"][place], np.minimum.reduceat(columns["first_at"], place),
    )  # fmt: skip


def _addresses(values: Any) -> pa.Array:
    """Addresses as text: those of EVM chains in lower case, others as they are."""
    text = pc.utf8_trim_whitespace(_whole(values).cast(pa.string()))
    lower = pc.ascii_lower(text)
    return pc.if_else(pc.starts_with(lower, "0x"), lower, text)


def _whole(values: Any) -> pa.Array:
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return values.cast(pa.string()) if pa.types.is_dictionary(values.type) or pa.types.is_null(values.type) else values


def _ranks(texts: pa.Array, names: pa.Array) -> Ids:
    return np.asarray(pc.index_in(texts, value_set=names).fill_null(-1), np.int32)


def _codes(table: pa.Table, column: str) -> Ints:
    """Numbers of the different texts of a column, in their order; 0 where there is none."""
    if column not in table.column_names:
        return np.zeros(table.num_rows, np.int64)
    texts = _whole(table[column]).cast(pa.string()).fill_null("")
    return np.asarray(pc.index_in(texts, value_set=pc.unique(texts).sort()), np.int64)
