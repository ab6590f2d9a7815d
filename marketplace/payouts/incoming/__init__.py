"""Money that comes in: checkout, sales, subscriptions, credit, receipts."""
