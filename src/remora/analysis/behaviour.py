"""What kind of trader a wallet is (WAL-05, U-25, D-33): type and behaviour, each with a confidence and its reasons.

Infrastructure is set apart first. A wallet with too few trades is "unknown", with the reason; what nobody recorded
is not held against it but widens `bot_high`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from remora.analysis import structure
from remora.analysis.botsigns import Signs, signs
from remora.analysis.entries import entries
from remora.analysis.exact import Bools, Ints
from remora.analysis.past import POLYMARKET, SOLANA, Codes, Ids, Past
from remora.analysis.reasons import Evidence, reasons
from remora.analysis.roles import Roles, roles
from remora.analysis.selftrades import self_trades
from remora.analysis.traits import Traits, totals, traits

Floats = NDArray[np.float64]

WALLET_TYPES: Final = ("normal", "bot", "dev", "whale", "sybil", "influencer")
BEHAVIOURS: Final = (
    "organic", "bot", "sniper", "insider", "bundler", "market_maker", "volume_bot", "whale", "lottery", "unknown",
)  # fmt: skip
NORMAL, BOT, DEV, WHALE, SYBIL, INFLUENCER = range(6)
UNKNOWN: Final = BEHAVIOURS.index("unknown")


@dataclass(frozen=True)
class Rules:
    """Thresholds of U-25, lessons 7-8 and the rules proposed beside them; confidences of each."""

    enough_trades: int = 10
    bot_gap_seconds: float = 5.0
    bot_score: float = 0.6
    bot_confidence: float = 0.8
    whale_lamports: int = 1000 * 10**9
    whale_micro_usd: int = 200_000 * 10**6
    whale_confidence: float = 0.7
    influencer_wins: float = 0.75
    influencer_graduates: int = 5
    influencer_confidence: float = 0.6
    dev_tokens: int = 3
    dev_share: float = 0.5
    dev_confidence: float = 0.7
    sniper_tokens: int = 3
    sniper_share: float = 0.5
    insider_share: float = 0.2
    bundle_share: float = 0.2
    first_bundles: int = 3
    first_share: float = 0.5
    maker_markets: int = 5
    maker_share: float = 0.5
    maker_trades: int = 50
    scalper_share: float = 0.1
    scalper_trades: int = 100
    wash_share: float = 0.5
    wash_trades: int = 20
    lottery_buys: int = 10
    lottery_share: float = 0.7
    lottery_lamports: int = 100_000_000
    lottery_sold: float = 0.3
    fast_gaps: int = 5
    reciprocal: int = 3


@dataclass(frozen=True)
class Behaviours:
    """By wallet rank. wallet_type, behaviour: places in WALLET_TYPES and BEHAVIOURS, confidences 0..1.

    bot_score: weighted share of the 14 signs (U-25), at least `bot_confidence` where the pace alone gives a bot away;
    bot_high: if all unknown signs were present. suspicious: number of findings (U-27). response_ms: U-32, NaN unknown.
    excluded: no person (infrastructure), never ranked; `infrastructure` says what each is.
    """

    wallet_type: Codes
    type_confidence: Floats
    behaviour: Codes
    behaviour_confidence: Floats
    bot_score: Floats
    bot_high: Floats
    suspicious: Ints
    response_ms: Floats
    excluded: Bools
    infrastructure: dict[int, str]
    traits: Traits
    roles: Roles
    signs: Signs
    findings: dict[str, Ints]
    whale: Bools

    def __len__(self) -> int:
        """Number of wallets."""
        return len(self.wallet_type)

    def of(self, behaviour: str) -> Bools:
        """Which wallets behave so."""
        return np.asarray(self.behaviour == BEHAVIOURS.index(behaviour))

    def reasons(self, wallet: int) -> list[str]:
        """Why it is called what it is called, in sentences with their figures."""
        evidence = Evidence(self.traits, self.roles, self.signs, self.infrastructure, self.findings, self.whale)
        return reasons(evidence, wallet, told=bool(self.behaviour[wallet] != UNKNOWN))


Candidates = list[tuple[int, Bools, Floats]]


def behaviours(past: Past, rules: Rules | None = None) -> Behaviours:
    """The kind of every wallet, as known at the past's instant."""
    rules = rules or Rules()
    rows = entries(past)
    t = traits(past, rows)
    r = roles(past, rows)
    s = signs(past, t, r)
    infrastructure = structure.no_people(past)
    excluded = np.zeros(len(past.wallets), np.bool_)
    excluded[list(infrastructure)] = True
    paced = (t.gaps >= rules.enough_trades) & (2 * t.gaps >= t.actions) & (t.mean_gap < rules.bot_gap_seconds)
    score = np.maximum(s.low(), np.where(paced, rules.bot_confidence, 0.0))
    behaviour, confidence = _surest(_behaviours(past, t, r, score, rules), len(past.wallets), UNKNOWN)
    organic = (behaviour == UNKNOWN) & (t.actions >= rules.enough_trades)
    high = np.maximum(s.high(), score)
    behaviour[organic] = BEHAVIOURS.index("organic")
    confidence[organic] = ((1 - high) * t.actions / (t.actions + 2 * rules.enough_trades))[organic]
    behaviour[excluded], confidence[excluded] = UNKNOWN, 0.0
    kinds = _types(past, t, r, behaviour, confidence, rules)
    wallet_type, type_confidence = _surest(kinds, len(past.wallets), NORMAL)
    normal = (wallet_type == NORMAL) & organic
    type_confidence[normal] = confidence[normal]
    wallet_type[excluded], type_confidence[excluded] = NORMAL, 0.0
    findings = suspicions(past, t, rules)
    suspicious = np.sum(list(findings.values()), axis=0)
    return Behaviours(
        wallet_type, type_confidence, behaviour, confidence, score, high, suspicious, t.response_ms,
        excluded, infrastructure, t, r, s, findings,
        _whales(past, t, rules),
    )  # fmt: skip


