"""What the first exchange's fee really was.

OrderFilled V1 tells the gross fee. A fee module gives part of it back in the same transaction, to makers mostly all, by
FeeRefunded(orderHash, to, feeCharged indexed; id, refund), where refund + feeCharged is the gross fee. The two logs are
joined by transaction and order within one answer of a node; a fill whose answer holds no such log has an unknown fee.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from remora.model.errors import Reason
from remora.venues.polymarket import wire
from remora.venues.polymarket.evm import topic_address, topic_word, words

FEE_REFUNDED: Final = "0xb608d2bf25d8b4b744ba23ce2ea9802ea955e216c064a62f42152fbf98958d24"


class Refund(NamedTuple):
    """Who got how much of a fee back, and what was kept, in the asset the order received."""

    to: str
    refund: int
    charged: int


Refunds = dict[tuple[str, int], Refund]


def refund_of(log: wire.Row) -> tuple[tuple[str, int], Refund]:
    """One FeeRefunded log as ((transaction, order), refund)."""
    topics, data = wire.listed(log, "topics"), words(log)
    if len(topics) != 4 or len(data) != 2:
        raise wire.Refused(
            Reason.UNKNOWN_FORM, f"FeeRefunded has 4 topics and 2 words, this log {len(topics)} and {len(data)}", "data"
        )
    order, charged = topic_word(topics[1], "topics[1]"), topic_word(topics[3], "topics[3]")
    return (wire.tx_hash(log, "transactionHash"), order), Refund(topic_address(topics[2], "topics[2]"), data[1], charged)


def refunds_in(rows: Iterable[object]) -> Refunds:
    """All refunds told by an answer. Logs that cannot be read are left to their own turn."""
    found: Refunds = {}
    for log in rows:
        topics = log.get("topics") if isinstance(log, dict) else None
        if not isinstance(log, dict) or not isinstance(topics, list) or not topics or topics[0] != FEE_REFUNDED:
            continue
        try:
            key, refund = refund_of(log)
        except wire.Refused:
            continue
        found[key] = refund
    return found
