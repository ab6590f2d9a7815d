"""The form of the catalogue's search: what a visitor may filter by, and how many voices each choice leaves."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from marketplace.listings.search import Filters
from marketplace.money import Money
from marketplace.voices.models import REGIONS, Voice
from marketplace.voices.uses import told_choices


def _choices(field: forms.ChoiceField) -> list[tuple[str, str]]:
    return cast(list[tuple[str, str]], field.choices)


def _uses() -> list[tuple[str, str]]:
    return [("", gettext("Any use")), *told_choices()]


def _languages() -> list[tuple[str, str]]:
    """Every language that voices speak; before the regions of one that has several, all of them at once."""
    whole = {"en": gettext("English (all)")}
    choices: list[tuple[str, str]] = []
    for code, label in Voice.Language.choices:
        language = code.partition("-")[0]
        if language in REGIONS and REGIONS[language][0] == code:
            choices.append((language, whole[language]))
        choices.append((code, str(label)))
    return choices


class FilterForm(forms.Form):
    q = forms.CharField(max_length=100, required=False, label=gettext_lazy("Search"))
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=lambda: [("", gettext("Any language")), *_languages()],
        required=False,
    )
    gender = forms.ChoiceField(
        choices=[("", gettext_lazy("Any presentation")), *Voice.Gender.choices],
        required=False,
        label=gettext_lazy("Presentation"),
    )
    age = forms.ChoiceField(
        label=gettext_lazy("Age"),
        choices=[("", gettext_lazy("Any age")), *Voice.Age.choices],
        required=False,
    )
    style = forms.ChoiceField(
        label=gettext_lazy("Style"),
        choices=[("", gettext_lazy("Any style")), *Voice.Style.choices],
        required=False,
    )
    use = forms.ChoiceField(label=gettext_lazy("Use"), choices=_uses, required=False)
    max_price = forms.DecimalField(
        min_value=1, required=False, max_digits=12, decimal_places=2, label=gettext_lazy("Up to")
    )
    sort = forms.ChoiceField(
        label=gettext_lazy("Sort"),
        choices=[
            ("", gettext_lazy("Best match")),
            ("newest", gettext_lazy("Newest")),
            ("trending", gettext_lazy("Trending")),
            ("used", gettext_lazy("Most used")),
            ("rated", gettext_lazy("Best rated")),
            ("price", gettext_lazy("Lowest price")),
        ],
        required=False,
    )

    def filters(self, currency: str = "") -> Filters:
        """The filters asked for; invalid fields count as empty, and the page says so.

        currency: of the price; empty: the platform's own.
        """
        currency = currency or settings.CURRENCY
        self.is_valid()
        data: dict[str, Any] = getattr(self, "cleaned_data", {})
        price = data.get("max_price")
        return Filters(
            words=data.get("q", ""),
            language=data.get("language", ""),
            gender=data.get("gender", ""),
            age=data.get("age", ""),
            style=data.get("style", ""),
            use=data.get("use", ""),
            max_price_minor=Money.parse(price, currency).minor if price else None,
            currency=currency,
            sort=data.get("sort", ""),
        )

    def show_counts(self, counts: dict[str, Counter[str]]) -> None:
        """Say beside each choice how many voices it leaves; choices that leave none go."""
        for facet, found in counts.items():
            select = cast(forms.ChoiceField, self.fields[facet])
            chosen = self.data.get(facet)
            select.choices = [
                (value, f"{label} ({found[value]})" if value else label)
                for value, label in _choices(select)
                if not value or found[value] or value == chosen
            ]

    def chosen(self) -> list[tuple[str, str]]:
        """Each filter in force, as its field and words for it."""
        if not self.is_bound:
            return []
        self.is_valid()
        labels = {
            name: dict(_choices(field))
            for name, field in self.fields.items()
            if isinstance(field, forms.ChoiceField)
        }
        shown = [
            (name, str(labels.get(name, {}).get(value, value)))
            for name, value in self.cleaned_data.items()
            if value and name not in {"q", "sort"}
        ]
        return [
            (name, gettext("up to %(price)s") % {"price": words} if name == "max_price" else words)
            for name, words in shown
        ]
