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
_SCALES = ((10**9, "अरब"), (10**7, "करोड़"), (10**5, "लाख"), (1000, "हज़ार"), (100, "सौ"))
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
    date="{day} {month} {year}",
    date_without_year="{day} {month}",
    clock="{hour} बजकर {minute} मिनट",
    full_hour="{hour} बजे",
    currencies={
        "₹": ("रुपया", "रुपये", "पैसा", "पैसे"),
        "Rs.": ("रुपया", "रुपये", "पैसा", "पैसे"),
        "रु.": ("रुपया", "रुपये", "पैसा", "पैसे"),
        "$": ("डॉलर", "डॉलर", "सेंट", "सेंट"),
        "€": ("यूरो", "यूरो", "सेंट", "सेंट"),
        "£": ("पाउंड", "पाउंड", "पेंस", "पेंस"),
    },
    cents=" ",
    say_hundredths=True,
    fractions={
        (1, 2): "आधा",
        (1, 3): "एक तिहाई",
        (2, 3): "दो तिहाई",
        (1, 4): "एक चौथाई",
        (3, 4): "तीन चौथाई",
    },
    over="बटा",
    signs={
        "&": "और",
        "+": "जमा",
        "=": "बराबर",
        "×": "गुणा",
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
    },
    year=year,
    digits_after_point=True,
    units={
        "kg": ("किलोग्राम", "किलोग्राम"),
        "°C": ("डिग्री सेल्सियस", "डिग्री सेल्सियस"),
        "km": ("किलोमीटर", "किलोमीटर"),
        "km/h": ("किलोमीटर प्रति घंटा", "किलोमीटर प्रति घंटा"),
        "GB": ("जीबी", "जीबी"),
    },
    scales={"लाख": "लाख", "करोड़": "करोड़", "हज़ार": "हज़ार", "हजार": "हज़ार", "अरब": "अरब"},
)
