"""The living page of the design system, for people who work on the site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.listings import prices
from marketplace.listings.queries import on_sale
from marketplace.storefront.chosen_currency import currency_of
from marketplace.storefront.tiers import compared
from marketplace.storefront.views.cards import card_context
from marketplace.storefront.views.creators import creator_page

CSS = Path(settings.BASE_DIR) / "static" / "css"
HUES = range(8)
STATES = ("submitted", "uploaded", "live", "active", "accepted", "refused", "suspended", "rejected",
          "revoked", "expired")  # fmt: skip
_VALUE = re.compile(r"^ +--([a-z-]+): (.+);$", re.MULTILINE)


@dataclass(frozen=True)
class Token:
    """A value of tokens.css. dark: the same as light where the dark has none of its own."""

    name: str
    light: str
    dark: str


@cache
def tokens() -> list[Token]:
    """Every value that tokens.css gives the whole page, in its order."""
    roots = re.findall(r":root \{(.*?)\}", (CSS / "tokens.css").read_text(), re.DOTALL)
    sets: list[dict[str, str]] = [dict(_VALUE.findall(root)) for root in roots]
    light, dark = sets
    return [Token(name, value, dark.get(name, value)) for name, value in light.items()]


class Fields(forms.Form):
    """A field of each kind."""

    name = forms.CharField(
        label=gettext_lazy("Name"), help_text=gettext_lazy("As it stands on the invoice.")
    )
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[("", "–"), ("person", gettext_lazy("A person"))]
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    uses = forms.MultipleChoiceField(
        label=gettext_lazy("Uses"),
        choices=[("audiobook", gettext_lazy("Audiobooks")), ("app", gettext_lazy("Apps"))],
        widget=forms.CheckboxSelectMultiple,
    )
    agreed = forms.BooleanField(label=gettext_lazy("I have read the terms"))


@never_cache
@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """Every token and component in each of its states, from the templates of the real pages."""
    if not (settings.DESIGN_PAGE or request.user.is_staff):
        raise Http404("This page is for people who work on the site.")
    return render(
        request,
        "storefront/design.html",
        {**_samples(), **_a_voice(request), **card_context(request)},
    )


def _samples() -> dict[str, Any]:
    colours = [token for token in tokens() if token.light.startswith("#")]
    return {
        "colours": colours,
        "others": [token for token in tokens() if token not in colours],
        "hues": [f"hue-{number}" for number in HUES],
        "states": STATES,
        "empty_form": Fields(prefix="empty"),
        "wrong_form": Fields({"wrong-email": "nobody", "wrong-name": ""}, prefix="wrong"),
        "page": Paginator(range(60), 20).get_page(2),
        "query": "",
        "secret": "tk_an_example_that_opens_nothing",
        "demo": {"made": 12, "total": 30},
        "rating": {"mean": 4.6, "count": 18},
    }


def _a_voice(request: HttpRequest) -> dict[str, Any]:
    """The newest voice on sale, for the pieces that show one."""
    listing = on_sale().order_by("-published_at").first()
    if listing is None:
        return {"listing": None}
    prices_here = [
        (offer, prices.shown(offer, currency_of(request))) for offer in listing.offers.all()
    ]
    return {
        "listing": listing,
        "voice": listing.voice,
        "version": listing.version,
        "tiers": compared(prices_here, listing.voice.language),
        "creator_page": creator_page(listing.voice.creator),
    }
