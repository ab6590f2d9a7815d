"""Capitals and mixtures of letters and digits: "HTML", "NASA", "GPT-4o", "OpenAI", "x86"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from synthesis.text.english.lexicon import is_word, known_names
from synthesis.text.english.numbers import cardinal, digits, pairs, plural, year
from synthesis.text.scan import Scan, rule

_SPOKEN = frozenset(  # said as words
    "NASA NATO UNESCO UNICEF OPEC AIDS COVID SARS MERS LASER RADAR SCUBA SONAR FIFA UEFA NAFTA "
    "ASEAN GIF JPEG MPEG RAM ROM LAN WAN WIFI PIN SIM SWAT POTUS SCOTUS FLOTUS NASDAQ NASCAR "
    "ASAP AWOL OSHA FEMA HIPAA CERN DARPA IKEA LEGO NERF BIOS ASCII COBOL BASIC GMAT "
    "LSAT MCAT TOEFL IELTS OLED CAPTCHA YOLO FOMO LOL ROFL MOMA MIDI CRISPR TED ICANN NIMBY "
    "IMAX INTERPOL JSON YAML TOML GNU RAID UNIX LINUX CAD DOS HTMX SCAM PETA NORAD COP SAP VIN "
    "ELISA LASIK FODMAP IBAN NYMEX OXFAM NAVY ARMY FICO BAFTA EGOT AMBER TASER AWACS VOIP DEFCON "
    "SIDS PAC ERISA FUBU GOP_ LORAN MASH OPUS PEMEX RICO WASP ZIP".split()
)
_SPELLED = frozenset(  # though they look like words
    "US UK EU UN IT ID TV PC AI UI UX HR PR CEO CFO CTO COO CIO CMO VP API URL FAQ DIY RSVP FYI "
    "BBC CNN NBC CBS ABC HBO MTV ESPN FBI CIA NSA IRS DNA RNA HIV MRI CT ER ICU IV IQ EQ ATM GPS "
    "USB CPU GPU HDMI LED LCD DVD CD DJ MC UFO USA UAE UAV UCLA MIT NYU USC IBM HP BMW AMD VW KFC "
    "MBA MA BA BS MD JD RN EMT AM PM AD BC BCE CE EST EDT CST CDT PST PDT MST MDT GMT UTC CET BST "
    "IST NHL NFL NBA MLB NCAA UFC WWE MVP HQ OS PS PSA ETA ETF IPO ROI KPI GDP VAT GST APR APY IRA "
    "LLC LLP PLC LTD_ TBA TBD TBH IMO BTW OMG WTF BFF DM AKA SUV RV EV MPH KPH RPM PDF XML CSS PHP "
    "SQL HTML HTTP HTTPS FTP SSH TCP IP UDP DNS VPN ISP IDE SDK CLI GUI_ OCR NLP ML LLM AR VR XR "
    "LGBTQ LGBT ACLU NAACP PTA PTSD ADHD OCD OCR OTC CPR CBD THC LSD BMI BPM UV IR AC DC FM CB HD "
    "UHD SMS MMS PIN_ WHO_ OPT_ EPA FDA CDC NIH DOE DOJ DHS TSA DMV DUI NYC LA SF DC NJ NY LAX JFK "
    "RIP COB BBQ AA AAA SEC ERA ETH NFT DAO UPS POS ADA ALS ABS TIA AMA DEA GED "
    "SAT SATS ACT DOB MOE ICYMI IYKYK AFAIK ICBM WMD POW MIA_ KGB SS_ IOU IKR ID".split()
)
_LETTERS_ONLY_NAMES = {
    "WWI": "World War One", "WWII": "World War Two", "WW2": "World War Two", "WW1": "World War One",
    "PhD": "P H D", "PhDs": "P H D's", "iOS": "I O S", "macOS": "mac O S", "eBay": "eBay",
    "GHz": "gigahertz", "MHz": "megahertz", "kHz": "kilohertz", "Hz": "hertz", "kWh": "kilowatt hour",
    "mph": "M P H", "rpm": "R P M", "OK": "okay", "Ok": "Okay", "ok": "okay", "JPEG": "jay-peg",
    "JPEGs": "jay-pegs", "SQLite": "S Q Lite", "MySQL": "My S Q L", "PostgreSQL": "Postgres Q L",
    "LaTeX": "lah-tek", "GIF": "gif", "WiFi": "Wi-Fi", "IPv4": "I P V four", "IPv6": "I P V six",
    "TikTok": "Tik Tok", "eBook": "e-book", "kB": "kilobytes", "WC": "W C", "NaCl": "N A C L",
    "mRNA": "M R N A", "tRNA": "T R N A", "pH": "P H", "dB": "decibels", "UTF": "U T F",
    "tvOS": "T V O S", "iPhone": "iPhone", "GitHub": "GitHub", "mm": "millimetres", "cm": "centimetres",
    "km": "kilometres", "kg": "kilograms", "TV": "T V", "TVs": "T V's", "MSc": "M S C", "BSc": "B S C",
    "tl;dr": "T L D R", "DIY": "D I Y", "vs": "versus", "lb": "pound", "lbs": "pounds", "ft": "feet",
    "YoY": "year over year", "QoQ": "quarter over quarter", "Rx": "R X", "WW3": "World War Three", "mmHg": "millimetres of mercury", "MoM": "month over month",
    "VoIP": "voip", "IoT": "I O T", "GmbH": "G M B H", "PvP": "P V P", "PvE": "P V E", "NVMe": "N V M E", "eSIM": "e-sim",
    "NOx": "nox", "HIIT": "hit", "CUDA": "cuda", "LLaMA": "llama", "QLED": "Q led", "iPadOS": "iPad O S",
    "VoLTE": "V O L T E", "k8s": "Kubernetes", "DACA": "daca", "REIT": "reet", "REITs": "reets", "DIYer": "D I Y er", "DIYers": "D I Y ers", "LVL": "level", "DMG": "damage", "OKs": "okays", "IEEE": "I triple E", "SOS": "S O S", "OBE": "O B E", "CBE": "C B E",
}  # fmt: skip
_VOWELS = frozenset("AEIOUY")
_SHOUTED = re.compile(r"(?<![A-Za-z])[A-Z]{2,}(?:'[A-Z]+)?(?![A-Za-z\d])")
_DRAWN_OUT = re.compile(r"([A-Z])\1\1")  # "NOOO"
_ANY_WORD = re.compile(r"[A-Za-z]{2,}")
_RUN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")


def spell(letters: str) -> str:
    """Letters one by one, in capitals."""
    return " ".join(letters.upper())


def _pronounceable(word: str) -> bool:
    """Whether capitals that no lexicon has still look like a word."""
    if len(word) < 5 or not set(word) & _VOWELS:
        return False
    return not re.search(
        r"[^AEIOUY]{4}|^([^AEIOUY])\1|[^AEIOUYHSTR][^AEIOUYSTHR][^AEIOUYSTHD]$|^[^AEIOUY]{3}(?<!SCH|STR|SPR|SCR|THR|CHR|SHR|SPL)|[AEIOU]{4}|[^AEIOUY]M[^AEIOUY]",
        word,
    )


@lru_cache(maxsize=4096)
def _is_shouted(text: str) -> bool:
    """Whether a text is mostly in capitals, so that capitals tell nothing about its words."""
    words = _ANY_WORD.findall(text)
    loud = [word for word in words if word.isupper()]
    return (
        len(loud) >= 2
        and len(loud) * 10 >= len(words) * 6
        and any(len(word) > 3 or is_word(word) for word in loud)
    )


def _line(scan: Scan) -> str:
    start = scan.text.rfind("\n", max(0, scan.at - 200), scan.at) + 1
    start = max(start, scan.at - 200)
    end = scan.text.find("\n", scan.at, scan.at + 200)
    return scan.text[start : end if end >= 0 else scan.at + 200]


def said_capitals(word: str, shouted: bool = False) -> str:
    """Capitals as letters, or as the word that they are."""
    if word in _LETTERS_ONLY_NAMES:
        return _LETTERS_ONLY_NAMES[word]
    if word in _SPOKEN:
        return word
    if len(word) > 3 and _DRAWN_OUT.search(word) and set(word) & _VOWELS and len(set(word)) > 1:
        return word.lower()
    if shouted and is_word(word) and not (word in _SPELLED and word not in _WORDS_TOO):
        return word.lower()
    if word in _SPELLED:
        return spell(word)
    if len(word) > 2 and is_word(word):
        return word.lower()
    if word.capitalize() in known_names():
        return word.capitalize()
    if len(word) == 2 and word in _SMALL_WORDS:
        return word.lower()
    return word.lower() if _pronounceable(word) else spell(word)


_SMALL_WORDS = frozenset(
    "AN AS AT BE BY DO GO HE IF IN IS IT ME MY NO OF OH ON OR SO TO UP WE HI YO HA AH EH UM UH".split()
) - {"IT"}
_WORDS_TOO = frozenset("US IT AM ACT SAT".split())
_FEW = frozenset("IT US AM".split())


def _unspeakable(match: re.Match[str], scan: Scan) -> str | None:
    """ "lr", "mx": small letters that can't be a word are said by their names."""
    word = match[0]
    return None if word in _INTERJECTIONS or is_word(word) else spell(word)


