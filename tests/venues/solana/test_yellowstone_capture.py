"""Yellowstone as protobuf: recorded transactions written into it give the facts they gave before."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from remora.model.errors import Reason
from remora.model.facts import Fact, Observation
from remora.ports import Context
from remora.venues.solana import base58, wire
from remora.venues.solana.kinds import CAPTURE
from remora.venues.solana.proto import geyser_pb2 as pb
from remora.venues.solana.transaction import Transaction
from remora.venues.solana.yellowstone_capture import Gap, Link, gaps, link
from solana_cases import KEYS, capture_messages, decode, document, record, tx_files


def info(tx: Transaction, index: int = 0) -> pb.TransactionInfo:
    """A transaction written as Yellowstone would send it (all keys as static ones)."""
    place = {key: at for at, key in enumerate(tx.keys)}
    one = pb.TransactionInfo(signature=base58.decode(tx.signature), index=index)
    message = one.transaction.message
    message.account_keys.extend(base58.decode(key) for key in tx.keys)
    message.header.num_required_signatures = len(tx.signers)
    groups: dict[int, Any] = {}
    for instruction in tx.instructions:
        if instruction.inner and instruction.outer not in groups:
            groups[instruction.outer] = one.meta.inner_instructions.add(index=instruction.outer)
        home = groups[instruction.outer] if instruction.inner else message
        home.instructions.add(
            program_id_index=place[instruction.program],
            accounts=bytes(place[key] for key in instruction.accounts),
            data=instruction.data,
        )
    one.meta.fee = tx.fee_lamports
    one.meta.pre_balances.extend(tx.lamports[key][0] for key in tx.keys)
    one.meta.post_balances.extend(tx.lamports[key][1] for key in tx.keys)
    one.meta.log_messages_none = True
    if tx.failed:
        one.meta.err.err = b"\1"
    for row in tx.tokens:
        for amount, rows in ((row.pre, one.meta.pre_token_balances), (row.post, one.meta.post_token_balances)):
            shown = pb.UiTokenAmount(amount=str(amount), decimals=row.decimals)
            rows.add(account_index=place[row.account], mint=row.mint, owner=row.owner, ui_token_amount=shown)
    return one


def recorded() -> list[Transaction]:
    """Recorded transactions whose form keeps the instructions' bytes, with their block time."""
    found = [tx for path in tx_files() for tx in wire.read(document(path.name)).transactions]
    return [tx for tx in found if tx.block_time and all(one.parsed is None for one in tx.instructions)]


def sale() -> Transaction:
    """The recorded plain sale on the curve."""
    return next(tx for tx in recorded() if decode(tx).facts and tx.signature.startswith("2PniMp1v"))


def comparable(facts: list[Fact]) -> list[Fact]:
    return [msgspec.structs.replace(fact, source="", tx_index=None, seen_at=None) for fact in facts]  # type: ignore[type-var]


def test_a_block_update_gives_the_facts_of_getTransaction() -> None:
    whole = recorded()
    assert len(whole) >= 10
    for tx in whole:
        update = pb.SubscribeUpdate()
        update.block.slot = tx.slot or 0
        update.block.block_time.timestamp = (tx.block_time or 0) // 10**9
        update.block.transactions.append(info(tx, index=3))
        found = CAPTURE.open(Context()).decode(record(update.SerializeToString()))
        wanted = decode(tx)
        assert comparable(found.facts) == comparable(wanted.facts)
        assert (found.undecodable, found.ignored) == (wanted.undecodable, wanted.ignored)
        assert {getattr(fact, "tx_index", 3) for fact in found.facts} <= {3}


def test_a_transaction_update_is_dated_by_its_events() -> None:
    tx = sale()
    update = pb.SubscribeUpdate()
    update.transaction.slot = tx.slot or 0
    update.transaction.transaction.CopyFrom(info(tx))
    update.created_at.seconds, update.created_at.nanos = (tx.block_time or 0) // 10**9 + 1, 5
    found = CAPTURE.open(Context()).decode(record(update.SerializeToString()))
    assert comparable(found.facts) == comparable(decode(tx).facts)
    assert {fact.seen_at for fact in found.facts} == {(tx.block_time or 0) + 10**9 + 5}


