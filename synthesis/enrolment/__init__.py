"""Learning a speaker: alignment, adaptation and the report on how well it went."""
