"""What comes in: facts of the chains, each a frozen struct of integers and texts.

Every fact carries `id` (built by `ids`), `happened_at` (nanoseconds, the chain's clock), `seen_at` (nanoseconds, when
this record could be known to us; None for history that was never heard live) and `source` (which feed or file form).
Field names are the column names of the ledger and of exports. Quantities are base units of the asset (`*_atoms`),
money is base units of the named quote (`*_quote_atoms`). `order key` of a fact: slot, tx_index (place of the
transaction in its slot), ordinal (place inside the transaction: outer << 16 | inner; or the record's place in its file).
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

Side = Literal["buy", "sell"]
BUY: Final = "buy"
SELL: Final = "sell"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="type", tag=_snake):
    """What all facts share."""

    id: str
    source: str
    happened_at: int | None = None
    seen_at: int | None = None


class Placed(Fact, frozen=True, kw_only=True, gc=False):
    """A fact with a place on its chain. `tx` is the signature or transaction hash ('' where the source tells none)."""

    venue: str
    tx: str = ""
    slot: int | None = None
    tx_index: int | None = None
    ordinal: int = 0


class Trade(Placed, frozen=True, kw_only=True, gc=False):
    """One wallet bought or sold `quantity_atoms` of `asset`.

    quote_atoms: what the pool or counterparty got or gave, before fees. venue_fee_quote_atoms: added to a buy, taken
    from a sale. quote: 'SOL', 'USDC' or a mint. market: condition id on Polymarket; pool or curve account on Solana.
    program: who executed it (address or name). exact: the id is an exact event index; otherwise the trade is matched
    to others by `tx` (or second), wallet, asset, side, quantity and money, by multiplicity, within
    quantity_step_atoms / quote_step_atoms (size of the last digit the source writes; 1 = exact).
    flags: words that qualify it, e.g. derived, unattributed, mayhem, fee_unknown, maker, taker, swap_leg.
    """

    wallet: str
    asset: str
    side: Side
    quantity_atoms: int
    quote: str
    quote_atoms: int
    venue_fee_quote_atoms: int = 0
    market: str | None = None
    program: str | None = None
    exact: bool = True
    quantity_step_atoms: int = 1
    quote_step_atoms: int = 1
    flags: tuple[str, ...] = ()


class Charge(Placed, frozen=True, kw_only=True, gc=False):
    """What a wallet paid (or, for refunds, got back) beside the price. kind: network, priority, tip, bot, rent, refund.

    `trade_id` and `asset` name the trade it belongs to; both None when the transaction traded nothing of this wallet's.
    """

    wallet: str
    kind: Literal["network", "priority", "tip", "bot", "rent", "refund"]
    lamports: int
    recipient: str | None = None
    trade_id: str | None = None
    asset: str | None = None


class Transfer(Placed, frozen=True, kw_only=True, gc=False):
    """`quantity_atoms` of `asset` moved from `sender` to `receiver` without a trade.

    Quantity, asset and time may be unknown (None): then only the link counts. sender is '' for a mint, receiver ''
    for a burn. kind: transfer, airdrop, create_account, mint, burn, funding, sale_proceeds ...
    """

    sender: str
    receiver: str
    asset: str | None = None
    quantity_atoms: int | None = None
    kind: str = "transfer"
    flags: tuple[str, ...] = ()


class Launch(Placed, frozen=True, kw_only=True, gc=False):
    """A token was created. `creator` (fee owner) may differ from `wallet` (who signed)."""

    asset: str
    wallet: str
    creator: str
    name: str
    symbol: str
    uri: str = ""
    market: str | None = None
    program: str | None = None
    quote: str = "SOL"
    supply_atoms: int | None = None
    flags: tuple[str, ...] = ()


class Graduation(Placed, frozen=True, kw_only=True, gc=False):
    """A curve completed (stage 'complete') or its liquidity moved to a pool (stage 'migrated')."""

    asset: str
    stage: Literal["complete", "migrated"]
    wallet: str | None = None
    market: str | None = None
    pool: str | None = None
    destination: str | None = None
    quantity_atoms: int | None = None
    quote: str = "SOL"
    quote_atoms: int | None = None


class PoolCreated(Placed, frozen=True, kw_only=True, gc=False):
    """A pool and its two mints as the program names them (base may be wrapped SOL)."""

    pool: str
    program: str
    base_asset: str
    quote_asset: str
    wallet: str | None = None
    base_atoms: int | None = None
    quote_atoms: int | None = None
    flags: tuple[str, ...] = ()


class Reserves(Placed, frozen=True, kw_only=True, gc=False):
    """State of a curve after one trade, and that trade's move: the chain of states proves that no trade is missing.

    Before the trade the virtual reserves were after -/+ the move, so consecutive rows of one market must join.
    """

    market: str
    asset: str
    side: Side
    quantity_atoms: int
    quote_atoms: int
    virtual_quote_atoms: int
    virtual_token_atoms: int
    real_quote_atoms: int | None = None
    real_token_atoms: int | None = None
    flags: tuple[str, ...] = ()


class Market(Fact, frozen=True, kw_only=True, gc=False):
    """A Polymarket condition as one answer described it (`happened_at`: that answer's own time of update).

    tick and minimum size in micro units; fee_rate in millionths; outcomes and token_ids in the same order.
    """

    market: str
    slug: str
    question: str
    outcomes: tuple[str, ...]
    token_ids: tuple[str, ...]
    venue: str = "polymarket"
    venue_market_id: str | None = None
    event_slug: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    neg_risk: bool = False
    neg_risk_id: str | None = None
    tick_micro_usdc: int | None = None
    min_size_atoms: int | None = None
    fee_rate_millionths: int | None = None
    fee_exponent: int | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    closed_at: int | None = None
    closed: bool = False
    active: bool = True
    flags: tuple[str, ...] = ()


class Resolution(Fact, frozen=True, kw_only=True, gc=False):
    """What each outcome pays: payout_numerators[i] / payout_denominator dollars per share (50-50 is (1, 1) / 2).

    evidence: what said so (prices, winner_flag, chain, resolutions, ws).
    """

    market: str
    payout_numerators: tuple[int, ...]
    payout_denominator: int
    outcomes: tuple[str, ...] = ()
    token_ids: tuple[str, ...] = ()
    venue: str = "polymarket"
    evidence: str = ""


class Split(Placed, frozen=True, kw_only=True, gc=False):
    """`quantity_atoms` dollars became that many complete sets of `market`."""

    wallet: str
    market: str
    quantity_atoms: int


class Merge(Placed, frozen=True, kw_only=True, gc=False):
    """`quantity_atoms` complete sets of `market` became that many dollars."""

    wallet: str
    market: str
    quantity_atoms: int


class Redeem(Placed, frozen=True, kw_only=True, gc=False):
    """A wallet was paid `quote_atoms` for what it held of a resolved market. asset None: all outcomes at once."""

    wallet: str
    market: str
    quantity_atoms: int
    quote_atoms: int
    asset: str | None = None
    outcome: str | None = None


class Conversion(Placed, frozen=True, kw_only=True, gc=False):
    """NO of several questions of a neg-risk event became YES of the others and cash."""

    wallet: str
    market: str
    quantity_atoms: int
    quote_atoms: int
    neg_risk_id: str | None = None


class Reward(Placed, frozen=True, kw_only=True, gc=False):
    """Income that is no trade. kind: reward, maker_rebate, taker_rebate, yield, referral_reward, cashback, creator_fee, tip."""

    wallet: str
    kind: str
    quote: str
    quote_atoms: int


class Deposit(Placed, frozen=True, kw_only=True, gc=False):
    """Cash moved in or out of an account (kind deposit, withdrawal, migration). Never profit."""

    wallet: str
    kind: str
    quote: str
    quote_atoms: int


class PriceTick(Fact, frozen=True, kw_only=True, gc=False):
    """One price: `quote_atoms` of `quote` for `asset_atoms` of `asset`, exactly as written by the source."""

    asset: str
    quote: str
    quote_atoms: int
    asset_atoms: int
    market: str | None = None
    interval_seconds: int = 0


class Candle(Fact, frozen=True, kw_only=True, gc=False):
    """Open, high, low, close over `interval_seconds` from happened_at: numerators over 10^scale, quote per whole asset.

    It can be known only when the interval has ended.
    """

    asset: str
    quote: str
    interval_seconds: int
    open: int
    high: int
    low: int
    close: int
    scale: int
    volume: int | None = None
    market: str | None = None


class BookSnapshot(Fact, frozen=True, kw_only=True, gc=False):
    """A book's levels, best first: prices in micro-dollars, sizes in share atoms (6 decimals)."""

    asset: str
    market: str
    bid_prices_micro_usdc: tuple[int, ...]
    bid_sizes_atoms: tuple[int, ...]
    ask_prices_micro_usdc: tuple[int, ...]
    ask_sizes_atoms: tuple[int, ...]
    venue: str = "polymarket"


class Presence(Fact, frozen=True, kw_only=True, gc=False):
    """A wallet was seen trading a token; side, amounts and time of its trades are unknown. happened_at: the token's launch."""

    venue: str
    wallet: str
    asset: str
    flags: tuple[str, ...] = ()


class Label(Fact, frozen=True, kw_only=True, gc=False):
    """Somebody's opinion of an address (kind: name, kol, whale, creator, exchange, infrastructure, fleet ...)."""

    address: str
    label: str
    kind: str
    author: str = ""


class Observation(Fact, frozen=True, kw_only=True, gc=False):
    """Something seen that lacks size, side or identity: shown, never booked. `data` is the record as JSON text."""

    venue: str
    kind: str
    reason: str
    wallet: str | None = None
    asset: str | None = None
    market: str | None = None
    data: str = "{}"


class Retracted(Fact, frozen=True, kw_only=True, gc=False):
    """A fact heard before is void (dropped block, failed settlement)."""

    fact_id: str
    reason: str


AnyFact = (
    Trade | Charge | Transfer | Launch | Graduation | PoolCreated | Reserves | Market | Resolution | Split | Merge
    | Redeem | Conversion | Reward | Deposit | PriceTick | Candle | BookSnapshot | Presence | Label | Observation | Retracted
)  # fmt: skip

FACT_TYPES: Final[tuple[type[Fact], ...]] = (
    Trade, Charge, Transfer, Launch, Graduation, PoolCreated, Reserves, Market, Resolution, Split, Merge, Redeem,
    Conversion, Reward, Deposit, PriceTick, Candle, BookSnapshot, Presence, Label, Observation, Retracted,
)  # fmt: skip


def type_name(fact: Fact | type[Fact]) -> str:
    """A fact's name in JSON and counts, e.g. 'pool_created'."""
    return _snake(fact.__name__ if isinstance(fact, type) else type(fact).__name__)
