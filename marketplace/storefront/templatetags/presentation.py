"""Filters and tags for presentation."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, cast

from babel.numbers import format_percent
from django import template
from django.conf import settings
from django.forms import BoundField, ChoiceField
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, to_locale

from marketplace.countries import countries_in
from marketplace.licensing import plans, standing_renewals
from marketplace.listings import prices
from marketplace.listings.models import Listing, Offer
from marketplace.money import Money
from marketplace.status.checks import Found
from marketplace.storefront import spoken_time
from marketplace.trials.lines import placeholder_in
from marketplace.voices.models import Preview, Voice, VoiceVersion
from marketplace.voices.uses import told

register = template.Library()
HUES = 8  # voice colours in tokens.css


@register.filter
def hue(slug: str) -> str:
    """The colour class of a voice, always the same."""
    return f"hue-{zlib.crc32(slug.encode()) % HUES}"


@register.simple_tag
def waveform(peaks: Sequence[float], label: str = "") -> SafeString:
    """Peaks (0–1) as mirrored bars: one path, so that a page of many clips stays small."""
    heights = (round(92 * max(0.03, peak)) for peak in peaks)
    bars = "".join(f"M{4 * i + 2} {50 - h / 2:g}v{h}" for i, h in enumerate(heights))
    return format_html(
        '<svg class="waveform" viewBox="0 0 {} 100" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><path d="{}"/></svg>',
        4 * max(1, len(peaks)),
        label or gettext("Waveform"),
        bars,
    )


@register.simple_tag
def columns(shares: Sequence[float], label: str) -> SafeString:
    """Shares (0-1) as columns in a row, named for those who can't see them; their table says the numbers."""
    heights = (0 if share <= 0 else max(2, round(96 * share)) for share in shares)
    bars = "".join(f"M{10 * i + 1} 100v-{h}h8v{h}z" for i, h in enumerate(heights))
    return format_html(
        '<svg class="columns-chart" viewBox="0 0 {} 101" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><path class="ground" d="M0 100.5h{}"/><path d="{}"/></svg>',
        10 * max(1, len(shares)),
        label,
        10 * max(1, len(shares)),
        bars,
    )


@register.simple_tag
def use_of(clip: Preview | None, listing: Listing | None) -> str:
    """The use that a clip shows, in words; empty where the listing doesn't allow it."""
    if not clip or not clip.use or (listing is not None and clip.use not in listing.uses):
        return ""
    return told(clip.use)


@register.simple_tag
def clip_for(version: VoiceVersion, use: str = "") -> Preview | None:
    """The clip that a card plays: of the use that a visitor looks for, else the first."""
    clips = list(version.previews.all())
    fitting = [clip for clip in clips if use and clip.use == use and clip.storage_key]
    return next(iter([*fitting, *clips]), None)


@register.filter
def stars(given: int) -> SafeString:
    """One to five stars, drawn and in words."""
    return format_html(
        '<span class="stars" role="img" aria-label="{}">{}<span>{}</span></span>',
        gettext("%(given)s of 5 stars") % {"given": given},
        "★" * given,
        "★" * (5 - given),
    )


def grouped(number: int) -> str:
    """A whole number as the page's language writes it, such as 1,000."""
    return formats.number_format(number, use_l10n=True, force_grouping=True)


@register.simple_tag
def drop_down(field: BoundField) -> SafeString:
    """A field of choices: as its widget draws it, without a template for each choice."""
    choices, chosen = cast(ChoiceField, field.field).choices, str(field.value() or "")
    attributes = {**field.build_widget_attrs({}, field.field.widget), "id": field.auto_id}
    options = (
        format_html('<option value="{}" selected>{}</option>', value, label)
        if str(value) == chosen
        else format_html('<option value="{}">{}</option>', value, label)
        for value, label in cast(Iterable[tuple[str, str]], choices)
    )
    return format_html(
        '<select name="{}"{}>{}</select>',
        field.html_name,
        format_html_join("", ' {}="{}"', attributes.items()),
        format_html_join("", "{}", ((option,) for option in options)),
    )


