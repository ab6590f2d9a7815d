"""An inaudible keyed mark in every licensed second of speech, and its blind detection.

Spread spectrum in the short-time spectrum: keyed signs multiply the magnitudes of single bins by a
fraction of a decibel, so that the mark is shaped by the speech that hides it. The speech's own contribution
to each bit is known when the mark is embedded, so only the missing part is added (informed
embedding, after Malvar and Florêncio 2003). Payload: 32 bits with a CRC-16 in a tail-biting
convolutional code, repeated every two seconds.
"""
