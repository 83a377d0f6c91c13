"""The history of a Solana address as pages that are stored whole, each with the cursor to go on from.

Two ways, the better one first:
    forward   getTransactionsForAddress (offered by some endpoints): oldest first, token accounts included
    backward  getSignaturesForAddress of the address and, for a wallet, of each token account it holds now, newest first,
              then getTransaction. A pass goes from the newest signature to the one known before; it may be stopped
              anywhere and goes on at the oldest one stored.

An empty page ends a history only if the node still knows the signature we asked before, and a beginning is believed only
when the address held nothing before its oldest transaction: nodes forget, and forgetting looks like an end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from remora.ports import Page, Record
from remora.venues.http import SourceFailed, value_of
from remora.venues.solana.rpc import COMMITMENT, TOKEN_PROGRAMS, Endpoint, Found, Rpc, RpcRefused

KIND: Final = "solana.transactions"
SIGNATURES: Final = 1_000  # most signatures the node gives at once
TOGETHER: Final = 100  # transactions that are stored together
SETTLED_SLOTS: Final = 150  # a minute: within it the order of signatures may still change between nodes
MOST_MISSING: Final = 1_000
_MINT_BYTES: Final = 82
_HTTP_REFUSALS: Final = frozenset((400, 401, 402, 403, 404, 405))
_NOT_OFFERED: Final = frozenset((-32601, -32600, -32602, -32403, -32001))


class Walk(msgspec.Struct, kw_only=True):
    """Progress through one address, newest to oldest. All between `oldest` and `head` is stored while `open`.

    until: the signature at which the pass ends ('' = the beginning of history). begins: the oldest transaction was seen
    to create the address (True), was not (False), or nothing is known.
    """

    until: str = ""
    head: str = ""
    oldest: str = ""
    open: bool = False
    begins: bool | None = None


class Progress(msgspec.Struct, kw_only=True):
    """How far the fetch has come; kept as JSON in the ledger's cursor.

    walks: address → Walk (backward). slot: all up to it is stored (forward). missing: signatures that exist and could
    not be had; asked again at the next start.
    """

    walks: dict[str, Walk] = {}
    slot: int = 0
    forward: bool = False
    transactions: int = 0
    missing: list[str] = []
    doubts: list[str] = []


class _Signature(msgspec.Struct):
    signature: str
    slot: int = 0


class _Account(msgspec.Struct):
    owner: str = ""
    space: int = 0


class _Value(msgspec.Struct):
    value: _Account | None = None


class _Key(msgspec.Struct):
    pubkey: str


class _Keys(msgspec.Struct):
    value: list[_Key]


class _Ahead(msgspec.Struct, rename="camel"):
    data: list[msgspec.Raw]
    pagination_token: str | None = None


async def what_is(rpc: Rpc, address: str) -> str:
    """'mint', 'token_account' or 'wallet' (also for accounts that do not exist any more)."""
    options = {"encoding": "base64", "dataSlice": {"offset": 0, "length": 0}, "commitment": COMMITMENT}
    account = (await rpc.call("getAccountInfo", [address, options], _Value)).value
    if account is None or account.owner not in TOKEN_PROGRAMS:
        return "wallet"
    if account.space == _MINT_BYTES:
        return "mint"
    return await _by_supply(rpc, address)


async def _by_supply(rpc: Rpc, address: str) -> str:
    """Token-2022 accounts carry extensions of any length: only a mint has a supply."""
    try:
        await rpc.call("getTokenSupply", [address], dict[str, Any])
    except RpcRefused:
        return "token_account"
    return "mint"


async def pages(
    rpc: Rpc, address: str, cursor: Mapping[str, Any], *, wallet: bool, most: int | None = None
) -> AsyncIterator[Page]:
    """History of an address from where `cursor` stands. wallet: its token accounts too. most: stop after that many
    transactions (the cursor goes on there). The last page is `done`. Raises SourceFailed; earlier pages stay good.
    """
    state = _progress(cursor)
    state.doubts = []
    budget = _Budget(most)
    async for page in _again(rpc, state):
        yield page
    ahead = state.forward or not state.walks
    if ahead:
        try:
            async for page in _forward(rpc, address, state, wallet, budget):
                yield page
        except SourceFailed as error:
            if state.forward or not _not_offered(error):
                raise
            ahead = False
    if not ahead:
        async for page in _backward(rpc, address, state, wallet, budget):
            yield page
    doubts, notes = _last_words(state, budget)
    yield Page(cursor=msgspec.to_builtins(state), origin="end", doubts=doubts, notes=notes, done=not budget.spent)


def _progress(cursor: Mapping[str, Any]) -> Progress:
    """The cursor of an earlier run. One that cannot be read starts anew: what is stored already is recognised."""
    try:
        return msgspec.convert(dict(cursor), Progress)
    except msgspec.ValidationError:
        return Progress()


def _not_offered(error: SourceFailed) -> bool:
    """Whether an endpoint says that it has no getTransactionsForAddress (most have not), in JSON-RPC or in HTTP."""
    return error.status in _HTTP_REFUSALS or (isinstance(error, RpcRefused) and error.code in _NOT_OFFERED)


class _Budget:
    """How many transactions may still be asked for."""

    def __init__(self, most: int | None) -> None:
        self.left = most
        self.spent = False

    def allow(self, wanted: int) -> int:
        """As many of the wanted ones as are left; 0 ends the run."""
        given = wanted if self.left is None else min(wanted, self.left)
        self.spent = self.spent or (wanted > 0 and given == 0)
        return given

    def use(self, number: int) -> None:
        """So many were asked for."""
        if self.left is not None:
            self.left = max(0, self.left - number)


async def _again(rpc: Rpc, state: Progress) -> AsyncIterator[Page]:
    """Transactions that could not be had before."""
    if not state.missing:
        return
    found = await rpc.transactions(state.missing)
    state.missing = []
    yield _page(state, found, "getTransaction (asked again)")


async def _forward(rpc: Rpc, address: str, state: Progress, wallet: bool, budget: _Budget) -> AsyncIterator[Page]:
    token: str | None = ""
    start = state.slot  # the filter stays as asked while the token is walked; a later walk starts at the slot stored
    where = f"getTransactionsForAddress {address} from slot {start}"
    while token is not None and (limit := budget.allow(TOGETHER)):
        options: dict[str, Any] = {
            "transactionDetails": "full", "sortOrder": "asc", "limit": limit, "encoding": "json", "commitment": COMMITMENT,
            "maxSupportedTransactionVersion": 0,
            "filters": {"slot": {"gte": start}, "tokenAccounts": "balanceChanged" if wallet else "none"},
        }  # fmt: skip
        if token:
            options["paginationToken"] = token
        answer, _, fetched_at = await rpc.call_at("getTransactionsForAddress", [address, options], _Ahead)
        records = [_record(bytes(raw), place, fetched_at, where) for place, raw in enumerate(answer.data)]
        budget.use(len(records))
        state.forward = True
        state.slot = max([state.slot, *(slot for record in records if (slot := _slot(record)) is not None)])
        state.transactions += len(records)
        if not answer.pagination_token:
            state.slot = max(start, state.slot - SETTLED_SLOTS)
        yield Page(records=records, kind=KIND, cursor=msgspec.to_builtins(state), origin=where)
        if token and answer.pagination_token == token:
            raise SourceFailed("getTransactionsForAddress answers the same page again")
        token = answer.pagination_token or None


async def _backward(rpc: Rpc, address: str, state: Progress, wallet: bool, budget: _Budget) -> AsyncIterator[Page]:
    names = [address, *(await _token_accounts(rpc, address, state) if wallet else [])]
    settled = await rpc.call("getSlot", [{"commitment": COMMITMENT}], int) - SETTLED_SLOTS
    seen: set[str] = set()
    for name in dict.fromkeys([*names, *state.walks]):
        walk = state.walks.setdefault(name, Walk())
        for _ in range(1 + walk.open):  # an interrupted pass is finished first, then what is newer is read
            async for page in _pass(rpc, name, state, seen, settled, budget):
                yield page
            if walk.open:
                break
        if budget.spent:
            return


async def _token_accounts(rpc: Rpc, address: str, state: Progress) -> list[str]:
    """Token accounts the wallet holds now: transfers into them do not name the wallet."""
    found: list[str] = []
    options = {"encoding": "base64", "dataSlice": {"offset": 0, "length": 0}, "commitment": COMMITMENT}
    for program in TOKEN_PROGRAMS:
        try:
            answer = await rpc.call("getTokenAccountsByOwner", [address, {"programId": program}, options], _Keys)
        except RpcRefused as error:
            state.doubts.append(f"token accounts could not be listed, transfers into them may be missing: {error}")
            return found
        found += [key.pubkey for key in answer.value]
    state.doubts.append("token accounts that were closed since are not listed by the node: transfers into them may be missing")
    return found


async def _pass(
    rpc: Rpc, name: str, state: Progress, seen: set[str], settled: int, budget: _Budget
) -> AsyncIterator[Page]:  # fmt: skip
    """One pass through an address, newest to oldest, up to the signature known before."""
    walk = state.walks[name]
    if not walk.open:
        walk.head, walk.oldest, walk.open = "", "", True
    teller: Endpoint | None = None
    while True:
        options: dict[str, Any] = {"limit": SIGNATURES, "commitment": COMMITMENT}
        options |= {"before": walk.oldest} if walk.oldest else {}
        options |= {"until": walk.until} if walk.until else {}
        listed, endpoint, _ = await rpc.call_at("getSignaturesForAddress", [name, options], list[_Signature])
        if not listed:
            if walk.oldest and endpoint is not teller and not await rpc.knows(endpoint, walk.oldest):
                state.doubts.append(f"{name}: the node does not remember what came before {walk.oldest}")
                return
            break
        teller = endpoint
        walk.head = walk.head or next((item.signature for item in listed if item.slot <= settled), "")
        async for page in _stored(rpc, state, walk, [item.signature for item in listed], seen, budget):
            yield page
        if budget.spent:
            return
    if not walk.until and walk.oldest:
        walk.begins = _begins((await rpc.transactions([walk.oldest]))[0], name)
    walk.until, walk.open = walk.head or walk.until, False
    yield Page(cursor=msgspec.to_builtins(state), origin=f"getSignaturesForAddress {name}")


async def _stored(
    rpc: Rpc, state: Progress, walk: Walk, signatures: Sequence[str], seen: set[str], budget: _Budget
) -> AsyncIterator[Page]:  # fmt: skip
    """The transactions of these signatures, in pieces; those that another walk brought already are passed over."""
    place = 0
    while place < len(signatures):
        part = signatures[place : place + TOGETHER]
        fresh = [signature for signature in part if signature not in seen]
        allowed = budget.allow(len(fresh))
        if allowed < len(fresh):
            if not allowed:
                return
            part = part[: part.index(fresh[allowed])]
            fresh = fresh[:allowed]
        found = await rpc.transactions(fresh) if fresh else []
        budget.use(len(fresh))
        seen.update(fresh)
        walk.oldest = part[-1]
        place += len(part)
        yield _page(state, found, f"getTransaction of {len(fresh)} signatures")


def _page(state: Progress, found: Sequence[Found], where: str) -> Page:
    records, lost = [], []
    for place, item in enumerate(found):
        if item.raw is None:
            lost.append(item.signature)
        else:
            records.append(_record(item.raw, place, item.fetched_at, f"getTransaction {item.signature}"))
    state.transactions += len(records)
    state.missing = [*state.missing, *lost][:MOST_MISSING]
    return Page(records=records, kind=KIND, cursor=msgspec.to_builtins(state), origin=where, missing=lost)


def _record(raw: bytes, place: int, fetched_at: int, where: str) -> Record:
    return Record(value=value_of(raw), number=place, raw=raw, seen_at=fetched_at, file=where)


def _slot(record: Record) -> int | None:
    slot = record.value.get("slot") if isinstance(record.value, dict) else None
    return slot if type(slot) is int else None


class _Loaded(msgspec.Struct):
    writable: list[str] = []
    readonly: list[str] = []


class _Meta(msgspec.Struct, rename="camel"):
    pre_balances: list[int]
    loaded_addresses: _Loaded | None = None


class _Message(msgspec.Struct, rename="camel"):
    account_keys: list[str]


class _Inner(msgspec.Struct):
    message: _Message


class _Balances(msgspec.Struct):
    """The part of a transaction (json encoding) that tells what its accounts held before."""

    meta: _Meta
    transaction: _Inner


def _begins(found: Found, address: str) -> bool | None:
    """Whether the address held nothing before this transaction; None where that cannot be read."""
    if found.raw is None:
        return None
    try:
        told = msgspec.json.decode(found.raw, type=_Balances)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    loaded = told.meta.loaded_addresses or _Loaded()
    keys = [*told.transaction.message.account_keys, *loaded.writable, *loaded.readonly]
    held = dict(zip(keys, told.meta.pre_balances, strict=False))
    return held[address] == 0 if address in held else None


def _last_words(state: Progress, budget: _Budget) -> tuple[list[str], list[str]]:
    """Why the history may not be whole, and what else is to be said."""
    words = list(dict.fromkeys(state.doubts))
    if not state.transactions:
        words.append("the node answered no transactions; that alone does not prove that there were none")
    words += [
        f"{name}: the oldest transaction told is not its beginning: older ones are not kept by the node"
        for name, walk in state.walks.items()
        if walk.begins is False
    ]
    if state.missing:
        words.append(f"{len(state.missing)} transactions exist and could not be had; they are asked for again next time")
    if state.forward:
        words.append("transfers into token accounts before December 2022 are not told by this endpoint")
    notes = ["stopped at the given number of transactions; run again to go on"] if budget.spent else []
    return words, notes
