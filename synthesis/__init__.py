"""Timbre's voice engine: plain Python and torch, no Django."""
