"""The terms of a licence in words: in English, which binds, and in other languages so that readers understand them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext

from marketplace import dates
from marketplace.licensing.terms import overage_currency
from marketplace.listings.models import Offer
from marketplace.money import Money, written_in
from marketplace.voices.uses import told as use_told

Lines = list[tuple[str, str]]


def as_text(terms: dict[str, Any]) -> Lines:
    """Terms in plain English, as (heading, sentence) pairs: what binds, whoever asks."""
    with translation.override(settings.LANGUAGE_CODE), written_in(settings.LANGUAGE_CODE):
        return [(heading, sentence) for heading, sentence in _lines(terms) if sentence]


def for_page(terms: dict[str, Any], without: frozenset[str] = frozenset()) -> dict[str, Lines]:
    """What `storefront/_terms.html` shows; without: the English headings of lines that its reader may not see."""
    english, told = as_text(terms), _told(terms)
    return {
        "terms": [line for line in english if line[0] not in without],
        "terms_told": [
            line
            for (heading, _), line in zip(english, told or english, strict=True)
            if told and heading not in without
        ],
    }


def _told(terms: dict[str, Any]) -> Lines:
    """The same in the language of the page, for its reader to understand; nothing where that is English."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return []
    with written_in(translation.to_locale(language)):
        return [(heading, sentence) for heading, sentence in _lines(terms) if sentence]


def _lines(terms: dict[str, Any]) -> Lines:
    """Terms in the language in force; a sentence is empty in every language or in none."""
    characters = number_format(terms["characters"], force_grouping=True)
    price = Money(terms["price_minor"], terms["currency"])
    return [
        (gettext("Voice"), _voice(terms)),
        (
            pgettext("terms of a licence", "Licensor"),
            gettext("%(creator)s, through the platform") % {"creator": terms["creator"]},
        ),
        (pgettext("terms of a licence", "Licensee"), str(terms.get("licensee", ""))),
        (gettext("Tier"), _tier(terms["tier"])),
        (pgettext("terms of a licence", "Allowed uses"), _uses(terms["uses"])),
        (pgettext("terms of a licence", "Not allowed"), _forbidden(terms)),
        (pgettext("terms of a licence", "Territory"), _territory(terms)),
        (
            gettext("Term"),
            f"{_term(terms['term_months'])}; {gettext(terms['outputs_after_term'])}.",
        ),
        (
            pgettext("terms of a licence", "Included"),
            gettext("%(number)s characters of text.") % {"number": characters},
        ),
        (pgettext("terms of a licence", "Attribution"), _attribution(terms)),
        (pgettext("terms of a licence", "Beyond that"), _beyond(terms)),
        (gettext("Price"), gettext("%(price)s, without tax.") % {"price": price}),
        (pgettext("terms of a licence", "Withdrawal"), _withdrawal(terms.get("notice_days") or 0)),
        (pgettext("terms of a licence", "Consent"), _consent(terms.get("consent_ends"))),
        (
            pgettext("terms of a licence", "What is licensed"),
            gettext(
                "The right to have the platform speak in this voice. The voice template itself is not "
                "sold, shown or handed over."
            ),
        ),
    ]


def _voice(terms: dict[str, Any]) -> str:
    name, version = terms["voice_name"], terms.get("voice_version")
    if not version:
        return str(name)
    return gettext("%(name)s, version %(version)s") % {"name": name, "version": version}


def _tier(tier: str) -> str:
    if tier == Offer.Tier.EXCLUSIVE:
        return gettext("Exclusive: sold to nobody else in its term")
    return str(Offer.Tier(tier).label)


def _uses(uses: list[str]) -> str:
    return ", ".join(map(use_told, uses))


def _forbidden(terms: dict[str, Any]) -> str:
    never = map(gettext, terms["forbidden"])
    return "; ".join([_uses(terms.get("forbidden_uses", [])), *never]).strip("; ")


def _territory(terms: dict[str, Any]) -> str:
    return ", ".join(terms.get("territory") or []) or gettext("Worldwide")


def _term(months: int) -> str:
    if months % 12:
        return ngettext("%(number)d month", "%(number)d months", months) % {"number": months}
    return ngettext("%(number)d year", "%(number)d years", months // 12) % {"number": months // 12}


def _attribution(terms: dict[str, Any]) -> str:
    if not terms.get("attribution"):
        return ""
    return gettext("“%(words)s” where credits are given.") % {"words": terms["attribution"]}


def _beyond(terms: dict[str, Any]) -> str:
    if not terms.get("overage_minor"):
        return ""
    price = Money(terms["overage_minor"], overage_currency(terms))
    said = {"price": price, "currency": price.currency}
    if price.currency == terms["currency"]:
        return gettext("%(price)s for each further 1,000 characters, from credit.") % said
    return (
        gettext(
            "%(price)s for each further 1,000 characters, from credit, which is kept in %(currency)s."
        )
        % said
    )


def _withdrawal(days: int) -> str:
    if not days:
        return gettext(
            "If the speaker withdraws, the voice is silent at once; if they take out a use, for that use."
        )
    return gettext(
        "If the speaker withdraws, takes out a use or lets the consent end, the voice continues under "
        "this licence for %(days)d days, but not beyond its term."
    ) % {"days": days}


def _consent(ends: str | None) -> str:
    if not ends:
        return ""
    return gettext(
        "As of the order, until %(day)s: no term goes beyond, unless it is given anew."
    ) % {"day": dates.to_the_reader(date.fromisoformat(ends))}
