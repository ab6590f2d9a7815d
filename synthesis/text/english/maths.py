"""Signs: of arithmetic and comparison, powers, roots, Greek letters, arrows."""

from __future__ import annotations

import re
import unicodedata

from synthesis.text.english.context import NUMBER, numeric, speaks_of
from synthesis.text.english.money import SIGNS
from synthesis.text.english.numbers import cardinal, decimal, ordinal
from synthesis.text.english.units import DIVISORS, unit_name
from synthesis.text.scan import Scan, rule

_SIGNS = {
    "===": "is identical to", "==": "equals", "!=": "is not equal to", "≠": "is not equal to", "<=": "less than or equal to",
    ">=": "greater than or equal to", "≤": "less than or equal to", "≥": "greater than or equal to", "≈": "is approximately",
    "≡": "is identical to", "=": "equals", "×": "times", "÷": "divided by", "±": "plus or minus", "∓": "minus or plus",
    "∞": "infinity", "√": "the square root of", "∛": "the cube root of", "∑": "the sum of", "∏": "the product of",
    "∫": "the integral of", "∂": "partial", "∇": "nabla", "∈": "is in", "∉": "is not in", "⊂": "is a subset of",
    "∪": "union", "∩": "intersection", "∀": "for all", "∃": "there exists", "¬": "not", "∧": "and", "∨": "or",
    "∝": "is proportional to", "∴": "therefore", "∵": "because", "°": "degrees", "‰": "per mille",
    "∠": "angle", "⊥": "is perpendicular to", "∥": "is parallel to", "△": "triangle", "∅": "the empty set",
    "⊆": "is a subset of", "↑": "up", "↓": "down", "->": "to", "=>": "to", "→": "to", "⇒": "implies", "←": "from", "↔": "to and from", "<->": "to and from", "-->": "to", "==>": "to",
    "&&": "and", "||": "or", "§§": "sections", "§": "section", "¶": "paragraph", "©": "copyright", "™": "", "®": "", "℠": "",
    "&": "and", "@": "at", "%": "percent", "№": "number", "•": "", "†": "", "‡": "", "\\": "backslash", "♯": "sharp", "♭": "flat", "✓": "", "✗": "",
    "++": "plus plus", "+=": "plus equals", "-=": "minus equals", "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees",
    **{sign: names[1] for sign, names in SIGNS.items() if len(sign) == 1},
}  # fmt: skip
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "gamma", "Δ": "delta", "Θ": "theta", "Λ": "lambda", "Ξ": "xi", "Π": "pi", "Σ": "sigma", "Φ": "phi", "Ψ": "psi", "Ω": "omega",
}  # fmt: skip
_FUNCTIONS = {
    "sin": "sine", "cos": "cosine", "tan": "tangent", "log": "log", "ln": "natural log", "exp": "exp",
    "sqrt": "square root", "abs": "absolute value",
}  # fmt: skip
_PERIOD = re.compile(r"(?:day|week|month|year|hour|minute|second|night|person)\b")
_SUPERSCRIPTS = "²³¹⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
_OPERAND = r"(?:[\w)\]%²³]|$)"


def _power(exponent: str, after_number: bool = True) -> str:
    """ "squared", "cubed", "to the minus three"."""
    plain = unicodedata.normalize("NFKC", exponent).replace("−", "-")
    if plain == "2":
        return "squared"
    if plain == "3":
        return "cubed"
    if plain.lstrip("-+").isdecimal():
        sign = "minus " if plain.startswith("-") else ""
        digits = plain.lstrip("-+")
        if sign or len(digits) > 2:
            return f"to the {sign}{cardinal(digits)}"
        return f"to the {ordinal(digits)}"
    return f"to the {' '.join(plain)}"


def _superscript(match: re.Match[str], scan: Scan) -> str | None:
    """A power behind a number, a letter or two or a bracket; a footnote behind a word: silent."""
    before = scan.touches
    if before is None:
        return None
    base = scan.text[before.start : before.end]
    if before.kind in ("word", "punctuation", "abbreviation") and (
        base[-1:] in ".,;:!?\"'" or (len(base) > 2 and base != ")")
    ):
        return ""
    return _power(match[0])