def with_sybils(found: Behaviours, member: Bools, confidence: Floats) -> Behaviours:
    """The same with the type sybil where a wallet is of a cluster (not a harmless one) more surely than anything else."""
    here = member & ~found.excluded & (confidence > found.type_confidence)
    return replace(
        found,
        wallet_type=np.where(here, SYBIL, found.wallet_type).astype(np.int8),
        type_confidence=np.where(here, confidence, found.type_confidence),
    )


def with_self_trades(found: Behaviours, past: Past, of: Ids) -> Behaviours:
    """The same with one more finding for each trade of a cluster with itself (U-27). of: cluster by wallet, -1 none."""
    findings = {**found.findings, "self": self_trades(past, of)}
    return replace(found, findings=findings, suspicious=np.sum(list(findings.values()), axis=0))


def _surest(candidates: Candidates, wallets: int, default: int) -> tuple[Codes, Floats]:
    """The candidate of the highest confidence for each wallet; of equals the first named."""
    best, code = np.zeros(wallets), np.full(wallets, default, np.int8)
    for place, where, confidence in candidates:
        better = where & (confidence > best)
        best[better], code[better] = confidence[better], place
    return code, best


def _share(part: Ints, whole: Ints) -> Floats:
    return np.asarray(part / np.maximum(whole, 1))


def _behaviours(past: Past, t: Traits, r: Roles, score: Floats, rules: Rules) -> Candidates:
    on_solana, on_polymarket = past.venue == SOLANA, past.venue == POLYMARKET
    code = BEHAVIOURS.index
    insider = (r.insider >= 2) | ((r.insider >= 1) & (_share(r.insider, t.tokens) >= rules.insider_share))
    often = (r.insider >= 2) & (2 * r.insider >= t.tokens)
    tx_share, slot_share = _share(r.tx_bundles, t.entered), _share(r.launch_bundles, t.entered)
    in_tx = (r.tx_bundles >= 2) | ((r.tx_bundles >= 1) & (tx_share >= rules.bundle_share))
    in_slot = (r.launch_bundles >= 1) & (slot_share >= rules.bundle_share)
    # in the very slot of the launch every time, or paid by the creator as well: two strong signs together
    sure = in_slot & ((r.insider >= 1) | ((r.launch_bundles >= rules.first_bundles) & (r.launch_bundles >= 0.9 * r.sniped)))
    first_share = _share(r.first_bundles, t.entered)
    in_first = (r.first_bundles >= rules.first_bundles) & (first_share >= rules.first_share)
    sniped = _share(r.sniped, r.timed)
    maker = (r.markets >= rules.maker_markets) & (_share(r.both_sides, r.markets) > rules.maker_share)
    quick = (t.actions >= rules.maker_trades) & (r.markets >= rules.maker_markets)
    quick &= (_share(r.quick_assets, t.tokens) > rules.maker_share) & on_polymarket
    both_ways = on_solana & (t.actions >= rules.scalper_trades) & (_share(r.churned, t.tokens) >= rules.scalper_share)
    washing = (t.trades >= rules.wash_trades) & (_share(r.washed_money, t.volume) > rules.wash_share)
    cheap = on_polymarket & (t.buys >= rules.lottery_buys) & (_share(r.cheap, t.buys) >= rules.lottery_share)
    small = on_solana & (t.entered >= rules.lottery_buys) & (_mean_buy(past, t) < rules.lottery_lamports)
    small &= t.sells <= rules.lottery_sold * t.entered
    flat = np.full(len(t.trades), 1.0)
    return [
        (code("insider"), insider, np.where(often, 0.9, np.minimum(0.85, 0.6 + 0.1 * (r.insider - 1)))),
        (code("bundler"), in_tx, np.minimum(0.97, 0.92 + 0.01 * r.tx_bundles)),
        (code("bundler"), in_slot, np.minimum(0.8, 0.5 + 0.1 * (r.launch_bundles - 1)) * np.minimum(1.0, 2 * slot_share)),
        (code("bundler"), sure, 0.91 * flat),
        (code("bundler"), in_first, np.minimum(0.8, 0.4 + 0.1 * r.first_bundles)),
        (code("market_maker"), maker, 0.5 + 0.4 * _share(r.both_sides, r.markets)),
        (code("market_maker"), quick | both_ways, 0.75 * flat),
        (code("volume_bot"), washing, 0.85 * flat),
        (code("sniper"), (r.sniped >= rules.sniper_tokens) & (sniped >= rules.sniper_share), 0.89 * sniped),
        (code("lottery"), cheap | small, 0.6 * flat),
        (code("bot"), score >= rules.bot_score, score),
        (code("whale"), _whales(past, t, rules), rules.whale_confidence * flat),
    ]


