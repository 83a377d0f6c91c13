"""Reading logs of an EVM chain as its nodes write them: hex quantities, 32-byte words, padded addresses."""

from __future__ import annotations

import re
from typing import Final

from remora.model import units
from remora.model.errors import Reason
from remora.venues.polymarket import wire

_HEX: Final = re.compile(r"0x[0-9a-fA-F]*\Z", re.ASCII)
_WORD: Final = 64
_MOST_WORDS: Final = 1024


def quantity(value: object, where: str) -> int:
    """A quantity of the RPC: 0x-hex text or an integer, 0 to 2^63-1."""
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and 3 <= len(value) <= 66 and _HEX.match(value):
        number = int(value, 16)
    if number is None:
        raise wire.Refused(Reason.WRONG_TYPE, f"expected 0x and hex digits, got {wire.shown(value)}", where)
    if not 0 <= number <= units.INT64_MAX:
        raise wire.Refused(Reason.OUT_OF_RANGE, "a quantity beyond 64 bits", where)
    return number


def words(log: wire.Row) -> list[int]:
    """The data of a log as 32-byte words."""
    data = wire.text_or(log, "0x", "data")
    if not _HEX.match(data) or (len(data) - 2) % _WORD or (len(data) - 2) // _WORD > _MOST_WORDS:
        raise wire.Refused(Reason.UNKNOWN_FORM, "data is not whole words of 64 hex digits", "data")
    return [int(data[start : start + _WORD], 16) for start in range(2, len(data), _WORD)]


def topic_address(topic: object, where: str) -> str:
    """An address padded to 32 bytes."""
    if not isinstance(topic, str) or len(topic) != 66 or not _HEX.match(topic) or int(topic[2:26], 16):
        raise wire.Refused(Reason.BAD_ADDRESS, f"{wire.shown(topic)} is no padded address", where)
    return "0x" + topic[26:].lower()


def block_time(log: wire.Row) -> int | None:
    """The block's time where the node tells it (blockTimestamp, hex or integer seconds), else None."""
    value = wire.find(log, "blockTimestamp", "timeStamp")
    return None if value is None else wire.as_instant(quantity(value, "blockTimestamp"), "blockTimestamp")


def topic_word(topic: object, where: str) -> int:
    """A topic as a number of 256 bits."""
    if not isinstance(topic, str) or len(topic) != 66 or not _HEX.match(topic):
        raise wire.Refused(Reason.WRONG_TYPE, f"{wire.shown(topic)} is no topic: 0x and 64 hex digits", where)
    return int(topic, 16)
