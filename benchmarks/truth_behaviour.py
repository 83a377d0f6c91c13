"""How well behaviours are told in simulated worlds whose roles are known: precision and recall of every label.

python benchmarks/truth_behaviour.py [--wallets 3000] [--days 14] [--seeds 3] [--json]

Labels of groups (sybil farms) are not judged here. A role is found when the wallet's behaviour or type says so; traders
with fewer than ten actions cannot be told and are counted apart.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

import truth_table as tt
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


def main() -> int:
    """Count and print."""
    parser = tt.parser(__doc__)
    parser.add_argument("--wallets", type=int, default=3000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    is_role, said, both, enough, heard = Counter[str](), Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    mixed: dict[str, Counter[str]] = {label: Counter() for label in SAID_BY.values()}
    for seed in range(1, asked.seeds + 1):
        past, roles = past_and_roles(seed, asked.wallets, asked.days)
        found = behaviours(past)
        rank = {text: number for number, text in enumerate(past.wallets)}
        for wallet, role in roles.items():
            if wallet not in rank:
                continue
            words = labels(found, rank[wallet])
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
    body = []
    for name, label in SAID_BY.items():
        figures = [
            part[name] / whole[name] if whole[name] else np.nan
            for part, whole in ((both, said), (both, is_role), (heard, enough))
        ]
        others = ", ".join(f"{role} {count}" for role, count in mixed[label].most_common(5))
        body.append((name, str(is_role[name]), str(said[name]), *(f"{figure:.2f}" for figure in figures), others))
    head = ("role", "wallets", "said", "precision", "recall", "recall, 10 actions or more", "said of")
    table = tt.Table(title="Wallets whose role is found", head=head, body=tuple(body))
    seeds = f"Seeds 1 to {asked.seeds}, {asked.wallets:,} wallets, {asked.days} days each"
    return tt.show(tt.Section(title="Who does what", seeds=seeds, tables=(table,)), asked.json)


if __name__ == "__main__":
    sys.exit(main())
