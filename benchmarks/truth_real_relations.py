"""Ties in recorded Solana data against what others found: known sniper fleets, and 24 verdicts on common funders.

    python benchmarks/truth_real_relations.py [--home FOLDER with a ledger of the recorded data]

Without --home the Solana recordings are imported into a temporary folder first. Prints markdown; says why it skips
where the recordings are absent. Exits 1 where a visible fleet is not found whole, or a stranger is tied to one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from remora.analysis.bundles import AGAIN
from remora.analysis.edges import KINDS, Edges
from remora.analysis.firsts import firsts
from remora.analysis.flows import flows
from remora.analysis.funding import LEAST_GROUP, Paid, sources
from remora.analysis.past import Past
from remora.analysis.relations import relations
from remora.app import build
from remora.app.config import Settings
from remora.app.past import PastReader
from remora.model.units import HOUR
from truth_relations import components

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = Path(os.environ.get("REMORA_SHARED", ROOT.parent / "shared")) / "data" / "solana"
TIES: Final = 0.5


def known_past(home: Path | None) -> Past:
    """The past of the recordings."""
    if home is not None:
        return PastReader(build.ledger(home, Settings()), Settings()).past()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).parent / "remora"), "--home", folder, "import"]
        subprocess.run(
            [*command, *map(str, (DATA / "trades", DATA / "funding", DATA / "matrix"))], check=True, capture_output=True
        )
        return PastReader(build.ledger(Path(folder), Settings()), Settings()).past()


def fleets(past: Past, edges: Edges) -> bool:
    """Recall and purity of each known fleet; whether all visible ones are whole and pure."""
    told = json.loads((DATA / "wallets/sniper_fleets_2026.json").read_text())["flottes"]
    root = components(edges, len(past.wallets), TIES)
    rank = {name: place for place, name in enumerate(past.wallets)}
    active = set(past.tape.wallet.tolist())
    print("| fleet | members | visible in trades | found together | strangers with them | tokens of the fleet in the tapes |")
    print("|---|---|---|---|---|---|")
    fine = True
    for fleet in told:
        seen = [rank[name] for name in fleet["wallets"] if rank.get(name) in active]
        groups, counts = np.unique(root[seen], return_counts=True) if seen else (np.zeros(0), np.zeros(0, np.int64))
        found = int(counts.max(initial=0)) if counts.max(initial=0) > 1 else 0
        strangers = int((root == groups[np.argmax(counts)]).sum()) - found if found else 0
        tokens = len(set(past.tape.asset[np.isin(past.tape.wallet, seen)].tolist()))
        fine &= (tokens < AGAIN or found == len(seen)) and not strangers
        print(f"| {fleet['lead'][:8]} | {len(fleet['wallets'])} | {len(seen)} | {found} | {strangers} | {tokens} |")
    return fine


def others(past: Past, edges: Edges) -> None:
    """What else is tied in the recordings, by kind, and how large the groups are."""
    root = components(edges, len(past.wallets), TIES)
    sizes = np.bincount(root)
    traded = np.zeros(len(past.wallets), np.bool_)
    traded[past.tape.wallet] = True
    seen = np.zeros(len(past.wallets), np.bool_)
    seen[past.seen.wallet] = True
    print("\n| ties | pairs told | pairs >= 0.5 | pairs >= 0.8 |\n|---|---|---|---|")
    for place, kind in enumerate(KINDS):
        sure = edges.confidence[edges.kind == place]
        print(f"| {kind} | {len(sure)} | {(sure >= TIES).sum()} | {(sure >= 0.8).sum()} |")
    for name, who in (("with priced trades", traded), ("seen only", seen & ~traded)):
        grouped = who & (sizes[root] >= 3)
        share = grouped.sum() / max(1, who.sum())
        print(f"\nwallets {name}: {who.sum()}, in groups of three and more: {grouped.sum()} ({share:.2%})")
    print(f"\nlargest groups: {sorted(sizes[sizes >= 3].tolist(), reverse=True)[:12]}\n")


def lines(name: str) -> list[dict[str, Any]]:
    """A recording, one object per line."""
    with gzip.open(DATA / name, "rt") as file:
        return [json.loads(line) for line in file]


def verdicts(past: Past, edges: Edges) -> None:
    """The study's common private funders of each token's early buyers beside ours, with the reason of each difference."""
    rank = {name: place for place, name in enumerate(past.wallets)}
    paid = sources(past, firsts(past), flows(past))
    pair: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in np.flatnonzero(np.isin(edges.kind, (0, 1))).tolist():
        pair[int(edges.a[row]), int(edges.b[row])].append(row)
    print("| token | buyers | study | its private groups (wallets) | ours: tied pairs, surest | agree | why |")
    print("|---|---|---|---|---|---|---|")
    for told in lines("funding/funding_split_verdicts.jsonl.gz"):
        inflows = next(x for x in lines("funding/early_buyer_inflows.jsonl.gz") if x["mint"] == told["mint"])
        buyers = {rank[x["wallet"]] for x in inflows["wallets"] if x["wallet"] in rank}
        ours = {key: rows for key, rows in pair.items() if key[0] in buyers and key[1] in buyers}
        sure = {key for key, rows in ours.items() if max(edges.confidence[rows]) >= TIES}
        groups = told["C_bailleurs_communs_PRIVES"]
        theirs = [sorted(rank[w] for w in group["wallets"] if w in rank) for group in groups]
        split = told["verdict"].startswith("DECOUPAGE")
        why = [reason(past, paid, sure, members, group) for members, group in zip(theirs, groups, strict=True)]
        among = {key for key in sure if any(set(key) <= set(members) for members in theirs)}
        why += [extra(edges, ours[key]) for key in sorted(sure - among)]
        best = max((float(max(edges.confidence[rows])) for rows in ours.values()), default=0.0)
        agree = "yes" if split == bool(sure) else "no"
        print(
            f"| {told['label'].strip()} | {told['n_wallets']} | {'split' if split else 'cannot tell'} | "
            f"{', '.join(str(len(members)) for members in theirs) or '-'} | {len(sure)} of {len(ours)}, {best:.1f} | {agree} | "
            f"{'; '.join(dict.fromkeys(why)) or 'no common private source'} |"
        )


def reason(past: Past, paid: Paid, sure: set[tuple[int, int]], members: list[int], group: dict[str, Any]) -> str:
    """Why we say of a group of the study what we say."""
    amounts = ", ".join(f"{x:.2f}" for x in group["amounts_sol"][:6])
    text = f"{group['funder'][:4]} paid {len(members)} wallets ({amounts} SOL)"
    if any(set(key) <= set(members) for key in sure):
        return f"{text}: tied too"
    source = np.array([past.wallets[party] == group["funder"] for party in paid.party.tolist()], np.bool_)
    rows = np.flatnonzero(source & np.isin(paid.wallet, members) & (paid.hops == 1))
    parts = [] if len(members) >= LEAST_GROUP else ["three are asked for"]
    if len(rows) < len(members):
        parts.append(f"{len(members) - len(rows)} of them neither as first money nor half of the first purchase seen")
    if len(rows) > 1 and (apart := int(paid.at[rows].max() - paid.at[rows].min()) // HOUR) > 24:
        parts.append(f"{apart // 24} days apart")
    return f"{text}: {', '.join(parts)}"


def extra(edges: Edges, rows: list[int]) -> str:
    """A tie that the study does not have."""
    text = edges.evidence[max(rows, key=lambda row: edges.confidence[row])].as_py()
    return "ours alone: " + text[:150]


def main() -> int:
    """Everything, or the reason why not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    if not DATA.exists():
        print(f"skipped: no recordings at {DATA} (set REMORA_SHARED)")
        return 0
    past = known_past(asked.home)
    edges = relations(past)
    fine = fleets(past, edges)
    others(past, edges)
    verdicts(past, edges)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
