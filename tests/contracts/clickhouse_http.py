"""A ClickHouse server's HTTP interface, small enough for tests: real requests of the real client, answered by chdb.

What it cannot show: clusters, replicated engines, a server's own limits and settings.
"""

from __future__ import annotations

import gzip
import tempfile
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_FORMATS = ("Arrow", "ArrowStream", "Native", "TabSeparated")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one packet: no waiting for an acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self._chunks()
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self._answer(body)

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes) -> None:
        asked = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        try:
            answer = self.server.run(asked, body)  # type: ignore[attr-defined]
        except RuntimeError as error:
            self._send(500, str(error).encode(), {"X-ClickHouse-Exception-Code": "1"})
        else:
            self._send(200, answer, {"X-ClickHouse-Summary": "{}", "X-ClickHouse-Timezone": "UTC"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class Server(ThreadingHTTPServer):
    """Runs each request's statement on the embedded engine, one at a time."""

    daemon_threads = True

    def __init__(self, dsn: str) -> None:
        import clickhouse_connect

        super().__init__(("127.0.0.1", 0), _Handler)
        self._dsn = dsn
        self._connect = clickhouse_connect.get_client
        self._clients: dict[str, Any] = {}
        self._one = threading.Lock()

    def run(self, asked: dict[str, str], body: bytes) -> bytes:
        """Answer one request. Raises RuntimeError with the engine's message."""
        from clickhouse_connect.driver.exceptions import ClickHouseError

        database = asked.get("database", "default")
        with self._one:
            try:
                client = self._clients.get(database) or self._connect(dsn=self._dsn, database=database)
                self._clients[database] = client
                return self._run(client, asked, body)
            except ClickHouseError as error:
                raise RuntimeError(str(error)) from error

    def _run(self, client: Any, asked: dict[str, str], body: bytes) -> bytes:
        statement = asked.get("query", "")
        if not statement and body[:12].upper() == b"INSERT INTO " and b"FORMAT" in body[:4000]:
            head, _, body = body.partition(b"\n")
            statement = head.decode()
        elif not statement:
            statement, body = body.decode(), b""
        settings = {name: value for name, value in asked.items() if name in _PASSED}
        if statement.upper().startswith("INSERT INTO") and body:
            return self._insert(client, statement, body)
        text = statement.rstrip().rstrip(";")
        form = next((name for name in _FORMATS if text.endswith(f"FORMAT {name}")), None)
        text = text.removesuffix(f"FORMAT {form}") if form else text
        if not text.lstrip().upper().startswith(("SELECT", "WITH", "SHOW", "DESCRIBE")):
            client.command(text, settings=settings)
            return b""
        return bytes(client.raw_query(text, settings=settings, fmt=form or asked.get("default_format") or "TabSeparated"))

    def _insert(self, client: Any, statement: str, body: bytes) -> bytes:
        """Inserted data take the way over a file: the embedded engine reads statements as text."""
        head, _, form = statement.rpartition("FORMAT")
        with tempfile.NamedTemporaryFile() as file:
            Path(file.name).write_bytes(body)
            client.command(f"{head} SELECT * FROM file('{file.name}', '{form.strip()}')")
        return b""


_PASSED = frozenset(
    ("prefer_column_name_to_alias", "mutations_sync", "lightweight_deletes_sync", "optimize_read_in_order",
     "output_format_arrow_string_as_string")
)  # fmt: skip


@cache
def server_url(dsn: str) -> str:
    """The address of a server over that folder, started once."""
    server = Server(dsn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"
