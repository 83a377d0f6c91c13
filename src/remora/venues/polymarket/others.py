"""Recordings that are named and left alone: opinions, rankings, simulations, measurements and answers to our orders.

None of them says what happened on chain; each has its reason, which the import tells.
"""

from __future__ import annotations

from typing import Final

from remora.venues.polymarket.shapes import Shape, left_alone


def _order_answer(shape: Shape) -> bool:
    """Answers of the trading interface: orders, cancels, balances, fees, errors."""
    if shape.has("original_size", "maker_address") and shape.lacks("taker_order_id", "type", "event_type"):
        return True
    if shape.has("salt", "maker", "signature") or shape.has("success", "orderID") or shape.has("canceled", "not_canceled"):
        return True
    return shape.fields in ({"error"}, {"base_fee"}, {"balance"}, {"balance", "allowance"}, {"balance", "allowances"})


def _tags(shape: Shape) -> bool:
    return shape.inside("rootTag").has("label", "slug") or (shape.has("id", "label", "slug") and shape.lacks("conditionId"))


def _ui_profit(shape: Shape) -> bool:
    wallets = shape.inside("wallets")
    return wallets.has("wallet") and wallets.any("uiPnl", "ui_tooltip")


def _copy_simulation(shape: Shape) -> bool:
    return shape.has("wallet", "return_on_max_capital_pct", "total_pnl")


def _wallet_ranking(shape: Shape) -> bool:
    wallets = shape.inside("wallets")
    return wallets.any("crowding_risk", "shadow_omega", "best_category") and wallets.has("wallet")


LEFT_ALONE: Final = (
    left_alone("polymarket.order_answers", "an answer to our own orders: nothing has been traded by it alone", _order_answer),
    left_alone("polymarket.tags", "a list of tags: categories come with the markets", _tags),
    left_alone(
        "polymarket.leaderboard",
        "a ranking by the site: profit is computed from trades",
        lambda shape: shape.any("proxyWallet", "proxy_wallet") and shape.has("rank", "pnl"),
    ),
    left_alone(
        "polymarket.consensus_signals",
        "somebody's signals with the traders behind them: no trades",
        lambda shape: shape.has("numTraders", "traders", "curPrice"),
    ),
    left_alone(
        "polymarket.scanner_results",
        "somebody's statement of who won: resolutions come from the market",
        lambda shape: shape.has("roi", "won", "resolvedAt"),
    ),
    left_alone(
        "polymarket.track_records",
        "somebody's statistics of wallets",
        lambda shape: shape.has("wallet", "wins", "losses", "at"),
    ),
    left_alone(
        "polymarket.scanner_backtest",
        "somebody's backtest",
        lambda shape: shape.has("ranAt", "windowDays", "signals"),
    ),
    left_alone("polymarket.wallet_rankings", "somebody's ranking of wallets", _wallet_ranking),
    left_alone("polymarket.copy_simulation", "somebody's simulation of copying", _copy_simulation),
    left_alone(
        "polymarket.win_rates", "somebody's statistics of wallets by category", columns=("trader", "category", "win_rate_proxy")
    ),
    left_alone("polymarket.ui_profit", "profit as the site shows it: the trades are not here", _ui_profit),
    left_alone(
        "polymarket.latency",
        "measured delays of feeds",
        lambda shape: shape.has("rounds", "results", "summary", "orderAmount"),
    ),
    left_alone(
        "polymarket.paper_decisions",
        "decisions of a paper book: nothing was traded",
        columns=("signal_id", "decision", "q5_count", "would_have_size_usd"),
    ),
    left_alone(
        "polymarket.paper_exits",
        "exits of a paper book: nothing was traded",
        columns=("entry_price", "exit_price", "threshold", "counterfactual_pnl"),
    ),
    left_alone(
        "polymarket.paper_state",
        "the state of a paper book: nothing was traded",
        lambda shape: shape.has("mode", "bankroll", "bets", "missed"),
    ),
    left_alone(
        "polymarket.paper_predictions",
        "paper predictions: nothing was traded",
        columns=("strategy", "decision", "edge_neto", "brier_score"),
    ),
    left_alone(
        "polymarket.signing_vectors",
        "test vectors for signing orders",
        lambda shape: shape.has("orders", "l2_hmac", "l1_clob_auth"),
    ),
    left_alone(
        "polymarket.owrr_cases",
        "worked cases of a formula",
        lambda shape: shape.has("rule", "cases") and shape.inside("cases").has("yes", "no", "expected"),
    ),
)