_INTERJECTIONS = frozenset(
    "hm hmm hmmm mm mmm sh shh shhh ssh psst pst tsk pfft brr brrr grr zzz nth th st nd rd".split()
)


_OF_HEALTH = re.compile(
    r"\sWHO(?:'s)?\s(?:guid\w+|officials?|reports?|declar\w+|recommend\w+|says|estimat\w+|data|director|chief|announc\w+|warn\w+|and\sthe)\b"
)


def _capitals(match: re.Match[str], scan: Scan) -> str | None:
    word, ending = match["word"], match["ending"] or ""
    ending = ending.replace("’", "'")
    shouted = word not in ("US",) and _is_shouted(_line(scan))
    if shouted and "'" in ending and ending.isupper() and len(ending) > 2:
        return (word + ending).lower()
    if (
        word == "WHO"
        and not shouted
        and (scan.before().lower() == "the" or _OF_HEALTH.match(f" {scan.rest(scan.at)}"))
    ):
        return spell(word) + ("'s" if ending else "")
    said = said_capitals(word, shouted or (word == "US" and _is_shouted(_line(scan))))
    if not ending:
        return said
    letters = " " in said
    if ending in ("s", "'s", "'S", "S'"):
        return said + ("'s" if letters or "'" in ending else "s")
    return said + ending.lower()


