"""Solana: Pump.fun curves, PumpSwap, Raydium, routers, transfers and charges."""
