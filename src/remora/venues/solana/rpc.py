"""Solana JSON-RPC over several endpoints in order of preference, each with a breaker; keys stay in the addresses.

Answers of one endpoint that another may know better (pruned history, unknown method) go on to the next. A transaction
that is null is asked again after a pause, because nodes tell signatures before they can show them; then elsewhere.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from remora.model.errors import UsageError
from remora.venues.http import Answer, Http, SourceFailed, TryAgain, parsed, redacted, scrubbed

T = TypeVar("T")
TOKEN_PROGRAMS: Final = (
    "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
    "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCJJpvzCZu",
)  # fmt: skip
COMMITMENT: Final = "confirmed"
_BUSY: Final = frozenset((-32005, -32004, -32014, -32016, -32603, -32429, 429))
_ELSEWHERE: Final = frozenset((-32001, -32007, -32009, -32010, -32011, -32019, -32020, -32601))
_NEWER_VERSION: Final = -32015
_NO_BATCH: Final = frozenset((400, 405, 413))
BREAK_AFTER: Final = 3
BREAK_SECONDS: Final = 30.0


class RpcRefused(SourceFailed):
    """The node answered with an error of its own; `code` as JSON-RPC has it."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction as asked for: its raw JSON, or None with the reason."""

    signature: str
    raw: bytes | None
    reason: str = ""
    fetched_at: int = 0


