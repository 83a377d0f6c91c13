"""How well behaviours are told in simulated worlds whose roles are known: precision and recall of every label.

python benchmarks/truth_behaviour.py [--wallets 3000] [--days 14] [--seeds 1 2 3]

Labels of groups (sybil farms) are not judged here. A role is found when the wallet's behaviour or type says so; traders
with fewer than ten actions cannot be told and are counted apart.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np

from remora.analysis.behaviour import BEHAVIOURS, WALLET_TYPES, Behaviours, behaviours
from remora.analysis.past import Past
from remora.study.pasts import Records, past_of
from remora.venues.simulated import world as simulated

SAID_BY = {
    "sniper": "sniper", "bundler": "bundler", "insider": "insider", "market_maker": "market_maker",
    "volume_bot": "volume_bot", "dev": "dev", "whale": "whale", "lottery": "lottery", "kol": "influencer",
}  # fmt: skip
"""Role of a simulated wallet -> the behaviour or type that names it."""


def past_and_roles(seed: int, wallets: int, days: int) -> tuple[Past, dict[str, str]]:
    """The past at the end of a world, and the role of every wallet."""
    made = simulated.make(seed, wallets=wallets, days=days)
    past = past_of(Records(made.trades, made.names, made.tables, made.infrastructure), made.ends_at)
    truth = made.truth["wallets"]
    return past, dict(zip(truth["wallet"].to_pylist(), truth["role"].to_pylist(), strict=True))


def labels(found: Behaviours, wallet: int) -> set[str]:
    """What is said of a wallet."""
    return {BEHAVIOURS[found.behaviour[wallet]], WALLET_TYPES[found.wallet_type[wallet]]}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wallets", type=int, default=3000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    asked = parser.parse_args()
    is_role, said, both, enough, heard = Counter[str](), Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    mixed: dict[str, Counter[str]] = {label: Counter() for label in SAID_BY.values()}
    told: dict[str, Counter[str]] = {}
    started, trades = 0.0, 0
    for seed in asked.seeds:
        past, roles = past_and_roles(seed, asked.wallets, asked.days)
        begin = time.perf_counter()
        found = behaviours(past)
        started, trades = started + time.perf_counter() - begin, trades + len(past.tape)
        rank = {text: number for number, text in enumerate(past.wallets)}
        for wallet, role in roles.items():
            if wallet not in rank:
                continue
            words = labels(found, rank[wallet])
            told.setdefault(role, Counter())[BEHAVIOURS[found.behaviour[rank[wallet]]]] += 1
            for name, label in SAID_BY.items():
                mine, hit = role == name, label in words
                is_role[name] += mine
                said[name] += hit
                both[name] += mine and hit
                if hit:
                    mixed[label][role] += 1
                if mine and found.traits.actions[rank[wallet]] >= 10:
                    enough[name] += 1
                    heard[name] += hit
    print(f"{len(asked.seeds)} worlds of {asked.wallets} wallets, {asked.days} days, {trades} trades, {started:.1f} s")
    print(f"{'role':14}{'wallets':>8}{'said':>7}{'precision':>11}{'recall':>8}{'recall, 10+ actions':>21}   said of")
    for name, label in SAID_BY.items():
        precision = both[name] / said[name] if said[name] else np.nan
        recall = both[name] / is_role[name] if is_role[name] else np.nan
        busy = heard[name] / enough[name] if enough[name] else np.nan
        others = ", ".join(f"{role} {count}" for role, count in mixed[label].most_common(5))
        print(f"{name:14}{is_role[name]:8}{said[name]:7}{precision:11.2f}{recall:8.2f}{busy:21.2f}   {others}")
    for role, count in sorted(told.items()):
        print(f"{role:14}", ", ".join(f"{word} {n}" for word, n in count.most_common(6)))


if __name__ == "__main__":
    main()
