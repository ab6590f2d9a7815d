"""What a language says for numbers, dates, money and signs: the table that `language_rules` reads.

**Adding a language** is one folder, `synthesis/text/<language>/`, with a `TABLE` in its
`__init__.py`, a line in `normalize.FOLDERS`, and its tag in `languages.LANGUAGES` with the eSpeak NG
voice that turns it into phonemes; a style of the language goes into `style_tables.USUAL_STYLES`.
Months and units come from Babel (the Unicode consortium's CLDR), numbers from num2words; the table
says how they are put together. Cases belong in `tests/synthesis/text/reading/<language>.tsv`. A language
whose texts can't be read so (English, or scripts without spaces) has a `RULES` of its own instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LanguageTable:
    """How a language reads aloud; names are (one, many) where they have two forms.

    date: with {day}, {month} and {year}; clock: with {hour} and {minute}; cents: what is between a
    sum's units and hundredths; ordinal_signs: written endings of ordinals, and whether they are
    feminine; regnal: a ruler's number in words; counted: a whole number as it is said before the
    word that follows it.
    """

    locale: str  # of Babel
    decimal: str  # "," or "."
    groups: str  # what may group thousands
    cardinal: Callable[[int], str]
    ordinal: Callable[[int, bool], str]  # number, feminine
    point: str
    minus: str
    plus: str
    percent: str
    to: str
    date: str
    date_without_year: str
    clock: str
    full_hour: str
    currencies: Mapping[str, tuple[str, str, str, str]]  # sign -> units, hundredths
    cents: str
    say_hundredths: bool
    fractions: Mapping[tuple[int, int], str]
    over: str
    signs: Mapping[str, str]
    marks: Mapping[str, str]  # in addresses
    abbreviations: Mapping[str, str]
    ordinal_signs: Mapping[str, bool] = field(default_factory=dict)
    regnal: Callable[[int], str] | None = None
    rulers: str = ""  # a pattern of their names
    numbered: str = ""  # a pattern of words that a Roman cardinal follows
    century: Callable[[int], str] | None = None  # where the numeral comes before the century
    century_words: str = ""
    counted: Callable[[int, str], str] | None = None
    year: Callable[[int], str] | None = None
    day: Callable[[int], str] | None = None
    digits_after_point: bool = False  # one by one, else as a number
    ordinal_point: bool = False  # "20." is "zwanzigste"
    phone_pairs: bool = False
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # instead of CLDR's
    scales: Mapping[str, str] = field(default_factory=dict)
    of_scale: str = ""  # "de" in "dos millones de euros"
