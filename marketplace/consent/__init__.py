"""Consent: a person's recorded word, and the evidence of it."""
