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
_USUAL = {"en": "en-US", "pt": "pt-BR", "zh": "zh-CN", "cmn": "zh-CN"}
_BRITISH = ("au", "gb", "ie", "in", "nz", "za")
_LONGEST = 35  # characters of a tag that is known to be enough for everybody (RFC 5646, 4.4.1)


def spoken_language(tag: str) -> str | None:
    """The language in which a text of a language tag (RFC 5646) is spoken; None if there is none.

    >>> spoken_language("fr-CA"), spoken_language("en-NZ"), spoken_language("de")
    ('fr', 'en-GB', None)
    """
    if len(tag) > _LONGEST:
        return None
    primary, *rest = tag.lower().replace("_", "-").split("-")
    found = _USUAL.get(primary, primary)
    if primary == "en" and any(part in _BRITISH for part in rest):
        found = "en-GB"
    return found if found in LANGUAGES else None
