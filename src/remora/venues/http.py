"""Asking HTTP sources politely: one bucket per host and route, retries with back-off, bounded answers, no secrets in words.

Shared plumbing of the venues; it knows none of them. What a source answers is judged here only as far as HTTP goes:

    2xx, 400, 404 ...   handed to the caller's reader, which may say `TryAgain`
    408, 425, 429, 5xx  asked again after Retry-After, else after an exponential pause with jitter
    3xx, 401, 403       SourceFailed at once: another host, or a key that is not accepted

    RemoraError
    └── SourceFailed    a source could not be read: down, refusing, or answering what nobody can read
        └── TooLarge    the answer is longer than we are willing to hold
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from remora.model.errors import RemoraError, UsageError

if TYPE_CHECKING:
    import aiohttp
    from aiolimiter import AsyncLimiter

T = TypeVar("T")
Pairs = Sequence[tuple[str, str]]
MEBIBYTE: Final = 1 << 20
_AGAIN: Final = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
_SHORTEST_SECRET: Final = 5
_EXACT: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(float_hook=Decimal)
_EXCERPT: Final = 200


class SourceFailed(RemoraError):
    """A source could not be read. What was fetched before is kept; the same command goes on where it stopped."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message, hint="what was fetched is kept; run the same command again to go on")
        self.status = status


class TooLarge(SourceFailed):
    """The answer is longer than we are willing to hold."""


class TryAgain(Exception):
    """The source says, or the answer shows, that the same question should be asked again (`after` seconds, if told)."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Limit(NamedTuple):
    """At most `requests` in `seconds`."""

    requests: float
    seconds: float


class Patience(NamedTuple):
    """How long we wait for a source. Seconds; `longest` also bounds what a Retry-After may ask for."""

    timeout_seconds: float = 10.0
    attempts: int = 4
    first: float = 1.0
    longest: float = 60.0
    jitter: float = 0.5


_TEN_A_SECOND: Final = Limit(10, 1.0)
_USUAL: Final = Patience()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a source answered: status, the whole body, and when it was here (nanoseconds)."""

    status: int
    body: bytes
    fetched_at: int


