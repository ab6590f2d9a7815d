"""Hindi as it is read aloud."""

from __future__ import annotations

from synthesis.text.language_table import LanguageTable

_BELOW_HUNDRED = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस "
    "छत्तीस सैंतीस अड़तीस उनतालीस चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस "
    "उनचास पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ "
    "छियासठ सड़सठ अड़सठ उनहत्तर सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी नब्बे इक्यानवे बानवे तिरानवे "
    "चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
).split()
_SCALES = (
    (10**17, "शंख"),
    (10**15, "पद्म"),
    (10**13, "नील"),
    (10**11, "खरब"),
    (10**9, "अरब"),
    (10**7, "करोड़"),
    (10**5, "लाख"),
    (1000, "हज़ार"),
    (100, "सौ"),
)
_ORDINALS = {1: "पहला", 2: "दूसरा", 3: "तीसरा", 4: "चौथा", 6: "छठा"}


def cardinal(value: int) -> str:
    """A whole number by lakhs and crores."""
    if value < 100:
        return _BELOW_HUNDRED[value]
    for scale, name in _SCALES:
        if value >= scale:
            head, rest = divmod(value, scale)
            return f"{cardinal(head)} {name}" + (f" {cardinal(rest)}" if rest else "")
    raise AssertionError(value)


def ordinal(value: int, feminine: bool) -> str:
    said = _ORDINALS.get(value) or cardinal(value) + "वाँ"
    if feminine:
        return said[:-1] + "ी" if said.endswith("ा") else said.removesuffix("वाँ") + "वीं"
    return said


_ENGLISH = {
    1: "फ़र्स्ट", 2: "सेकंड", 3: "थर्ड", 4: "फ़ोर्थ", 5: "फ़िफ्थ", 6: "सिक्स्थ", 7: "सेवंथ", 8: "एट्थ", 9: "नाइंथ",
    10: "टेंथ",
}  # fmt: skip
_YEAR_BEFORE = frozenset("सन् सन वर्ष साल ईस्वी".split())
_YEAR_AFTER = frozenset("में की का के से तक ईस्वी ई ईसवी".split())


