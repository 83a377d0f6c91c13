"""Remora reads what wallets do on public chains and says, exactly and with reasons, what came of it."""