class Endpoint:
    """One node: its address, whether it takes batches, and its breaker."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.label = redacted(url)
        self.batches = True
        self.failures = 0
        self.closed_until = 0.0

    def failed(self, now: float) -> None:
        """Count a failure; after BREAK_AFTER in a row the endpoint rests for BREAK_SECONDS."""
        self.failures += 1
        if self.failures >= BREAK_AFTER:
            self.closed_until = now + BREAK_SECONDS

    def worked(self) -> None:
        """The row of failures is over."""
        self.failures = 0
        self.closed_until = 0.0


class Rpc:
    """Questions to the first endpoint that answers them."""

    def __init__(
        self, http: Http, urls: Sequence[str], *, batch: int = 10, null_waits: Sequence[float] = (1.0, 2.0, 4.0),
        clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        """null_waits: pauses in seconds before a null transaction is asked for again."""
        if not urls:
            raise UsageError("no Solana endpoint is set", hint="set fetch.solana_rpc_urls (or REMORA_FETCH__SOLANA_RPC_URLS)")
        self.endpoints = [Endpoint(url) for url in urls]
        self._http = http
        self._batch = batch
        self._null_waits = null_waits
        self._clock = clock
        self._sleep = sleep

    async def call(self, method: str, params: Sequence[Any], type: type[T]) -> T:
        """The result of one question. Raises SourceFailed when no endpoint answers, RpcRefused when one says no."""
        return (await self.call_at(method, params, type))[0]

    async def call_at(
        self, method: str, params: Sequence[Any], type: type[T], *, only: Endpoint | None = None
    ) -> tuple[T, Endpoint, int]:
        """The result, who gave it, and when (nanoseconds). only: ask this endpoint and no other."""
        body = msgspec.json.encode({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})

        async def ask(endpoint: Endpoint) -> tuple[T, Endpoint, int]:
            def read(answer: Answer) -> tuple[T, Endpoint, int]:
                reply = parsed(answer, _Reply)
                self._refuse(reply, endpoint, method, answer.status)
                return _result(reply, type), endpoint, answer.fetched_at

            return await self._http.post(endpoint.url, body, read)

        return await ask(only) if only else await self._anywhere(ask)

    async def knows(self, endpoint: Endpoint, signature: str) -> bool:
        """Whether this endpoint remembers the signature: where it does not, an empty page of it means nothing."""
        asked = [[signature], {"searchTransactionHistory": True}]
        answer, _, _ = await self.call_at("getSignatureStatuses", asked, _Statuses, only=endpoint)
        return any(status is not None for status in answer.value)

    async def transactions(self, signatures: Sequence[str], *, encoding: str = "json") -> list[Found]:
        """The transactions of these signatures, in that order; what cannot be had says why."""
        found = await self._asked(signatures, encoding)
        for pause in self._null_waits:
            if all(item.raw is not None or item.reason for item in found.values()):
                break
            await self._sleep(pause)
            found |= await self._asked(
                [item.signature for item in found.values() if item.raw is None and not item.reason], encoding
            )
        for endpoint in self.endpoints[1:]:
            if lost := [item.signature for item in found.values() if item.raw is None]:
                found |= {
                    item.signature: item for item in await self._elsewhere(endpoint, lost, encoding) if item.raw is not None
                }
        return [found[signature] for signature in signatures]

    async def _elsewhere(self, endpoint: Endpoint, signatures: Sequence[str], encoding: str) -> list[Found]:
        try:
            return [item for part in _parts(signatures, self._batch) for item in await self._some(endpoint, part, encoding)]
        except SourceFailed:
            endpoint.failed(self._clock())
            return []

    async def _asked(self, signatures: Sequence[str], encoding: str) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for part in _parts(signatures, self._batch):

            async def ask(endpoint: Endpoint, part: Sequence[str] = part) -> list[Found]:
                return await self._some(endpoint, part, encoding)

            found |= {item.signature: item for item in await self._anywhere(ask)}
        return found

    async def _some(self, endpoint: Endpoint, signatures: Sequence[str], encoding: str) -> list[Found]:
        if len(signatures) > 1 and endpoint.batches:
            found = await self._batched(endpoint, signatures, encoding)
            if found is not None:
                return found
            endpoint.batches = False
        return [item for signature in signatures for item in await self._batched(endpoint, [signature], encoding) or []]

    async def _batched(
        self, endpoint: Endpoint, signatures: Sequence[str], encoding: str, version: int = 0
    ) -> list[Found] | None:
        """One question for several transactions; None when the endpoint takes no batches."""
        asked = [_transaction_question(place, signature, encoding, version) for place, signature in enumerate(signatures)]
        many = len(signatures) > 1

        def read(answer: Answer) -> list[Found] | None:
            if many and answer.status in _NO_BATCH:
                return None
            replies = parsed(answer, _REPLIES)
            if isinstance(replies, _Reply):
                if many and replies.error and replies.error.code not in _BUSY:
                    return None
                replies = [replies]
            return self._sorted(endpoint, signatures, replies, answer)

        body = msgspec.json.encode(asked if many else asked[0])
        found = await self._http.post(endpoint.url, body, read, weight=len(signatures))
        newer = [item.signature for item in found or [] if item.reason == _reason(_NEWER_VERSION)]
        if not newer or version:
            return found
        again = {item.signature: item for name in newer for item in await self._batched(endpoint, [name], encoding, 1) or []}
        return [again.get(item.signature, item) for item in found or []]

    def _sorted(self, endpoint: Endpoint, signatures: Sequence[str], replies: Sequence[_Reply], answer: Answer) -> list[Found]:
        """Replies in the order of the questions: nodes may answer in any order."""
        by_id = {reply.id: reply for reply in replies}
        found = []
        for place, signature in enumerate(signatures):
            reply = by_id.get(place)
            if reply is None:
                raise TryAgain("left questions of a batch unanswered")
            if reply.error and reply.error.code in {_NEWER_VERSION, *_ELSEWHERE}:
                found.append(Found(signature=signature, raw=None, reason=_reason(reply.error.code)))
                continue
            self._refuse(reply, endpoint, "getTransaction", answer.status)
            raw = bytes(reply.result)
            found.append(Found(signature=signature, raw=None if raw == b"null" else raw, fetched_at=answer.fetched_at))
        return found

    def _refuse(self, reply: _Reply, endpoint: Endpoint, method: str, status: int) -> None:
        if reply.error is None:
            if status >= 400:
                raise SourceFailed(f"{endpoint.label}: {method} answered {status}", status=status)
            return
        words = scrubbed(reply.error.message, endpoint.url)
        if reply.error.code in _BUSY:
            raise TryAgain(f"{method}: {words} ({reply.error.code})")
        raise RpcRefused(f"{endpoint.label}: {method} is refused: {words} ({reply.error.code})", reply.error.code)

    async def _anywhere(self, ask: Callable[[Endpoint], Awaitable[T]]) -> T:
        """Ask the endpoints in order, those that rest last. The last failure is the one told."""
        now = self._clock()
        last: SourceFailed | None = None
        for endpoint in sorted(self.endpoints, key=lambda item: item.closed_until > now):
            try:
                result = await ask(endpoint)
            except RpcRefused as error:
                if error.code not in _ELSEWHERE:
                    raise
                last = error
            except SourceFailed as error:
                endpoint.failed(self._clock())
                last = error
            else:
                endpoint.worked()
                return result
        raise last or SourceFailed("no endpoint")


class _Error(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Statuses(msgspec.Struct):
    value: list[dict[str, Any] | None]


class _Reply(msgspec.Struct):
    id: Any = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


_REPLIES: Any = list[_Reply] | _Reply


def _result(reply: _Reply, type: type[T]) -> T:
    try:
        return msgspec.json.decode(reply.result, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TryAgain(f"answered something unreadable: {str(error)[:80]}") from None


def _transaction_question(place: int, signature: str, encoding: str, version: int) -> Mapping[str, Any]:
    options = {"encoding": encoding, "commitment": COMMITMENT, "maxSupportedTransactionVersion": version}
    return {"jsonrpc": "2.0", "id": place, "method": "getTransaction", "params": [signature, options]}


def _reason(code: int) -> str:
    if code == _NEWER_VERSION:
        return "its version is newer than what was asked for"
    return f"the node does not keep it ({code})"


def _parts(items: Sequence[str], size: int) -> list[Sequence[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
