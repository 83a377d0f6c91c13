"""A real wallet's profit against the number its site shows. Needs the public internet: REMORA_LIVE=1 pytest -m live.

Profit (U-50): cash in - cash out over all fills, splits, merges, redeems and conversions, plus what is still held at what
it pays or is worth; rewards and deposits never count. Parity: from $200 on equal sign and within 5 %, below within $10.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from remora.app.config import FetchSettings, Settings
from remora.app.fetch import fetch
from remora.model.units import MICRO_PER_USDC, instant_of_text
from remora.ports import Ledger
from remora.stores.ledger import duckdb
from remora.venues.http import Answer, Http, parsed
from servers.polymarket_server import PolymarketServer, trade
from shared_data import shared

SITE = os.environ.get("REMORA_LIVE_PNL_URL", "https://user-pnl-api.polymarket.com")
WALLETS = int(os.environ.get("REMORA_LIVE_WALLETS", "5"))
live = pytest.mark.skipif(os.environ.get("REMORA_LIVE") != "1", reason="needs the public internet: set REMORA_LIVE=1")


class Truth(NamedTuple):
    """What the site showed for a wallet: dollars, and when."""

    wallet: str
    dollars: float
    at: int


def truths() -> list[Truth]:
    """Profits read from the site in 2025-12, wallets with the fewest open positions first."""
    document = json.loads(shared("polymarket/pnl_truth/ui_pnl_clob_only_45_wallets_2025-12-08.json").read_text())
    wallets = sorted(document["wallets"], key=lambda row: row["openPositionsApprox"])
    return [Truth(row["wallet"], row["uiPnl"], instant_of_text(row["scrapedAt"])) for row in wallets]


def agrees(ours: float, theirs: float) -> bool:
    """The parity rule."""
    if abs(theirs) < 200:
        return abs(ours - theirs) <= 10
    return ours * theirs > 0 and abs(ours - theirs) <= 0.05 * abs(theirs)


def rows(ledger: Ledger, table: str, wallet: str, until: int | None) -> list[dict[str, Any]]:
    return [row for batch in ledger.table(table, where={"wallet": wallet}, until=until) for row in batch.to_pylist()]


def profit(ledger: Ledger, wallet: str, *, until: int | None = None) -> tuple[float, set[str]]:
    """Dollars of cash and of settled holdings, and the assets held in markets that were not resolved then."""
    micro = 0
    held: dict[str, int] = {}
    resolutions = [row for batch in ledger.table("resolutions", until=until) for row in batch.to_pylist()]
    tokens = {row["market"]: row["token_ids"] for batch in ledger.table("markets") for row in batch.to_pylist()}
    for row in rows(ledger, "trades", wallet, until):
        sign = 1 if row["side"] == "buy" else -1
        micro -= sign * row["quote_atoms"] + row["venue_fee_quote_atoms"]
        held[row["asset"]] = held.get(row["asset"], 0) + sign * row["quantity_atoms"]
    for table, sign in (("splits", 1), ("merges", -1)):
        for row in rows(ledger, table, wallet, until):
            micro -= sign * row["quantity_atoms"]
            for token in tokens.get(row["market"], ()):
                held[token] = held.get(token, 0) + sign * row["quantity_atoms"]
    redeemed = set()
    for row in rows(ledger, "redeems", wallet, until):
        micro += row["quote_atoms"]
        redeemed.add(row["market"])
    micro += sum(row["quote_atoms"] for row in rows(ledger, "conversions", wallet, until))
    settled = set()
    for row in resolutions:
        for token, numerator in zip(row["token_ids"], row["payout_numerators"], strict=False):
            settled.add(token)
            if row["market"] not in redeemed:
                micro += max(0, held.get(token, 0)) * numerator // row["payout_denominator"]
    return micro / MICRO_PER_USDC, {asset for asset, quantity in held.items() if quantity > 10_000} - settled


async def fetched(
    wallet: str, home: Path, settings: Settings, until: int | None = None
) -> tuple[float, set[str], dict[str, Any]]:
    ledger = duckdb.open_ledger(home)
    try:
        report = await fetch(wallet, ledger=ledger, settings=settings)
        return *profit(ledger, wallet, until=until), report
    finally:
        ledger.close()


@pytest.mark.live
@live
@pytest.mark.parametrize("place", range(WALLETS))
def test_profit_agrees_with_what_the_site_showed_then(place: int, tmp_path: Path) -> None:
    truth = truths()[place]
    ours, open_assets, report = asyncio.run(fetched(truth.wallet, tmp_path, Settings(), truth.at))
    if open_assets:
        pytest.skip(f"{len(open_assets)} positions were open then; their marks of that day are not known")
    assert agrees(ours, truth.dollars), f"{truth.wallet}: ours {ours:.2f}, the site's {truth.dollars:.2f}; {report['doubts']}"


@pytest.mark.live
@live
@pytest.mark.parametrize("place", range(WALLETS))
def test_profit_agrees_with_what_the_site_shows_now(place: int, tmp_path: Path) -> None:
    wallet = truths()[place].wallet

    async def job() -> tuple[float, float, dict[str, Any]]:
        settings = Settings()
        cash, open_assets, report = await fetched(wallet, tmp_path, settings)
        async with Http() as http:
            curve = await http.get(
                SITE, "/user-pnl", [("user_address", wallet), ("interval", "all"), ("fidelity", "1d")], _rows
            )
            positions = await http.get(
                settings.fetch.polymarket_data_url,
                "/positions",
                [("user", wallet), ("sizeThreshold", "0"), ("limit", "500")],
                _rows,
            )
        marks = sum(row["currentValue"] for row in positions if str(row["asset"]) in open_assets)
        return cash + marks, curve[-1]["p"], report

    ours, theirs, report = asyncio.run(job())
    assert agrees(ours, theirs), f"{wallet}: ours {ours:.2f}, the site's {theirs:.2f}; {report['doubts']}"


def _rows(answer: Answer) -> list[dict[str, Any]]:
    return parsed(answer, list[dict[str, Any]])


def test_the_parity_rule() -> None:
    assert agrees(209.0, 200.0)
    assert not agrees(211.0, 200.0)
    assert agrees(-5.0, 4.0)
    assert not agrees(-15.0, 4.0)
    assert not agrees(-1_000.0, 1_000.0)


def test_the_live_checks_own_arithmetic(tmp_path: Path) -> None:
    """Bought 10 Yes at 0.40 and 10 No at 0.50, sold 4 Yes at 0.70; Yes won: -4 - 5 + 2.8 + 6 = -0.20."""
    wallet, market, now = "0x" + "a" * 40, "0x" + "c" * 64, 1_760_000_000
    yes, no = str(10**70), str(10**70 + 1)
    base = trade(1, now - 9_000, wallet, market=market)
    fills = [("BUY", yes, 10, 0.4), ("BUY", no, 10, 0.5), ("SELL", yes, 4, 0.7)]
    told = [
        {**base, "side": side, "asset": asset, "size": size, "price": price, "usdcSize": round(size * price, 6),
         "transactionHash": f"0x{place:064x}", "timestamp": now - 9_000 + place}
        for place, (side, asset, size, price) in enumerate(fills)
    ]  # fmt: skip
    described = {
        "id": "1", "conditionId": market, "slug": "will-it-rain", "question": "Will it rain?", "closed": True, "active": True,
        "outcomes": '["Yes", "No"]', "outcomePrices": '["1", "0"]', "clobTokenIds": json.dumps([yes, no]),
        "closedTime": "2025-09-01 00:00:00+00", "umaResolutionStatus": "resolved",
    }  # fmt: skip

    async def job() -> tuple[float, set[str], dict[str, Any]]:
        async with PolymarketServer(told, now=now, markets=[described]) as server:
            urls = {"polymarket_data_url": server.url, "polymarket_gamma_url": server.url}
            return await fetched(wallet, tmp_path, Settings(fetch=FetchSettings(**urls, requests_per_second=1_000)))

    ours, open_assets, report = asyncio.run(job())
    assert report["complete"], report
    assert open_assets == set()
    assert ours == pytest.approx(-0.2)
