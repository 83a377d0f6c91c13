"""The log of a transaction: which program said what, by the invoke/success stack; and log-only frames."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from remora.model import units
from remora.venues.solana import fields
from remora.venues.solana.transaction import LogEvent, Transaction

SOURCE: Final = "solana.logs"

_LINE: Final = re.compile(r"Program ([1-9A-HJ-NP-Za-km-z]{32,44}) (?:invoke \[(\d{1,3})\]|(success|failed))", re.ASCII)
_DATA: Final = "Program data: "
_TRUNCATED: Final = "Log truncated"


def attribute(lines: Sequence[object]) -> tuple[tuple[LogEvent, ...], bool]:
    """Each `Program data:` line with the program on top of the stack, and whether the log was cut.

    A line outside any program is attributed to ''. Data that is no base64 is kept as empty bytes, so that the events
    after it keep their numbers.
    """
    stack: list[str] = []
    events: list[LogEvent] = []
    self_calls: dict[str, list[int]] = {}
    truncated = False
    outer, inner = -1, 0
    for line in lines:
        if type(line) is not str or not line.startswith(("Program ", _TRUNCATED)):
            continue
        if line.startswith(_DATA):
            place = max(outer, 0) << 16 | inner + 1
            events.append(LogEvent(stack[-1] if stack else "", _bytes(line[len(_DATA) :]), place))
        elif line.startswith(_TRUNCATED):
            truncated = True
        elif (match := _LINE.match(line)) is not None:
            program, depth, ended = match.groups()
            if depth is None:
                if ended and program in stack:
                    del stack[len(stack) - 1 - stack[::-1].index(program) :]
                continue
            outer, inner = (outer + 1, 0) if depth == "1" else (outer, inner + 1)
            del stack[max(0, int(depth) - 1) :]
            if stack and stack[-1] == program:
                self_calls.setdefault(program, []).append(outer << 16 | inner)
            stack.append(program)
    return tuple(_placed(events, self_calls)), truncated


def _placed(events: list[LogEvent], self_calls: dict[str, list[int]]) -> Iterator[LogEvent]:
    """The n-th event of a program stands where its n-th call of itself stood: before or after the line, by version."""
    calls = {program: iter(places) for program, places in self_calls.items()}
    for event in events:
        place = next(calls.get(event.program, iter(())), None)
        yield event if place is None else event._replace(ordinal=place)


def transaction(frame: dict[str, Any], seen_at: int | None) -> Transaction:
    """A logsSubscribe notification as a transaction without instructions and balances. Raises Malformed."""
    result = fields.mapping(fields.mapping(frame.get("params"), "params").get("result"), "params.result")
    value = fields.mapping(result.get("value"), "params.result.value")
    context = fields.mapping(result.get("context"), "params.result.context")
    events, truncated = attribute(fields.sequence(value.get("logs"), "params.result.value.logs"))
    error = value.get("err")
    return Transaction(
        signature=fields.signature(value.get("signature"), "params.result.value.signature"),
        source=SOURCE,
        slot=fields.integer(context.get("slot"), "params.result.context.slot", maximum=units.INT64_MAX),
        seen_at=seen_at,
        failed=error is not None,
        error="" if error is None else str(error)[:200],
        log_events=events,
        logs_truncated=truncated,
        complete=False,
    )


def _bytes(text: str) -> bytes:
    try:
        return b"".join([binascii.a2b_base64(part, strict_mode=True) for part in text.split(" ")])
    except (binascii.Error, ValueError):
        return b""
