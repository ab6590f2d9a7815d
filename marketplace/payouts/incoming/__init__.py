"""Incoming money: checkout, sales, subscriptions, credit, receipts."""
