"""Ties in recorded Solana data against what others found: known sniper fleets, and 24 verdicts on common funders.

    python benchmarks/truth_real_relations.py [--home FOLDER with a ledger of the recorded data] [--json]

Without --home the Solana recordings are imported into a temporary folder first. Says why it skips where the recordings are
absent. Addresses are shortened: the recordings themselves stay where they are. Exits 1 where a visible fleet is not found
whole, or a stranger is tied to one.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import numpy as np

import truth_table as tt
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


def fleets(past: Past, edges: Edges) -> tuple[tt.Row, tt.Table]:
    """Recall and purity of each known fleet; the share of visible ones that are whole and pure."""
    told = json.loads((DATA / "wallets/sniper_fleets_2026.json").read_text())["flottes"]
    root = components(edges, len(past.wallets), TIES)
    rank = {name: place for place, name in enumerate(past.wallets)}
    active = set(past.tape.wallet.tolist())
    body, whole = [], []
    for fleet in told:
        seen = [rank[name] for name in fleet["wallets"] if rank.get(name) in active]
        groups, counts = np.unique(root[seen], return_counts=True) if seen else (np.zeros(0), np.zeros(0, np.int64))
        found = int(counts.max(initial=0)) if counts.max(initial=0) > 1 else 0
        strangers = int((root == groups[np.argmax(counts)]).sum()) - found if found else 0
        tokens = len(set(past.tape.asset[np.isin(past.tape.wallet, seen)].tolist()))
        if tokens >= AGAIN:
            whole.append(float(found == len(seen) and not strangers))
        why = "" if tokens >= AGAIN else f"seen in {tokens} token alone: a pattern needs {AGAIN}"
        body.append((f"{fleet['lead'][:4]}…", *map(str, (len(fleet["wallets"]), len(seen), found, strangers, tokens)), why))
    head = ("fleet", "members", "in the trades", "found together", "strangers with them", "tokens", "why not")
    what = "sniper fleets seen more than once, found whole and without strangers"
    return tt.judged("S8", "recorded", what, whole, 1, 1), tt.Table(title="Known sniper fleets", head=head, body=tuple(body))


def others(past: Past, edges: Edges) -> tuple[tt.Table, str]:
    """What else is tied in the recordings, by kind, and how large the groups are."""
    root = components(edges, len(past.wallets), TIES)
    sizes = np.bincount(root)
    traded, seen = np.zeros(len(past.wallets), np.bool_), np.zeros(len(past.wallets), np.bool_)
    traded[past.tape.wallet] = True
    seen[past.seen.wallet] = True
    body = []
    for place, kind in enumerate(KINDS):
        sure = edges.confidence[edges.kind == place]
        body.append((kind, *map(str, (len(sure), int((sure >= TIES).sum()), int((sure >= 0.8).sum())))))
    words = []
    for name, who in (("with priced trades", traded), ("only seen", seen & ~traded)):
        grouped = who & (sizes[root] >= 3)
        words.append(f"of {who.sum():,} wallets {name}, {grouped.sum():,} are in groups of three or more")
    text = f"{'; '.join(words)}. Largest groups: {', '.join(map(str, sorted(sizes[sizes >= 3].tolist(), reverse=True)[:8]))}."
    head = ("ties", "pairs told", "at least 0.5", "at least 0.8")
    return tt.Table(title="All ties in the recordings", head=head, body=tuple(body)), text[0].upper() + text[1:]


def lines(name: str) -> list[dict[str, Any]]:
    """A recording, one object per line."""
    with gzip.open(DATA / name, "rt") as file:
        return [json.loads(line) for line in file]


def verdicts(past: Past, edges: Edges) -> tuple[tt.Row, tt.Table]:
    """The study's common private funders of each token's early buyers beside ours, with the reason of each difference."""
    rank = {name: place for place, name in enumerate(past.wallets)}
    paid = sources(past, firsts(past), flows(past))
    pair: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in np.flatnonzero(np.isin(edges.kind, (0, 1))).tolist():
        pair[int(edges.a[row]), int(edges.b[row])].append(row)
    body, agreed = [], []
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
        agreed.append(float(split == bool(sure)))
        body.append((
            f"{told['mint'][:4]}…", str(told["n_wallets"]), "split" if split else "cannot tell",
            ", ".join(str(len(members)) for members in theirs) or "-", f"{len(sure)} of {len(ours)}, {best:.1f}",
            "yes" if agreed[-1] else "no", shortened("; ".join(dict.fromkeys(why)) or "no common private source"),
        ))  # fmt: skip
    head = ("token", "buyers", "study", "its private groups (wallets)", "ours: tied pairs, surest", "agree", "why")
    row = tt.told("S8", "recorded", "verdicts on common funders that agree with a study's", agreed)
    return row, tt.Table(title="Common funders of the early buyers of 24 tokens", head=head, body=tuple(body))


def shortened(text: str) -> str:
    """Addresses by their first four letters."""
    return re.sub(r"\b([1-9A-HJ-NP-Za-km-z]{4})[1-9A-HJ-NP-Za-km-z]{28,}\b", r"\1…", text)


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
    return f"ours alone: {text}"


def main() -> int:
    """Everything, or the reason why not."""
    parser = tt.parser(__doc__)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    title = "Recorded Solana data"
    if not DATA.exists():
        return tt.show(
            tt.Section(title=title, seeds="Skipped: the recordings are not here (REMORA_SHARED names them)"), asked.json
        )
    past = known_past(asked.home)
    edges = relations(past)
    fleet, known = fleets(past, edges)
    funded, table = verdicts(past, edges)
    ties, words = others(past, edges)
    seeds = f"All recordings together: {len(past.wallets):,} addresses"
    return tt.show(
        tt.Section(title=title, seeds=seeds, rows=(fleet, funded), tables=(known, table, ties), notes=(words,)), asked.json
    )


if __name__ == "__main__":
    sys.exit(main())
