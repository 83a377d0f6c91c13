"""The score of every token as of T, 0-999: technical 333 + holders 333 + smart wallets 333 (TOK-01), each as a range.

Scored are Solana tokens that traded in the last 24 hours of T or that a smart wallet bought. The three parts are the pure
formulas that live rules use; here their inputs are gathered for all tokens at once. What cannot be told makes the total a
range (TOK-39): the percentile ranks by its lower end, what is certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from remora.analysis.columns import UNKNOWN
from remora.analysis.exact import Bools, Ints, group_sums
from remora.analysis.gather import key
from remora.analysis.past import BUY, SOLANA, Ids, Past
from remora.analysis.tokenholders import TokenHolders, token_holders
from remora.analysis.tokentape import LAUNCHED, MAYBE_CURVE, TokenTape, falls, token_tape
from remora.formulas import holders as holding
from remora.formulas import signalparts, technical, tokenparts
from remora.formulas.curve import INITIAL_REAL_TOKEN_ATOMS, SUPPLY_ATOMS
from remora.formulas.holders import HolderPart, HolderRules
from remora.formulas.ranges import Range, total
from remora.formulas.technical import Technical, TechnicalRules, TokenState
from remora.formulas.tokenparts import Buyer, WalletPart, WalletRules
from remora.model.units import DAY, MINUTE

Floats = NDArray[np.float64]

TOTAL_MAX: Final = 999.0
ACTIVE: Final = DAY
"""Tokens without a trade for longer are scored only if smart wallets bought them."""
EARLY: Final = 5 * MINUTE
"""Who bought so soon after the launch (or the first trade, where no launch is known) is an early buyer."""
COVERED: Final = 0.9
"""The holder part is known where we know who holds this share of what the curve has sold."""
PUMP_SUFFIX: Final = "pump"
DEFAULT_REPUTATION: Final = 50.0


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is thought of each wallet at T, by wallet rank; by cluster number where said. None: not worked out, so unknown.

    points: 0-1000. smart: who may count as smart (else the points alone decide). reputation: 0-100. cluster_of: -1 none.
    bot, suspicious: signs of it. excluded: no person.
    """

    points: Floats | None = None
    smart: Bools | None = None
    reputation: Floats | None = None
    cluster_of: Ids | None = None
    cluster_confidence: Floats | None = None
    cluster_risk: Floats | None = None
    """By cluster."""
    whitelisted: Bools | None = None
    """By cluster."""
    bot_network: Bools | None = None
    """By cluster."""
    bot: Bools | None = None
    suspicious: Bools | None = None
    excluded: Bools | None = None


@dataclass(frozen=True, kw_only=True)
class TokenRules:
    """The rules of the three parts."""

    wallet: WalletRules = tokenparts.RULES
    technical: TechnicalRules = technical.RULES
    holder: HolderRules = holding.RULES


RULES: Final = TokenRules()
CLASSIC: Final = TokenRules(technical=technical.CLASSIC, holder=holding.CLASSIC)


@dataclass(frozen=True)
class _Bought:
    """Purchases of smart wallets: one row per token (place) and wallet, sorted."""

    place: Ints
    wallet: Ints
    lamports: Ints


