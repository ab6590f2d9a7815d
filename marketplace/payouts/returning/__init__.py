"""Returning money: refunds, disputes, and reversals of creators' transfers."""
