"""The books: the double-entry ledger, its comparison with the provider, the reports."""
