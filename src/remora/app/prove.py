"""A number unfolded to the records that made it, and recomputed from them alone.

A proof is a folder: `claim.json` (the position, its sales, the rules and versions), `records.jsonl` (every fact the
number rests on: the wallet's trades, transfers and redemptions, the market and its resolution, the reference prices
and the trades that set the mark), `transactions.txt` (what to look up on the chain) and `manifest.json` (digests).
Checking needs nothing but the folder: the records go into an empty ledger of their own and are booked again, by the
kernel and by the plain oracle.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import msgspec

from remora.app.backup import require_empty
from remora.app.books import Books, read
from remora.app.config import BooksSettings, Settings
from remora.app.wallet import known_address
from remora.model.errors import CheckFailed, InputRefused, UsageError
from remora.model.facts import AnyFact, Fact
from remora.model.tables import TABLES
from remora.model.units import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remora.ports import Ledger

FORMAT: Final = "remora-proof-1"
_OWN: Final = ("splits", "merges", "redeems", "conversions", "charges")
_FILES: Final = ("claim.json", "records.jsonl", "transactions.txt")
_PRICE_MARGIN: Final = 3 * HOUR


def position(ledger: Ledger, settings: Settings, wallet: str, asset: str, to: Path) -> dict[str, Any]:
    """Write the proof of one position. UsageError where the wallet has no book in the asset."""
    require_empty(to)
    wallet = known_address(ledger, wallet)
    books = Books(ledger, settings, wallets=[wallet])
    claimed, sales = _position(books, asset)
    if claimed is None:
        raise UsageError(f"{wallet} has no position in {asset}", hint=f"`remora wallet {wallet}` lists its positions")
    facts = list(_facts(ledger, wallet, asset, books))
    claim = {
        "format": FORMAT, "wallet": wallet, "asset": asset, "method": str(books.method), "until": books.until,
        "as_of": books.as_of,
        "rug_quiet_hours": settings.books.rug_quiet_hours, "rug_fall_percent": settings.books.rug_fall_percent,
        "ledger_version": ledger.version(), "position": claimed, "sells": sales,
    }  # fmt: skip
    to.mkdir(parents=True, exist_ok=True)
    (to / "claim.json").write_bytes(msgspec.json.format(msgspec.json.encode(claim, order="sorted"), indent=1))
    (to / "records.jsonl").write_bytes(b"".join(msgspec.json.encode(fact) + b"\n" for fact in facts))
    (to / "transactions.txt").write_text("".join(f"{tx}\n" for tx in _transactions(facts, wallet)))
    manifest = {name: sha256((to / name).read_bytes()).hexdigest() for name in _FILES}
    (to / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1))
    if not check(to)["holds"]:
        raise CheckFailed("the proof does not recompute the position", hint="please report this: it is a bug")
    return {
        "wallet": wallet, "asset": asset, "realized_quote_atoms": claimed["realized_quote_atoms"], "records": len(facts),
        "transactions": len(_transactions(facts, wallet)), "holds": True,
    }  # fmt: skip


def check(folder: Path) -> dict[str, Any]:
    """Recompute a proof. InputRefused where the folder is none; `holds` False where any number differs."""
    claim, facts = _read(folder)
    with TemporaryDirectory(prefix="remora-proof-") as scratch:
        recomputed, sales, broken = _recompute(Path(scratch), claim, facts)
    numbers = []
    for name, value in claim["position"].items():
        now = None if recomputed is None else recomputed.get(name)
        numbers.append({"what": name, "claimed": value, "recomputed": now, "equal": value == now})
    numbers.append({
        "what": "sells", "claimed": len(claim["sells"]), "recomputed": len(sales), "equal": claim["sells"] == sales
    })  # fmt: skip
    numbers.append({"what": "laws and oracle", "claimed": 0, "recomputed": len(broken), "equal": not broken})
    return {"holds": all(row["equal"] for row in numbers), "numbers": numbers}


def _position(books: Books, asset: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The wallet's position in the asset and its sales, as plain JSON values."""
    found: dict[str, Any] | None = None
    sales: list[dict[str, Any]] = []
    for positions, sells in books.parts():
        found = next((row for row in positions.to_pylist() if row["asset"] == asset), found)
        sales += [row for row in sells.to_pylist() if row["asset"] == asset]
    plain: tuple[dict[str, Any] | None, list[dict[str, Any]]] = msgspec.json.decode(msgspec.json.encode((found, sales)))
    return plain[0], plain[1]


