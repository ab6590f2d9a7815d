"""Webhooks to buyers and creators, by the Standard Webhooks specification."""
