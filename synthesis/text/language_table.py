"""What a language says for numbers, dates, money and signs: the table that `language_rules` reads.

**Adding a language** is one folder, `synthesis/text/<language>/`, with a `TABLE` in its
`__init__.py`, a line in `normalize.FOLDERS`, and its tag in `languages.LANGUAGES` with the eSpeak NG
voice that turns it into phonemes; a style of the language goes into `style_tables.USUAL_STYLES`.
Months, units and most currencies come from Babel (the Unicode consortium's CLDR), numbers from
num2words; the table says how they are put together. Cases belong in
`tests/synthesis/text/reading/<language>.tsv`. A language whose texts can't be read so (English, or
scripts without spaces) has a `RULES` of its own instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LanguageTable:
    """How a language reads aloud; names are (one, many) where they have two forms.

    date: with {day}, {month} and {year}; clock: with {hour} and {minute}; clock_seconds: with
    {second} too, each with its unit; cents: what is between a sum's units and hundredths;
    ordinal_signs: written endings of ordinals, and whether they are feminine; regnal: a ruler's
    number in words; counted: a whole number as it is said before the word that follows it.
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
    per: str
    date: str
    date_without_year: str
    clock: str
    clock_seconds: str
    full_hour: str
    currencies: Mapping[str, tuple[str, str, str, str]]  # sign -> units, hundredths
    cents: str
    say_hundredths: bool
    parts: Callable[[int, int], str | None]  # a fraction in words; None is "three over eleven"
    over: str
    signs: Mapping[str, str]
    marks: Mapping[str, str]  # in addresses
    abbreviations: Mapping[str, str]
    feminine: Callable[[str], bool] = lambda noun: False
    half: str = ""  # before a feminine noun
    halves: tuple[str, str] | None = None  # behind a noun: "un metro y medio", "una hora y media"
    halved: str = ""  # a pattern of nouns that they stand behind, beside units
    single: Mapping[str, str] = field(default_factory=dict)  # of those: "mes" for "meses"
    portion: Callable[[int], str] | None = None  # what a "parte" is called: "tres cuartas partes"
    out_of: frozenset[int] = frozenset()  # marks: "quinze sur vingt"
    mixed: Callable[[int, int, int], str | None] | None = None  # "eineinhalb", whole and part
    of_part: str = ""  # "de" in "tres cuartos de litro"
    ordinal_signs: Mapping[str, bool] = field(default_factory=dict)
    written_ordinal: Callable[[int, str], str | None] | None = None  # by the ending itself
    regnal: Callable[[int], str] | None = None
    rulers: str = ""  # a pattern of their names
    queens: str = ""  # a pattern of theirs, whose numbers are feminine ordinals
    numbered: str = ""  # a pattern of words that a Roman cardinal follows
    century: Callable[[int], str] | None = None  # where the numeral comes before the century
    century_words: str = ""
    century_links: str = ""  # a pattern of what joins two numerals: "XIX e XX"
    blood_words: str = ""  # a pattern of what is measured as "120/80"
    decades: Mapping[str, str] = field(default_factory=dict)  # before "80s": what is added to it
    year_parts: Mapping[str, str] = field(default_factory=dict)  # "T": "trimestre de", in "2T22"
    placed_nouns: str = ""  # a pattern of nouns before which "6°" is a place in an order
    date_words: frozenset[str] = frozenset()  # after which "13/5" is a date
    counted: Callable[[int, str], str] | None = None
    year: Callable[[int], str] | None = None
    is_year: Callable[[int, str, str], bool] = lambda value, before, after: True  # a bare number
    day: Callable[[int, str], str] | None = None  # of a month, after a word
    hour: str = ""  # what a clock's hours are counted in: "horas"
    minutes: Mapping[int, str] = field(default_factory=dict)  # "media", "cuarto"
    clock_h: bool = True  # "15 h" is a time of day, else a number of hours
    clock_words: frozenset[str] = frozenset()  # after which "9.05" is a time
    half_day: Callable[[int, bool], str] | None = None  # hour, whether p.m.
    digits_after_point: bool = False  # one by one, else as a number
    number_after_point: int = 2  # digits; longer ones are said one by one
    ordinal_point: bool = False  # "20." is "zwanzigste"
    phone_pairs: bool = False
    phone_words: frozenset[str] = frozenset()  # after which digits are a telephone's
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # instead of CLDR's
    prefixes: Mapping[str, str] = field(default_factory=dict)  # "m" is "mili"
    short_months: Mapping[str, int] = field(default_factory=dict)  # that CLDR doesn't name
    quartered: frozenset[str] = frozenset()  # units of which "2.5" is "two and a half"
    place: Callable[[int, str, str], str | None] | None = (
        None  # "la II guerra": number, before, after
    )
    links: frozenset[str] = frozenset()  # small words, which nothing counts
    endings: Mapping[str, str] = field(default_factory=dict)  # of words: "Hauptstr."
    weekdays_alone: bool = False  # "Mo." is a day wherever it stands, not only before a number
    by: str = ""  # "5x5", where that is no product
    sides: str = ""  # "10 × 15 cm"
    ratio: str = ""  # "3:1", else as a range
    bare_telephone: str = ""  # a pattern of digits that are one by themselves
    telephone_near: str = ""  # a pattern of what tells that "1234-5678" is one
    postcode: str = ""  # a pattern of digits that are one at the end of an address
    per_words: Mapping[str, str] = field(default_factory=dict)  # "mese": "al mese", behind "/"
    to_time: str = ""  # what joins two times of day, else `to`
    before_numbers: Mapping[str, str] = field(default_factory=dict)  # short words that need one
    after_numbers: Mapping[str, str] = field(default_factory=dict)  # short words: "44 a. c."
    before_roman: Mapping[str, str] = field(default_factory=dict)  # short words: "s. XIX", "al. a)"
    short_scales: Mapping[str, tuple[str, str]] = field(
        default_factory=dict
    )  # beside a currency, one and many: "60 M€"
    letter_currencies: Mapping[str, str] = field(default_factory=dict)  # "Q50.10": codes of Babel
    code_words: frozenset[str] = frozenset()  # after which digits are said one by one
    other_words: Mapping[str, str] = field(
        default_factory=dict
    )  # unit: what follows where it is none
    grouped_abroad: str = ""  # a pattern of "$1,500" where the comma is a decimal sign elsewhere
    fold: str = ""  # "10x" before "sem juros": "dez vezes"
    score: str = ""  # "Brasil 3 x 1 Chile"
    results: str = ""  # a pattern of the words by which a score is told
    offers: str = ""  # one of what stands before, or behind, the "2 x 1" of a shop
    coded: str = ""  # a pattern of what comes before a dash that belongs to a reference
    after_roman: Mapping[str, str] = field(default_factory=dict)  # short words: "XXe s."
    priced_per: Callable[[str], str] | None = None  # behind "€/kg": "al chilogrammo"
    laws: frozenset[str] = frozenset()  # after which "104/92" is a number of a year
    of_year: str = ""  # what stands between the two
    extension: str = ""  # of a telephone
    singular_below_two: bool = False  # "1,5 litre"
    scales: Mapping[str, str] = field(default_factory=dict)
    of_scale: str = ""  # "de" in "dos millones de euros"
    of_match: Callable[[str, int], str | None] | None = None  # "al 94'": word before, minute
    of_total: str = ""  # "von" in points of a game, "350/1.200"; else `over`
    every: str = ""  # "de 8/8 h": "de oito em oito horas"
    small_words: frozenset[str] = frozenset()  # that look like a time zone in small letters
    of_game: str = ""  # a pattern of what is left of some: "3/5 vidas"
    of_card: str = ""  # a pattern of what comes before a card's last digits
    spelled: str = ""  # a pattern of capitals that are named one by one: "UE", "ADN"
    elides: bool = False  # "d'euros"
