"""Settings, one module a purpose; every value comes from the environment.

The variables are listed in deploy/configuration.md.
"""
