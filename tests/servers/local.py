"""A real HTTP server on 127.0.0.1 for as long as a test needs it, with faults to be put before its answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalServer:
    """Answers by `answer`; faults in `faults` are used up first, one per request. `log` keeps path and query."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.faults: deque[Fault | None] = deque()
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.log.append((request.path, request.query_string))
        fault = self.faults.popleft() if self.faults else None
        return await (fault(request) if fault else self.answer(request))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raise NotImplementedError


def status(code: int, *, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Fault:
    """A fault that answers with this status."""

    async def fault(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, body=body, headers=headers)

    return fault


def body(content: bytes) -> Fault:
    """A fault that answers 200 with these bytes."""
    return status(200, body=content)


async def hang(_: web.Request) -> web.StreamResponse:
    """A fault that does not answer while a test lasts."""
    await asyncio.sleep(600)
    raise AssertionError


async def torn(request: web.Request) -> web.StreamResponse:
    """A fault that promises more than it sends and closes the connection."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'[{"a": 1')
    assert request.transport
    request.transport.close()
    return response
