"""Floor 4, plug-ins for the places where wallets trade. Siblings never see each other."""
