"""Creators: the people whose voices are licensed."""
