"""Listings: voices on sale, and the offers on them."""
