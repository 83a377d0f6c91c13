"""Ids: equal things have equal names, other things other names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remora.model import ids


@given(st.tuples(st.text(max_size=5), st.text(max_size=5)), st.tuples(st.text(max_size=5), st.text(max_size=5)))
def test_content_is_told_apart_at_every_seam(one: tuple[str, str], other: tuple[str, str]) -> None:
    clean = [tuple(part.replace("\x1f", "") for part in parts) for parts in (one, other)]
    assert (ids.digest(clean[0]) == ids.digest(clean[1])) == (clean[0] == clean[1])


def test_occurrence_is_part_of_the_name() -> None:
    assert ids.by_content("polymarket", "row", ("a",), 0) != ids.by_content("polymarket", "row", ("a",), 1)


def test_addresses_are_checked_by_form() -> None:
    assert ids.is_solana_address("So11111111111111111111111111111111111111112")
    assert not ids.is_solana_address("N")
    assert not ids.is_solana_address("0" * 44)
    assert ids.is_solana_signature("2" * 87)
    assert ids.is_solana_signature("2" * 88)
    assert ids.is_evm_address("0x" + "a" * 40)
    assert not ids.is_evm_address("0x" + "a" * 39)
    assert not ids.is_evm_address("0x" + "A" * 40)
    assert ids.is_condition_id("0x" + "0" * 64)
    assert ids.is_token_id("1" * 77)
    assert not ids.is_token_id("")
    assert not ids.is_token_id("\u0661")


@given(st.text())
def test_keys_fit_signed_64_bits(text: str) -> None:
    assert 0 <= ids.key64(text) < 2**63


def test_broken_text_has_a_key_too() -> None:
    assert ids.key64("\ud800") != ids.key64("\ud801")
