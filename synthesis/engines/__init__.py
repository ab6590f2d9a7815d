"""Engines that speak, behind one interface."""
