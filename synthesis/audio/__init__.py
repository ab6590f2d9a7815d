"""Samples in and out: decoding, encoding, measuring."""
