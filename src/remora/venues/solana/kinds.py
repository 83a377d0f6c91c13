"""What this venue can read from files: recognised by structure, never by name."""

from __future__ import annotations

from typing import Any, Final

from remora.ports import Context, Decoded, Decoder, Kind, Record, Sample
from remora.venues.solana import curve_account, enhanced, frames, pumpportal, shyft, solscan, wire
from remora.venues.solana.decode import decode_transaction
from remora.venues.solana.fields import Malformed
from remora.venues.solana.yellowstone_capture import CaptureDecoder

_PORTAL_TYPES: Final = ("create", "buy", "sell", "migrate")  # a tuple: a foreign value may be unhashable


class TransactionDecoder:
    """Facts of one document of any transaction form; a document may hold several transactions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def decode(self, record: Record) -> Decoded:
        """All facts of one record. Never raises for bad input."""
        read = wire.read(record.value, seen_at=record.seen_at)
        found = Decoded(facts=[], ignored=list(read.ignored), undecodable=list(read.undecodable))
        for tx in read.transactions:
            one = decode_transaction(tx, self._context)
            found.facts.extend(one.facts)
            found.ignored.extend(one.ignored)
            found.undecodable.extend(one.undecodable)
        return found


class CurveAccountDecoder:
    """Observations of recorded curve accounts."""

    def decode(self, record: Record) -> Decoded:
        """One observation per row. Never raises for bad input."""
        found = Decoded(facts=[], ignored=[], undecodable=[])
        try:
            found.facts.append(curve_account.of_row(record.value, record.seen_at))
        except Malformed as error:
            found.undecodable.append(error.undecodable())
        return found


class TransactionsKind:
    """Executed transactions in any JSON form, one or many."""

    name = "solana.transactions"
    bears_facts = True

    def matches(self, sample: Sample) -> bool:
        """Any of the first records has a transaction's form."""
        return any(wire.is_form(value) and not _is_logs(value) for value in _frames(sample))

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return TransactionDecoder(context)


class LogsKind:
    """logsSubscribe frames."""

    name = "solana.logs"
    bears_facts = True

    def matches(self, sample: Sample) -> bool:
        """Any of the first records is a logs notification."""
        return any(_is_logs(value) for value in _frames(sample))

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return TransactionDecoder(context)


class PumpPortalKind:
    """PumpPortal websocket frames."""

    name = "solana.pumpportal"
    bears_facts = True

    def matches(self, sample: Sample) -> bool:
        """Any of the first records is a creation, trade or migration with a mint and a signature."""
        return any(
            isinstance(value, dict) and value.get("txType") in _PORTAL_TYPES and "mint" in value and "signature" in value
            for value in _frames(sample)
        )

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return pumpportal.PumpPortalDecoder()


class CaptureKind:
    """Length-prefixed Yellowstone updates."""

    name = "solana.yellowstone_capture"
    bears_facts = True

    def matches(self, sample: Sample) -> bool:
        """A capture whose first message reads as an update."""
        if sample.form != "capture" or not sample.records:
            return False
        first = sample.records[0]
        read = CaptureDecoder(Context()).decode(Record(value=first))
        return not read.undecodable

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return CaptureDecoder(context)


class CurveAccountsKind:
    """Recorded BondingCurve accounts: rows of pubkey and base64 data."""

    name = "solana.curve_accounts"
    bears_facts = True

    def matches(self, sample: Sample) -> bool:
        """The first record is an account row."""
        first = next(iter(_frames(sample)), None)
        return isinstance(first, dict) and {"pubkey", "data_b64"} <= first.keys()

    def open(self, context: Context) -> Decoder:
        """A decoder for one file."""
        return CurveAccountDecoder()


def _frames(sample: Sample) -> list[Any]:
    """The sample's records without their recording wrapper; what cannot be unwrapped matches nothing."""
    if sample.form not in {"json", "jsonl"}:
        return []
    values = sample.records or (() if sample.document is None else (sample.document,))
    unwrapped: list[Any] = []
    for value in values:
        try:
            unwrapped.append(frames.unwrap(value, None)[0])
        except Malformed:
            continue
    return unwrapped


def _is_logs(value: object) -> bool:
    return isinstance(value, dict) and value.get("method") == "logsNotification"


TRANSACTIONS: Final[Kind] = TransactionsKind()
LOGS: Final[Kind] = LogsKind()
PUMPPORTAL: Final[Kind] = PumpPortalKind()
CAPTURE: Final[Kind] = CaptureKind()
CURVE_ACCOUNTS: Final[Kind] = CurveAccountsKind()

KINDS: Final[tuple[Kind, ...]] = (
    LOGS, PUMPPORTAL, enhanced.KIND, shyft.KIND, solscan.KIND, TRANSACTIONS, CURVE_ACCOUNTS, CAPTURE,
)  # fmt: skip
"""In the order in which they are asked."""