def _mixed_case(match: re.Match[str], scan: Scan) -> str | None:
    """ "OpenAI", "ChatGPT": words and letters that were run together."""
    word = match[0]
    if word in _LETTERS_ONLY_NAMES:
        return _LETTERS_ONLY_NAMES[word]
    runs = _RUN.findall(word)
    loud = [run for run in runs if run.isupper() and len(run) > 1]
    if not loud:
        return None
    if word[:-1] == loud[0] and word.endswith("s"):
        return None
    return " ".join(said_capitals(run) if run in loud else run for run in runs)


def _named(match: re.Match[str], scan: Scan) -> str | None:
    return _LETTERS_ONLY_NAMES.get(match[0])


def _digits_beside(number: str, flight: bool) -> str:
    if flight or len(number) > 4:
        return digits(number)
    return pairs(number)


_POWERS = {"²": "squared", "³": "cubed"}


def _letters_beside(letters: str) -> str:
    if letters in _POWERS:
        return _POWERS[letters]
    if letters.isdigit():  # a higher power
        return cardinal(unicodedata.normalize("NFKC", letters))
    if letters in _LETTERS_ONLY_NAMES:
        return _LETTERS_ONLY_NAMES[letters]
    if letters.isupper():
        if len(letters) <= 3 and letters not in _SPOKEN:
            return spell(letters)
        return said_capitals(letters)
    if len(letters) == 1 or (len(letters) <= 3 and not is_word(letters)):
        return spell(letters)
    if letters[1:].isupper() or any(character.isupper() for character in letters[1:]):
        return " ".join(
            said_capitals(run) if run.isupper() else run for run in _RUN.findall(letters)
        )
    return letters


def _letters_and_digits(match: re.Match[str], scan: Scan) -> str | None:
    text = match[0]
    if text in _LETTERS_ONLY_NAMES:
        return _LETTERS_ONLY_NAMES[text]
    many = len(text) > 2 and text[-1] == "s" and text[-2].isdecimal()
    if _is_serial(text):
        return " ".join(digits(each) if each.isdecimal() else each.upper() for each in text)
    if re.fullmatch(r"[FC]Y(?:19|20)\d\d", text):
        return f"{spell(text[:2])} {year(int(text[2:]))}"
    runs = re.findall(r"[²³¹⁰⁴-⁹]|[^\W\d_²³¹⁰⁴-⁹]+|\d+(?:\.\d+)?", text[:-1] if many else text)
    flight = bool(re.fullmatch(r"[A-Z]{2}\d{3,4}", text)) and (
        scan.before().lower() in ("flight", "flights")
        or (len(text) == 6 and not text.startswith(("RT", "GT")))
    )
    said = []
    for run in runs:
        if run[0].isdecimal():
            whole, point, fraction = run.partition(".")
            if point and text.partition(run)[0].lower() in _SOFTWARE:
                said.append(f"{cardinal(whole)} point {cardinal(fraction)}")
                continue
            said.append(
                _digits_beside(whole, flight) + (f" point {digits(fraction)}" if point else "")
            )
        else:
            said.append(_letters_beside(run))
    return plural(" ".join(said)) if many else " ".join(said)