def test_a_failed_transaction_is_void() -> None:
    update = pb.SubscribeUpdate()
    update.transaction.transaction.CopyFrom(info(msgspec.structs.replace(sale(), failed=True)))
    found = CAPTURE.open(Context()).decode(record(update.SerializeToString()))
    assert {type(fact).__name__ for fact in found.facts} == {"Charge"}
    assert found.ignored[0].reason is Reason.FAILED_TRANSACTION


def test_votes_are_left_alone() -> None:
    update = pb.SubscribeUpdate()
    update.transaction.transaction.CopyFrom(info(sale()))
    update.transaction.transaction.is_vote = True
    found = CAPTURE.open(Context()).decode(record(update.SerializeToString()))
    assert (found.facts, found.ignored[0].detail) == ([], "yellowstone vote update")
    block = pb.SubscribeUpdate()
    block.block.transactions.append(update.transaction.transaction)
    found = CAPTURE.open(Context()).decode(record(block.SerializeToString()))
    assert (found.facts, found.ignored[0].detail) == ([], "yellowstone block update")


def test_one_bad_transaction_of_a_block_leaves_the_others() -> None:
    tx = sale()
    update = pb.SubscribeUpdate()
    update.block.transactions.append(info(tx))
    update.block.transactions.append(info(tx))
    update.block.transactions[0].meta.pre_balances.pop()
    update.block.transactions.add(signature=b"short")
    found = CAPTURE.open(Context()).decode(record(update.SerializeToString()))
    assert len(found.facts) == len(decode(tx).facts)
    assert [one.reason for one in found.undecodable] == [Reason.CONTRADICTION, Reason.BAD_ADDRESS]


def test_the_recorded_stream_is_named_message_by_message_and_has_no_gap() -> None:
    decoder = CAPTURE.open(Context())
    seen: Counter[str] = Counter()
    links: list[Link] = []
    for message in capture_messages():
        found = decoder.decode(record(message))
        assert not found.facts
        assert not found.undecodable
        seen[found.ignored[0].detail] += 1
        if found.ignored[0].detail == "yellowstone block_meta update" and (one := link(message)) is not None:
            links.append(one)
    assert {name.removeprefix("yellowstone "): count for name, count in seen.items()} == {
        "entry update": 39_840, "slot update": 295, "block_meta update": 50, "ping": 1,
    }  # fmt: skip
    assert (min(links).slot, max(links).slot) == (398_202_772, 398_202_821)
    assert gaps(links) == []
    lost = sorted(links)
    del lost[10:13]
    assert gaps(lost) == [Gap(398_202_782, 398_202_784)]


def test_skipped_slots_are_no_gap() -> None:
    assert gaps([Link(5, 4), Link(9, 5), Link(10, 9)]) == []
    assert gaps([Link(10, 9), Link(5, 4)]) == [Gap(6, 9)]
    assert gaps([]) == []
    assert link(b"\xff") is None


def test_curve_accounts_are_observed_and_others_left_alone() -> None:
    update = pb.SubscribeUpdate()
    update.account.slot = 9
    update.account.account.owner = base58.decode("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P")
    update.account.account.pubkey = KEYS[3]
    update.account.account.data = bytes.fromhex("17b7f83760d8ac60") + b"\1\0\0\0\0\0\0\0" * 5 + b"\1"
    (one,) = CAPTURE.open(Context()).decode(record(update.SerializeToString())).facts
    assert isinstance(one, Observation)
    assert (one.kind, one.market) == ("curve_account", base58.key_text(KEYS[3]))
    assert msgspec.json.decode(one.data)["slot"] == 9
    update.account.account.owner = KEYS[4]
    found = CAPTURE.open(Context()).decode(record(update.SerializeToString()))
    assert found.ignored[0].detail == "yellowstone foreign account update"


def test_what_is_no_update_is_refused() -> None:
    decoder = CAPTURE.open(Context())
    assert decoder.decode(record(b"\xff\xff")).undecodable[0].reason is Reason.BAD_ENCODING
    assert decoder.decode(record(b"")).undecodable[0].reason is Reason.UNKNOWN_FORM
    assert decoder.decode(record({"a": 1})).undecodable[0].reason is Reason.WRONG_TYPE
