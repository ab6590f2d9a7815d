"""The form of the catalogue's search: what a visitor may filter by, and how many voices each choice leaves."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from django import forms
from django.conf import settings

from marketplace.listings.search import Filters
from marketplace.money import Money
from marketplace.voices.models import Voice
from marketplace.voices.uses import Use


def _choices(field: forms.ChoiceField) -> list[tuple[str, str]]:
    return cast(list[tuple[str, str]], field.choices)


class FilterForm(forms.Form):
    q = forms.CharField(max_length=100, required=False, label="Search")
    language = forms.ChoiceField(
        choices=[("", "Any language"), *Voice.Language.choices], required=False
    )
    gender = forms.ChoiceField(
        choices=[("", "Any presentation"), *Voice.Gender.choices],
        required=False,
        label="Presentation",
    )
    age = forms.ChoiceField(choices=[("", "Any age"), *Voice.Age.choices], required=False)
    style = forms.ChoiceField(choices=[("", "Any style"), *Voice.Style.choices], required=False)
    use = forms.ChoiceField(choices=[("", "Any use"), *Use.choices], required=False)
    max_price = forms.DecimalField(
        min_value=1, required=False, max_digits=12, decimal_places=2, label="Up to"
    )
    sort = forms.ChoiceField(
        choices=[
            ("", "Best match"),
            ("newest", "Newest"),
            ("trending", "Trending"),
            ("used", "Most used"),
            ("rated", "Best rated"),
            ("price", "Lowest price"),
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
        return [(name, f"up to {words}" if name == "max_price" else words) for name, words in shown]
