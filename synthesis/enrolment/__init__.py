"""Learning a voice: alignment, adaptation and the report on how well it went."""
