"""What stands behind a part of a wallet's points: the positions it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from remora.analysis.profiles import GROUP_OF, PROFILES
from remora.app.analyse import Book
from remora.app.books import Books
from remora.app.wallet import position_document
from remora.model.errors import UsageError

if TYPE_CHECKING:
    from remora.app.config import Settings
    from remora.ports import Ledger


def behind(
    ledger: Ledger, settings: Settings, home: Path, wallet: str, part: str, *, as_of: int | None
) -> dict[str, Any]:  # fmt: skip
    """The positions that a part of a wallet's points rests on, as known to the scorebook in force (SCR-20).

    UsageError for a part that does not exist, or where no scorebook knows the wallet.
    """
    from remora.analysis.scorechecks import behind as rows_behind
    from remora.app.past import PastReader

    if part not in GROUP_OF:
        raise UsageError(f"no part {part!r}", hint=f"one of {', '.join(GROUP_OF)}")
    book = Book(home, settings, as_of=as_of)
    row = book.row("wallets", "wallet", wallet)
    if row is None or book.manifest is None:
        raise UsageError(f"the scorebook knows no wallet {wallet}", hint="`remora analyse` after an import makes a new one")
    members = [wallet]
    if row["cluster_id"] is not None:
        members = [member["wallet"] for member in book.rows("wallets", "cluster_id", [row["cluster_id"]])]
    reader = PastReader(ledger, settings, as_of=book.manifest.as_of)
    past = reader.trader(members)
    head = min(members)
    chosen = rows_behind(past, past.wallets.index(head), part, PROFILES[settings.score.profile])
    assets = {past.assets[rank] for rank in past.column("asset")[chosen].tolist()}
    joined = dict.fromkeys(members, head)
    positions = [
        position_document(one)
        for table, _ in Books(ledger, settings, until=book.manifest.as_of, joined=joined).parts()
        for one in table.to_pylist()
        if one["asset"] in assets
    ]
    positions.sort(key=lambda one: (-abs(one["realized_quote_atoms"] or 0), one["asset"]))
    return {"wallet": wallet, "trader": row["trader"], "part": part, "scorebook": book.manifest.name, "positions": positions}
