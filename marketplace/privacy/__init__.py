"""Personal data: a copy for the person, erasure, and what the law makes us retain."""
