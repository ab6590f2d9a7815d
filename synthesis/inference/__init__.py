"""Inference on plain CPUs: eight-bit integers, fused loops, windows of a sentence."""
