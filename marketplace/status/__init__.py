"""Whether each part of the platform works, as it measures itself."""
