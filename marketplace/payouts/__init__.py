"""Payouts: the ledger, payments and what creators are owed."""
