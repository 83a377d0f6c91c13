"""Every wrapping of a transaction gives the same transaction."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from remora.model.errors import Reason
from remora.venues.solana import base58, wire
from remora.venues.solana.fields import Malformed
from solana_cases import decode, document, log_frames, transactions

OPEN = "2024-12_open4.json"


def facts_of(document: Any) -> list[Any]:
    read = wire.read(document)
    assert not read.undecodable
    return [fact for tx in read.transactions for fact in decode(tx).facts]


def test_encodings_of_one_transaction_give_the_same_facts() -> None:
    first, second = transactions("2026-07-03_pump_create_v2_fixture.json")
    assert first.keys == second.keys
    assert first.signers == second.signers
    assert (first.lamports, first.tokens, first.log_events) == (second.lamports, second.tokens, second.log_events)
    assert decode(first).facts == decode(second).facts
    assert len(decode(first).facts) >= 3


def test_bare_wrapped_listed_and_nested_texts_are_the_same() -> None:
    wrapped = document(OPEN)
    facts = facts_of(wrapped)
    assert facts_of(wrapped["result"]) == facts
    assert facts_of([wrapped]) == facts
    assert facts_of([wrapped, wrapped]) == facts * 2
    as_texts = {"base64_transaction_response": json.dumps(wrapped), "json_transaction_response": json.dumps(wrapped)}
    assert facts_of(as_texts) == facts * 2


def test_a_recorder_s_wrapper_gives_the_time_it_was_heard() -> None:
    wrapped = {"t_wall": 1733147297.25, "raw": json.dumps(document(OPEN))}
    (tx,) = wire.read(wrapped).transactions
    assert tx.seen_at == 1_733_147_297_250_000_000
    assert {fact.seen_at for fact in decode(tx).facts} == {tx.seen_at}


def test_loaded_addresses_stand_behind_the_static_keys() -> None:
    raw = document("2024-12_add.json")["result"]
    (tx,) = wire.read(raw).transactions
    loaded = raw["meta"]["loadedAddresses"]
    assert list(tx.keys) == raw["transaction"]["message"]["accountKeys"] + loaded["writable"] + loaded["readonly"]


def test_missing_loaded_addresses_are_said() -> None:
    raw = copy.deepcopy(document("2024-12_add.json"))
    del raw["result"]["meta"]["loadedAddresses"]
    (problem,) = wire.read(raw).undecodable
    assert problem.reason is Reason.NO_LOOKUP
    assert "loaded addresses" in problem.detail


def test_an_unknown_message_version_in_bytes_is_refused_in_words() -> None:
    import base64

    raw = copy.deepcopy(document("2025-05-13_bloom_router_buy_blocksubscribe.json"))
    body = bytearray(base64.b64decode(raw["transaction"][0]))
    body[1 + 64] = 0x80 | 9
    raw["transaction"][0] = base64.b64encode(bytes(body)).decode()
    (problem,) = wire.read(raw).undecodable
    assert problem.reason is Reason.UNKNOWN_FORM


def test_a_later_version_in_json_is_read_when_its_fields_are_there() -> None:
    raw = copy.deepcopy(document(OPEN))
    raw["result"]["version"] = 7
    raw["result"]["transaction"]["message"]["config"] = {"priorityFee": 1}
    assert facts_of(raw) == facts_of(document(OPEN))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"jsonrpc": "2.0", "result": None, "id": 1}, Reason.MISSING_FIELD),
        ({"jsonrpc": "2.0", "error": {"code": -32005, "message": "slow down"}, "id": 1}, Reason.UNKNOWN_VALUE),
        ({"foo": 1}, Reason.UNKNOWN_FORM),
        ("text", Reason.WRONG_TYPE),
        ({"t_wall": 1.0, "raw": "{"}, Reason.BAD_JSON),
    ],
)
def test_what_is_no_transaction_is_named(answer: Any, reason: Reason) -> None:
    (problem,) = wire.read(answer).undecodable
    assert problem.reason is reason
    assert problem.detail


def test_acknowledgements_and_other_people_s_readings_are_left_alone() -> None:
    assert wire.read(next(log_frames())).ignored[0].reason is Reason.ACKNOWLEDGEMENT
    assert wire.read(document("2024-12_solscan_open.json")).ignored[0].reason is Reason.FOREIGN


def test_one_bad_transaction_of_a_block_leaves_the_others() -> None:
    block = copy.deepcopy(document("yellowstone_block_2025-06-04.json"))
    block["block"]["transactions"][1]["meta"]["preBalances"].pop()
    read = wire.read(block)
    assert len(read.transactions) == 2
    assert read.undecodable[0].reason is Reason.CONTRADICTION
    assert {tx.slot for tx in read.transactions} == {344556402}
    assert {tx.block_time for tx in read.transactions} == {1749038413 * 10**9}


def test_geyser_bytes_may_be_buffers_base58_or_base64() -> None:
    import base64

    raw = document("yellowstone_update_2025-07-04_pump_sell.json")

    def encoded(value: Any, encode: Any) -> Any:
        if isinstance(value, dict) and value.get("type") == "Buffer":
            return encode(bytes(value["data"]))
        if isinstance(value, dict):
            return {key: encoded(one, encode) for key, one in value.items()}
        return [encoded(one, encode) for one in value] if isinstance(value, list) else value

    facts = facts_of(raw)
    assert facts_of(encoded(raw, base58.encode)) == facts
    assert facts_of(encoded(raw, lambda data: base64.b64encode(data).decode())) == facts


def test_an_account_that_changed_its_owner_gives_two_rows() -> None:
    raw = copy.deepcopy(document("2024-12_add.json"))
    row = raw["result"]["meta"]["postTokenBalances"][0]
    old = row["owner"]
    row["owner"] = raw["result"]["transaction"]["message"]["accountKeys"][3]
    (tx,) = wire.read(raw).transactions
    rows = [one for one in tx.tokens if one.account == tx.keys[row["accountIndex"]]]
    assert {(one.owner, one.pre == 0, one.post == 0) for one in rows} == {(old, False, True), (row["owner"], True, False)}


def test_base58_both_ways() -> None:
    for data in (b"", b"\0", b"\0\0\x01", bytes(range(256)), b"\xff" * 64, bytes(32)):
        assert base58.decode(base58.encode(data)) == data
    assert base58.key_text(bytes(32)) == "1" * 32
    with pytest.raises(Malformed):
        base58.decode("0OIl")
    with pytest.raises(Malformed):
        base58.decode("z" * 9000)
