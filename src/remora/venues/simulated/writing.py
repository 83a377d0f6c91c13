"""Writes a simulated world in the forms of real recordings, and its truth beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain as chained
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv

from remora.model.units import QUOTE_DECIMALS, rfc3339, text_of
from remora.venues.simulated import encode, names, trading
from remora.venues.simulated import knobs as k
from remora.venues.simulated.drawn import seconds, slots
from remora.venues.simulated.tables import pool_lamports
from remora.venues.simulated.world import World

PART_ROWS: Final = 200_000
"""Frames, or rows, of one file."""


def write(world: World, folder: Path) -> list[Path]:
    """Write everything that could be heard, and `truth/`; name the files. The same world gives the same bytes."""
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    files = [folder / "simulated_sol_usd_hourly.json", folder / "simulated_transfers.csv", folder / "simulated_entities.csv"]
    files[0].write_text(_prices(world))
    files[1].write_text("from,to,asset,amount,happened_at,chain,kind\n" + "".join(_transfers(world)))
    files[2].write_text("address,kind\n" + "".join(f"{name},{kind}\n" for name, kind in world.infrastructure.items()))
    files += _parts(_frames(world), folder, "simulated_pumpfun_logs_{:03}.jsonl", ("", "", ""))
    if len(world.asked):
        files.append(folder / "simulated_gamma_markets.json")
        files[-1].write_bytes(msgspec.json.encode(_gamma(world)))
    files += _parts(_activity(world), folder, "simulated_activity_{:03}.json", ("[", ",\n", "]\n"))
    for name, table in world.truth.items():
        files.append(folder / "truth" / f"simulated_{name}.csv")
        marked = table.add_column(0, "simulated_truth", pa.array([name] * table.num_rows, pa.string()))
        pyarrow.csv.write_csv(marked, files[-1])
    return files


def _parts(lines: Iterator[str], folder: Path, name: str, around: tuple[str, str, str]) -> Iterator[Path]:
    """Files of PART_ROWS lines each, with what stands before, between and after them."""
    before, between, after = around
    for number, first in enumerate(lines):
        file = folder / name.format(number)
        rows = chained([first], islice(lines, PART_ROWS - 1))
        with file.open("w") as out:
            out.write(before)
            out.write(next(rows))
            out.writelines(between + row for row in rows)
            out.write(after)
        yield file


# --- Solana ---------------------------------------------------------------------------------------------------------


def _frames(world: World) -> Iterator[str]:
    """One recorded frame per transaction, in the order of time."""
    tx, at, logs = _events(world)
    signatures, slot, second = world.signatures, slots(at).tolist(), seconds(at).tolist()
    first = np.flatnonzero(np.r_[True, tx[1:] != tx[:-1]]) if len(tx) else np.zeros(0, np.int64)
    ends = [*first[1:].tolist(), len(tx)][: len(first)]
    for begin, end, number in zip(first.tolist(), ends, tx[first].tolist(), strict=True):
        said = logs[begin] if end - begin == 1 else ",".join(logs[begin:end])
        yield encode.frame(signatures[number], slot[begin], second[begin], said)


def _events(world: World) -> tuple[Any, Any, list[str]]:
    """Transaction, instant and log of every event, sorted by (instant, transaction, place in it)."""
    chain, coins = world.chain, world.chain.coins
    logs = np.empty(len(chain), object)
    _put_trades(world, logs)
    told, token = world.spelling, chain.graduated
    number, row = np.arange(len(coins)), chain.completed[token]
    opened = seconds(coins.opens).tolist()
    raw = {name: [names.raw(text) for text in getattr(told, name)] for name in ("mints", "curves", "pools")}
    users = {wallet: names.raw(told.wallets[wallet]) for wallet in {*coins.dev.tolist(), *chain.wallet[row].tolist()}}
    buyers = [users[wallet] for wallet in chain.wallet[row].tolist()]
    created = [
        encode.create_event(raw["mints"][n], raw["curves"][n], users[dev], f"Simulated {n}", f"SIM{n}", opened[n])
        for n, dev in enumerate(coins.dev.tolist())
    ]
    finished, moved = seconds(chain.at[row]).tolist(), chain.migrated_at(token)
    opens = seconds(moved).tolist()
    money = pool_lamports(world).tolist()
    completed, migrated = [], []
    for place, coin in enumerate(token.tolist()):
        mint, curve, pool = raw["mints"][coin], raw["curves"][coin], raw["pools"][place]
        completed.append(encode.complete_event(buyers[place], mint, curve, finished[place]))
        amounts = (trading.POOL_ATOMS, money[place], trading.MIGRATION_FEE)
        migrated.append(encode.migration_event(buyers[place], mint, curve, pool, amounts, opens[place]))
    tx = np.concatenate([number, chain.tx, chain.tx[row], chain.migration(token)])
    at = np.concatenate([coins.opens, chain.at, chain.at[row], moved])
    n = np.concatenate([number * 0, chain.n, chain.n[row] + 1, token * 0])
    order = np.lexsort((n, tx, at))
    said = [encode.event_log(names.PUMP, text) for text in (*created, *completed, *migrated)]
    every = [*said[: len(coins)], *logs.tolist(), *said[len(coins) :]]
    return tx[order], at[order], [every[place] for place in order.tolist()]


def _put_trades(world: World, logs: Any) -> None:
    """The logs of all trades, curve and pool, into their rows."""
    chain, told = world.chain, world.spelling
    if not len(chain):
        return
    wallets = encode.keys(told.wallets[wallet] for wallet in range(len(world.cast.role)) if world.cast.venue[wallet] == 0)
    mints, pools = encode.keys(told.mints), encode.keys(told.pools)
    place = np.cumsum(world.cast.venue == 0) - 1
    for where in (trading.CURVE, trading.POOL):
        rows = np.flatnonzero(chain.where == where)
        column = {
            "seconds": seconds(chain.at[rows]), "quote": chain.quote_left[rows], "base": chain.base_left[rows],
            **{name: getattr(chain, name)[rows] for name in ("money", "quantity", "side", "protocol", "creator", "liquidity")},
        }  # fmt: skip
        user, token = wallets[place[chain.wallet[rows]]], chain.token[rows]
        if where == trading.CURVE:
            data = encode.curve_trades(column, mints[token], user, wallets[place[chain.coins.dev[token]]])
            program = names.PUMP
        else:
            data = encode.pool_trades(column, pools[np.searchsorted(chain.graduated, token)], user)
            program = names.PUMPSWAP
        logs[rows] = [encode.event_log(program, text) for text in data]


def _prices(world: World) -> str:
    start = k.START_SECONDS - 72 * 3_600
    pairs = ", ".join(f"[{start + 3_600 * n}, {text_of(cents, 2)}]" for n, cents in enumerate(world.prices.tolist()))
    return f'{{"pair": "SOL/USD", "hourly_close": [{pairs}]}}\n'


def _transfers(world: World) -> Iterator[str]:
    wallets = world.spelling.wallets
    for sender, receiver, amount, at, venue in zip(*(column.tolist() for column in world.funding.sorted()), strict=True):
        asset, place = (("SOL", "solana"), ("USDC", "polymarket"))[venue]
        when = k.START_SECONDS + at // 1_000
        moved = text_of(amount, QUOTE_DECIMALS[asset])
        yield f"{wallets[sender]},{wallets[receiver]},{asset},{moved},{when},{place},transfer\n"


# --- Polymarket -----------------------------------------------------------------------------------------------------


def _gamma(world: World) -> list[dict[str, Any]]:
    """Gamma's answers: the markets as they stand at the end."""
    markets = world.tables["markets"].to_pylist()
    won = world.asked.won.tolist()
    return [_market(row, won[number]) for number, row in enumerate(markets)]


