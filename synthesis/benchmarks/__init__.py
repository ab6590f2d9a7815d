"""Benchmarks of the engine on real speech."""
