"""Small markets for ties: a crowd that buys at random, and whoever is planted in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.pasts import past as past_of
from analysis.words import SOL, START, Story
from remora.analysis.edges import KINDS, Edges
from remora.analysis.past import Past

DAY = 86_400


class Scene:
    """A story with an own clock: seconds since START; slots of 0.4 s."""

    def __init__(self, seed: int = 0) -> None:
        self.story = Story()
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.infrastructure: dict[str, str] = {}

    def buy(self, wallet: str, token: str, at: float, money: float = 1.0) -> None:
        where = {"happened_at": START + int(at) * SOL, "slot": 1_000 + int(at * 2.5)}
        self.story.buy(wallet, token, 1_000_000, round(money * SOL), **where)

    def sell(self, wallet: str, token: str, at: float, money: float = 1.0, quantity: int = 1_000_000) -> None:
        where = {"happened_at": START + int(at) * SOL, "slot": 1_000 + int(at * 2.5)}
        self.story.sell(wallet, token, quantity, round(money * SOL), **where)

    def pay(self, sender: str, receiver: str, at: float, money: float) -> None:
        self.story.tell(
            "transfers", sender=sender, receiver=receiver, asset="SOL", quantity_atoms=round(money * SOL), kind="transfer",
            happened_at=START + int(at) * SOL, tx=None,
        )  # fmt: skip

    def launch(self, token: str, at: float, wallet: str = "dev", creator: str = "dev") -> None:
        self.story.tell(
            "launches", asset=token, wallet=wallet, creator=creator, happened_at=START + int(at) * SOL,
            slot=1_000 + int(at * 2.5),
        )  # fmt: skip

    def crowd(self, wallets: int = 60, tokens: int = 40, each: int = 12) -> list[float]:
        """Everybody buys some tokens of three days at random moments; when each token opened."""
        opened = sorted(self.rng.uniform(DAY, 3 * DAY, tokens).tolist())
        for number in range(wallets):
            for token in self.rng.choice(tokens, each, replace=False):
                at = opened[token] + self.rng.uniform(1, 7_200)
                self.buy(f"crowd{number:03d}", f"T{token:03d}", at, float(self.rng.lognormal()))
        return opened

    def past(self) -> Past:
        story = self.story
        return past_of(story, as_of=START + 40 * DAY * SOL, infrastructure=self.infrastructure)


def told(past: Past, edges: Edges) -> dict[tuple[str, str, str], tuple[float, str]]:
    """(wallet, wallet, kind) -> (confidence, evidence)."""
    rows = zip(edges.a, edges.b, edges.kind, edges.confidence, edges.evidence.to_pylist(), strict=True)
    return {(past.wallets[a], past.wallets[b], KINDS[kind]): (float(sure), text) for a, b, kind, sure, text in rows}


def surest(past: Past, edges: Edges, *wallets: str) -> float:
    """The surest tie among these wallets."""
    names = set(wallets)
    return max((sure for (a, b, _), (sure, _) in told(past, edges).items() if {a, b} <= names), default=0.0)


def in_one_transaction(past: Past, wallets: set[str], token: str) -> Past:
    """The same with the purchases of a token by these wallets in one transaction."""
    tape = past.tape
    names: Any = np.array(past.wallets, object)
    mask = np.isin(names[tape.wallet], list(wallets)) & (np.array(past.assets, object)[tape.asset] == token)
    return replace(past, tape=replace(tape, tx=np.where(mask, 7, -1)))
