"""Forms of who somebody is on invoices and for tax."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext, gettext_lazy, to_locale

from marketplace.countries import countries_in
from marketplace.payouts.models import SellerDetails


def country_choices() -> list[tuple[str, str]]:
    """Every country as the language of the page calls it."""
    language = to_locale(get_language() or settings.LANGUAGE_CODE)
    return [("", gettext("Choose a country")), *countries_in(language).items()]


_AUTOCOMPLETE = {
    "name": "organization",
    "street": "address-line1",
    "street_2": "address-line2",
    "postal_code": "postal-code",
    "city": "address-level2",
    "region": "address-level1",
    "country": "country",
}


class BillingForm(forms.Form):
    name = forms.CharField(max_length=120, label=gettext_lazy("Name of the company or person"))
    street = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Street and number")
    )
    street_2 = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Second line of the address")
    )
    postal_code = forms.CharField(max_length=20, required=False, label=gettext_lazy("Postal code"))
    city = forms.CharField(max_length=80, required=False, label=gettext_lazy("City"))
    region = forms.CharField(max_length=80, required=False, label=gettext_lazy("State or region"))
    country = forms.ChoiceField(choices=country_choices, label=gettext_lazy("Country"))
    vat_number = forms.CharField(
        max_length=30,
        required=False,
        label=gettext_lazy("VAT number"),
        help_text=gettext_lazy("If a company buys; e.g. DE136695976."),
    )
    reference = forms.CharField(
        max_length=60,
        required=False,
        label=gettext_lazy("Your reference"),
        help_text=gettext_lazy("A purchase order number or cost centre, printed on every invoice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, known_as in _AUTOCOMPLETE.items():  # browsers fill these in
            self.fields[name].widget.attrs["autocomplete"] = known_as


class OrderBillingForm(BillingForm):
    """The same on an order, where all of it may be left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = self.fields["country"].required = False


class SellerForm(forms.Form):
    """Who a creator is for tax; what is stored sealed is left empty to stay as it is."""

    kind = forms.ChoiceField(
        choices=SellerDetails.Kind.choices,
        label=gettext_lazy("You sell as"),
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        max_length=120, label=gettext_lazy("Full name of the person or the company")
    )
    form = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Legal form"),
        help_text=gettext_lazy("Of a company, such as GmbH, SARL or Ltd."),
    )
    street = forms.CharField(max_length=120, label=gettext_lazy("Street and number"))
    street_2 = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Second line of the address")
    )
    postal_code = forms.CharField(max_length=20, required=False, label=gettext_lazy("Postal code"))
    city = forms.CharField(max_length=80, label=gettext_lazy("City"))
    region = forms.CharField(max_length=80, required=False, label=gettext_lazy("State or region"))
    country = forms.ChoiceField(choices=country_choices, label=gettext_lazy("Country"))
    vat_number = forms.CharField(
        max_length=30,
        required=False,
        label=gettext_lazy("VAT number"),
        help_text=gettext_lazy("Only if you are registered for VAT; e.g. DE136695976."),
    )
    tax_number = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Tax number"),
        help_text=gettext_lazy("Kept encrypted."),
    )
    born_on = forms.DateField(
        required=False,
        label=gettext_lazy("Date of birth"),
        help_text=gettext_lazy("Of a person. Kept encrypted."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    registration = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Number in the company register"),
        help_text=gettext_lazy("Of a company. Kept encrypted."),
    )
