"""Webhooks to buyers and creators, following the Standard Webhooks specification."""
