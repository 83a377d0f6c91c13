"""The Data API (v1 and v2) and Gamma as they behave, served from rows that a test or a recording gives.

Kept from the real ones: offsets beyond a cap are refused with 400 or silently empty, pages are clamped, takerOnly hides
maker rows, start=0 hides old rows, v2 pages by cursor and ignores bounds for markets, Gamma hides closed markets.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from servers.local import LocalServer

THREE_YEARS = 3 * 365 * 86_400
Row = dict[str, Any]


class PolymarketServer(LocalServer):
    """rows: v1 activity rows, each with `_maker` where a match was made as maker. now: the server's clock (seconds)."""

    def __init__(self, rows: list[Row], *, now: int, markets: list[Row] = [], positions: list[Row] = []) -> None:  # noqa: B006
        super().__init__()
        self.rows = rows
        self.now = now
        self.markets = markets
        self.held = positions
        self.offset_cap = 5_000
        self.silent_cap = False
        self.page_clamp = 500
        self.honours_time = True
        self.longest_query = 6_000
        self.untold: set[int] = set()  # places of rows that /activity forgets

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if len(request.query_string) > self.longest_query:
            return web.Response(status=414)
        views = {
            "/activity": self._activity, "/trades": self._trades, "/positions": self._positions, "/markets": self._markets,
            "/v2/activity": self._v2, "/v2/trades": self._v2, "/v2/positions": self._v2,
        }  # fmt: skip
        view = views.get(request.path)
        return view(request) if view else web.Response(status=404)

    def _between(self, request: web.Request, rows: list[Row]) -> list[Row]:
        start, end = (int(request.query.get(name, "0")) for name in ("start", "end"))
        start = start or self.now - THREE_YEARS
        return [row for row in rows if not self.honours_time or start <= row["timestamp"] <= (end or self.now)]

    def _activity(self, request: web.Request) -> web.Response:
        user = request.query["user"]
        rows = [row for place, row in enumerate(self.rows) if row["proxyWallet"] == user and place not in self.untold]
        rows = _with_cash(rows, request.query.get("excludeDepositsWithdrawals"))
        rising = request.query.get("sortDirection") == "ASC"
        rows = sorted(self._between(request, rows), key=lambda row: row["timestamp"], reverse=not rising)
        return self._paged(request, rows)

    def _trades(self, request: web.Request) -> web.Response:
        return self._paged(request, self._trade_rows(request, self._between(request, self.rows)))

    def _trade_rows(self, request: web.Request, rows: list[Row]) -> list[Row]:
        taker_only = request.query.get("takerOnly", request.query.get("taker_only", "true")) == "true"
        market = request.query.get("market", request.query.get("condition"))
        found = [
            {name: value for name, value in row.items() if name not in {"usdcSize", "type"}}
            for row in rows
            if row.get("type", "TRADE") == "TRADE"
            and row["proxyWallet"] == request.query.get("user", row["proxyWallet"])
            and row["conditionId"] == (market or row["conditionId"])
            and not (taker_only and row.get("_maker"))
        ]
        return sorted(found, key=lambda row: -row["timestamp"])

    def _positions(self, request: web.Request) -> web.Response:
        smallest = float(request.query.get("sizeThreshold", "1"))
        return self._paged(request, [row for row in self.held if row["size"] >= smallest])

    def _paged(self, request: web.Request, rows: list[Row]) -> web.Response:
        offset = int(request.query.get("offset", "0"))
        limit = min(int(request.query.get("limit", "100")), self.page_clamp)
        if offset > self.offset_cap:
            if not self.silent_cap:
                return web.json_response({"error": f"max historical activity offset of {self.offset_cap} exceeded"}, status=400)
            return web.json_response([])
        return _told(rows[offset : offset + limit])

    def _v2(self, request: web.Request) -> web.Response:
        if "offset" in request.query:
            return web.json_response({"error": "offset is not supported"}, status=400)
        cursor = request.query.get("cursor", "")
        if cursor and not cursor.startswith("at-"):
            return web.json_response({"error": "malformed cursor"}, status=400)
        start = int(cursor.removeprefix("at-") or 0)
        rows = self._v2_rows(request)
        limit = min(int(request.query.get("limit", "100")), 1_000)
        more = start + limit < len(rows)
        page = {"limit": limit, "has_more": more, "next_cursor": f"at-{start + limit}" if more else None}
        data = [
            {_SNAKE.get(name, name): value for name, value in row.items() if name[0] != "_"}
            for row in rows[start : start + limit]
        ]
        return web.json_response({"data": data or None, "pagination": page})

    def _v2_rows(self, request: web.Request) -> list[Row]:
        if request.path == "/v2/positions":
            return self.held
        if request.path == "/v2/activity":
            rows = [row for row in self.rows if row["proxyWallet"] == request.query["user"]]
            rows = _with_cash(rows, request.query.get("exclude_deposits_withdrawals"))
            rising = request.query.get("sort_direction") == "ASC"
            return sorted(self._between(request, rows), key=lambda row: row["timestamp"], reverse=not rising)
        if "condition" in request.query:
            return self._trade_rows(request, [row for row in self.rows if row["timestamp"] >= self.now - THREE_YEARS])
        return self._trade_rows(request, self._between(request, self.rows))

    def _markets(self, request: web.Request) -> web.Response:
        asked = set(request.query.getall("condition_ids", []))
        closed = request.query.get("closed") == "true"
        limit = min(int(request.query.get("limit", "20")), 100)
        return _told([row for row in self.markets if row["conditionId"] in asked and bool(row.get("closed")) == closed][:limit])


_SNAKE = {
    "proxyWallet": "proxy_wallet", "conditionId": "condition_id", "asset": "token_id", "transactionHash": "transaction_hash",
    "usdcSize": "usdc_size", "outcomeIndex": "outcome_index", "eventSlug": "event_slug",
}  # fmt: skip


def _with_cash(rows: list[Row], excluded: str | None) -> list[Row]:
    """Deposits and withdrawals are told only when asked for."""
    return [row for row in rows if excluded == "false" or row.get("type") not in {"DEPOSIT", "WITHDRAWAL"}]


def _told(rows: list[Row]) -> web.Response:
    told = [{name: value for name, value in row.items() if not name.startswith("_")} for row in rows]
    return web.Response(body=json.dumps(told).encode(), content_type="application/json")


def trade(number: int, second: int, wallet: str, *, market: str = "0x" + "c" * 64, maker: bool = False) -> Row:
    """A made-up trade row in the form of /activity; `number` makes it one of its kind."""
    return {
        "proxyWallet": wallet, "timestamp": second, "conditionId": market, "type": "TRADE", "size": 10 + number % 7,
        "usdcSize": (10 + number % 7) * 0.5, "transactionHash": f"0x{number:064x}", "price": 0.5,
        "asset": str(10**70 + number % 2), "side": "BUY" if number % 3 else "SELL", "outcomeIndex": number % 2,
        "title": "Will it rain?", "slug": "will-it-rain", "eventSlug": "will-it-rain",
        "outcome": "Yes" if number % 2 else "No", "_maker": maker,
    }  # fmt: skip
