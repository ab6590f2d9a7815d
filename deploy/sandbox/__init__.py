"""A payment provider that moves no money: answers the `stripe` client over HTTP."""
