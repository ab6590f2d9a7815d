"""Voices: recordings, enrolments, templates and previews."""
