"""Compliance: the audit trail."""
