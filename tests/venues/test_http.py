"""The shared HTTP room against a real local server: limits, retries, bounds, and what may be said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from remora.model.errors import UsageError
from remora.venues.http import Answer, Http, Limit, Patience, SourceFailed, TooLarge, parsed, redacted, scrubbed
from servers.local import LocalServer, body, hang, status, torn

QUICK = Patience(timeout_seconds=0.5, attempts=3, first=0.01, longest=0.1, jitter=0.0)


class Echo(LocalServer):
    async def answer(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"path": request.path, "text": await request.text()})


def read(answer: Answer) -> Any:
    return parsed(answer, dict[str, Any])


def with_echo(job: Callable[[Echo, Http], Awaitable[Any]], **options: Any) -> Any:
    async def main() -> Any:
        async with Echo() as server, Http(patience=QUICK, **options) as http:
            return await job(server, http)

    return asyncio.run(main())


def test_get_and_post_bring_answers() -> None:
    async def job(server: Echo, http: Http) -> None:
        assert (await http.get(server.url + "/", "/trades", [("a", "b c")], read))["path"] == "/trades"
        assert server.log[-1] == ("/trades", "a=b c")
        assert (await http.post(server.url + "/key", b'{"x":1}', read))["text"] == '{"x":1}'
        assert (http.requests, http.retries) == (2, 0)

    with_echo(job)


@pytest.mark.parametrize("fault", [status(429), status(500), status(503), status(408), body(b"<html>"), body(b""), hang, torn])
def test_passing_faults_are_asked_again(fault: Any) -> None:
    async def job(server: Echo, http: Http) -> None:
        server.faults.extend([fault, fault])
        assert (await http.get(server.url, "/x", [], read))["path"] == "/x"
        assert (len(server.log), http.retries) == (3, 2)

    with_echo(job)


def test_lasting_faults_end_with_the_last_reason() -> None:
    async def job(server: Echo, http: Http) -> None:
        server.faults.extend([status(500), status(502), status(503)])
        with pytest.raises(SourceFailed, match=r"/x: answered 503 \(asked 3 times\)") as raised:
            await http.get(server.url, "/x", [], read)
        assert "go on" in raised.value.hint
        assert raised.value.exit_code == 1

    with_echo(job)


def test_retry_after_is_waited_for_and_bounded() -> None:
    async def job(server: Echo, http: Http) -> None:
        server.faults.append(status(429, headers={"Retry-After": "0.08"}))
        start = time.monotonic()
        await http.get(server.url, "/x", [], read)
        assert time.monotonic() - start >= 0.08
        server.faults.append(status(429, headers={"Retry-After": "3600"}))
        with pytest.raises(SourceFailed, match=r"asks to wait 3600 s \(asked 1 times\)"):
            await http.get(server.url, "/x", [], read)
        stamps = {"Date": "Fri, 01 Aug 2025 00:00:00 GMT", "Retry-After": "Fri, 01 Aug 2025 01:00:00 GMT"}
        server.faults.append(status(503, headers=stamps))
        with pytest.raises(SourceFailed, match="asks to wait 3600 s"):
            await http.get(server.url, "/x", [], read)
        server.faults.append(status(429, headers={"Retry-After": "soon"}))
        assert await http.get(server.url, "/x", [], read)

    with_echo(job)


def test_buckets_are_per_route() -> None:
    async def job(server: Echo, http: Http) -> None:
        start = time.monotonic()
        for _ in range(4):
            await http.get(server.url, "/slow", [], read)
        took = time.monotonic() - start
        assert took >= 0.18  # two at once, then one every 0.1 s
        start = time.monotonic()
        for _ in range(4):
            await http.get(server.url, "/fast", [], read)
        assert time.monotonic() - start < took

    with_echo(job, limits={"/slow": Limit(2, 0.2), "/fast": Limit(1_000, 1.0)})


def test_a_batch_weighs_what_it_holds() -> None:
    async def job(server: Echo, http: Http) -> None:
        start = time.monotonic()
        await http.post(server.url, b"[]", read, weight=2)
        await http.post(server.url, b"[]", read, weight=500)
        assert time.monotonic() - start >= 0.18

    with_echo(job, default=Limit(2, 0.2))


def test_oversize_answers_are_refused_and_not_asked_again() -> None:
    async def job(server: Echo, http: Http) -> None:
        server.faults.append(body(b" " * 100_001))
        with pytest.raises(TooLarge, match="longer than 100000 bytes"):
            await http.get(server.url, "/x", [], read)
        assert len(server.log) == 1

    with_echo(job, max_bytes=100_000)


def test_redirects_and_refusals_end_at_once() -> None:
    async def job(server: Echo, http: Http) -> None:
        server.faults.append(status(302, headers={"Location": "http://127.0.0.1:9/steal"}))
        with pytest.raises(SourceFailed, match="answered 302"):
            await http.get(server.url, "/x", [], read)
        server.faults.append(status(401, body=b"no such key: topsecret"))
        with pytest.raises(SourceFailed, match="refuses with 401: no such key: …"):
            await http.post(server.url + "/rpc/topsecret?api-key=s3cr3t-key", b"{}", read)
        assert len(server.log) == 2

    with_echo(job)


def test_no_secret_in_any_failure() -> None:
    async def job(server: Echo, http: Http) -> None:
        url = server.url.replace("//", "//me:passw0rd@") + "/v2/pathsecret/?api-key=querysecret"
        faults = [status(401, body=b"pathsecret querysecret"), status(500), body(b"pathsecret"), status(301), hang]
        for fault in faults:
            server.faults.extend([fault] * 3)
            with pytest.raises(SourceFailed) as raised:
                await http.post(url, b"{}", read)
            server.faults.clear()
            _silent(raised.value)
        with pytest.raises(SourceFailed) as raised:
            await http.post("http://me:passw0rd@127.0.0.1:1/pathsecret?k=querysecret", b"{}", read)
        _silent(raised.value)

    with_echo(job)


def _silent(error: BaseException | None) -> None:
    """Neither the error nor what a traceback would print of its causes holds a key."""
    while error is not None:
        for secret in ("passw0rd", "pathsecret", "querysecret"):
            assert secret not in str(error) + repr(error) + getattr(error, "hint", "")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_words_of_a_source_are_cleaned() -> None:
    assert scrubbed("a\x1b[31m\u202eb\nc", "https://h/") == "a [31m b c"
    assert len(scrubbed("x" * 9_999, "https://h/")) <= 200
    assert scrubbed("key a%20longkey and a longkey", "https://h/a%20longkey") == "key … and …"
    assert redacted("https://u:p@host.example:8899/secret?x=y") == "host.example"


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=5, max_size=40), st.text(max_size=50))
def test_no_part_of_an_address_survives_scrubbing(secret: str, around: str) -> None:
    said = scrubbed(f"{around}{secret}{around}", f"https://host/{secret}?k={secret}")
    assert secret not in said


def test_misuse_is_told() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="not open"):
            await Http().get("http://127.0.0.1:1", "/x", [], read)
        async with Http(patience=QUICK) as http:
            with pytest.raises(UsageError, match="not a usable address"):
                await http.get("nonsense://", "/x", [], read)

    asyncio.run(main())