def _facts(ledger: Ledger, wallet: str, asset: str, books: Books) -> Iterator[Fact]:
    """Every fact the position rests on."""
    trades = _rows(ledger, "trades", {"wallet": wallet, "asset": asset}, books)
    markets = sorted({row["market"] for row in trades if row["market"]})
    events = [row for name in _OWN for row in _rows(ledger, name, {"wallet": wallet}, books)]
    events += _transfers(ledger, wallet, asset, books)
    if (trades and trades[0]["venue"] == "polymarket") or not trades:
        markets = sorted({*markets, *_markets_of(ledger, asset, books)})
        trades += [
            row for row in _rows(ledger, "trades", {"wallet": wallet, "market": markets}, books) if row["asset"] != asset
        ]
    about = [row for name in ("markets", "resolutions") for row in _rows(ledger, name, {"market": markets}, books)]
    own = {row["id"] for row in trades}
    marks = [row for row in mark_trades(ledger, asset, books) if row["id"] not in own]
    spans = [row["happened_at"] for row in (*trades, *marks, *events) if row["happened_at"]]
    prices = _prices(ledger, min(spans, default=0), max(spans, default=0), books)
    for row in (*trades, *marks, *events, *about, *prices):
        yield msgspec.convert(row, _type_of(row))


def _rows(ledger: Ledger, name: str, where: dict[str, object], books: Books) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read(ledger, name, where, until=books.until).to_pylist()
    return [{**row, "table": name} for row in rows]


def _type_of(row: dict[str, Any]) -> type[Fact]:
    return TABLES[row.pop("table")].fact


def _transfers(ledger: Ledger, wallet: str, asset: str, books: Books) -> list[dict[str, Any]]:
    found = {
        row["id"]: row
        for end in ("sender", "receiver")
        for row in _rows(ledger, "transfers", {end: wallet, "asset": asset}, books)
    }
    return list(found.values())


def _markets_of(ledger: Ledger, asset: str, books: Books) -> list[str]:
    """Markets whose description names the asset as an outcome token."""
    table = read(ledger, "markets", until=books.until, columns=("market", "token_ids"))
    pairs = zip(table["market"].to_pylist(), table["token_ids"].to_pylist(), strict=True)
    return [market for market, tokens in pairs if tokens and asset in tokens]


def mark_trades(ledger: Ledger, asset: str, books: Books) -> list[dict[str, Any]]:
    """The asset's last trade, which sets its mark, and the one at its peak price, which a collapse is measured by."""
    rows = [row for row in _rows(ledger, "trades", {"asset": asset}, books) if row["quantity_atoms"] > 0]
    if not rows:
        return []
    last = rows[-1]["happened_at"]
    peak = max(rows, key=lambda row: (row["quote_atoms"] / row["quantity_atoms"], row["id"]))
    latest = [row for row in rows if row["happened_at"] == last]
    return [*latest, peak] if peak not in latest else latest


def _prices(ledger: Ledger, first: int, last: int, books: Books) -> list[dict[str, Any]]:
    rows = _rows(ledger, "prices", {"asset": "SOL"}, books)
    return [row for row in rows if first - _PRICE_MARGIN <= (row["happened_at"] or 0) <= last + _PRICE_MARGIN]


def _transactions(facts: list[Fact], wallet: str) -> list[str]:
    own = [fact for fact in facts if getattr(fact, "wallet", wallet) == wallet]
    return sorted({tx for fact in own if (tx := getattr(fact, "tx", ""))})


def _read(folder: Path) -> tuple[dict[str, Any], list[Fact]]:
    """Claim and records of a proof whose digests agree."""
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=dict[str, str])
        contents = {name: (folder / name).read_bytes() for name in _FILES}
        claim: dict[str, Any] = msgspec.json.decode(contents["claim.json"], type=dict[str, Any])
        lines = contents["records.jsonl"].splitlines()
        facts = [msgspec.json.decode(line, type=AnyFact) for line in lines]
    except (OSError, msgspec.MsgspecError) as error:
        raise InputRefused(
            f"{folder} holds no readable proof: {error}", hint="name a folder that `remora prove` wrote"
        ) from None
    if claim.get("format") != FORMAT:
        raise InputRefused(f"{folder}: unknown form of proof {claim.get('format')!r}", hint=f"this program reads {FORMAT}")
    changed = [name for name in _FILES if manifest.get(name) != sha256(contents[name]).hexdigest()]
    if changed:
        raise CheckFailed(f"{folder}: {', '.join(changed)} changed after the proof was made", hint="ask for the proof again")
    return claim, list(facts)


def _recompute(
    scratch: Path, claim: dict[str, Any], facts: list[Fact]
) -> tuple[dict[str, Any] | None, list[dict[str, Any]], list[Any]]:
    """Book the records in an empty ledger: the position, its sales, and what the laws and the oracle object to."""
    from remora.analysis import laws
    from remora.app import build
    from remora.ports import Batch

    rules = BooksSettings(
        method=claim["method"], rug_quiet_hours=claim["rug_quiet_hours"], rug_fall_percent=claim["rug_fall_percent"]
    )
    settings = Settings.model_construct(books=rules)
    ledger = build.ledger(scratch, settings, create=True)
    try:
        ledger.commit(Batch(facts=facts))
        books = Books(ledger, settings, until=claim["until"], as_of=claim["as_of"], wallets=[claim["wallet"]])
        found, sales = _position(books, claim["asset"])
        broken = [row for booked in books.booked() for row in laws.audit(booked)]
        return found, sales, broken
    finally:
        ledger.close()
