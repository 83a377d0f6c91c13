"""Logs of Polygon: OrderFilled of both exchange versions, and the payout of a resolved condition.

One OrderFilled is emitted per matched order, the taker's included; its `maker` is the order's owner in every case, and
for the taker's own order `taker` is the exchange. Amounts are 6-decimal dollars and shares.

V1 (5 words): makerAssetId, takerAssetId (0 = dollars), makerAmountFilled, takerAmountFilled, gross fee. The fee is
taken from what the owner receives: from a sale in dollars, from a buy in shares, and mostly given back (`refunds`):
only what was kept counts. A buy's fee in shares is valued at the fill's price, so that money + fee is what was paid and
the quantity is what arrived, as the Data API tells it. Without a log of the refund the fee is unknown and left out
(flag `fee_unknown`), and the steps are as large as the gross fee, so that a source that knows it is the same trade.
V2 (7 words): side (0 = the owner bought), tokenId, given, received, fee, builder, metadata. The
fee is in dollars: paid on top of what a buy gave, taken from what a sale received.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from remora.model import ids, units
from remora.model.errors import Ignored, Reason
from remora.model.facts import BUY, SELL, Retracted, Side, Trade
from remora.ports import Decoded, Record
from remora.venues.polymarket import wire
from remora.venues.polymarket.evm import block_time, quantity, topic_address, topic_word, words
from remora.venues.polymarket.fills import VENUE
from remora.venues.polymarket.multiplicity import Occurrences
from remora.venues.polymarket.refunds import FEE_REFUNDED, Refunds, refund_of, refunds_in
from remora.venues.polymarket.resolutions import resolution

SOURCE: Final = "polymarket.chain"
ORDER_FILLED_V1: Final = "0xd0a08e8c493f9c94f29311604c9de1b4e8c8d4c06bd0c789af57f2d65bfec0f6"
ORDER_FILLED_V2: Final = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee"
CONDITION_RESOLUTION: Final = "0xb44d84d3289691f71497564b85d4233648d9dbae8cbdbb4329f301c3a0185894"
EXCHANGES: Final[Mapping[str, str]] = {
    "0x4bfb41d5b3570defd03c39a9a4d8de6bd8b8982e": "v1",
    "0xc5d563a36ae78145c45a50134d48a1215220f80a": "v1-neg-risk",
    "0xe111180000d2663c0091e4f400237545b87b996b": "v2",
    "0xe2222d279d744050d28e00520010520000310f59": "v2-neg-risk",
}
CONDITIONAL_TOKENS: Final = "0x4d97dcd97ec945f40cf65f87097ace5ea0476045"
OTHERS: Final[Mapping[str, str]] = {
    "0x63bf4d16b7fa898ef4c4b2b6d90fd201e9c56313b65638af6088d149d2ce956c": "OrdersMatched V1",
    "0x174b3811690657c217184f89418266767c87e4805d09680c39fc9c031c0cab7c": "OrdersMatched V2",
    "0x2e6bb91f8cbcda0c93623c54d0403a43514fabc40084ec96b6d5379a74786298": "PositionSplit",
    "0x6f13ca62553fcc2bcd2372180a43949c1e4cebba603901ede2f4e14f36b282ca": "PositionsMerge",
    "0x2682012a4a4f1973119f1c9b90745d1bd91fa2bab387344f044cb3586864d18d": "PayoutRedemption",
    "0xbbed930dbfb7907ae2d60ddf78345610214f26419a0128df39b6cc3d9e5df9b0": "neg-risk PositionSplit",
    "0xba33ac50d8894676597e6e35dc09cff59854708b642cd069d21eb9c7ca072a04": "neg-risk PositionsMerge",
    "0xb03d19dddbc72a87e735ff0ea3b57bef133ebe44e1894284916a84044deb367e": "neg-risk PositionsConverted",
    "0x9140a6a270ef945260c03894b3c6b3b2695e9d5101feef0ff24fec960cfd3224": "neg-risk PayoutRedemption",
    "0x55bb3cade9d43b798a4fe5ffdd05024b2d7870df53920673bfc7e68047cd0ab1": "FeeCharged",
    "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62": "TransferSingle",
    "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb": "TransferBatch",
}
_ELSEWHERE: Final = "fills have logs of their own; splits, merges and redemptions are read from the account's activity"


class Order(NamedTuple):
    """What an OrderFilled log says of its owner's side, in base units."""

    side: Side
    asset: str
    shares: int
    dollars: int
    fee: int
    fee_in_shares: bool = False


class Filled(NamedTuple):
    """Whose order it was, what it did, what the log leaves open; the fee that was kept, None where only the gross is known."""

    wallet: str
    order: Order
    flags: tuple[str, ...]
    kept_fee: int | None


