"""The languages that are read, by their tags (RFC 5646), and the eSpeak NG voices that know them."""

from __future__ import annotations

LANGUAGES = {
    "en-US": "en-us",
    "en-GB": "en-gb",
    "es": "es",
    "fr": "fr-fr",
    "hi": "hi",
    "it": "it",
    "pt-BR": "pt-br",
    "zh-CN": "",  # which have readers of their own
    "ja": "",
}
