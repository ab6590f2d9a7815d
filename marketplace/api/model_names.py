"""Names of the engine: our own, and those that clients of other services send unless told otherwise."""

from __future__ import annotations

MODEL = "timbre-1"
OPENAI_NAMES = (
    "tts-1",
    "tts-1-1106",
    "tts-1-hd",
    "tts-1-hd-1106",
    "gpt-4o-mini-tts",
    "gpt-4o-mini-tts-2025-03-20",
    "gpt-4o-mini-tts-2025-12-15",
)
ELEVENLABS_NAMES = (
    "eleven_multilingual_v2",
    "eleven_flash_v2_5",
    "eleven_flash_v2",
    "eleven_turbo_v2_5",
    "eleven_turbo_v2",
    "eleven_multilingual_v1",
    "eleven_monolingual_v1",
    "eleven_v3",
    "eleven_v3_conversational",
)
MODELS = (MODEL, *OPENAI_NAMES, *ELEVENLABS_NAMES)