def tokens(
    past: Past, standing: Standing, *, rules: TokenRules = RULES, adjustment: float = 1.0,
    similar: Mapping[int, tuple[int, int]] | None = None,
) -> pa.Table:  # fmt: skip
    """One row per scored token, sorted by asset.

    adjustment: the market's, 0.8-1.2 (U-14). similar: asset -> (successes, number) of similar signals with a known outcome
    (U-09); without it the quality is 'unknown', or 'suspicious'.
    Columns: asset; low, high (0-999), points (null unless known), percentile; `wallet_*`, `technical_*`, `holder_*` ranges;
    the parts of each; smart_wallets (ranks), smart_sol (lamports), quality; progress (%), velocity (% an hour), cap
    (lamports); selling_off; holders, coverage, holder_seen_low/high (what the known holders alone would give); risk_low,
    risk_high (U-24); herfindahl, top1_share of smart money (U-04); early_buyers; last_at. Shapes and nulls as in `_row`.
    """
    points = np.full(len(past.wallets), np.nan) if standing.points is None else standing.points
    out = np.zeros(len(past.wallets), np.bool_) if standing.excluded is None else standing.excluded.copy()
    out[list(past.infrastructure)] = True
    smart = (points >= rules.wallet.smart_score) & ~out
    if standing.smart is not None:
        smart &= standing.smart
    assets, bought = _chosen(past, smart)
    if not len(assets):
        return pa.table(_columns([]) | {"percentile": pa.array([], pa.float64())})
    entity_of = np.arange(len(past.wallets), dtype=np.int64)
    if standing.cluster_of is not None:
        clusters = standing.cluster_of.astype(np.int64)
        entity_of = np.where(clusters >= 0, len(past.wallets) + clusters, entity_of)
    curved = _on_curve(past, assets)
    tape = token_tape(past, assets, curved, entity_of)
    none = np.zeros(len(past.wallets), np.bool_)
    marks = {"out": out, "bots": none if standing.bot is None else standing.bot, "smart": smart,
             "suspicious": none if standing.suspicious is None else standing.suspicious}  # fmt: skip
    held = token_holders(past, assets, entity_of, marks)
    buyers = _buyers(past, standing, bought, points)
    early = _early(past, assets, entity_of, out)
    priced = ~np.isnan(tape.price)
    sellings = falls(tape.closes, past.as_of)
    rows = []
    for place, asset in enumerate(assets.tolist()):
        crowd = buyers.get(place, [])
        wallet = _wallet_part(crowd, standing, adjustment, rules)
        state = TokenState(
            progress=_known(tape.progress[place]), velocity=_known(tape.velocity[place]), steps=tape.steps_of(place),
            cap=round(tape.price[place] * SUPPLY_ATOMS) if curved[place] and priced[place] else None, flow=tape.flow(place),
            fall=sellings[place] if priced[place] else None,
        )  # fmt: skip
        tech = technical.technical(state, rules.technical)
        facts = {"asset": asset, "last_at": int(tape.last_at[place]), "early_buyers": int(early[place])}
        facts |= _wallet_row(crowd, wallet, (similar or {}).get(asset, (0, 0))) | _technical_row(state, tech)
        holder, more = _holder_row(held, tape, place, bool(curved[place]), standing, state, rules)
        rows.append(facts | more | _total(wallet.points, tech.points, holder.points))
    low = np.array([row["low"] for row in rows])
    table = pa.table(_columns(rows))
    return table.append_column("percentile", pa.array(_percentiles(low)))


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _chosen(past: Past, smart: Bools) -> tuple[Ints, _Bought]:
    """(ranks of the tokens to score, ascending; purchases of smart wallets with places among them)."""
    tape = past.tape
    here = np.flatnonzero(tape.venue == SOLANA)
    recent = np.zeros(len(past.assets), np.bool_)
    recent[tape.asset[here[past.as_of - tape.at[here] < ACTIVE]]] = True
    rows = here[(tape.side[here] == BUY) & smart[tape.wallet[here]]]
    recent[tape.asset[rows]] = True
    assets = np.flatnonzero(recent)
    keys, group = np.unique(key(np.searchsorted(assets, tape.asset[rows]), tape.wallet[rows]), return_inverse=True)
    lamports, _ = group_sums(group, tape.money[rows], len(keys))
    return assets, _Bought(keys >> 32, (keys & 0xFFFFFFFF) - (1 << 31), lamports)


def _on_curve(past: Past, assets: Ints) -> Ints:
    """Tokens that began on Pump's bonding curve: launched there as far as we saw, or maybe, named as its mints are."""
    named = np.array([past.assets[asset].endswith(PUMP_SUFFIX) for asset in assets.tolist()], np.bool_)
    return np.where(past.tokens.launched_at[assets] >= 0, LAUNCHED, np.where(named, MAYBE_CURVE, 0))


