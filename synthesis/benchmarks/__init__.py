"""What the engine is worth, measured on real speech."""
