"""The context of every page."""

from __future__ import annotations

from babel.numbers import format_percent
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from marketplace import currencies
from marketplace.money import Money
from marketplace.storefront.chosen_currency import currency_of
from marketplace.storefront.views.letters import may_read


def site(request: HttpRequest) -> dict[str, object]:
    """The platform's name and terms, whether payments are a sandbox, and whether letters can be read here."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    locale = translation.to_locale(language)
    return {
        "platform_name": settings.PLATFORM_NAME,
        "letters_here": may_read(request),
        "payment_sandbox": settings.PAYMENT_SANDBOX,
        "base_url": settings.BASE_URL,
        "currency": settings.CURRENCY,
        "commission_bps": settings.COMMISSION_BPS,
        "creator_share": _share(locale),
        "text_limit": settings.API_TEXT_LIMIT,
        "hold_days": settings.HOLD_DAYS,
        "hold_days_new": settings.HOLD_DAYS_NEW_CREATOR,
        "payout_minimum": Money(settings.PAYOUT_MINIMUM_MINOR, settings.CURRENCY),
        "currencies": {code: currencies.name_of(code, locale) for code in currencies.sold_in()},
        "shown_currency": currency_of(request),
        "page_languages": settings.LANGUAGES,
        "page_language": language,
    }


def _share(locale: str) -> str:
    """What creators keep, as a language writes percentages: 85%, 85 %."""
    share = (10_000 - settings.COMMISSION_BPS) / 10_000
    return str(format_percent(share, locale=locale, decimal_quantization=False))
