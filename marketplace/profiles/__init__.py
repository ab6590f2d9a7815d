"""What creators say of themselves, and who follows them."""