def written_ordinal(value: int, sign: str) -> str | None:
    """ "5वें" is oblique, "7th" English."""
    if sign in ("st", "nd", "rd", "th"):
        return _ENGLISH.get(value)
    if sign in ("वें", "वे") and value not in _ORDINALS:
        return cardinal(value) + "वें"
    return None


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "आधा", "तीन चौथाई"."""
    if bottom == 2 and top == 1:
        return "आधा"
    name = {3: "तिहाई", 4: "चौथाई"}.get(bottom)
    return f"{cardinal(top)} {name}" if name and top < bottom else None


def mixed(whole: int, top: int, bottom: int) -> str | None:
    """ "डेढ़", "ढाई", "साढ़े तीन", "सवा दो", "पौने तीन"."""
    if (top, bottom) == (1, 2):
        return {1: "डेढ़", 2: "ढाई"}.get(whole) or f"साढ़े {cardinal(whole)}"
    if (top, bottom) == (1, 4):
        return "सवा" if whole == 1 else f"सवा {cardinal(whole)}"
    if (top, bottom) == (3, 4):
        return f"पौने {cardinal(whole + 1)}"
    return None


def is_year(value: int, before: str, after: str) -> bool:
    return 1900 <= value < 2000 or before in _YEAR_BEFORE or after in _YEAR_AFTER


def year(value: int) -> str:
    """A year before 2000 by its hundreds: "उन्नीस सौ निन्यानवे"."""
    if 1100 <= value < 2000:
        hundreds, rest = divmod(value, 100)
        return f"{cardinal(hundreds)} सौ" + (f" {cardinal(rest)}" if rest else "")
    return cardinal(value)


TABLE = LanguageTable(
    locale="hi",
    decimal=".",
    groups=", \u00a0",
    cardinal=cardinal,
    ordinal=ordinal,
    point="दशमलव",
    minus="माइनस",
    plus="प्लस",
    percent="प्रतिशत",
    to="से",
    per="प्रति",
    date="{day} {month} {year}",
    date_without_year="{day} {month}",
    clock="{hour} बजकर {minute} मिनट",
    clock_seconds="{hour} बजकर {minute} {second}",
    full_hour="{hour} बजे",
    currencies={
        "₹": ("रुपया", "रुपये", "पैसा", "पैसे"),
        "Rs.": ("रुपया", "रुपये", "पैसा", "पैसे"),
        "रु.": ("रुपया", "रुपये", "पैसा", "पैसे"),
        "$": ("डॉलर", "डॉलर", "सेंट", "सेंट"),
        "€": ("यूरो", "यूरो", "सेंट", "सेंट"),
        "₩": ("वॉन", "वॉन", "जिओन", "जिओन"),
        "₺": ("लीरा", "लीरा", "कुरस", "कुरस"),
        "৳": ("टका", "टका", "पैसा", "पैसे"),
        "¥": ("येन", "येन", "सेन", "सेन"),
        "₦": ("नाइरा", "नाइरा", "कोबो", "कोबो"),
        "INR": ("रुपया", "रुपये", "पैसा", "पैसे"),
        "USD": ("डॉलर", "डॉलर", "सेंट", "सेंट"),
        "EUR": ("यूरो", "यूरो", "सेंट", "सेंट"),
        "GBP": ("पाउंड", "पाउंड", "पेंस", "पेंस"),
        "£": ("पाउंड", "पाउंड", "पेंस", "पेंस"),
    },
    cents=" ",
    say_hundredths=True,
    parts=parts,
    mixed=mixed,
    over="बटा",
    signs={
        "&": "और",
        "+": "जमा",
        "=": "बराबर",
        "×": "बाई",
        "÷": "भाग",
        "<": "से कम",
        ">": "से ज़्यादा",
        "@": "ऐट",
        "₹": "रुपये",
        "$": "डॉलर",
        "%": "प्रतिशत",
    },
    marks={".": "डॉट", "@": "ऐट", "/": "स्लैश", "-": "डैश", "_": "अंडरस्कोर", ":": "कोलन"},
    abbreviations={
        "डॉ.": "डॉक्टर",
        "डा.": "डॉक्टर",
        "प्रो.": "प्रोफ़ेसर",
        "इं.": "इंजीनियर",
        "ले.": "लेफ़्टिनेंट",
        "कु.": "कुमारी",
        "ई. पू.": "ईसा पूर्व",
        "ई.पू.": "ईसा पूर्व",
        "कि.मी.": "किलोमीटर",
        "कि.ग्रा.": "किलोग्राम",
        "सं.": "संख्या",
        "ई.": "ईस्वी",
        "पृ.": "पृष्ठ",
        "किमी": "किलोमीटर",
        "किग्रा": "किलोग्राम",
        "मी.": "मीटर",
    },
    ordinal_signs={
        "वाँ": False,
        "वां": False,
        "वीं": True,
        "वें": False,
        "ला": False,
        "ली": True,
        "रा": False,
        "री": True,
        "था": False,
        "थी": True,
        "ठा": False,
        "ठी": True,
        "वे": False,
        "st": False,
        "nd": False,
        "rd": False,
        "th": False,
    },
    written_ordinal=written_ordinal,
    year=year,
    is_year=is_year,
    clock_h=False,
    phone_words=frozenset("फ़ोन फोन नंबर नम्बर मोबाइल कॉल पिन कोड टेलीफोन टेलीफ़ोन व्हाट्सऐप".split()),
    digits_after_point=True,
    units={
        "kg": ("किलोग्राम", "किलोग्राम"),
        "°C": ("डिग्री सेल्सियस", "डिग्री सेल्सियस"),
        "km": ("किलोमीटर", "किलोमीटर"),
        "km/h": ("किलोमीटर प्रति घंटा", "किलोमीटर प्रति घंटा"),
        "GB": ("जीबी", "जीबी"),
        "मी": ("मीटर", "मीटर"),
        "सेमी": ("सेंटीमीटर", "सेंटीमीटर"),
        "मिमी": ("मिलीमीटर", "मिलीमीटर"),
        "किमी": ("किलोमीटर", "किलोमीटर"),
        "किग्रा": ("किलोग्राम", "किलोग्राम"),
        "ग्रा": ("ग्राम", "ग्राम"),
        "किमी/घंटा": ("किलोमीटर प्रति घंटा", "किलोमीटर प्रति घंटा"),
        "km/hr": ("किलोमीटर प्रति घंटा", "किलोमीटर प्रति घंटा"),
        "mi": ("मील", "मील"),
        "mi/hr": ("मील प्रति घंटा", "मील प्रति घंटा"),
        "ac": ("एकड़", "एकड़"),
        "in": ("इंच", "इंच"),
        "ft": ("फ़ीट", "फ़ीट"),
        "yd": ("यार्ड", "यार्ड"),
        "lb": ("पाउंड", "पाउंड"),
        "oz": ("आउंस", "आउंस"),
        "gal": ("गैलन", "गैलन"),
        "qt": ("क्वार्ट", "क्वार्ट"),
        "pt": ("पिंट", "पिंट"),
        "yr": ("वर्ष", "वर्ष"),
        "hr": ("घंटा", "घंटे"),
        "h": ("घंटा", "घंटे"),
        "t": ("टन", "टन"),
        "s": ("सेकंड", "सेकंड"),
    },
    scales={"लाख": "लाख", "करोड़": "करोड़", "हज़ार": "हज़ार", "हजार": "हज़ार", "अरब": "अरब"},
)
