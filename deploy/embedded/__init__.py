"""The parts a deployment has elsewhere, run from installed packages: for one machine and tests."""
