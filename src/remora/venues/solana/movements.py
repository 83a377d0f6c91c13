"""What moved inside one transaction: lamports and tokens between accounts, with the owners behind the accounts.

Both readings of an instruction are understood: raw bytes, and jsonParsed's own words where that form gave no data.
A move that cannot be read (foreign types, cut data) is left out here; the balances still tell its effect, so that the
books of the transaction do not add up and the trade is flagged instead of invented.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from remora.model import ids
from remora.venues.solana import base58
from remora.venues.solana.transaction import Instruction, Transaction

SYSTEM: Final = "11111111111111111111111111111111"
SPL: Final = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
SPL_2022: Final = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"
ASSOCIATED: Final = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"
WRAPPED_SOL: Final = "So11111111111111111111111111111111111111112"
TOKEN_PROGRAMS: Final = frozenset({SPL, SPL_2022})

_RENT_LAMPORTS_PER_BYTE: Final = 6_960
_ACCOUNT_OVERHEAD_BYTES: Final = 128

MoveKind = Literal["lamports", "create", "token", "mint", "burn", "close"]


class Move(NamedTuple):
    """One instruction that moved something.

    kind: lamports (System transfer), create (System createAccount), token, mint, burn, close (a token account whose
    lamports return to `receiver`; amount 0, the balances tell how much). source and receiver are accounts; sender and
    owner are who is behind them (for lamports the account itself, or the owner of the token account they go to).
    asset: SOL, or the mint. For a token with a transfer fee `withheld` never reaches the owner. rent: what the space of a
    created account costs (0 for a plain wallet); more than that is no rent.
    """

    kind: MoveKind
    asset: str
    amount: int
    source: str
    receiver: str
    sender: str
    owner: str
    outer: int
    inner: int
    withheld: int = 0
    rent: int = 0

    @property
    def ordinal(self) -> int:
        """Place inside the transaction, as facts carry it."""
        return self.outer << 16 | self.inner


class Holder(NamedTuple):
    """Mint and owner of a token account."""

    mint: str
    owner: str


class Movements(NamedTuple):
    """All moves in execution order, and every token account that is known.

    allocated: accounts that were given space or a program as owner in this transaction, so lamports sent there are rent.
    """

    moves: tuple[Move, ...]
    holders: Mapping[str, Holder]
    allocated: frozenset[str]


def read(tx: Transaction) -> Movements:
    """The moves of a transaction. Token accounts opened and closed inside it are known from their opening."""
    holders = _holders(tx)
    moves: list[Move] = []
    allocated: set[str] = set()
    for one in tx.instructions:
        if one.program == SYSTEM:
            if move := _system(one):
                holder = holders.get(move.receiver)
                moves.append(move if holder is None else move._replace(owner=holder.owner))
                if move.kind == "create" and move.rent:
                    allocated.add(move.receiver)
            elif account := _allocated(one):
                allocated.add(account)
        elif one.program in TOKEN_PROGRAMS and (move := _token(one, holders)):
            moves.append(move)
    return Movements(tuple(moves), holders, frozenset(allocated))


def token_changes(tx: Transaction) -> dict[str, dict[str, int]]:
    """owner -> mint -> change over all of the owner's token accounts, zero changes left out."""
    changes: dict[str, dict[str, int]] = {}
    for row in tx.tokens:
        if row.owner and row.post != row.pre:
            mine = changes.setdefault(row.owner, {})
            mine[row.mint] = mine.get(row.mint, 0) + row.post - row.pre
    return {owner: kept for owner, mine in changes.items() if (kept := {mint: n for mint, n in mine.items() if n})}


def lamport_change(tx: Transaction, account: str) -> int:
    """Change of an account's lamports, 0 for an account that the transaction does not name."""
    before, after = tx.lamports.get(account, (0, 0))
    return after - before


@lru_cache(maxsize=1 << 16)
def on_curve(address: str) -> bool:
    """Whether a key pair can stand behind the address; False for addresses that belong to programs."""
    from solders.pubkey import Pubkey

    try:
        return Pubkey.from_string(address).is_on_curve()
    except ValueError:
        return False


