"""Licensing: orders, licences, API keys and usage."""
