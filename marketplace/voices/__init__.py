"""Voices: recordings, templates' records, and how voices are found alike."""
