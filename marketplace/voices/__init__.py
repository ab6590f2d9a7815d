"""Voices: recordings, records of templates, and similarity between voices."""