@register.filter
def at_least(count: int) -> str:
    """A count as the round number that it has reached, such as 50+; empty below 5.

    >>> at_least(4), at_least(5), at_least(49), at_least(1_234)
    ('', '5+', '20+', '1,000+')
    """
    reached = [
        step * 10**power for power in range(9) for step in (1, 2, 5) if step * 10**power <= count
    ]
    return f"{grouped(reached[-1])}+" if count >= 5 else ""


@register.filter
def placeholder(language: str) -> str:
    """A sentence in a voice's language, for an empty field."""
    return placeholder_in(language)


@register.filter
def money(minor: int, currency: str) -> str:
    """An amount of minor units."""
    return str(Money(int(minor), currency))


@register.simple_tag(takes_context=True)
def price_of(context: dict[str, Any], offer: Offer) -> Money:
    """An offer's price as this visitor sees it and pays it: in their currency, if it is sold in it."""
    return prices.shown(offer, context.get("shown_currency", offer.currency))


@register.simple_tag(takes_context=True)
def from_price(context: dict[str, Any], listing: Listing) -> Money | None:
    """The lowest price of a listing, as this visitor sees it."""
    return prices.lowest(listing.offers.all(), context.get("shown_currency", ""))


@register.filter
def per_thousand(offer: Offer, price: Money) -> Money:
    """What 1,000 characters of an offer cost at a price of it."""
    return offer.per_thousand(price)


@register.filter
def renewal_words(offer: Offer, price: Money) -> str:
    """What a buyer agrees to so that a licence of this offer renews by itself at a price of it."""
    return standing_renewals.words_for(price, offer.term_months)


@register.filter
def renewal_words_told(offer: Offer, price: Money) -> str:
    """The same in the language of the page; "" where that is English."""
    return standing_renewals.told_words_for(price, offer.term_months)


@register.filter
def clock(seconds: float) -> str:
    """Seconds as m:ss."""
    whole = round(seconds or 0)
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def in_seconds(seconds: float) -> str:
    """How long something takes or waits: 8 ms, 14 s, 3 min, 2 h."""
    if seconds < 1:
        return f"{max(1, round(1000 * seconds))} ms"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"


@register.filter
def said(found: Found) -> str:
    """What a check of a part found, with how long it took or waits."""
    sentence = str(found.said)
    return sentence if found.seconds is None else sentence % {"time": in_seconds(found.seconds)}


@register.filter
def percent(share: float) -> int:
    """A share from 0 to 1 as a whole percentage."""
    return round(100 * (share or 0))


@register.filter
def percentage(share: float) -> str:
    """The same as the page's language writes it: 85%, 85 %."""
    return str(format_percent(percent(share) / 100, locale=to_locale(get_language() or "en")))


@register.filter
def use_label(use: str) -> str:
    return told(use)


@register.filter
def use_labels(uses: Sequence[str]) -> str:
    """Several uses in a row."""
    return ", ".join(map(use_label, uses))


@register.filter
def style_label(style: str) -> str:
    return str(Voice.Style(style).label)


@register.filter
def tier_label(tier: str) -> str:
    return str(Offer.Tier(tier).label)


@register.filter
def months(count: int) -> str:
    """A term in words: 1 month, 2 years."""
    if count % 12 == 0:
        return ngettext("%(n)s year", "%(n)s years", count // 12) % {"n": count // 12}
    return ngettext("%(n)s month", "%(n)s months", count) % {"n": count}


@register.filter
def heard_for(characters: int, language: str) -> str:
    """About how much audio characters are in a voice's language; "" where that isn't known."""
    return spoken_time.about(characters, language)


@register.filter
def country(code: str) -> str:
    """The name of a country, in the page's language."""
    locale = to_locale(get_language() or settings.LANGUAGE_CODE)
    return countries_in(locale).get(code, code)


@register.filter
def country_names(codes: Sequence[str]) -> str:
    """The names of several countries in a row."""
    return ", ".join(map(country, codes))


@register.filter
def entry(mapping: dict[str, Any], key: str) -> Any:
    """mapping[key], or None."""
    return mapping.get(key)


@register.filter
def lines(parts: Sequence[str]) -> str:
    """Each on a line of its own."""
    return "\n".join(parts)


@register.filter
def plan_told(code: str) -> str:
    """A plan's name in the language of the page."""
    return plans.PLANS[code].told


@register.filter
def spaced(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")