# --- token accounts ------------------------------------------------------------------------------------------------


def _holders(tx: Transaction) -> dict[str, Holder]:
    found = {row.account: Holder(row.mint, row.owner) for row in tx.tokens if row.owner}
    for one in tx.instructions:
        if one.program in TOKEN_PROGRAMS and (opened := _opened(one)):
            found.setdefault(*opened)
        elif one.program == ASSOCIATED and len(one.accounts) > 3 and one.data[:1] in {b"", b"\0", b"\1"}:
            found.setdefault(one.accounts[1], Holder(one.accounts[3], one.accounts[2]))
    return found


def _opened(one: Instruction) -> tuple[str, Holder] | None:
    if one.parsed is not None:
        kind, info = _words(one.parsed)
        account, mint, owner = (_address(info, name) for name in ("account", "mint", "owner"))
        if kind.startswith("initializeAccount") and account and mint and owner:
            return account, Holder(mint, owner)
        return None
    operation = one.data[:1]
    if operation == b"\x01" and len(one.accounts) >= 3:
        return one.accounts[0], Holder(one.accounts[1], one.accounts[2])
    if operation in {b"\x10", b"\x12"} and len(one.data) >= 33 and len(one.accounts) >= 2:
        return one.accounts[0], Holder(one.accounts[1], base58.key_text(one.data[1:33]))
    return None


# --- System program ------------------------------------------------------------------------------------------------


def _system(one: Instruction) -> Move | None:
    if one.parsed is not None:
        return _system_words(one)
    if len(one.data) < 12:
        return None
    (operation,) = struct.unpack_from("<I", one.data)
    if operation == 2 and len(one.accounts) >= 2:
        (lamports,) = struct.unpack_from("<Q", one.data, 4)
        return _sol(one, "lamports", lamports, one.accounts[0], one.accounts[1])
    at = 4 if operation == 0 else _after_seed(one.data) if operation == 3 else None
    if at and len(one.accounts) >= 2 and len(one.data) >= at + 48:
        lamports, space, owner = struct.unpack_from("<QQ32s", one.data, at)
        rent = rent_lamports(space, plain=owner == bytes(32))
        return _sol(one, "create", lamports, one.accounts[0], one.accounts[1], rent)
    if operation == 11 and len(one.accounts) >= 3:
        (lamports,) = struct.unpack_from("<Q", one.data, 4)
        return _sol(one, "lamports", lamports, one.accounts[0], one.accounts[2])
    return None


def _after_seed(data: bytes) -> int | None:
    """Offset of the lamports of createAccountWithSeed: after the base key and the seed's text."""
    if len(data) < 44:
        return None
    at = 44 + struct.unpack_from("<Q", data, 36)[0]
    return int(at) if at + 8 <= len(data) else None


def _system_words(one: Instruction) -> Move | None:
    kind, info = _words(one.parsed)
    source, lamports = _address(info, "source"), _whole(info.get("lamports"))
    if source is None or lamports is None:
        return None
    if kind in {"transfer", "transferWithSeed"} and (receiver := _address(info, "destination")):
        return _sol(one, "lamports", lamports, source, receiver)
    if kind in {"createAccount", "createAccountWithSeed"} and (receiver := _address(info, "newAccount")):
        rent = rent_lamports(_whole(info.get("space")) or 0, plain=info.get("owner") == SYSTEM)
        return _sol(one, "create", lamports, source, receiver, rent)
    return None


def rent_lamports(space: int, *, plain: bool) -> int:
    """What an account of that many bytes must hold to stay; 0 for a plain wallet: an account of the System without data."""
    return 0 if plain and not space else (space + _ACCOUNT_OVERHEAD_BYTES) * _RENT_LAMPORTS_PER_BYTE


def _sol(one: Instruction, kind: MoveKind, lamports: int, source: str, receiver: str, rent: int = 0) -> Move:
    return Move(kind, "SOL", lamports, source, receiver, source, receiver, one.outer, one.inner, rent=rent)


