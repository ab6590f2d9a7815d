"""The origin of speech: its mark, its manifest, and the public way to read both."""