def _buyers(past: Past, standing: Standing, bought: _Bought, points: Floats) -> dict[int, list[Buyer]]:
    """Smart buyers by place. profit: realised dollars as far as they are known, None where nothing is."""
    profit = past.column("realized_micro_usd")
    sure = past.known("realized_micro_usd")
    wallet = past.column("wallet")[sure]
    sums = group_sums(wallet, profit[sure], len(past.wallets))[0]
    some = np.bincount(wallet, minlength=len(past.wallets)) > 0
    found: dict[int, list[Buyer]] = {}
    for place, who, lamports in zip(bought.place.tolist(), bought.wallet.tolist(), bought.lamports.tolist(), strict=True):
        cluster = UNKNOWN if standing.cluster_of is None else int(standing.cluster_of[who])
        confidence = standing.cluster_confidence
        found.setdefault(place, []).append(Buyer(
            wallet=past.wallets[who], entity=past.wallets[who] if cluster < 0 else f"cluster:{cluster}",
            score=float(points[who]), lamports=lamports, profit=int(sums[who]) if some[who] else None,
            reputation=DEFAULT_REPUTATION if standing.reputation is None else float(standing.reputation[who]),
            cluster_confidence=0.0 if cluster < 0 or confidence is None else float(confidence[who]),
            cluster_risk=_of_cluster(standing.cluster_risk, cluster),
            whitelisted=cluster >= 0 and standing.whitelisted is not None and bool(standing.whitelisted[cluster]),
            bot_network=cluster >= 0 and standing.bot_network is not None and bool(standing.bot_network[cluster]),
        ))  # fmt: skip
    return found


def _of_cluster(risk: Floats | None, cluster: int) -> float | None:
    if cluster < 0:
        return 0.0
    return None if risk is None else float(risk[cluster])


def _early(past: Past, assets: Ints, entity_of: Ints, out: Bools) -> Ints:
    """Entities that bought within EARLY of the launch, or of the first trade where the launch is unknown."""
    tape = past.tape
    starts = tape.asset_starts(len(past.assets))
    first = np.full(len(past.assets), np.iinfo(np.int64).max)
    first[assets] = tape.at[tape.by_asset[starts[assets]]]
    launched = past.tokens.launched_at
    first = np.where(launched >= 0, launched, first)
    here = (tape.side == BUY) & (tape.at - first[tape.asset] <= EARLY) & ~out[tape.wallet]
    here &= np.isin(tape.asset, assets)
    pairs = np.unique(key(np.searchsorted(assets, tape.asset[here]), entity_of[tape.wallet[here]]))
    return np.bincount(pairs >> 32, minlength=len(assets))


def _wallet_part(crowd: list[Buyer], standing: Standing, adjustment: float, rules: TokenRules) -> WalletPart:
    if standing.points is None:
        return _no_wallet_part()
    known = standing.cluster_of is not None
    return tokenparts.wallet_part(crowd, adjustment=adjustment, clusters_known=known, rules=rules.wallet)


def _no_wallet_part() -> WalletPart:
    """Nobody was scored: nothing can be said."""
    return WalletPart(
        points=Range(0.0, tokenparts.PART_MAX), count=0.0, quality=0.0, investment=0.0, penalty=Range(0.0, 0.0), adjustment=1.0,
        entities=0, excluded=0, lamports=0, clustered_share=0.0, suspicious=False,
    )  # fmt: skip


def _total(*parts: Range) -> dict[str, Any]:
    whole = total(parts).clamped(0.0, TOTAL_MAX)
    row = {"low": whole.low, "high": whole.high, "points": _known(whole.points)}
    for name, part in zip(("wallet", "technical", "holder"), parts, strict=True):
        row |= {f"{name}_low": part.low, f"{name}_high": part.high}
    return row


def _wallet_row(crowd: list[Buyer], part: WalletPart, similar: tuple[int, int]) -> dict[str, Any]:
    money: dict[str, int] = {}
    for buyer in crowd:
        money[buyer.entity] = money.get(buyer.entity, 0) + buyer.lamports
    spread = signalparts.concentration(money)
    return {
        "count": part.count, "quality_points": part.quality, "investment": part.investment, "penalty_low": part.penalty.low,
        "penalty_high": part.penalty.high, "adjustment": part.adjustment, "smart_entities": part.entities,
        "smart_excluded": part.excluded, "smart_sol": part.lamports, "clustered_share": part.clustered_share,
        "smart_wallets": sorted(buyer.wallet for buyer in crowd), "herfindahl": spread.herfindahl,
        "top1_share": spread.top1_share, "quality": signalparts.quality(*similar, suspicious=part.suspicious).word,
    }  # fmt: skip


