"""Services that a deployment runs elsewhere, started from installed packages for one machine and tests."""
