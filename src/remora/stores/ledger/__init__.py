"""The ledger: what happened on chain, in columns. One port, several makes."""
