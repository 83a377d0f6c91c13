"""The report of a wallet: one HTML file that asks nothing of any host, works without scripts, and can be printed."""
