"""Why a wallet is called what it is called: sentences with the figures behind them (WAL-05)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from remora.analysis.botsigns import SIGNS, Signs
from remora.analysis.exact import Bools, Ints
from remora.analysis.roles import Roles
from remora.analysis.traits import Traits

FINDINGS: Final = {
    "fast": "more than 5 gaps under a second between trades",
    "round": "more than half of the purchases are round amounts",
    "reciprocal": "more than 3 transfers to and fro with the same wallet",
    "self": "trades with other wallets of its own cluster",
}


@dataclass(frozen=True)
class Evidence:
    """All that a wallet's names rest on. infrastructure: wallet -> what it is; findings: U-27, by name and wallet.
    whale: more volume than the rule asks."""

    traits: Traits
    roles: Roles
    signs: Signs
    infrastructure: dict[int, str]
    findings: dict[str, Ints]
    whale: Bools


def reasons(found: Evidence, w: int, *, told: bool) -> list[str]:
    """The sentences of one wallet: infrastructure alone, else roles, signs, findings, and what is not known.

    told: its behaviour could be told; else the first sentence says why not.
    """
    if w in found.infrastructure:
        return [f"no person: {found.infrastructure[w]}"]
    t = found.traits
    actions = int(t.actions[w])
    few = [] if told else [f"{actions} trade{'' if actions == 1 else 's'}: cannot tell"]
    said = [*few, *_roles(found, w)]
    said += [f"sign of a bot: {name}" for (name, _), there in zip(SIGNS, found.signs.present[:, w], strict=True) if there]
    unknown = [name for (name, _), known in zip(SIGNS, found.signs.known[:, w], strict=True) if not known]
    if unknown and t.trades[w]:
        said.append(f"not recorded: {', '.join(unknown)}")
    return said + [f"suspicious: {FINDINGS[name]}" for name, count in found.findings.items() if count[w]]


def _roles(found: Evidence, w: int) -> list[str]:
    r, t = found.roles, found.traits
    said = []
    if found.whale[w]:
        said.append("a whale: its trades moved more than 1,000 SOL, or 200,000 dollars")
    if t.gaps[w] >= 10 and t.mean_gap[w] < 5:
        said.append(f"{t.actions[w]} trades with {t.mean_gap[w]:.1f} s between them on average")
    for count, of, text in (
        (r.created[w], None, "created {} tokens"),
        (r.first_buys[w], r.judged[w], "first buyer of {} of {} tokens whose launch is recorded"),
        (r.insider[w], t.tokens[w], "funded by the creator, or got the token from him, in {} of {} tokens"),
        (r.tx_bundles[w], t.entered[w], "bought {} of {} tokens in one transaction with other wallets"),
        (r.launch_bundles[w], t.entered[w], "bought {} of {} tokens in the launch slot beside 3 or more others"),
        (r.first_bundles[w], t.entered[w], "bought {} of {} tokens in their first recorded slot beside 3 or more others"),
        (r.sniped[w], r.timed[w], "bought {} of {} tokens within 2 slots or 5 s of the launch"),
        (r.both_sides[w], r.markets[w], "bought both outcomes in {} of {} markets"),
        (r.washed[w], t.tokens[w], "bought and sold to and fro without a change in {} of {} tokens"),
        (r.sandwiches[w], None, "{} purchases sold in the same slot after others' purchases"),
        (r.cheap[w], t.buys[w], "{} of {} purchases at 10 cents or less"),
        (r.dear[w], t.buys[w], "{} of {} purchases at 95 cents or more"),
    ):
        if count > 0:
            said.append(text.format(count) if of is None else text.format(count, of))
    return said
