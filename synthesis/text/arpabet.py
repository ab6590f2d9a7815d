"""Pronunciations in the alphabet of the CMU dictionary, ARPAbet, in IPA."""

from __future__ import annotations

import re

_VOWELS = {
    "AA": "ɑː", "AE": "æ", "AH": "ʌ", "AO": "ɔː", "AW": "aʊ", "AY": "aɪ", "EH": "ɛ", "ER": "ɝː", "EY": "eɪ",
    "IH": "ɪ", "IY": "iː", "OW": "oʊ", "OY": "ɔɪ", "UH": "ʊ", "UW": "uː",
}  # fmt: skip
_CONSONANTS = {
    "B": "b", "CH": "tʃ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h", "JH": "dʒ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_STRESSES = {"0": "", "1": "ˈ", "2": "ˌ", "": ""}


def from_arpabet(text: str) -> str:
    """IPA of symbols such as "HH AH0 L OW1".

    Raises:
        ValueError: a symbol that isn't one.
    """
    said = ""
    for symbol in text.upper().split():
        match = re.fullmatch(r"([A-Z]{1,2})([012]?)", symbol)
        name, stress = match.groups() if match else ("", "")
        if name in _VOWELS:
            reduced = name == "AH" and stress == "0"
            said += _STRESSES[stress] + ("ə" if reduced else _VOWELS[name])
        elif name in _CONSONANTS and not stress:
            said += _CONSONANTS[name]
        else:
            raise ValueError(f"{symbol[:10]!r} is not a symbol of cmu-arpabet")
    return said