def _is_serial(text: str) -> bool:
    """Whether letters and digits are as mixed as in what nobody says as words: "1Z999AA10123"."""
    turns = len(re.findall(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)", text))
    most = max((len(run) for run in re.findall(r"\d+", text)), default=0)
    return text.isalnum() and (
        (turns >= 2 and most > 2 and (len(text) >= 9 or (len(text) >= 7 and text[0].isdigit())))
        or (turns >= 4 and len(text) >= 6)
        or (len(text) >= 10 and most >= 7)
    )


_OF_MARKS = frozenset("straight all mostly only few many some two three four five six".split())
_SOFTWARE = frozenset("python php node java ruby perl go gcc clang cuda".split())
_ENDING = r"(?P<ending>'?[sS]\b|s'|'[A-Za-z]+)?"

RULES = [
    rule(
        "letters",
        r"[A-Za-z\d](?:-[A-Za-z\d]){3,11}(?![\w-])",  # spelled with hyphens: "T-A-N-G-O", "b-7-c-1-5"
        lambda match, scan: (
            ", ".join(
                _letters_beside(each) if each.isalpha() else digits(each)
                for each in match[0].split("-")
            )
            if any(map(str.isdecimal, match[0])) and any(map(str.isalpha, match[0]))
            else None
        ),
        "ad",
        needs="-",
    ),
    rule(
        "letters",
        r"q\.(?=\d{1,2}(?:[-–]\d{1,2})?h)",  # of a prescription
        lambda match, scan: "Q",
        "l",
        first="q",
    ),
    rule(
        "letters",
        r"(?P<letter>[A-Z])\.(?P<number>\d{2,3})(?![\w.])",  # "H.264"
        lambda match, scan: f"{match['letter']} {pairs(match['number'])}",
        "u",
        needs=".",
    ),
    rule(
        "word",
        r"[A-Za-z][a-z]{1,11}(?=-(?:[A-Z]{2,}|(?:[A-Z]\.){2})(?![a-z]))",  # "non-EU", "ex-U.S."
        lambda match, scan: match[0],
        "a",
        needs="-",
    ),
    rule(
        "letters",
        r"(?P<mark>[A-F])s(?=[.,;!?]|$|\s(?:and|or|in|on|for|this|last)\b)",
        lambda match, scan: f"{match['mark']}'s" if scan.before().lower() in _OF_MARKS else None,
        "u",
        first="ABCDEF",
    ),
    rule(
        "letters",
        r"[^\W\d_]{1,12}\d+(?:\.\d+)?(?:[^\W\d_]{1,4}\d+){0,8}[^\W\d_]{0,4}(?:-[A-Z]{0,4}\d+[^\W\d_]{0,3})?(?![\w]|[.@]\w|/[a-z])",
        _letters_and_digits,
        "a",
        needs="0123456789",
    ),
    rule(
        "letters",
        r"(?:[A-Z]{1,6}|[A-Z][a-z]{2,12}(?:[A-Z]{2,5})?)(?:-\d+(?:\.\d+)?[^\W\d_]{0,4}){1,2}(?![\w]|[./@:]\w)",
        _letters_and_digits,
        "a",
        needs="0123456789",
    ),
    rule(
        "letters",
        r"\d+(?:[A-Za-z]{1,4}\d+){1,8}[A-Za-z]{0,4}(?![\w])|\d+[A-Z]{1,4}(?![\w])|\d+[a-z](?![\w'])|\d+-[A-Z](?![\w])",
        _letters_and_digits,
        "d",
    ),
    rule(
        "letters", r"[A-Z](?=\+\+|\+(?!\w)|\#(?!\w))", lambda match, scan: match[0], "a", needs="+#"
    ),
    rule(
        "letters",
        r"I'(?:M|D|LL|VE)(?!\w)",
        lambda match, scan: match[0][:2] + match[0][2:].lower(),
        "u",
        first="I",
    ),
    rule("letters", rf"(?P<word>[A-Z]{{2,}}){_ENDING}(?![\w])", _capitals, "u"),
    rule("letters", r"[b-df-hj-np-tv-xz]{2,4}(?![\w'.-])", _unspeakable, "l"),
    rule("letters", r"(?:ok|vs|mph|rpm|Hz|Rx)(?![\w.])", _named, "a", first="ovmrHR"),
    rule(
        "letters",
        r"[A-Za-z]{0,20}[A-Z]{2,8}[A-Za-z]{0,20}(?!\w)|[a-z]{1,5}[A-Z][A-Za-z]{0,8}(?!\w)|[A-Z][a-z][A-Z]s?(?!\w)",
        _mixed_case,
        "a",
    ),
]
