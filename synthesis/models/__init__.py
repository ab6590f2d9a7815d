"""The acoustic model and the generator, rebuilt in PyTorch from the packaged weights."""
