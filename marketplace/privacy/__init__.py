"""What is known of a person: a copy for them, erasure, and what a law makes us keep."""
