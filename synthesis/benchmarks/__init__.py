"""What the engine is worth: closeness, clarity, speed, languages, load; each a table."""
