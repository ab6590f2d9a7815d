"""What licensees say about the voices that they spoke with."""
