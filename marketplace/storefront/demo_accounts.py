"""Accounts of the demo market, which exists only where payments are a sandbox."""

DEMO_DOMAIN = "@demo.timbre.example"
FORMER_PASSWORD = "timbre-demo-2026"  # noqa: S105  # of accounts made before each home had one of its own
# two, because a reading that failed a check needs two of them
MODERATORS = ("moderator" + DEMO_DOMAIN, "second-moderator" + DEMO_DOMAIN)
