"""Detects whether a person speaks into the microphone, not a loudspeaker or our own engine."""
