"""Tables of transfers as links: dust, relays, sources, and hubs that nobody listed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from remora.analysis.links import NEVER, Scene, direct, scene
from remora.analysis.ties import FUNDED, LATER, SOLE, UNTOLD, ties

DAY = 86_400


def seen(rows: list[tuple[str, str, float | None, int | None]], candidates: str | None = None) -> Scene:
    """A scene of (from, to, amount, second)."""
    sender, receiver, amount, at = zip(*rows, strict=True)
    known = {"amount": pa.array(amount, pa.float64()), "happened_at": pa.array(at, pa.int64())}
    table = pa.table({"from": list(sender), "to": list(receiver), **known})
    return scene(table, None, None if candidates is None else pa.table({"address": list(candidates)}))


def linked(s: Scene) -> set[str]:
    names = s.names.to_pylist()
    return {names[a] + names[b] for a, b in zip(s.links.sender.tolist(), s.links.receiver.tolist(), strict=True)}


def test_dust_zero_and_loops_are_no_links() -> None:
    usual = [("x", f"{n}", 1.0, None) for n in range(30)]
    s = seen([*usual, ("x", "a", 1e-6, None), ("a", "y", 0.0, None), ("z", "z", 5.0, None), ("b", "c", 0.2, None)])
    assert {"xa", "ay", "zz"} & linked(s) == set()
    assert "bc" in linked(s)


def test_few_amounts_say_nothing_of_dust() -> None:
    assert linked(seen([("a", "b", 1e9, None), ("c", "d", 1.0, None)])) == {"ab", "cd"}


def test_transfers_of_a_pair_are_one_link_with_the_first_instant() -> None:
    s = seen([("a", "b", 3.0, 20 * DAY), ("a", "b", 1.0, 10 * DAY), ("c", "b", 4.0, None)])
    assert linked(s) == {"ab", "cb"}
    assert s.links.times.tolist() == [2, 1]
    assert s.links.share.tolist() == [0.5, 0.5]
    assert s.links.amount.tolist() == [1.0, 4.0]
    assert s.links.first_at.tolist() == [10 * DAY * 10**9, NEVER]


def test_relays_are_passed_over_and_shared_stops_are_not() -> None:
    s = seen(
        [
            ("F", "m", 2.0, 1),
            ("m", "n", 2.0, 2),
            ("n", "a", 2.0, 3),
            ("F", "b", 2.0, 4),
            ("a", "p", 1.0, 5),
            ("b", "p", 1.0, 6),
        ],
        "ab",
    )
    assert linked(direct(s)) == {"Fa", "Fb", "ap", "bp"}


def test_a_way_there_and_back_is_no_relay() -> None:
    s = seen([("a", "m", 1.0, 1), ("m", "a", 1.0, 2)], "a")
    assert linked(direct(s)) == {"am", "ma"}


def test_what_a_link_was_to_its_receiver() -> None:
    s = seen(
        [("a", "b", 1.0, 5), ("a", "c", 1.0, 5), ("d", "c", 0.2, 9), ("d", "e", None, None), ("b", "e", None, None)], "abcde"
    )
    t = ties(s)
    names = s.names.to_pylist()
    kind = {
        names[a] + names[b]: k
        for a, b, k in zip(t.links.sender.tolist(), t.links.receiver.tolist(), t.kind.tolist(), strict=True)
    }
    assert kind == {"ab": SOLE, "ac": FUNDED, "dc": LATER, "de": UNTOLD, "be": UNTOLD}


def test_an_unlisted_hub_of_strangers_is_public_and_a_farm_s_funder_is_not() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    crowd = [f"c{n:04d}" for n in range(1500)]
    first = {name: int(rng.integers(0, 400 * DAY)) for name in crowd}
    rows = [("hub", name, 1.0, first[name]) for name in crowd[:150]]
    farm = crowd[1000:1060]
    first |= {name: 200 * DAY + 60 * n for n, name in enumerate(farm)}
    rows += [("funder", name, 1.0, first[name]) for name in farm]
    rows += [(f"bank{n % 3}", name, 1.0, first[name]) for n, name in enumerate(crowd) if name not in farm]
    sender, receiver, amount, at = zip(*rows, strict=True)
    table = pa.table({"from": list(sender), "to": list(receiver), "amount": list(amount), "happened_at": list(at)})
    candidates = pa.table({"address": crowd, "first_use_at": [first[name] for name in crowd]})
    s = scene(table, None, candidates)
    public = dict(zip(s.names.to_pylist(), ties(s).public.tolist(), strict=True))
    assert [public[name] for name in ("hub", "bank0", "bank1", "bank2", "funder")] == [True, True, True, True, False]
