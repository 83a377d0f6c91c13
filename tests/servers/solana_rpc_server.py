"""A Solana node as it behaves, served from recorded transactions or from ones a test makes.

Kept from the real ones: newest first with before and until, at most `page` signatures, null for what is not there (yet),
batches answered in any order or refused, errors in the envelope, history forgotten before a slot.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from servers.local import LocalServer

TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"


class SolanaServer(LocalServer):
    """ledger: signature → transaction (getTransaction json), newest first per address in `index`."""

    def __init__(self, *, slot: int = 10_000_000) -> None:
        super().__init__()
        self.transactions: dict[str, dict[str, Any]] = {}
        self.index: dict[str, list[str]] = {}
        self.accounts: dict[str, list[str]] = {}
        self.mints: set[str] = set()
        self.slot = slot
        self.page = 1_000
        self.nulls: dict[str, int] = {}  # signature → how often it is still null
        self.batches = True
        self.ahead = False  # offers getTransactionsForAddress
        self.forgets: set[str] = set()
        self.asked: list[str] = []

    def add(self, signature: str, transaction: dict[str, Any], addresses: list[str]) -> None:
        """One transaction; later ones are newer."""
        self.transactions[signature] = transaction
        for address in addresses:
            self.index.setdefault(address, []).insert(0, signature)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        question = json.loads(await request.text())
        if isinstance(question, list):
            if not self.batches:
                return web.Response(status=413)
            replies = [self._reply(each) for each in reversed(question)]
            return web.json_response(replies)
        return web.json_response(self._reply(question))

    def _reply(self, question: dict[str, Any]) -> dict[str, Any]:
        method, params = question["method"], question["params"]
        self.asked.append(method)
        view = getattr(self, f"_{method}", None)
        told = view(*params) if view else error(-32601, "Method not found")
        return {"jsonrpc": "2.0", "id": question["id"], **(told if isinstance(told, Told) else {"result": told})}

    def _getSlot(self, _: dict[str, Any]) -> int:
        return self.slot

    def _getAccountInfo(self, address: str, _: dict[str, Any]) -> Any:
        if address in self.mints:
            return {"context": {"slot": self.slot}, "value": {"owner": TOKEN_PROGRAM, "space": 82, "data": ["", "base64"]}}
        return {"context": {"slot": self.slot}, "value": None}

    def _getTokenAccountsByOwner(self, address: str, which: dict[str, str], _: dict[str, Any]) -> Any:
        held = self.accounts.get(address, []) if which["programId"] == TOKEN_PROGRAM else []
        return {"context": {"slot": self.slot}, "value": [{"pubkey": account, "account": {}} for account in held]}

    def _getSignaturesForAddress(self, address: str, options: dict[str, Any]) -> Any:
        known = [signature for signature in self.index.get(address, []) if signature not in self.forgets]
        before, until = options.get("before"), options.get("until")
        if before is not None:
            known = known[known.index(before) + 1 :] if before in known else []
        if until in known:
            known = known[: known.index(until)]
        limit = min(options.get("limit", 1_000), self.page)
        return [{"signature": item, "slot": self.transactions[item]["slot"], "err": None} for item in known[:limit]]

    def _getSignatureStatuses(self, signatures: list[str], _: dict[str, Any]) -> Any:
        known = [None if item in self.forgets or item not in self.transactions else {"slot": 1} for item in signatures]
        return {"context": {"slot": self.slot}, "value": known}

    def _getTransaction(self, signature: str, options: dict[str, Any]) -> Any:
        if options.get("maxSupportedTransactionVersion") is None:
            return error(-32015, "Transaction version (0) is not supported by the requesting client")
        if self.nulls.get(signature, 0) > 0:
            self.nulls[signature] -= 1
            return None
        return self.transactions.get(signature)

    def _getTransactionsForAddress(self, address: str, options: dict[str, Any]) -> Any:
        if not self.ahead:
            return error(-32601, "Method not found")
        every = sorted({item for name in [address, *self.accounts.get(address, [])] for item in self.index.get(name, [])})
        slot = options["filters"]["slot"]["gte"]
        found = sorted((self.transactions[item] for item in every), key=lambda item: item["slot"])
        found = [item for item in found if item["slot"] >= slot]
        start = int(options.get("paginationToken", "0:0").split(":")[1])
        limit = min(options["limit"], 100)
        token = f"{slot}:{start + limit}" if start + limit < len(found) else None
        return {"data": found[start : start + limit], "paginationToken": token}


class Told(dict[str, Any]):
    """A reply that is no result."""


def error(code: int, message: str) -> Told:
    """A JSON-RPC error."""
    return Told(error={"code": code, "message": message})


def transfer(number: int, slot: int, keys: list[str], before: list[int]) -> dict[str, Any]:
    """A made-up transaction in the json encoding that touches `keys` with these balances before."""
    return {
        "slot": slot, "blockTime": 1_700_000_000 + slot, "version": 0,
        "meta": {
            "err": None, "fee": 5_000, "preBalances": before, "postBalances": before,
            "innerInstructions": [], "logMessages": [],
            "preTokenBalances": [], "postTokenBalances": [], "loadedAddresses": {"writable": [], "readonly": []},
        },
        "transaction": {
            "signatures": [f"sig{number}"],
            "message": {
                "accountKeys": keys, "instructions": [], "addressTableLookups": [], "recentBlockhash": "1" * 32,
                "header": {"numRequiredSignatures": 1, "numReadonlySignedAccounts": 0, "numReadonlyUnsignedAccounts": 0},
            },
        },
    }  # fmt: skip
