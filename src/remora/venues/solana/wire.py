"""Every raw form of an executed transaction → `Transaction`: the only place that knows how the providers wrap it.

getTransaction (json, jsonParsed, base64), bare or as {"jsonrpc", "result"}, alone or in lists
blockSubscribe members {"transaction": [base64, "base64"], "meta": …}; Helius transactionNotification
a fixture that holds one transaction in several encodings; Yellowstone updates as JSON (`geyser`)
logsSubscribe frames (`logs`), bare or wrapped as {"t_wall", "raw"}
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import Any, Final

from remora.model import units
from remora.model.errors import Ignored, Reason
from remora.venues.solana import base58, fields, frames, geyser, logs
from remora.venues.solana.fields import Malformed
from remora.venues.solana.parts import BalanceRow, Compiled, Read, decimals, in_order, lamports, resolve, token_balances
from remora.venues.solana.transaction import Instruction, Transaction

RPC: Final = "solana.rpc"
HELIUS: Final = "solana.helius"
_MAX_DEPTH: Final = 4
_ENCODINGS: Final = (
    "base64_transaction_response", "json_transaction_response", "json_parsed_transaction_response", "transaction_response",
)  # fmt: skip


def read(value: object, *, seen_at: int | None = None) -> Read:
    """All transactions of one raw document of any form. Never raises for bad input.

    seen_at: when the document was received; a wrapper's own `t_wall` wins over it.
    """
    found = Read([], [], [])
    _walk(value, seen_at, found, 0)
    if not any(found):
        found.ignored.append(Ignored(reason=Reason.NO_FACTS, detail="a list or block without transactions other than votes"))
    return found


def is_form(value: object) -> bool:
    """Whether a document looks like one of the forms, by its structure only."""
    for _ in range(_MAX_DEPTH):
        if isinstance(value, list):
            value = value[0] if value else None
    if not isinstance(value, dict):
        return False
    if value.get("method") in ("logsNotification", "transactionNotification") or any(name in value for name in _ENCODINGS):
        return True
    inner = value.get("result")
    body = inner if isinstance(inner, dict) else value
    return ("meta" in body and "transaction" in body) or geyser.is_update(body)


def _is_solscan(document: dict[str, Any]) -> bool:
    data = document.get("data")
    return (
        document.get("success") is True
        and isinstance(data, dict)
        and not {"activities", "parsed_instructions"}.isdisjoint(data)
    )


def _walk(value: object, seen_at: int | None, found: Read, depth: int) -> None:
    try:
        if depth > _MAX_DEPTH:
            raise Malformed(Reason.UNKNOWN_FORM, f"wrapped more than {_MAX_DEPTH} times", "")
        if isinstance(value, list):
            for member in value:
                _walk(member, seen_at, found, depth + 1)
            return
        document = fields.mapping(value, "document")
        if "raw" in document and "t_wall" in document:
            frame, heard = frames.unwrap(document, seen_at)
            _walk(frame, heard, found, depth + 1)
            return
        if members := [document[name] for name in _ENCODINGS if name in document]:
            for member in members:
                _walk(frames.json(member, "encoding") if isinstance(member, str) else member, seen_at, found, depth + 1)
            return
        _document(document, seen_at, found)
    except Malformed as error:
        found.undecodable.append(error.undecodable())


def _document(document: dict[str, Any], seen_at: int | None, found: Read) -> None:
    method = document.get("method")
    if method == "logsNotification":
        found.transactions.append(logs.transaction(document, seen_at))
    elif method == "transactionNotification":
        found.transactions.append(_helius(document, seen_at))
    elif "meta" in document and "transaction" in document:
        found.transactions.append(_transaction(document, RPC, seen_at))
    elif geyser.is_update(document):
        _geyser(document, seen_at, found)
    elif isinstance(document.get("result"), dict):
        found.transactions.append(_transaction(document["result"], RPC, seen_at))
    elif type(document.get("result")) is int:
        found.ignored.append(Ignored(reason=Reason.ACKNOWLEDGEMENT, detail="subscription acknowledged"))
    elif "result" in document and document["result"] is None:
        raise Malformed(Reason.MISSING_FIELD, "null: pruned, or not yet there; ask again or another node", "result")
    elif "error" in document:
        raise Malformed(Reason.UNKNOWN_VALUE, f"the node answered an error: {document['error']!r:.120}", "error")
    elif _is_solscan(document):
        found.ignored.append(Ignored(reason=Reason.FOREIGN, detail="Solscan's own reading of a transaction: cross-check only"))
    else:
        raise Malformed(Reason.UNKNOWN_FORM, f"no known transaction form; keys: {sorted(map(str, document))[:8]}", "document")


def _geyser(document: dict[str, Any], seen_at: int | None, found: Read) -> None:
    for raw in geyser.members(document, seen_at):
        try:
            found.transactions.append(raw())
        except Malformed as error:
            found.undecodable.append(error.undecodable())


def _helius(document: dict[str, Any], seen_at: int | None) -> Transaction:
    result = fields.mapping(fields.mapping(document.get("params"), "params").get("result"), "params.result")
    body = fields.mapping(result.get("transaction"), "params.result.transaction")
    return _transaction({"slot": result.get("slot"), "blockTime": result.get("blockTime"), **body}, HELIUS, seen_at)


def _transaction(document: dict[str, Any], source: str, seen_at: int | None) -> Transaction:
    meta = fields.mapping(document.get("meta"), "meta")
    inner = [_group(group) for group in fields.optional_sequence(meta.get("innerInstructions"), "meta.innerInstructions")]
    body = document.get("transaction")
    if isinstance(body, list | str):
        signature, keys, signers, outer = _binary(body, meta)
    else:
        signature, keys, signers, outer = _plain(fields.mapping(body, "transaction"), meta)
    instructions: list[Instruction] = []
    for instruction, raw_inner in in_order(outer, inner):
        instructions.append(instruction)
        instructions += [_instruction(raw, keys, instruction.outer, at) for at, raw in enumerate(raw_inner, 1)]
    lines = meta.get("logMessages")
    events, truncated = (None, False) if lines is None else logs.attribute(fields.sequence(lines, "meta.logMessages"))
    error = meta.get("err")
    return Transaction(
        signature=signature,
        source=source,
        slot=None if document.get("slot") is None else fields.integer(document["slot"], "slot", maximum=units.INT64_MAX),
        tx_index=_index(document.get("transactionIndex")),
        block_time=fields.seconds(document.get("blockTime"), "blockTime"),
        seen_at=seen_at,
        failed=error is not None,
        error="" if error is None else str(error)[:200],
        fee_lamports=fields.integer(meta.get("fee"), "meta.fee", maximum=units.INT64_MAX),
        keys=keys,
        signers=signers,
        instructions=tuple(instructions),
        lamports=lamports(_amounts(meta, "preBalances"), _amounts(meta, "postBalances"), keys),
        tokens=token_balances(_balances(meta, "preTokenBalances"), _balances(meta, "postTokenBalances"), keys),
        log_events=events,
        logs_truncated=truncated,
    )


def _index(value: object) -> int | None:
    return None if value is None else fields.integer(value, "transactionIndex", maximum=units.INT64_MAX)


Head = tuple[str, tuple[str, ...], frozenset[str], list[Instruction]]


def _plain(body: dict[str, Any], meta: dict[str, Any]) -> Head:
    """Encodings json and jsonParsed: texts all through."""
    message = fields.mapping(body.get("message"), "transaction.message")
    signatures = fields.sequence(body.get("signatures"), "transaction.signatures")
    signature = fields.signature(signatures[0] if signatures else None, "transaction.signatures[0]")
    keys: list[str] = []
    signers: set[str] = set()
    loaded = False
    for at, raw in enumerate(fields.sequence(message.get("accountKeys"), "transaction.message.accountKeys")):
        where = f"transaction.message.accountKeys[{at}]"
        if isinstance(raw, dict):
            keys.append(fields.address(raw.get("pubkey"), where))
            loaded = loaded or raw.get("source") == "lookupTable"
            if raw.get("signer") is True:
                signers.add(keys[-1])
        else:
            keys.append(fields.address(raw, where))
    header = message.get("header")
    if isinstance(header, dict):
        required = fields.integer(header.get("numRequiredSignatures"), "transaction.message.header", maximum=255)
        signers.update(keys[:required])
    elif not signers:
        signers.update(keys[: len(signatures)])
    if not loaded:
        keys += _loaded(meta)
    raw_outer = fields.sequence(message.get("instructions"), "transaction.message.instructions")
    outer = [_instruction(raw, keys, at, 0) for at, raw in enumerate(raw_outer)]
    return signature, tuple(keys), frozenset(signers), outer


def _binary(body: object, meta: dict[str, Any]) -> Head:
    """Encoding base64 or base58: the outer message is bytes, the meta stays JSON."""
    encoded, encoding = (body, "base58") if isinstance(body, str) else _pair(body)
    raw = _base64(encoded) if encoding == "base64" else base58.decode(encoded, "transaction")
    from solders.transaction import VersionedTransaction

    try:
        parsed = VersionedTransaction.from_bytes(raw)
    except ValueError as error:
        detail = f"not a transaction of a known version: {str(error)[:80]}"
        raise Malformed(Reason.UNKNOWN_FORM, detail, "transaction") from error
    message = parsed.message
    if not parsed.signatures:
        raise Malformed(Reason.MISSING_FIELD, "a transaction without signature", "transaction")
    static = [str(key) for key in message.account_keys]
    keys = (*static, *_loaded(meta))
    outer = [
        resolve(Compiled(one.program_id_index, one.accounts, one.data), keys, at, 0)
        for at, one in enumerate(message.instructions)
    ]
    return str(parsed.signatures[0]), keys, frozenset(static[: message.header.num_required_signatures]), outer


def _pair(body: object) -> tuple[str, str]:
    pair = fields.sequence(body, "transaction")
    if len(pair) != 2 or pair[1] not in ("base64", "base58"):
        raise Malformed(Reason.UNKNOWN_FORM, "expected [text, 'base64' or 'base58']", "transaction")
    return fields.text(pair[0], "transaction[0]"), pair[1]


def _base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(Reason.BAD_ENCODING, f"not base64: {error}", "transaction[0]") from error


def _loaded(meta: dict[str, Any]) -> list[str]:
    loaded = meta.get("loadedAddresses")
    if loaded is None:
        return []
    both = fields.mapping(loaded, "meta.loadedAddresses")
    return [
        fields.address(key, f"meta.loadedAddresses.{part}")
        for part in ("writable", "readonly")
        for key in fields.optional_sequence(both.get(part), f"meta.loadedAddresses.{part}")
    ]


def _group(value: object) -> tuple[int, list[Any]]:
    group = fields.mapping(value, "meta.innerInstructions[]")
    index = fields.integer(group.get("index"), "meta.innerInstructions[].index", maximum=255)
    return index, fields.sequence(group.get("instructions"), "meta.innerInstructions[].instructions")


def _instruction(raw: object, keys: Sequence[str], outer: int, inner: int) -> Instruction:
    where = f"instruction {outer}.{inner}"
    one = fields.mapping(raw, where)
    if "programIdIndex" in one:
        accounts = fields.sequence(one.get("accounts"), where)
        if any(type(account) is not int for account in accounts):
            raise Malformed(Reason.WRONG_TYPE, "accounts are numbers beside programIdIndex", where)
        program = fields.integer(one["programIdIndex"], where, maximum=255)
        data = base58.decode(fields.text(one.get("data"), where), where)
        return resolve(Compiled(program, accounts, data), keys, outer, inner)
    program_id = fields.address(one.get("programId"), where)
    if "parsed" in one:
        parsed = one["parsed"]
        return Instruction(program_id, (), b"", outer, inner, parsed if isinstance(parsed, dict) else {"text": str(parsed)})
    names = tuple([fields.address(name, where) for name in fields.sequence(one.get("accounts"), where)])
    return Instruction(program_id, names, base58.decode(fields.text(one.get("data"), where), where), outer, inner)


def _amounts(meta: dict[str, Any], name: str) -> list[int]:
    where = f"meta.{name}"
    return [fields.integer(value, where) for value in fields.sequence(meta.get(name), where)]


def _balances(meta: dict[str, Any], name: str) -> list[BalanceRow]:
    where = f"meta.{name}"
    return [_balance_row(fields.mapping(row, where), where) for row in fields.optional_sequence(meta.get(name), where)]


def _balance_row(row: dict[str, Any], where: str) -> BalanceRow:
    shown = fields.mapping(row.get("uiTokenAmount"), f"{where}.uiTokenAmount")
    owner = row.get("owner")
    return BalanceRow(
        fields.integer(row.get("accountIndex"), f"{where}.accountIndex", maximum=255),
        fields.address(row.get("mint"), f"{where}.mint"),
        "" if owner is None else fields.address(owner, f"{where}.owner"),
        fields.integer(shown.get("amount"), f"{where}.uiTokenAmount.amount"),
        decimals(shown.get("decimals"), f"{where}.uiTokenAmount.decimals"),
    )
