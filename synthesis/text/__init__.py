"""From what people write to phonemes the model knows."""
