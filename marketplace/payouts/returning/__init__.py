"""Money that goes back: refunds, disputes, and what creators return of either."""
