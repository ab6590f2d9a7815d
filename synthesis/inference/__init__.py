"""The model as it runs on plain CPUs: eight-bit integers, fused loops, windows of a sentence."""