def _technical_row(state: TokenState, part: Technical) -> dict[str, Any]:
    row: dict[str, Any] = {
        "progress": state.progress,
        "velocity": state.velocity,
        "cap": state.cap,
        "selling_off": part.selling_off,
    }
    for name in ("curve", "market_cap", "health", "sell_off"):
        found: Range = getattr(part, name)
        row |= {f"{name}_low": found.low, f"{name}_high": found.high}
    return row


def _holder_row(
    held: TokenHolders, tape: TokenTape, place: int, curved: bool, standing: Standing, state: TokenState, rules: TokenRules
) -> tuple[HolderPart, dict[str, Any]]:
    bots, smart = standing.bot is not None, standing.points is not None
    found = held.holders(place, pump_supply=curved, bots_known=bots, smart_known=smart)
    risk = holding.token_risk(held.risk(place, pump_supply=curved, bots_known=bots)).overall
    seen = holding.holder_part(found, state.progress, rules.holder)
    sold = None if state.progress is None else INITIAL_REAL_TOKEN_ATOMS * state.progress / 100
    coverage = None if not sold else min(int(held.atoms[place]) / sold, 1.0)
    part = seen if coverage is not None and coverage >= COVERED else holding.UNKNOWN
    if part is holding.UNKNOWN:  # who is not seen may hold anything
        risk = Range(0.0, 100.0)
    row = {
        "holders": found.holders, "gini": found.gini, "top_share": found.top_share, "bot_share": found.bot_share,
        "smart_share": found.smart_share, "coverage": coverage, "holder_seen_low": seen.points.low,
        "holder_seen_high": seen.points.high, "risk_low": risk.low, "risk_high": risk.high,
    }  # fmt: skip
    for name in ("distribution", "quality", "activity"):
        third: Range = getattr(part, name)
        row |= {f"holder_{name}_low": third.low, f"holder_{name}_high": third.high}
    return part, row


_INTS: Final = ("asset", "last_at", "early_buyers", "smart_entities", "smart_excluded", "smart_sol", "cap", "holders")
_OTHERS: Final = {"quality": pa.string(), "smart_wallets": pa.list_(pa.string()), "selling_off": pa.bool_()}
_FLOATS: Final = (
    "low", "high", "points", "wallet_low", "wallet_high", "technical_low", "technical_high", "holder_low",
    "holder_high", "count", "quality_points", "investment", "penalty_low", "penalty_high", "adjustment",
    "clustered_share", "herfindahl", "top1_share", "progress", "velocity", "curve_low", "curve_high", "market_cap_low",
    "market_cap_high", "health_low", "health_high", "sell_off_low", "sell_off_high", "holder_distribution_low",
    "holder_distribution_high", "holder_quality_low", "holder_quality_high", "holder_activity_low",
    "holder_activity_high", "holder_seen_low", "holder_seen_high", "coverage", "gini", "top_share", "bot_share",
    "smart_share", "risk_low", "risk_high",
)  # fmt: skip


def _columns(rows: list[dict[str, Any]]) -> dict[str, pa.Array]:
    kinds = dict.fromkeys(_INTS, pa.int64()) | dict.fromkeys(_FLOATS, pa.float64()) | _OTHERS
    return {name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()}


def _percentiles(low: Floats) -> Floats:
    """Exact rank, 0..100: the share of the other tokens with fewer points, equal ones count half."""
    if len(low) < 2:
        return np.full(len(low), 100.0)
    ordered = np.sort(low)
    below, upto = np.searchsorted(ordered, low, side="left"), np.searchsorted(ordered, low, side="right")
    return np.asarray((below + (upto - below - 1) / 2) / (len(low) - 1) * 100)
