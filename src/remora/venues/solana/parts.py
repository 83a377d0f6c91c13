"""What the wire forms share: one executed transaction put together from keys, instructions and balances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from remora.model.errors import Ignored, Reason, Undecodable
from remora.venues.solana import fields
from remora.venues.solana.fields import Malformed
from remora.venues.solana.transaction import Instruction, TokenBalance, Transaction

MAX_INSTRUCTIONS: Final = 10_000  # outer and inner; a real transaction executes at most some hundreds


class Read(NamedTuple):
    """What one raw document holds: transactions, what was left alone, what could not be read."""

    transactions: list[Transaction]
    ignored: list[Ignored]
    undecodable: list[Undecodable]


class BalanceRow(NamedTuple):
    """One entry of pre or post token balances."""

    account: int
    mint: str
    owner: str
    amount: int
    decimals: int


class Compiled(NamedTuple):
    """An instruction whose program and accounts are numbers into the transaction's keys."""

    program: int
    accounts: Sequence[int]
    data: bytes


def resolve(compiled: Compiled, keys: Sequence[str], outer: int, inner: int) -> Instruction:
    """The instruction with its addresses. Raises Malformed where a number points beyond the keys."""
    try:
        if compiled.program < 0 or any(index < 0 for index in compiled.accounts):
            raise IndexError
        accounts = tuple([keys[index] for index in compiled.accounts])
        return Instruction(keys[compiled.program], accounts, compiled.data, outer, inner)
    except IndexError as error:
        detail = f"the instruction names an account beyond the {len(keys)} keys; are the loaded addresses missing?"
        raise Malformed(Reason.NO_LOOKUP, detail, f"instruction {outer}.{inner}") from error


def token_balances(pre: Iterable[BalanceRow], post: Iterable[BalanceRow], keys: Sequence[str]) -> tuple[TokenBalance, ...]:
    """Before and after joined by (account, mint, owner): an account that changed its owner gives two rows."""
    before: dict[tuple[int, str, str], BalanceRow] = {(row.account, row.mint, row.owner): row for row in pre}
    joined: list[TokenBalance] = []
    for row in post:
        old = before.pop((row.account, row.mint, row.owner), None)
        joined.append(_balance(row, keys, old.amount if old else 0, row.amount))
    joined.extend(_balance(row, keys, row.amount, 0) for row in before.values())
    return tuple(joined)


def _balance(row: BalanceRow, keys: Sequence[str], pre: int, post: int) -> TokenBalance:
    if row.account >= len(keys):
        raise Malformed(Reason.NO_LOOKUP, f"account {row.account} of {len(keys)} keys", "meta.tokenBalances.accountIndex")
    return TokenBalance(keys[row.account], row.mint, row.owner, pre, post, row.decimals)


def lamports(pre: Sequence[int], post: Sequence[int], keys: Sequence[str]) -> dict[str, tuple[int, int]]:
    """account -> (before, after). Raises Malformed where the three lists do not belong together."""
    if not len(pre) == len(post) == len(keys):
        detail = f"{len(pre)} balances before and {len(post)} after for {len(keys)} keys"
        raise Malformed(Reason.CONTRADICTION, detail, "meta.preBalances")
    return dict(zip(keys, zip(pre, post, strict=True), strict=True))


def in_order(
    outer: Sequence[Instruction], inner: Iterable[tuple[int, Sequence[object]]]
) -> Iterable[tuple[Instruction, list[object]]]:
    """Each outer instruction with the raw inner ones that name its index. Raises Malformed for a foreign index."""
    groups: dict[int, list[object]] = {}
    total = len(outer)
    for index, instructions in inner:
        groups.setdefault(index, []).extend(instructions)
        total += len(instructions)
    if total > MAX_INSTRUCTIONS:
        raise Malformed(Reason.TOO_LARGE, f"{total} instructions", "meta.innerInstructions")
    if foreign := [index for index in groups if index >= len(outer)]:
        detail = f"inner instructions of instruction {foreign[0]}, of {len(outer)}"
        raise Malformed(Reason.CONTRADICTION, detail, "meta.innerInstructions.index")
    for place, instruction in enumerate(outer):
        yield instruction, groups.get(place, [])


def decimals(value: object, where: str) -> int:
    """A mint's decimals: 0 to 255."""
    return fields.integer(value, where, maximum=255)
