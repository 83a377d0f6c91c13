"""Small worlds of transfers with known truth, made otherwise than the simulated venue: links first, everything else second.

People know each other by preferential attachment, so that popular innocents exist; farms differ in how they are tied;
public addresses may be unlisted and of any size.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

DAY = 86_400
START = 1_650_000_000


class World(NamedTuple):
    """Tables for `transfers.find`, and the group of each candidate (-1 none)."""

    transfers: pa.Table
    entities: pa.Table
    candidates: pa.Table
    truth: dict[str, int]


class Maker:
    """Grows a world: innocents, farms, public addresses, strays."""

    def __init__(self, seed: int, innocents: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.rows: list[tuple[str, str, int, float]] = []
        self.truth: dict[str, int] = {}
        self.first: dict[str, int] = {}
        self.volume: dict[str, float] = {}
        self.entities: list[tuple[str, str]] = []
        self.made = 0
        self.farms = 0
        self.innocents = [self.candidate(-1, int(self.rng.integers(0, 500 * DAY)), float(self.rng.lognormal(6, 2)))
                          for _ in range(innocents)]  # fmt: skip

    def address(self) -> str:
        self.made += 1
        return "0x" + self.rng.bytes(4).hex() + f"{self.made:032x}"

    def candidate(self, group: int, at: int, volume: float) -> str:
        name = self.address()
        self.truth[name], self.first[name], self.volume[name] = group, START + at, volume
        return name

    def send(self, sender: str, receiver: str, at: int, amount: float) -> None:
        self.rows.append((sender, receiver, START + at, amount))

    def public(self, customers: float, *, listed: bool, kind: str = "exchange", inward: float = 0.3) -> str:
        """An address that pays out to that share of the innocents, and is paid by some of them."""
        name = self.address()
        if listed:
            self.entities.append((name.upper().replace("0X", "0x"), kind))
        for wallet in self.innocents:
            if self.rng.random() < customers:
                at = self.first[wallet] - START
                self.send(name, wallet, at - int(self.rng.integers(60, 5 * DAY)), float(self.rng.lognormal(-1, 1)))
                if self.rng.random() < inward:
                    self.send(wallet, name, at + int(self.rng.integers(DAY, 90 * DAY)), float(self.rng.lognormal(-1, 1)))
        return name

    def acquaintances(self, per_head: float) -> None:
        """Payments between people; who has many gets more."""
        known = list(self.innocents)
        for _ in range(int(per_head * len(self.innocents))):
            a, b = str(self.rng.choice(known)), str(self.rng.choice(known))
            if a != b:
                at = max(self.first[a], self.first[b]) - START + int(self.rng.exponential(60 * DAY))
                self.send(a, b, at, float(self.rng.lognormal(-2, 1)))
                known += [a, b]

    def farm(self, shape: str, size: int, *, days: float = 3.0, sigma: float = 0.4, banked: str = "") -> list[str]:
        """Wallets of one hand: star | star_inside | chain | ring | pool (shared deposit address) | double (funder and pool)."""
        group, self.farms = self.farms, self.farms + 1
        begin, middle = int(self.rng.integers(0, 490 * DAY)), float(self.rng.normal(6, 1.5))
        offsets = np.sort(self.rng.random(size) * days * DAY).astype(int)
        wallets = [self.candidate(group, begin + int(offset), float(np.exp(middle + self.rng.normal(0, sigma))))
                   for offset in offsets]  # fmt: skip
        funder = wallets[0] if shape == "star_inside" else self.address()
        if banked:
            self.send(banked, funder, begin - 2 * DAY, 30.0)
        for n, wallet in enumerate(wallets):
            at = begin + int(offsets[n]) - int(self.rng.integers(60, 7200))
            if shape in {"star", "star_inside", "double"} and wallet != funder:
                self.send(funder, wallet, at, 0.3)
            if shape in {"chain", "ring"} and n:
                self.send(wallets[n - 1], wallet, at, 0.3)
            if shape in {"pool", "double"}:
                if shape == "pool" and banked:
                    self.send(banked, wallet, at, 0.3)
                self.send(wallet, f"0x{group:040x}", begin + 30 * DAY + n * 600, 0.25)
        if shape == "ring":
            self.send(wallets[-1], wallets[0], begin + 5 * DAY, 0.2)
        return wallets

    def world(self, *, links_only: bool = False, figures: bool = True) -> World:
        sender, receiver, at, amount = zip(*self.rows, strict=True)
        columns = {"from": list(sender), "to": list(receiver)}
        if not links_only:
            columns |= {"asset": ["ETH"] * len(at), "amount": list(amount), "happened_at": [t * 10**9 for t in at]}
        names = sorted(self.truth)
        candidates = {"address": names}
        if figures:
            candidates |= {"first_use_at": [self.first[n] for n in names], "volume_usd": [self.volume[n] for n in names]}
        entities = {"address": [name for name, _ in self.entities], "kind": [kind for _, kind in self.entities]}
        return World(pa.table(columns), pa.table(entities, schema=pa.schema([("address", pa.string()), ("kind", pa.string())])),
                     pa.table(candidates), self.truth)  # fmt: skip


def town(seed: int, *, innocents: int = 2000, farms: int = 40, unlisted: int = 2, popular: float = 0.25) -> Maker:
    """A mixed town: listed and unlisted exchanges, a bridge, acquaintances, farms of all shapes."""
    maker = Maker(seed, innocents)
    banks = [maker.public(0.35, listed=True), maker.public(0.25, listed=True), maker.public(0.3, listed=True, kind="bridge")]
    for _ in range(unlisted):
        maker.public(float(maker.rng.uniform(0.02, 0.2)), listed=False)
    shapes = ("star", "star_inside", "chain", "ring", "pool", "double")
    for n in range(farms):
        size = int(min(3 + maker.rng.pareto(1.0) * 4, 120))
        maker.farm(shapes[n % len(shapes)], size, days=float(maker.rng.uniform(0.3, 10)),
                   sigma=float(maker.rng.uniform(0.1, 0.8)), banked=banks[int(maker.rng.integers(0, 2))])  # fmt: skip
    everybody = list(maker.innocents)
    maker.innocents = sorted(maker.truth)
    maker.acquaintances(popular)
    maker.innocents = everybody
    return maker
