"""Countries by their ISO 3166-1 code, with English names from CLDR."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale
from django.conf import settings
from django.utils.translation import to_locale

_NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # codes of CLDR for other things


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Names by code, in the order of the names."""
    names = Locale("en").territories
    found = {
        code: name
        for code, name in names.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES
    }
    return dict(sorted(found.items(), key=lambda item: item[1]))


@lru_cache
def countries_in(locale: str) -> dict[str, str]:
    """Names by code as a language calls and sorts them; locale: as CLDR's zh_Hans."""
    own = Locale.parse(locale).territories
    found = {code: own.get(code, name) for code, name in countries().items()}
    return dict(sorted(found.items(), key=lambda item: item[1]))


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Codes by what people write for a country: a code in one case, or a name in lower case.

    "Ge" is the beginning of Germany, and no way to write Georgia.
    """
    found = {code: code for code in countries()} | {code.lower(): code for code in countries()}
    languages = [to_locale(language) for language, _ in settings.LANGUAGES]
    return found | {
        name.casefold(): code for each in languages for code, name in countries_in(each).items()
    }


def _code(written: str) -> str | None:
    return _codes().get(written) or (_codes().get(written.casefold()) if len(written) > 2 else None)


def codes_in(written: str) -> tuple[str, ...]:
    """The codes of countries that are listed by code or name, each once.

    Names, in any language of the pages, are separated by commas; codes may be by spaces.

    Raises:
        ValueError: holds what is no country.

    >>> codes_in("Germany, AT CH, austria"), codes_in("中国, Frankreich")
    (('DE', 'AT', 'CH'), ('CN', 'FR'))
    """
    found: dict[str, None] = {}
    # Chinese has commas and semicolons of its own, and one between the parts of a list
    for part in filter(
        None, (part.strip() for part in re.split(r"[,;\uff0c\uff1b\u3001\n]", written))
    ):
        for each in [part] if _code(part) else part.split():
            code = _code(each)
            if code is None:
                raise ValueError(part)
            found[code] = None
    return tuple(found)