def _market(row: dict[str, Any], won: int) -> dict[str, Any]:
    done = row["closed"]
    prices = ["0.5", "0.5"] if not done else ["1", "0"] if won else ["0", "1"]
    closed = {"closedTime": rfc3339(row["closed_at"]), "updatedAt": rfc3339(row["happened_at"])} if done else {}
    more: dict[str, Any] = {"negRiskMarketID": row["neg_risk_id"]} if row["neg_risk"] else {}
    rate = row["fee_rate_millionths"]
    more |= {"feeSchedule": {"rate": rate / 1_000_000, "exponent": 1}} if rate else {"feesEnabled": False}
    return {
        "id": row["venue_market_id"], "question": row["question"], "conditionId": row["market"], "slug": row["slug"],
        "outcomes": '["Yes", "No"]', "outcomePrices": msgspec.json.encode(prices).decode(),
        "clobTokenIds": msgspec.json.encode(row["token_ids"]).decode(), "startDate": rfc3339(row["starts_at"]),
        "endDate": rfc3339(row["ends_at"]), "closed": done, "active": True,
        "umaResolutionStatus": "resolved" if done else "", "orderPriceMinTickSize": 0.001, "orderMinSize": 5,
        "eventSlug": row["event_slug"], "negRisk": row["neg_risk"], "tags": [{"slug": tag} for tag in row["tags"]],
        **closed, **more,
    }  # fmt: skip


def _activity(world: World) -> Iterator[str]:
    """Trades of the Data API in the order of time."""
    placed, told = world.fills, world.spelling
    hashes = names.hashes(np.random.Generator(np.random.PCG64((world.seed, 2))), len(placed))
    paid = placed.money + np.where(placed.side == 0, placed.fee, -placed.fee)
    columns = (placed.wallet, placed.what, seconds(placed.at), placed.side, placed.shares, placed.price, paid)
    lists = [column.tolist() for column in columns]
    for tx, wallet, what, at, side, shares, price, dollars in zip(hashes, *lists, strict=True):
        yield encode.activity_row(
            told.wallets[wallet], at, (told.conditions[what // 2], f"simulated-{what // 2}"), tx, ("BUY", "SELL")[side],
            f"{shares // 100}.{shares % 100:02d}", f"{dollars // 10**6}.{dollars % 10**6:06d}", f"0.{price:03d}",
            told.outcomes[what], what % 2,
        )  # fmt: skip
