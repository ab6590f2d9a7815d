"""Speech recognition and word error rate."""
