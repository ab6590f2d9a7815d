"""What may be said: rules as data, decisions with reasons, appeals."""
