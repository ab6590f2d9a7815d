"""What was said: speech recognition and word error rate."""
