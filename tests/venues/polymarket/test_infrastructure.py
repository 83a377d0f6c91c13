"""The list of Polymarket's own contracts: whole, dated, lower case, and in it everything our decoders know to be a contract."""

from __future__ import annotations

import datetime
import re

from remora.venues.polymarket import infrastructure
from remora.venues.polymarket.onchain import CONDITIONAL_TOKENS, EXCHANGES


def test_addresses_are_lower_case_and_stand_once() -> None:
    addresses = [address for group in infrastructure.groups() for address in group["addresses"]]
    assert all(re.fullmatch("0x[0-9a-f]{40}", address) for address in addresses)
    assert len(addresses) == len(set(addresses)) == len(infrastructure.load()) == len(infrastructure.names())


def test_every_group_says_when_and_by_whom_it_is_known() -> None:
    for group in infrastructure.groups():
        assert group["kind"]
        assert group["name"]
        assert group["evidence"]
        assert isinstance(group["learnt_at"], datetime.date)
        assert group.get("valid_from", group["learnt_at"]) <= group["learnt_at"]


def test_the_exchanges_and_the_token_contract_are_no_traders() -> None:
    assert {infrastructure.load()[address] for address in EXCHANGES} == {"exchange_contract"}
    assert infrastructure.load()[CONDITIONAL_TOKENS] == "token"
