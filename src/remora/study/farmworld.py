"""Faked traders as records: a recipe each, its own tokens pumped by its own wallets, and some trades in real tokens.

A farm is one shown wallet and throw-away wallets. In each own token the shown wallet buys first, the throw-away wallets
push the price up the curve, the shown wallet sells into it, the throw-away wallets sell what is left. Whatever the shown
wallet gains they lose: nothing is lost but fees and what strangers take. Real tokens are bought late before their
graduation, or early behind good wallets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.formulas.curve import INITIAL
from remora.model import units
from remora.study.pasts import Records

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RECIPE: Final = (
    "tokens", "stake", "multiple", "weeks", "payers", "winners", "grown", "late", "copies", "real_stake", "aged_days", "bought",
)  # fmt: skip
"""Columns of a table of recipes. tokens: own tokens; stake: SOL the shown wallet puts into each; multiple: what it takes out
for it; weeks: over which they are spread; payers: throw-away wallets; winners: own wallets
that buy and sell beside the shown one, with as much each; grown: own tokens pushed to graduation; late, copies:
real tokens bought shortly before graduation, or early behind good wallets; real_stake: SOL in each; aged_days: of the shown
wallet; bought: the age was bought with the wallet (1) or waited for (0)."""

FEE: Final = 0.0125
"""Of each trade on the curve (from 2025-09-01); CREATOR of it comes back to who made the token."""
CREATOR: Final = 0.0030
SOL: Final = float(units.LAMPORTS_PER_SOL)
CURVE_FULL: Final = 85.0
REAL_TOKENS: Final = 160
LATE_HIT: Final = 0.6  # of real tokens bought shortly before graduation that then graduate
COPY_HIT: Final = 0.03  # of real tokens bought early behind good wallets
LATE_RETURN: Final = (-0.05, 0.30)  # mean and deviation of the log return
COPY_RETURN: Final = (-0.30, 0.80)  # mean multiple about 1: a copier's edge is eaten by friction
LATE_MINUTES: Final = 10
CROWD: Final = 12
CROWD_SOL: Final = 40
LAST_DAY: Final = 1_764_547_200 * units.SECOND  # 2025-12-01


@dataclass(frozen=True)
class Pumps:
    """Own tokens on the curve, by recipe: SOL the throw-away wallets put in, SOL the shown wallet gets, SOL left for them.

    Before fees. reached: the multiple fits below a full curve.
    """

    pushed: Floats
    proceeds: Floats
    left: Floats
    reached: NDArray[np.bool_]


def column(recipes: Floats, name: str) -> Floats:
    """One column of a table of recipes."""
    return np.asarray(recipes[:, RECIPE.index(name)], np.float64)


def pumps(stake: Floats, multiple: Floats) -> Pumps:
    """How far the price must be pushed for a stake to come back `multiple` times, by the constant product of the curve."""
    quote, tokens = INITIAL.quote_atoms / SOL, INITIAL.token_atoms / SOL
    product = quote * tokens
    bought = tokens - product / (quote + stake)
    low, high = np.zeros(len(stake)), np.maximum(CURVE_FULL - stake, 0.0)

    def sold(pushed: Floats) -> Floats:
        top = quote + stake + pushed
        return np.asarray(top - product / (product / top + bought))

    reached = sold(high) >= stake * multiple
    for _ in range(50):
        middle = (low + high) / 2
        enough = sold(middle) >= stake * multiple
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    got = sold(high)
    return Pumps(high, got, np.maximum(stake + high - got, 0.0), reached)


@dataclass(frozen=True)
class Luck:
    """What happens in real tokens, the same for every recipe: log returns and graduations of late and of early entries."""

    late: Floats
    late_grown: NDArray[np.bool_]
    copied: Floats
    copied_grown: NDArray[np.bool_]

    @staticmethod
    def drawn(chance: np.random.Generator) -> Luck:
        """One draw; the mean over many tokens is what the constants say."""
        late, copied = (chance.normal(*how, REAL_TOKENS) for how in (LATE_RETURN, COPY_RETURN))
        return Luck(late, chance.random(REAL_TOKENS) < LATE_HIT, copied, chance.random(REAL_TOKENS) < COPY_HIT)


class _Rows:
    """Trades as they are collected; ids are places in `names`."""

    def __init__(self) -> None:
        self.names: list[str] = ["SOL", "USDC", "USD", "solana", "polymarket", "pool"]
        self.parts: list[dict[str, Ints]] = []

    def ids(self, texts: list[str]) -> Ints:
        first = len(self.names)
        self.names += texts
        return np.arange(first, len(self.names))

    def add(self, wallet: Ints, asset: Ints, side: int, quantity: Floats, sol: Floats, at: Ints) -> None:
        money = np.maximum((sol * SOL).astype(np.int64), 1)
        wallet, asset, money, at, atoms = np.broadcast_arrays(
            wallet, asset, money, at, np.maximum(quantity, 1).astype(np.int64)
        )
        self.parts.append({
            "wallet": wallet, "asset": asset, "side": np.full(len(at), side), "quantity_atoms": atoms, "quote_atoms": money,
            "venue_fee_quote_atoms": (money * FEE).astype(np.int64), "happened_at": at,
        })  # fmt: skip

    def table(self) -> pa.Table:
        columns = {name: np.concatenate([part[name] for part in self.parts]).astype(np.int64) for name in self.parts[0]}
        at = columns["happened_at"]
        place = np.argsort(np.argsort(at, kind="stable"), kind="stable")
        constants = {"market": self.names.index("pool"), "quote": 0, "venue": 3, "program": -1, "tx_index": 0, "ordinal": 0}
        columns |= {name: np.full(len(at), value) for name, value in constants.items()}
        columns |= {"slot": at // (400 * 1_000_000), "row": place}
        order = np.lexsort((columns["row"], at, columns["asset"], columns["wallet"]))
        small = {"wallet", "asset", "market", "quote", "venue", "program"}
        table = {
            name: pa.array(values[order], pa.int32() if name in small else pa.int8() if name == "side" else pa.int64())
            for name, values in columns.items()
        }
        return pa.table(table | {"placed": pa.array(np.ones(len(at), np.bool_))})


def records_of(recipes: Floats, luck: Luck, *, found_out: bool = False) -> Records:
    """All farms in one world. The shown wallet of recipe i is `farm:i`. found_out: throw-away wallets and creator are known to
    be the same hand, so they are booked as one trader."""
    rows = _Rows()
    mains = rows.ids([f"farm:{i}" for i in range(len(recipes))])
    launches: list[tuple[str, str, int]] = []
    graduations: list[tuple[str, int]] = []
    _real_tokens(rows, recipes, mains, luck, launches, graduations)
    _own_tokens(rows, recipes, mains, launches, graduations, found_out=found_out)
    _first_trades(rows, recipes, mains)
    return Records(rows.table(), rows.names, _tables(launches, graduations))


def begins_at(recipes: Floats) -> Ints:
    """When the own tokens of each recipe begin: so many weeks before the last day."""
    return LAST_DAY - (column(recipes, "weeks") * 7 * units.DAY).astype(np.int64)


def _own_tokens(
    rows: _Rows, recipes: Floats, mains: Ints, launches: list[tuple[str, str, int]], graduations: list[tuple[str, int]], *,
    found_out: bool,
) -> None:  # fmt: skip
    tokens, payers = (column(recipes, name).astype(np.int64) for name in ("tokens", "payers"))
    winners = column(recipes, "winners").astype(np.int64)
    pump = pumps(column(recipes, "stake") * (1 + winners), column(recipes, "multiple"))
    farm = np.repeat(np.arange(len(recipes)), tokens)
    nth = np.arange(len(farm)) - np.repeat(np.cumsum(tokens) - tokens, tokens)
    asset = rows.ids([f"own:{i}:{j}" for i, j in zip(farm.tolist(), nth.tolist(), strict=True)])
    span = LAST_DAY - begins_at(recipes)
    at = begins_at(recipes)[farm] + (span[farm] * ((nth + 0.5) / tokens[farm])).astype(np.int64)
    team = 1 + winners[farm]
    stake, got = column(recipes, "stake")[farm] * team, pump.proceeds[farm]
    quote, whole = INITIAL.quote_atoms / SOL, float(INITIAL.token_atoms)
    bought = whole - whole * quote / (quote + stake)
    leave = at + 300 * units.MINUTE
    member = np.repeat(np.arange(len(farm)), team)
    beside = np.arange(len(member)) - np.repeat(np.cumsum(team) - team, team)
    friends = rows.ids([f"friend:{i}:{k}" for i, n in enumerate(winners.tolist()) for k in range(n)])
    hidden = np.append(friends, 0)[np.maximum((np.cumsum(winners) - winners)[farm[member]] + beside - 1, 0)]
    wallet = mains[farm[member]] if found_out else np.where(beside == 0, mains[farm[member]], hidden)
    part = (bought / team, stake / team, got / team)
    rows.add(wallet, asset[member], 0, part[0][member], part[1][member], (at + 5 * units.MINUTE)[member])
    rows.add(wallet, asset[member], 1, part[0][member], part[2][member], leave[member])
    many = payers[farm]
    which = np.repeat(np.arange(len(farm)), many)
    number = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
    helpers = rows.ids([f"helper:{i}:{k}" for i, n in enumerate(payers.tolist()) for k in range(n)])
    helper = helpers[(np.cumsum(payers) - payers)[farm[which]] + number] if len(which) else which
    helper = mains[farm[which]] if found_out else helper
    share = (pump.pushed / np.maximum(payers, 1))[farm[which]]
    # the price rises from the first helper to the last; quantities by the curve
    before = quote + stake[which] + share * number
    quantity = whole * quote * (1 / before - 1 / (before + share))
    rows.add(helper, asset[which], 0, quantity, share, at[which] + 10 * units.MINUTE + number * units.MINUTE)
    rest = (pump.left / np.maximum(payers, 1))[farm[which]]
    rows.add(helper, asset[which], 1, quantity, rest, leave[which] + (5 + number) * units.MINUTE)
    maker = [f"farm:{i}" if found_out else f"maker:{i}" for i in range(len(recipes))]
    names = [rows.names[i] for i in asset.tolist()]
    launches += [(name, maker[i], when) for name, i, when in zip(names, farm.tolist(), at.tolist(), strict=True)]
    grown = nth < column(recipes, "grown")[farm]
    graduations += [(names[i], int(leave[i]) + units.HOUR) for i in np.flatnonzero(grown).tolist()]


def _real_tokens(
    rows: _Rows, recipes: Floats, mains: Ints, luck: Luck, launches: list[tuple[str, str, int]],
    graduations: list[tuple[str, int]],
) -> None:  # fmt: skip
    """Real tokens: a crowd of strangers pays, farms buy a little. Spread over the weeks of each recipe."""
    crowd = rows.ids([f"stranger:{i}" for i in range(CROWD)])
    kinds = (("late", luck.late, luck.late_grown, LATE_MINUTES), ("copies", luck.copied, luck.copied_grown, 300))
    for kind, returns, grown, minutes in kinds:
        count = column(recipes, kind).astype(np.int64)
        farm = np.repeat(np.arange(len(recipes)), count)
        nth = np.arange(len(farm)) - np.repeat(np.cumsum(count) - count, count)
        asset = rows.ids([f"{kind}:{i}:{j}" for i, j in zip(farm.tolist(), nth.tolist(), strict=True)])
        span = LAST_DAY - begins_at(recipes)
        at = begins_at(recipes)[farm] + (span[farm] * ((nth + 0.7) / np.maximum(count[farm], 1))).astype(np.int64)
        at = np.minimum(at, LAST_DAY - 12 * units.HOUR)
        back = np.exp(returns[nth % REAL_TOKENS])
        stake = column(recipes, "real_stake")[farm]
        every = np.repeat(np.arange(len(farm)), CROWD)
        rows.add(np.tile(crowd, len(farm)), asset[every], 0, 1e12 / np.maximum(back[every], 1.0) / 1.3,
                 np.full(len(every), float(CROWD_SOL)), at[every] + 30 * units.MINUTE)  # fmt: skip
        rows.add(mains[farm], asset, 0, stake / CROWD_SOL * 1e12, stake, at)
        rows.add(mains[farm], asset, 1, stake / CROWD_SOL * 1e12, stake * back, at + 2 * units.HOUR)
        names = [rows.names[i] for i in asset.tolist()]
        launches += [(name, "somebody", int(when) - 60 * units.MINUTE) for name, when in zip(names, at, strict=True)]
        graduations += [(names[i], int(at[i]) + minutes * units.MINUTE) for i in np.flatnonzero(grown[nth % REAL_TOKENS])]


def _first_trades(rows: _Rows, recipes: Floats, mains: Ints) -> None:
    """One small trade long ago: age."""
    old = np.flatnonzero(column(recipes, "aged_days") >= 1)
    asset = rows.ids(["old"])
    at = LAST_DAY - (column(recipes, "aged_days")[old] * units.DAY).astype(np.int64)
    rows.add(mains[old], np.repeat(asset, len(old)), 0, np.full(len(old), 1e6), np.full(len(old), 0.05), at)
    rows.add(mains[old], np.repeat(asset, len(old)), 1, np.full(len(old), 1e6), np.full(len(old), 0.05), at + units.HOUR)


def _tables(launches: list[tuple[str, str, int]], graduations: list[tuple[str, int]]) -> dict[str, pa.Table]:
    """Launches, graduations, and the price of SOL: a daily swing that is small, larger and large by turns."""
    hours = np.arange(24 * 200)
    swing = np.array([0.003, 0.008, 0.02])[(hours // (24 * 7)) % 3]
    swing[-24 * 10 :] = 0.008
    price = (150e6 * (1 + swing * (hours % 2) * (1 + 1e-4 * hours))).astype(np.int64)
    first = LAST_DAY - len(hours) * units.HOUR
    return {
        "launches": pa.table({
            "id": [f"launch:{i}" for i in range(len(launches))], "asset": [row[0] for row in launches],
            "wallet": [row[1] for row in launches], "creator": [row[1] for row in launches],
            "happened_at": [row[2] for row in launches], "slot": [row[2] // 400_000_000 for row in launches],
        }),
        "graduations": pa.table({
            "id": [f"graduation:{i}" for i in range(len(graduations))], "asset": [row[0] for row in graduations],
            "happened_at": pa.array([row[1] for row in graduations], pa.int64()),
        }),
        "prices": pa.table({
            "id": [f"price:{i}" for i in hours.tolist()], "asset": ["SOL"] * len(hours), "quote": ["USD"] * len(hours),
            "quote_atoms": price, "asset_atoms": np.full(len(hours), units.LAMPORTS_PER_SOL),
            "happened_at": first + hours * units.HOUR,
        }),
    }  # fmt: skip
