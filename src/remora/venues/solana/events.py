"""The events that Anchor programs emit in one transaction, numbered alike in both encodings.

Inner instructions are the reliable copy (a program calls itself with the event); the log carries the same bytes and is
cut at 10,000 bytes. The n-th event of a program is the n-th in either, so both give the same fact ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from remora.venues.solana.transaction import Transaction

SELF_CALL: Final = bytes.fromhex("e445a52e51cb9a1d")


class Event(NamedTuple):
    """The n-th event (from 0) of its program; `data` starts with the event's 8-byte discriminator."""

    program: str
    n: int
    data: bytes
    ordinal: int


class Events(NamedTuple):
    """Events in execution order. from_logs: at least one program's events were read from the log."""

    found: list[Event]
    from_logs: bool


def of(tx: Transaction, programs: Collection[str]) -> Events:
    """All events of the given programs: from inner instructions, and from the log for programs that have none there."""
    found = list(_numbered(_inner(tx, programs)))
    told = {event.program for event in found}
    logged = [event for event in _numbered(_logged(tx, programs)) if event.program not in told]
    if logged:
        found = sorted(found + logged, key=_ordinal)
    return Events(found, bool(logged) or not tx.instructions)


def _inner(tx: Transaction, programs: Collection[str]) -> Iterator[tuple[str, bytes, int]]:
    for one in tx.instructions:
        if one.inner and one.data.startswith(SELF_CALL) and one.program in programs:
            yield one.program, one.data[8:], one.ordinal


def _logged(tx: Transaction, programs: Collection[str]) -> Iterator[tuple[str, bytes, int]]:
    for one in tx.log_events or ():
        if one.program in programs:
            yield one.program, one.data, one.ordinal


def _numbered(raw: Iterator[tuple[str, bytes, int]]) -> Iterator[Event]:
    counts: dict[str, int] = {}
    for program, data, ordinal in raw:
        n = counts.get(program, 0)
        counts[program] = n + 1
        yield Event(program, n, data, ordinal)


def _ordinal(event: Event) -> int:
    return event.ordinal
