"""Views of /v1/, one module per protocol or noun."""