def _caret(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.touches or scan.token_before()
    if before is None:
        return None
    base = scan.text[before.start : before.end]
    if before.kind == "word" and len(base) > 3:
        return ""
    exponent = match["exponent"].strip("{}() ")
    return _power(exponent)


def _variables(match: re.Match[str], scan: Scan) -> str | None:
    """Letters that stand for quantities: "mc²", "x^2", "2ab = c"."""
    if unit_name(match[0], True) and len(match[0]) > 1 and scan.before() != "=":
        one = unit_name(match[0] + scan.rest(match.end(), 1), False)
        return (
            None
            if one is None
            else " ".join(match[0])
            if scan.before() in ("=", "+", "-")
            else None
        )
    return " ".join(match[0])


def _unit_alone(match: re.Match[str], scan: Scan) -> str | None:
    """ "km²" and "m/s" without a number."""
    return unit_name(match[0], False)


def _minus(match: re.Match[str], scan: Scan) -> str | None:
    """A spaced hyphen between two operands of which one is a number or beside an equals sign."""
    before = scan.token_before()
    if before is None:
        return None
    number_before = before.kind in (
        "cardinal",
        "year",
        "maths",
        "fraction",
        "measure",
        "money",
        "letters",
    )
    rest = scan.rest(match.end(), 40)
    number_after = bool(re.match(r"\s*[$€£(]?\.?\d", rest))
    symbol = re.match(r"\s*[A-Za-z]\b", rest) and (
        "=" in rest or "=" in scan.text[max(0, scan.at - 20) : scan.at]
    )
    indexed = re.match(r"\s*[A-Za-z]\d{1,2}(?!\w)", rest) and before.kind in ("letters", "maths")
    letter_before = before.end - before.start == 1 and scan.text[before.start].isalpha()
    power = before.kind == "maths" and re.match(rf"\s*[A-Za-z][{_SUPERSCRIPTS}^]", rest)
    if (
        power
        or indexed
        or (number_before and (number_after or symbol))
        or (letter_before and (number_after or symbol))
    ):
        return "minus"
    return None


def _times(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.token_before()
    numeric = before is not None and (
        before.kind in ("cardinal", "year", "maths", "fraction") or (before.end - before.start) == 1
    )
    together = (
        scan.touches is not None and scan.text[before.start : match.start()].isalpha()
        if before
        else False
    )
    operand = r"(?:\d|\(|[A-Za-z](?!\w))" if together else r"\s*[\w(]"
    if numeric and re.match(operand, scan.rest(match.end(), 4)):
        return "times" if match[0] != "**" else "to the power of"
    return ""


def _slash(match: re.Match[str], scan: Scan) -> str | None:
    before, rest = scan.token_before(), scan.rest(match.end(), 3)
    if scan.text.startswith("capita", match.end()):
        return "per"
    if scan.touches is not None and scan.touches.kind == "measure" and re.match(r"[a-z]{3}", rest):
        return "per"
    if (
        before is not None
        and "=" in scan.text[max(0, scan.at - 40) : scan.at + 40]
        and re.match(r"\s\d?[a-z]?(?!\w)", rest)
    ):
        return "over"
    if (
        before is not None
        and scan.touches is None
        and before.kind in ("cardinal", "year", "maths")
        and re.match(r"\s*\d", rest)
    ):
        return "divided by"
    if before is not None and before.end - before.start == 1 and re.match(r"[a-z]\s?=", rest):
        return "over"
    closed = scan.text[max(0, scan.at - 2) : scan.at].rstrip().endswith(")")
    if closed and re.match(r"\s?\(", rest):
        return "divided by"
    summed = closed and re.search(r"[+−-]", scan.text[max(0, scan.at - 20) : scan.at])
    if summed and re.match(r"\s?\d{1,3}(?!\w)", rest):
        return "over"
    opened = before is not None and before.end - before.start == 1 and re.match(r"\s?\(", rest)
    if opened and re.match(r"\s?\([^()]{0,20}[+−-]", scan.rest(match.end(), 24)):
        return "over"
    if (
        before is not None
        and before.kind == "word"
        and scan.text[before.start : before.end].endswith("s")
        and _PERIOD.match(scan.text, match.end())
    ):
        return "per"
    return ""


def _per(match: re.Match[str], scan: Scan) -> str | None:
    """ "10^9/L": a unit behind a number that no rule of measures could see."""
    before = scan.touches
    name = DIVISORS.get(match["unit"]) or unit_name(match["unit"], True)
    if name is None or before is None:
        return None
    if before.said.endswith(" times") and match["unit"] in DIVISORS:
        return f"a {name}"
    if before.kind in ("cardinal", "year") and len(match["unit"]) > 2 and match["unit"] in DIVISORS:
        return f"per {name}"
    counted = before.kind in ("word", "letters") and (
        numeric(scan.token_before(2)) or scan.text[before.start : before.end].endswith("s")
    )
    return f"per {name}" if before.kind == "maths" or (counted and len(match["unit"]) < 4) else None


def _factorial(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.touches
    symbol = before is not None and (before.kind == "cardinal" or before.end - before.start == 1)
    return "factorial" if symbol else None


def _product(match: re.Match[str], scan: Scan) -> str | None:
    """ "F = ma": letters behind an equals sign and a single letter."""
    left = scan.token_before(2)
    single = left is not None and left.end - left.start == 1 and scan.text[left.start].isalpha()
    return " ".join(match[0]) if scan.before() == "=" and single else None


def _mark(match: re.Match[str], scan: Scan) -> str | None:
    """ "B−", "O−": a mark or a blood group."""
    letter = scan.touches
    alone = letter is not None and scan.text[max(0, letter.start - 1) : letter.end].strip(" (") in (
        "A", "B", "C", "D", "O", "AB",
    )  # fmt: skip
    return "minus" if alone else None


def _plus(match: re.Match[str], scan: Scan) -> str | None:
    return "plus"


def _about(match: re.Match[str], scan: Scan) -> str | None:
    before = scan.token_before()
    if match[0] != "≈" or before is None:
        return "about"
    return (
        "is approximately" if before.kind != "word" or before.end - before.start == 1 else "about"
    )


_MENUS = re.compile(
    r"\b(?:Settings|Menu|File|Edit|View|Tools|Options|Preferences|Account|Profile|Home|Help|System|General|Window|"
    r"Control Panel|Dashboard|Start|Apps|Privacy|Security|Display|Advanced)\s?(?:>|→|»|->|›)"
)


def _menu(match: re.Match[str], scan: Scan) -> str | None:
    """ "Settings > Privacy": a way through menus, which a pause tells."""
    return (
        ","
        if speaks_of(scan, _MENUS) and re.match(r"\s?[\"'A-Z]", scan.rest(match.end(), 3))
        else None
    )


_OF_ARROWS = re.compile(r"\b(?:press|tap|hit|keys?|arrows?|swipe|hold|push|button)\b", re.I)


def _arrow(match: re.Match[str], scan: Scan) -> str | None:
    """An arrow before everything points at it, and says nothing."""
    return "" if scan.token_before() is None else None


def _arrow_key(match: re.Match[str], scan: Scan) -> str | None:
    if not speaks_of(scan, _OF_ARROWS):
        return None
    return "left" if match[0] == "←" else "right"


def _less(match: re.Match[str], scan: Scan) -> str | None:
    rest = scan.rest(match.end(), 4)
    less = match[0] in ("<", "≪")
    before = scan.token_before()
    if not re.match(r"\s*[\w$€£.-]", rest):
        return ""
    if before is None and scan.touches is None and not re.match(r"\s?[$€£]?\d", rest):
        return ""
    return "less than" if less else "greater than"


def _sharp(match: re.Match[str], scan: Scan) -> str | None:
    touching = scan.touches
    if touching is not None and scan.text[touching.start : touching.end] in tuple("ABCDEFGJ"):
        return "sharp"
    return "number" if re.match(r"\s?\d", scan.rest(match.end(), 2)) else ""


def _name(match: re.Match[str], scan: Scan) -> str | None:
    return _GREEK[match[0]]


def _scientific(match: re.Match[str], scan: Scan) -> str:
    exponent = match["exponent"]
    power = (
        f"minus {cardinal(exponent[1:])}" if exponent[0] in "-−" else cardinal(exponent.lstrip("+"))
    )
    return f"{decimal(match['number'])} times ten to the {power}"


def _function(match: re.Match[str], scan: Scan) -> str:
    argument = match["argument"]
    name = _FUNCTIONS.get(match["function"], match["function"])
    name += " prime" if match["prime"] else ""
    return f"{name} of {cardinal(argument) if argument.isdecimal() else argument}"


FIRST = [
    rule("silent", r"(?:->|[>→»›])(?=\s?[\"'A-Z])", _menu, "s", first="->→»›"),
    rule("silent", r"[→⇒➔]|=>|->", _arrow, "s", first="→⇒➔=-"),
    rule("silent", r"(?<!\w)\$(?=[A-Za-z{])", lambda match, scan: "", "s", first="$"),
    rule("maths", r"[←→]", _arrow_key, "s", first="←→"),
    rule("maths", r"!(?=\s?[=+×*/-])", _factorial, "s", first="!"),
    rule(
        "silent",
        r"(?=.{0,3}[@#$%&])[@#$%&*!]{3,12}(?!\w)",
        lambda match, scan: "",
        "s",
        first="@#$%&*!",
    ),
    rule(
        "maths",
        rf"(?P<number>{NUMBER})[eE](?P<exponent>[-−+]?\d{{1,3}})(?!\w)",
        _scientific,
        "d",
        needs="eE",
    ),
    rule(
        "maths",
        rf"(?P<function>[fgh]|{'|'.join(_FUNCTIONS)})(?P<prime>'?)\((?P<argument>[a-z]|\d{{1,3}})\)",
        _function,
        "l",
    ),
    rule("maths", rf"[{_SUPERSCRIPTS}]+", _superscript, "s", first=_SUPERSCRIPTS),
    rule(
        "maths",
        r"\^(?P<exponent>\{[^{}\s]{1,12}\}|\([^()\s]{1,12}\)|[-−]?\w{1,4})",
        _caret,
        "s",
        first="^",
    ),
    rule(
        "maths",
        rf"[A-Za-z]{{1,2}}(?=[{_SUPERSCRIPTS}]|\^[-\w{{(])",
        _variables,
        "a",
        needs=_SUPERSCRIPTS + "^",
    ),
    rule(
        "measure",
        r"(?:km|cm|mm|m|ft|in|mi)[²³](?!\w)|(?:km|m|mi|ft)/(?:h|s|hr)(?:²)?(?!\w)|(?:m?mol|g|kg)/(?:L|mL|l|dL|m³)(?!\w)|(?:GB|MB|KB|TB|kWh|MHz|GHz)(?![\w/])",
        _unit_alone,
        "a",
        needs="²³/BhzG",
    ),
]
RULES = [
    rule("maths", r"[a-z]{2,3}(?=\s?(?:$|[.,;]|[-+*/]\s))", _product, "l"),
    rule("maths", r"[-−](?=[\s.,;:!?)]|$)", _mark, "s", first="-−"),
    rule("maths", r"[-−–](?=\s)", _minus, "s", first="-−–"),
    rule("maths", r"\*{1,2}|·(?=\s?\d)|⋅", _times, "s", first="*·⋅"),
    rule("maths", r"·", lambda match, scan: "," if scan.token_before() else "", "s", first="·"),
    rule("maths", r"[~∼≈](?=\s?[$€£]?\d)", _about, "s", first="~∼≈"),
    rule(
        "maths",
        r"©",
        lambda match, scan: "" if scan.before().lower() == "copyright" else None,
        "s",
        first="©",
    ),
    rule(
        "maths",
        r"\$(?=\ssign\b|\ssymbol\b|[\"'.,)]|$)",
        lambda match, scan: (
            "dollar" if scan.touches is None or scan.touches.said in "\"'(" else None
        ),
        "s",
        first="$",
    ),
    rule("maths", _SIGN, lambda match, scan: _SIGNS[match[0]], "s"),
    rule("maths", r"[<>≪≫]", _less, "s", first="<>≪≫"),
    rule("maths", r"\+", _plus, "s", first="+"),
    rule("maths", r"\#", _sharp, "s", first="#"),
    rule(
        "maths",
        r"[αβγδεζηθικλµνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ](?![\u0370-\u03ff\u1f00-\u1fff])",
        _name,
        "as",
        first="".join(_GREEK),
    ),
    rule("maths", r"/(?P<unit>[A-Za-zµ]{1,6})(?!\w)", _per, "s", first="/"),
    rule("maths", r"/", _slash, "s", first="/"),
    rule("silent", r"[_~^|`{}<>*\\]+", lambda match, scan: "", "s"),
]
