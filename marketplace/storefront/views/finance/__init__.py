"""The finance desk: what waits for a person, and everything that finance may do about it."""
