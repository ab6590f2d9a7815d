"""The languages that are read, by their tags (RFC 5646), and the eSpeak NG voices that know them."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec

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
_NEEDS = {
    "zh-CN": ("wetext", "jieba", "pypinyin", "cn2an", "ordered_set"),
    "ja": ("wetext", "pyopenjtalk", "jaconv"),
}


@lru_cache(maxsize=len(LANGUAGES))
def available(language: str) -> bool:
    """Whether a language is known and all that reads it is installed."""
    if language not in LANGUAGES:
        return False
    return all(find_spec(module) is not None for module in _NEEDS.get(language, ()))
