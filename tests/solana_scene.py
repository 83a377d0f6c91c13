"""A small stage for transactions that nobody recorded: wallets, pools, token accounts and calls, with true balances.

Balances follow from the moves that are written down, so a scene cannot contradict itself by accident.
"""

from __future__ import annotations

from functools import cache
from struct import pack

from remora.venues.solana import base58, programs
from remora.venues.solana.movements import SPL, SYSTEM
from remora.venues.solana.transaction import Instruction, TokenBalance, Transaction
from solana_cases import SIGNATURE

WSOL = programs.WSOL
START = 10**12


@cache
def wallet(number: int) -> str:
    """An address that a key pair can sign for."""
    from solders.keypair import Keypair

    return str(Keypair.from_seed(bytes([number]) * 32).pubkey())


@cache
def vault(name: str) -> str:
    """An address that only a program can sign for."""
    from solders.pubkey import Pubkey

    return str(Pubkey.find_program_address([name.encode()], Pubkey.from_string(programs.PUMP))[0])


COIN, OTHER_COIN, DEX, ROUTER = wallet(101), wallet(102), wallet(103), wallet(104)


class Scene:
    """One transaction being written: `call` opens a program call, the moves after it happen inside it."""

    def __init__(self, *signers: str, fee: int = 5_000) -> None:
        self.signers = signers
        self.fee = fee
        self.calls: list[Instruction] = []
        self.lamports: dict[str, int] = {signers[0]: -fee}
        self.born: set[str] = set()
        self.gone: set[str] = set()
        self.held: dict[tuple[str, str, str], int] = {}
        self.outer, self.inner = -1, 0

    def call(self, program: str, *accounts: str, data: bytes = b"\x01", inner: bool = False) -> Scene:
        """A program call; an inner one happens inside the outer call before it."""
        return self._add(program, accounts, data, inner=inner)

    def pay(self, source: str, receiver: str, lamports: int, *, inner: bool = True, born: bool = False) -> Scene:
        """A System transfer."""
        self._move(source, receiver, lamports)
        if born:
            self.born.add(receiver)
        return self._add(SYSTEM, (source, receiver), pack("<IQ", 2, lamports), inner=inner)

    def open(
        self, payer: str, account: str, lamports: int = 2_039_280, *, space: int = 165, owner: str = SPL, inner: bool = False
    ) -> Scene:
        """A System createAccount."""
        self._move(payer, account, lamports)
        self.born.add(account)
        return self._add(SYSTEM, (payer, account), pack("<IQQ", 0, lamports, space) + base58.decode(owner), inner=inner)

    def direct(self, source: str, receiver: str, lamports: int) -> Scene:
        """Lamports that a program moves without any instruction."""
        self._move(source, receiver, lamports)
        return self

    def send(self, mint: str, source: str, receiver: str, amount: int, *, kept: int = 0) -> Scene:
        """A token transfer between owners; `kept`: the coin's transfer fee, which reaches nobody's balance."""
        self._hold(source, mint, -amount)
        self._hold(receiver, mint, amount - kept)
        accounts = (self.account(source, mint), mint, self.account(receiver, mint), source)
        return self._add(SPL, accounts, b"\x0c" + pack("<QB", amount, 6), inner=True)

    def mint(self, mint: str, receiver: str, amount: int) -> Scene:
        """New tokens for an owner."""
        self._hold(receiver, mint, amount)
        return self._add(SPL, (mint, self.account(receiver, mint)), b"\x07" + pack("<Q", amount), inner=True)

    def burn(self, mint: str, owner: str, amount: int) -> Scene:
        """Tokens of an owner are no more."""
        self._hold(owner, mint, -amount)
        return self._add(SPL, (self.account(owner, mint), mint, owner), b"\x08" + pack("<Q", amount), inner=True)

    def close(self, owner: str, account: str, lamports: int = 2_039_280) -> Scene:
        """A token account that existed before ends, its rent goes to the owner."""
        self._move(account, owner, lamports)
        self.gone.add(account)
        return self._add(SPL, (account, owner, owner), b"\x09", inner=False)

    def account(self, owner: str, mint: str) -> str:
        """The token account of an owner; it is named as soon as it is used."""
        self.held.setdefault((owner, mint, vault(f"{owner[:12]}{mint[:12]}")), 0)
        return vault(f"{owner[:12]}{mint[:12]}")

    def done(self, **changes: object) -> Transaction:
        """The executed transaction."""
        tokens = tuple(
            TokenBalance(account, mint, owner, START, START + change, 6) for (owner, mint, account), change in self.held.items()
        )
        lamports: dict[str, tuple[int, int]] = {}
        for account, change in self.lamports.items():
            before = 0 if account in self.born else -change if account in self.gone else START
            lamports[account] = (before, before + change)
        for (_, mint, account), change in self.held.items():
            if mint == WSOL:
                lamports[account] = (START, START + change + self.lamports.get(account, 0))
        values = {
            "signature": SIGNATURE, "source": "test", "slot": 7, "block_time": 1_780_000_000_000_000_000,
            "fee_lamports": self.fee, "keys": tuple(self.signers), "signers": frozenset(self.signers),
            "instructions": tuple(self.calls), "lamports": lamports, "tokens": tokens,
        }  # fmt: skip
        return Transaction(**(values | changes))  # type: ignore[arg-type]

    def _add(self, program: str, accounts: tuple[str, ...], data: bytes, *, inner: bool) -> Scene:
        if inner:
            self.inner += 1
        else:
            self.outer, self.inner = self.outer + 1, 0
        self.calls.append(Instruction(program, accounts, data, self.outer, self.inner))
        return self

    def _move(self, source: str, receiver: str, lamports: int) -> None:
        self.lamports[source] = self.lamports.get(source, 0) - lamports
        self.lamports[receiver] = self.lamports.get(receiver, 0) + lamports

    def _hold(self, owner: str, mint: str, change: int) -> None:
        key = owner, mint, self.account(owner, mint)
        self.held[key] += change
