"""Where speech comes from: its mark, its manifest, and the public way to read both."""
