"""Polymarket: trades, activity, chain logs, markets and resolutions."""
