"""Views of /v1/, one module a protocol or noun."""
