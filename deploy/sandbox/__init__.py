"""A payment provider that moves no money and answers the `stripe` client over HTTP."""
