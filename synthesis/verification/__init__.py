"""Who is speaking: speaker embeddings and the thresholds that go with them."""