def _whales(past: Past, t: Traits, rules: Rules) -> Bools:
    """Volume above 1000 SOL (U-25), or about as much in dollars."""
    least = np.where(past.venue == SOLANA, rules.whale_lamports, rules.whale_micro_usd)
    return np.asarray((t.trades > 0) & (t.volume > least))


def _mean_buy(past: Past, t: Traits) -> Floats:
    tape = past.tape
    bought = tape.side == 0
    return totals(tape.wallet[bought], tape.money[bought], len(t.trades)) / np.maximum(t.buys, 1)


def _types(past: Past, t: Traits, r: Roles, behaviour: Codes, confidence: Floats, rules: Rules) -> Candidates:
    machines = [BEHAVIOURS.index(name) for name in ("bot", "sniper", "volume_bot", "market_maker", "bundler")]
    first = (r.first_buys >= rules.dev_tokens) & (_share(r.first_buys, r.judged) > rules.dev_share)
    creator = (r.created >= rules.dev_tokens) | ((r.created >= 1) & (_share(r.created, t.tokens) >= rules.dev_share))
    labelled = np.zeros(len(t.trades), np.bool_)
    kol = [w for w, kind in zip(past.labels.wallet.tolist(), past.labels.kind, strict=True) if kind == "kol"]
    labelled[kol] = True
    flat = np.full(len(t.trades), 1.0)
    return [
        (DEV, creator, 0.9 * flat),
        (DEV, first, rules.dev_confidence * flat),
        (BOT, np.isin(behaviour, machines), confidence),
        (INFLUENCER, labelled, rules.whale_confidence * flat),
        (INFLUENCER, _winner_of_graduates(past, rules), rules.influencer_confidence * flat),
        (WHALE, _whales(past, t, rules), rules.whale_confidence * flat),
    ]


def _winner_of_graduates(past: Past, rules: Rules) -> Bools:
    """Win rate over 75 % and more than 5 graduated tokens (U-25), of positions that were sold or settled."""
    n, wallet = len(past.wallets), past.column("wallet")
    done = (past.column("sells") > 0) | (past.column("settled") > 0)
    wins = np.bincount(wallet[done & (past.column("realized_quote_atoms") > 0)], minlength=n)
    graduated = past.tokens.graduated_at[past.column("asset")] >= 0
    graduates = np.bincount(wallet[graduated], minlength=n)
    finished = np.bincount(wallet[done], minlength=n)
    rate = wins / np.maximum(finished, 1)
    return np.asarray((rate > rules.influencer_wins) & (graduates > rules.influencer_graduates))


def suspicions(past: Past, t: Traits, rules: Rules) -> dict[str, Ints]:
    """Findings by name, 0 or 1 by wallet (U-27): gaps under a second, round amounts, money sent to and fro."""
    fast = t.fast_gaps > rules.fast_gaps
    rounds = (t.buys >= rules.enough_trades) & (2 * t.round_buys > t.buys)
    return {
        "fast": fast.astype(np.int64),
        "round": rounds.astype(np.int64),
        "reciprocal": (_reciprocal(past) > rules.reciprocal).astype(np.int64),
    }


def _reciprocal(past: Past) -> Ints:
    """Transfers by wallet that were matched by one of the same pair in the other direction."""
    moves, n = past.moves, len(past.wallets)
    known = (moves.sender >= 0) & (moves.receiver >= 0) & (moves.sender != moves.receiver)
    a, b = moves.sender[known].astype(np.int64), moves.receiver[known].astype(np.int64)
    pairs, place = np.unique((np.minimum(a, b) << 32) + np.maximum(a, b), return_inverse=True)
    up = np.bincount(place[a < b], minlength=len(pairs))
    down = np.bincount(place[a > b], minlength=len(pairs))
    both = 2 * np.minimum(up, down)
    total = np.bincount(pairs >> 32, both, n) + np.bincount(pairs & 0xFFFFFFFF, both, n)
    return total.astype(np.int64)
