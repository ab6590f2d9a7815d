"""Creators' money: earnings, shares of plans and usage, transfers, statements."""
