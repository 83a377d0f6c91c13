"""The shipped lists: well-formed, dated, without an address of two kinds."""

from __future__ import annotations

import datetime
from collections import Counter

from remora.model import ids
from remora.venues.solana import infrastructure


def test_every_group_has_kind_name_date_and_addresses() -> None:
    for group in infrastructure.groups():
        assert group["kind"] in infrastructure.NO_TRADERS | {"exchange"}
        assert group["name"]
        assert isinstance(group["dated"], datetime.date)
        assert all(ids.is_solana_address(address) for address in group["addresses"])


def test_no_address_is_listed_twice() -> None:
    counts = Counter(address for group in infrastructure.groups() for address in group["addresses"])
    assert [address for address, n in counts.items() if n > 1] == []
    assert len(counts) == len(infrastructure.load()) == len(infrastructure.names()) > 200


def test_the_addresses_of_the_facts_are_known_by_kind() -> None:
    known = infrastructure.load()
    assert known["96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5"] == "tip"
    assert known["ZG98FUCjb8mJ824Gbs6RsgVmr1FhXb2oNiJHa2dwmPd"] == "bot_fee"
    assert known["71WDyyCsZwyEYDV91Qrb212rdg6woCHYQhFnmZUBxiJ6"] == "keeper"
    assert known["5Q544fKrFoe6tsEbD7S8EmxGTJYAKtTVhAW5Q5pge4j1"] == "vault"
    assert sum(kind == "tip" for kind in known.values()) > 100


def test_exchanges_may_trade_and_infrastructure_may_not() -> None:
    assert "exchange" not in infrastructure.NO_TRADERS
    assert {"tip", "bot_fee", "keeper", "vault", "router"} <= infrastructure.NO_TRADERS
