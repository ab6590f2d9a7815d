"""Voices that may not be enrolled, and cases that a person decides."""