def _allocated(one: Instruction) -> str | None:
    """The account of allocate, assign and their forms with a seed."""
    if one.parsed is not None:
        kind, info = _words(one.parsed)
        return _address(info, "account") if kind.startswith(("allocate", "assign")) else None
    if len(one.data) >= 4 and one.accounts and struct.unpack_from("<I", one.data)[0] in {1, 8, 9, 10}:
        return one.accounts[0]
    return None


# --- Token programs ------------------------------------------------------------------------------------------------


def _token(one: Instruction, holders: Mapping[str, Holder]) -> Move | None:
    found = _token_words(one) if one.parsed is not None else _token_bytes(one)
    if found is None:
        return None
    kind, amount, source, receiver, mint, withheld = found
    known = holders.get(receiver if kind == "mint" else source) or holders.get(receiver)
    asset = mint or (known.mint if known else "")
    sender = holders[source].owner if source in holders else ""
    owner = holders[receiver].owner if receiver in holders else (receiver if kind == "close" else "")
    if kind == "close":
        asset = "SOL"
    return Move(kind, asset, amount, source, receiver, sender, owner, one.outer, one.inner, withheld)


def _token_bytes(one: Instruction) -> tuple[MoveKind, int, str, str, str, int] | None:
    data, accounts = one.data, one.accounts
    if not data:
        return None
    operation = data[0]
    if operation == 9 and len(accounts) >= 2:
        return "close", 0, accounts[0], accounts[1], "", 0
    if operation == 26 and len(data) >= 19 and data[1] == 1 and len(accounts) >= 3:
        amount, fee = struct.unpack_from("<QxQ", data, 2)
        return "token", amount, accounts[0], accounts[2], accounts[1], fee
    if len(data) < 9:
        return None
    (amount,) = struct.unpack_from("<Q", data, 1)
    if operation == 3 and len(accounts) >= 2:
        return "token", amount, accounts[0], accounts[1], "", 0
    if operation == 12 and len(accounts) >= 3:
        return "token", amount, accounts[0], accounts[2], accounts[1], 0
    if operation in {7, 14} and len(accounts) >= 2:
        return "mint", amount, "", accounts[1], accounts[0], 0
    if operation in {8, 15} and len(accounts) >= 2:
        return "burn", amount, accounts[0], "", accounts[1], 0
    return None


def _token_words(one: Instruction) -> tuple[MoveKind, int, str, str, str, int] | None:
    kind, info = _words(one.parsed)
    account, source, receiver = (_address(info, name) for name in ("account", "source", "destination"))
    if kind == "closeAccount" and account and receiver:
        return "close", 0, account, receiver, "", 0
    shown = info.get("tokenAmount")
    amount = _whole(shown.get("amount") if isinstance(shown, dict) else info.get("amount"))
    mint = _address(info, "mint") or ""
    if amount is None:
        return None
    if kind in {"transfer", "transferChecked", "transferCheckedWithFee"} and source and receiver:
        fee = info.get("feeAmount")
        return "token", amount, source, receiver, mint, (_whole(fee.get("amount")) or 0) if isinstance(fee, dict) else 0
    if kind in {"mintTo", "mintToChecked"} and account:
        return "mint", amount, "", account, mint, 0
    if kind in {"burn", "burnChecked"} and account:
        return "burn", amount, account, "", mint, 0
    return None


def _words(parsed: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    kind, info = (parsed or {}).get("type"), (parsed or {}).get("info")
    return (kind if isinstance(kind, str) else ""), (info if isinstance(info, dict) else {})


def _address(info: Mapping[str, Any], name: str) -> str | None:
    value = info.get(name)
    return value if ids.is_solana_address(value) else None


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**64 else None


def named_accounts(one: Instruction) -> Iterator[str]:
    """All addresses an instruction names, in either reading."""
    yield from one.accounts
    for value in _words(one.parsed)[1].values():
        if isinstance(value, str) and ids.is_solana_address(value):
            yield value
