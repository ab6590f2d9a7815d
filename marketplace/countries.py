"""Countries by their ISO 3166-1 code, with English names from CLDR."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale

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