class LogsDecoder:
    """Logs from eth_getLogs, eth_subscribe or a saved document with `logs`: exact trades by (transaction, log index)."""

    def __init__(self, infrastructure: Mapping[str, str]) -> None:
        self._infrastructure = infrastructure
        self._seen = Occurrences()

    def decode(self, record: Record) -> Decoded:
        """All facts of one log or answer of logs."""
        out = Decoded()
        value = record.value
        if isinstance(value, dict) and isinstance(value.get("params"), dict):
            value = value["params"]
        if isinstance(value, dict) and isinstance(value.get("result"), dict):
            value = value["result"]
        if not isinstance(value, dict) or "topics" not in value:
            self._seen.new_answer()
        logs = list(wire.each(value, "logs", "result"))
        refunds = refunds_in(log for _, log in logs)
        for where, log in logs:
            wire.collect(self._facts(log, refunds, record), out, where)
        return out

    def _facts(self, value: object, refunds: Refunds, record: Record) -> Iterator[wire.Item]:
        log = wire.row(value)
        topics = wire.listed(log, "topics")
        signature = topics[0].lower() if topics and isinstance(topics[0], str) else ""
        if signature in OTHERS:
            yield Ignored(reason=Reason.NO_FACTS, detail=f"{OTHERS[signature]}: {_ELSEWHERE}", where="topics[0]")
        elif signature == FEE_REFUNDED:
            refund_of(log)
            yield Ignored(reason=Reason.NO_FACTS, detail="FeeRefunded: told with the fill of its order", where="topics[0]")
        elif signature in (ORDER_FILLED_V1, ORDER_FILLED_V2):
            yield self._order_filled(log, topics, refunds, record)
        elif signature == CONDITION_RESOLUTION:
            yield self._resolved(log, topics, record)
        else:
            raise wire.Refused(Reason.UNKNOWN_VALUE, f"no event of this venue: {wire.shown(signature)}", "topics[0]")

    def _order_filled(self, log: wire.Row, topics: list[Any], refunds: Refunds, record: Record) -> wire.Item:
        tx = wire.tx_hash(log, "transactionHash")
        index = None if wire.find(log, "logIndex") is None else quantity(log["logIndex"], "logIndex")
        if wire.boolean(log, "removed"):
            return _retracted(tx, index, record)
        if len(topics) != 4:
            raise wire.Refused(Reason.UNKNOWN_FORM, f"OrderFilled has 4 topics, this log {len(topics)}", "topics")
        owner, counterparty = topic_address(topics[2], "topics[2]"), topic_address(topics[3], "topics[3]")
        if owner in EXCHANGES or self._infrastructure.get(owner) == "exchange":
            return Ignored(reason=Reason.NO_FACTS, detail="the exchange itself is no trader", where="topics[2]")
        flags = _place_flags(log, counterparty, owner)
        if topics[0].lower() == ORDER_FILLED_V2:
            order = _order_v2(words(log))
            return self._trade(log, tx, index, Filled(owner, order, flags, order.fee), record)
        order = _order_v1(words(log))
        kept: int | None = order.fee
        if order.fee:
            told = refunds.get((tx, topic_word(topics[1], "topics[1]")))
            known = told is not None and told.to == owner and told.refund + told.charged == order.fee
            kept = told.charged if told is not None and known else None
        return self._trade(log, tx, index, Filled(owner, order, flags, kept), record)

    def _trade(self, log: wire.Row, tx: str, index: int | None, filled: Filled, record: Record) -> Trade:
        owner, order, flags, kept = filled
        quantity_atoms, quote_atoms, fee = order.shares, order.dollars, kept or 0
        quantity_step = quote_step = 1
        if kept is None:
            flags = (*flags, "fee_unknown")
            quantity_step, quote_step = order.fee + 1, order.fee + 1
        elif order.fee_in_shares and kept:
            fee = units.mul_div(kept, order.dollars, order.shares)
            quantity_atoms, quote_atoms, quote_step = order.shares - kept, order.dollars - fee, 2
            flags = (*flags, "fee_in_shares")
        happened_at = block_time(log)
        content = (tx, owner, order.asset, order.side, order.shares, order.dollars)
        if index is None:
            fact_id = ids.by_content(VENUE, "trade", content, self._seen.of(happened_at, content))
            flags = (*flags, "no_log_index")
        else:
            fact_id = ids.polymarket_fill(tx, index)
        block = wire.find(log, "blockNumber")
        place = wire.find(log, "transactionIndex")
        return Trade(
            id=fact_id,
            source=SOURCE,
            happened_at=happened_at,
            seen_at=record.seen_at,
            venue=VENUE,
            tx=tx,
            slot=None if block is None else quantity(block, "blockNumber"),
            tx_index=None if place is None else quantity(place, "transactionIndex"),
            ordinal=index or 0,
            wallet=owner,
            asset=order.asset,
            side=order.side,
            quantity_atoms=units.amount(quantity_atoms),
            quote=units.USDC,
            quote_atoms=units.amount(quote_atoms),
            venue_fee_quote_atoms=units.amount(fee),
            program=wire.text_or(log, "", "address").lower() or None,
            exact=index is not None,
            quantity_step_atoms=quantity_step,
            quote_step_atoms=quote_step,
            flags=flags,
        )

    def _resolved(self, log: wire.Row, topics: list[object], record: Record) -> wire.Item:
        """ConditionResolution(conditionId, oracle, questionId indexed; outcomeSlotCount, payoutNumerators[])."""
        if wire.text_or(log, CONDITIONAL_TOKENS, "address").lower() != CONDITIONAL_TOKENS:
            raise wire.Refused(Reason.UNKNOWN_VALUE, "not the contract that resolves conditions", "address")
        if len(topics) != 4:
            raise wire.Refused(Reason.UNKNOWN_FORM, f"ConditionResolution has 4 topics, this log {len(topics)}", "topics")
        market = wire.condition({"topics[1]": topics[1]}, "topics[1]")
        if wire.boolean(log, "removed"):
            raise wire.Refused(Reason.CONTRADICTION, "a resolution taken back by a reorganised block: not booked", "removed")
        data = words(log)
        slots = data[0] if data else 0
        if not 2 <= slots <= 256 or len(data) != 3 + slots or data[2] != slots:
            raise wire.Refused(Reason.UNKNOWN_FORM, "payouts do not fit the number of outcomes", "data")
        return resolution(market, tuple(data[3:]), record, happened_at=block_time(log), evidence="chain")