class Http:
    """An aiohttp session with manners. Use as an async context manager; not shared between event loops."""

    def __init__(
        self, *, default: Limit = _TEN_A_SECOND, limits: Mapping[str, Limit] | None = None, patience: Patience = _USUAL,
        max_bytes: int = 64 * MEBIBYTE, now: Callable[[], int] = time.time_ns,
    ) -> None:  # fmt: skip
        """limits: route ('/trades') → Limit; other routes of a host share nothing but `default`."""
        self.requests = 0
        self.retries = 0
        self._default = default
        self._limits = dict(limits or {})
        self._patience = patience
        self._max_bytes = max_bytes
        self._now = now
        self._buckets: dict[tuple[str, str], AsyncLimiter] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        import aiohttp

        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._patience.timeout_seconds), headers={"Accept": "application/json"}
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def get(self, base: str, route: str, params: Pairs, read: Callable[[Answer], T]) -> T:
        """GET base + route; `read` turns the answer into what is wanted, or raises TryAgain or SourceFailed."""
        return await self._ask(Question("GET", base, route, params=params), read)

    async def post(self, base: str, body: bytes, read: Callable[[Answer], T], *, route: str = "", weight: int = 1) -> T:
        """POST JSON to base itself; `route` names its bucket, `weight` is how many questions it holds."""
        return await self._ask(Question("POST", base, route, body=body, weight=weight), read)

    async def _ask(self, question: Question, read: Callable[[Answer], T]) -> T:
        import stamina

        patience = self._patience
        retries = stamina.retry_context(
            on=self._pause, attempts=patience.attempts, timeout=None,
            wait_initial=patience.first, wait_max=patience.longest, wait_jitter=patience.jitter,
        )  # fmt: skip
        asked = 0
        try:
            async for attempt in retries:
                with attempt:
                    asked = attempt.num
                    self.retries += attempt.num > 1
                    await self._take(question)
                    return read(await self._send(question))
        except TryAgain as error:
            wait = f", asks to wait {error.after:g} s" if error.after is not None else ""
            raise SourceFailed(question.say(f"{error.reason}{wait} (asked {asked} times)")) from None
        raise SourceFailed(question.say("was never asked"))

    def _pause(self, error: Exception) -> bool | float:
        """Whether, and after how many seconds, to ask again: what the source asked for wins over our own back-off."""
        if not isinstance(error, TryAgain):
            return False
        if error.after is not None and error.after > self._patience.longest:
            return False
        return True if error.after is None else error.after

    async def _take(self, question: Question) -> None:
        key = (question.host, question.route)
        bucket = self._buckets.get(key)
        if bucket is None:
            from aiolimiter import AsyncLimiter

            limit = self._limits.get(question.route, self._default)
            bucket = self._buckets[key] = AsyncLimiter(max(1.0, limit.requests), limit.seconds * max(1.0, 1 / limit.requests))
        await bucket.acquire(min(question.weight, bucket.max_rate))

    async def _send(self, question: Question) -> Answer:
        import aiohttp

        if self._session is None:
            raise UsageError("the HTTP client is not open", hint="use it as `async with Http(...)`")
        self.requests += 1
        try:
            async with self._session.request(
                question.method, question.url, params=list(question.params) or None, data=question.body, allow_redirects=False,
                headers={"Content-Type": "application/json"} if question.body is not None else None,
            ) as response:  # fmt: skip
                body = await self._body(question, response)
                _judge(question, response.status, response.headers, body)
                return Answer(status=response.status, body=body, fetched_at=self._now())
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise UsageError(question.say("is not a usable address"), hint="check the fetch.* settings") from None
        except TimeoutError:
            raise TryAgain(f"no answer within {self._patience.timeout_seconds:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise TryAgain(f"could not be reached ({type(error).__name__})") from None

    async def _body(self, question: Question, response: aiohttp.ClientResponse) -> bytes:
        pieces, size = [], 0
        async for piece in response.content.iter_chunked(1 << 16):
            size += len(piece)
            if size > self._max_bytes:
                raise TooLarge(question.say(f"answer is longer than {self._max_bytes} bytes"), status=response.status)
            pieces.append(piece)
        return b"".join(pieces)


class Question(NamedTuple):
    """One request, and how to speak of it without giving away what its address hides."""

    method: str
    base: str
    route: str
    params: Pairs = ()
    body: bytes | None = None
    weight: int = 1

    @property
    def url(self) -> str:
        return self.base.rstrip("/") + self.route if self.method == "GET" else self.base

    @property
    def host(self) -> str:
        return urlsplit(self.base).netloc

    def say(self, words: str) -> str:
        """A message that names host and route only; secrets of the address are struck from the words."""
        return f"{redacted(self.base)}{self.route or '/'}: {scrubbed(words, self.base)}"


def redacted(url: str) -> str:
    """An address as it may be shown: the host; path, query and user, where keys are kept, are left out."""
    return urlsplit(url).hostname or "address"


def scrubbed(text: str, url: str) -> str:
    """The text without any part of the address that may be a key, without control characters, cut to a line."""
    parts = urlsplit(url)
    hidden = [
        *parts.path.split("/"),
        *(value for _, value in parse_qsl(parts.query)),
        parts.username,
        parts.password,
        parts.query,
    ]
    for secret in sorted({form for part in hidden if part for form in (part, unquote(part))}, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "…")
    return _CONTROL.sub(" ", text)[:_EXCERPT]


def origin(route: str, params: Pairs) -> str:
    """A question as provenance: route and parameters, no host."""
    return route + ("?" + "&".join(f"{name}={value}" for name, value in params) if params else "")


def value_of(raw: bytes | msgspec.Raw) -> Any:
    """The value of a JSON text with its numbers exact (int or Decimal). What is no JSON stays bytes: its decoder says so."""
    try:
        return _EXACT.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidOperation):
        return bytes(raw)


def parsed(answer: Answer, type: type[T]) -> T:
    """The body as JSON of that type. What is no such JSON may have been cut on its way: TryAgain."""
    try:
        return msgspec.json.decode(answer.body, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TryAgain(f"answered something unreadable: {str(error)[:80]}") from None


def _judge(question: Question, status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status in _AGAIN:
        raise TryAgain(f"answered {status}", after=_retry_after(headers))
    if status in {401, 403}:
        words = body[:_EXCERPT].decode("utf-8", "replace")
        raise SourceFailed(question.say(f"refuses with {status}: {scrubbed(words, question.base)}"), status=status)
    if not 200 <= status < 300 and not 400 <= status < 500:
        raise SourceFailed(question.say(f"answered {status}, which is not followed"), status=status)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a source asks us to wait: a number, or a date that is read against the answer's own date."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text)) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else _until(text, headers.get("Date", ""))
    except (ValueError, TypeError):
        return None


def _until(text: str, date: str) -> float:
    return max(0.0, (parsedate_to_datetime(text) - parsedate_to_datetime(date)).total_seconds())
