"""Words of two sounds that their part of speech doesn't tell apart; their neighbours do."""

from __future__ import annotations

import re

_OF_METAL = "pipe|pipes|paint|poisoning|bullet|bullets|pencil|acid|shield|weight|weights|crystal|ore|mine|roof|glass|sulphate|oxide|shot|apron"
_TINY = "amount|amounts|detail|details|quantity|quantities|trace|traces|particle|particles|difference|differences|change|changes|fraction|portion|quantum|crack|cracks|organism|organisms"
_RULES = [  # pattern with the word as its group, phonemes
    (re.compile(rf"\b(minute)(?=\s(?:{_TINY})\b)", re.I), "mInjˈut"),
    (re.compile(r"(?<=\bso\s)(minute)\b|(?<=\bvery\s)(minute)(?=[.,])", re.I), "mInjˈut"),
    (re.compile(rf"\b(lead)(?=[\s-](?:{_OF_METAL})\b)", re.I), "lˈɛd"),
    (re.compile(r"(?<=\bof\s)(lead)(?=[.,;!?]|\sand\b|$)|(?<=\bmolten\s)(lead)\b|(?<=\bheavy as\s)(lead)\b"), "lˈɛd"),
    (re.compile(r"\b(bass)(?=\s(?:fish|fishing|fisherman|lake|boat|season)\b)|(?<=\bsea\s)(bass)\b|(?<=\bcaught a\s)(bass)\b|(?<=\bstriped\s)(bass)\b", re.I), "bˈæs"),
    (re.compile(r"^(Polish)(?=\s(?:the|your|my|his|her|it|them|all|these|those)\b)"), "pˈɑlɪʃ"),
    (re.compile(r"(?<=\ba\s)(row)(?=\s(?:about|over|with|broke)\b)|(?<=\bfurious\s)(row)\b"), "ɹˈW"),
    (re.compile(r"(?<=\bthe\s)(sow)(?=\s(?:and|had|fed|lay)\b)"), "sˈW"),
    (re.compile(r"\b(bow)(?=\s(?:of\sthe\s(?:ship|boat)|down|to\sthe|before)\b)", re.I), "bˈW"),
]  # fmt: skip


def marked(text: str) -> str:
    """The text with such words in the reader's notation, "[lead](/lˈɛd/)"."""
    for pattern, phonemes in _RULES:
        text = pattern.sub(lambda match, said=phonemes: f"[{match[0]}](/{said}/)", text)  # type: ignore[misc]
    return text