def _place_flags(log: wire.Row, counterparty: str, owner: str) -> tuple[str, ...]:
    """Which side of the match this order was, and what the log leaves open. Refuses logs of foreign contracts."""
    address = wire.text_or(log, "", "address").lower()
    if address and address not in EXCHANGES:
        raise wire.Refused(
            Reason.UNKNOWN_VALUE,
            f"{wire.shown(address)} is no known exchange of the venue: a copy, or a new version",
            "address",
        )
    if not address:
        return ("exchange_unknown",)
    if counterparty in EXCHANGES:
        return ("taker",)
    return ("maker", "self_fill") if counterparty == owner else ("maker",)


def _checked(order: Order) -> Order:
    """An order with a price between 0 and 1 and amounts of 64 bits, else refused."""
    for value, name in ((order.shares, "shares"), (order.dollars, "dollars"), (order.fee, "fee")):
        if value > units.INT64_MAX:
            raise wire.Refused(Reason.OUT_OF_RANGE, f"{name} beyond 64 bits", "data")
    if not 0 < order.dollars < order.shares:
        raise wire.Refused(
            Reason.OUT_OF_RANGE,
            f"{order.dollars} micro-dollars for {order.shares} share atoms: no price between 0 and 1",
            "data",
        )
    return order


def _order_v1(data: list[int]) -> Order:
    if len(data) != 5:
        raise wire.Refused(Reason.UNKNOWN_FORM, f"OrderFilled V1 has 5 words, this log {len(data)}", "data")
    given_asset, received_asset, given, received, fee = data
    if (given_asset == 0) == (received_asset == 0):
        raise wire.Refused(Reason.UNKNOWN_VALUE, "one of the two assets must be dollars (0)", "data")
    if given_asset == 0:
        if fee >= received:
            raise wire.Refused(Reason.OUT_OF_RANGE, "the fee takes all shares", "data")
        return _checked(Order(BUY, str(received_asset), received, given, fee, fee_in_shares=True))
    return _checked(Order(SELL, str(given_asset), given, received, fee))


def _order_v2(data: list[int]) -> Order:
    if len(data) != 7:
        raise wire.Refused(Reason.UNKNOWN_FORM, f"OrderFilled V2 has 7 words, this log {len(data)}", "data")
    side, asset, given, received, fee = data[:5]
    if side not in (0, 1) or asset == 0:
        raise wire.Refused(Reason.UNKNOWN_VALUE, "side must be 0 or 1 and the token must be named", "data")
    if side == 0:
        return _checked(Order(BUY, str(asset), received, given, fee))
    return _checked(Order(SELL, str(asset), given, received, fee))


def _retracted(tx: str, index: int | None, record: Record) -> Retracted:
    """A log of a block that was dropped: what it told is void."""
    if index is None:
        raise wire.Refused(Reason.MISSING_FIELD, "a removed log without logIndex names no fact", "logIndex")
    fact_id = ids.polymarket_fill(tx, index)
    return Retracted(
        id=f"{fact_id}:removed", source=SOURCE, seen_at=record.seen_at, fact_id=fact_id, reason="its block was dropped"
    )
