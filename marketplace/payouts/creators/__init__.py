"""Money that is a creator's: earnings, shares of plans and usage, transfers, statements."""
