"""The business: one Django app a noun."""
