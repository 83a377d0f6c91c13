"""Ranking by presence: luck of the busy and fashion are taken out, accounts that are everywhere are left out."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import numpy as np

from analysis import pasts
from analysis.words import Story
from remora.analysis.behaviour import behaviours
from remora.analysis.past import Past, Seen
from remora.analysis.presence import presence
from remora.analysis.structure import no_people
from remora.model.ids import is_solana_address
from remora.model.units import DAY
from remora.venues.solana import infrastructure
from shared_data import shared

TOKENS, WALLETS, DONE = 400, 300, 4
BASE = 1_726_000_000 * 10**9


def matrix(places: set[tuple[int, int]], completed: int = DONE, days: bool = True, **more: object) -> Past:
    """A past of presences alone: wallet numbers and token numbers; the first tokens completed; 200 tokens a day."""
    empty = pasts.past(Story(), as_of=BASE + 100 * DAY, **more)  # type: ignore[arg-type]
    assets = 1 + max(asset for _, asset in places)
    wallets = 1 + max(wallet for wallet, _ in places)
    pairs = np.array(sorted((asset, wallet) for wallet, asset in places))
    number = np.arange(assets)
    spread = np.full(assets, -1)
    launched = BASE + number // 200 * DAY if days else spread
    graduated = np.where(number < completed, BASE + 50 * DAY, -1)
    tokens = replace(
        empty.tokens, launched_at=launched, launch_slot=spread, creator=spread.astype(np.int32),
        signer=spread.astype(np.int32), graduated_at=graduated, market=spread.astype(np.int32),
        outcome=spread.astype(np.int8), payout=np.full(assets, np.nan), resolved_at=spread,
    )  # fmt: skip
    seen = Seen(pairs[:, 1].astype(np.int32), pairs[:, 0].astype(np.int32))
    names = [f"w{i:04d}" for i in range(wallets)]
    return replace(empty, wallets=names, assets=[f"t{i:05d}" for i in range(assets)], tokens=tokens, seen=seen)


def crowd(seed: int = 1) -> set[tuple[int, int]]:
    """People who trade a dozen tokens each, the completed ones three times as often as others."""
    chance = np.random.default_rng(seed)
    weight = np.where(np.arange(TOKENS) < DONE, 3.0, 1.0)
    places = set()
    for wallet in range(WALLETS):
        for asset in chance.choice(TOKENS, 12, replace=False, p=weight / weight.sum()):
            places.add((wallet, int(asset)))
    return places


def test_nobody_stands_out_of_a_crowd() -> None:
    found = presence(matrix(crowd()))
    assert found.q[found.ranked()].min() > 0.1
    assert found.place_base > 2 * found.base  # popular tokens complete: the chance model knows it


def test_who_knows_stands_first_with_lift_over_chance() -> None:
    places = crowd() | {(WALLETS, asset) for asset in (0, 1, 2, 3, 50, 51, 52, 53, 54)}
    past = matrix(places)
    found = presence(past)
    first = found.table(past.wallets, 3).to_pylist()[0]
    assert (first["wallet"], first["completed"], first["tokens"]) == ("w0300", 4, 9)
    assert first["q"] < 0.05
    assert first["lift_low"] > 3


def test_the_busy_are_not_the_knowing() -> None:
    """All four completed curves, but also half of all tokens: expected by chance."""
    places = crowd() | {(WALLETS, asset) for asset in range(150)}
    found = presence(matrix(places))
    assert found.completed[WALLETS] == 4
    assert found.p[WALLETS] > 0.1


def test_an_account_in_everything_is_left_out_by_its_days() -> None:
    places = crowd() | {(WALLETS, asset) for asset in range(TOKENS)}
    past = matrix(places)
    assert no_people(past) == {WALLETS: "everywhere: seen in up to 200 new tokens a day"}
    assert WALLETS not in presence(past).ranked()


def test_without_days_the_share_of_all_tokens_tells() -> None:
    past = matrix({(0, asset) for asset in range(2000)} | {(1, asset) for asset in range(1500)}, days=False)
    assert no_people(past) == {0: "everywhere: seen in 2000 of 2000 tokens"}


def test_the_list_counts_even_where_structure_says_nothing() -> None:
    past = replace(matrix(crowd()), infrastructure={5: "bot_fee"})
    assert presence(past, behaviours(past)).left_out == {5: "bot_fee"}


def test_who_is_only_there_when_curves_complete_comes_with_them() -> None:
    places = crowd() | {(WALLETS, asset) for asset in range(6)}
    found = presence(matrix(places, completed=6))
    assert found.left_out == {WALLETS: "comes with completion: 6 of its 6 tokens"}


def test_few_tokens_are_not_ranked() -> None:
    places = crowd() | {(WALLETS, 0), (WALLETS, 1)}
    found = presence(matrix(places))
    assert WALLETS not in found.ranked()
    assert found.q[WALLETS] == 1.0


def recorded() -> Past:
    """The eight days of the recorded matrix."""
    coins: dict[str, tuple[int, bool, set[str]]] = {}
    for file in sorted(shared("solana/matrix").glob("*.gz")):
        for row in json.loads(gzip.decompress(file.read_bytes())):
            _, done, traders = coins.get(row["mint"], (0, False, set()))
            traders |= {wallet for wallet in row["traders"] if is_solana_address(wallet)}
            coins[row["mint"]] = (row["creation"], done or abs(row["mc"] - 115.005359) < 1e-6, traders)
    mints = sorted(coins, key=lambda mint: (not coins[mint][1], mint))  # completed ones first
    wallets = sorted(set().union(*(traders for _, _, traders in coins.values())))
    rank = {wallet: number for number, wallet in enumerate(wallets)}
    places = {(rank[wallet], number) for number, mint in enumerate(mints) for wallet in coins[mint][2]}
    past = matrix(places, completed=sum(done for _, done, _ in coins.values()))
    launched = np.full(len(past.assets), -1)
    launched[: len(mints)] = [coins[mint][0] * 10**6 for mint in mints[: len(past.assets)]]
    kinds = infrastructure.load()
    known = {rank[wallet]: kinds[wallet] for wallet in wallets if wallet in kinds}
    return replace(past, wallets=wallets, tokens=replace(past.tokens, launched_at=launched), infrastructure=known)


def test_the_matrix_of_september_2024_has_no_infrastructure_on_top() -> None:
    past = recorded()
    found = presence(past, behaviours(past))
    fee = "ZG98FUCjb8mJ824Gbs6RsgVmr1FhXb2oNiJHa2dwmPd"
    naive = [past.wallets[w] for w in np.lexsort((found.tokens, -found.completed))[:10]]
    ranked = found.ranked()[:100]
    assert int((past.tokens.graduated_at >= 0).sum()) == 31
    assert fee in naive[:3]
    assert len(ranked) == 100
    assert not set(found.left_out) & set(ranked.tolist())
    assert fee in {past.wallets[w] for w in found.left_out}
    assert found.tokens[ranked].max() < 400  # in eight days: what is left could be people
