"""Forms: the shape of the input; the rules are in the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import (
    gettext,
    gettext_lazy,
    ngettext,
    pgettext_lazy,
)

from marketplace import currencies
from marketplace.countries import codes_in
from marketplace.listings.models import Notice, Offer
from marketplace.listings.rates import current as current_rates
from marketplace.listings.rating import STARS
from marketplace.listings.services import PUBLIC_TIERS, OfferDraft
from marketplace.money import MINOR_DIGITS, Money
from marketplace.profiles.biographies import LONGEST as LONGEST_BIOGRAPHY
from marketplace.reviews.services import LONGEST, LONGEST_SIGNATURE, ReviewDraft
from marketplace.storefront.address_forms import country_choices
from marketplace.visible_text import in_lines
from marketplace.voices.models import Voice
from marketplace.voices.uses import SENSITIVE_USES, told_choices


def _minor(price: Decimal) -> int:
    return Money.parse(price, settings.CURRENCY).minor


def _say_earned(field: forms.Field, currency: str) -> None:
    """Have earn.js say beside a price what is earned."""
    field.widget.attrs |= {
        "data-commission-bps": settings.COMMISSION_BPS,
        "data-currency": currency,
    }


def _amount(least: Money, most: Money, shown: forms.Field) -> forms.DecimalField:
    """The field of an amount with the limits and the digits of its currency, labelled as one is shown."""
    field = forms.DecimalField(
        min_value=least.amount,
        max_value=most.amount,
        decimal_places=MINOR_DIGITS.get(least.currency, 2),
        required=False,
        label=format_lazy("{} ({})", shown.label, least.currency),
        help_text=shown.help_text,
    )
    _say_earned(field, least.currency)
    return field


def _price_in(currency: str, shown: forms.Field) -> forms.DecimalField:
    """The field of a tier's price in a currency."""
    return _amount(currencies.min_price(currency), currencies.max_price(currency), shown)


class _Lines(forms.CharField):
    """A text of several lines, whose limit counts each line's end as one character."""

    def to_python(self, value: Any) -> str:
        return in_lines(str(super().to_python(value)))


class BecomeCreatorForm(forms.Form):
    display_name = forms.CharField(max_length=60, label=gettext_lazy("Name on your page"))
    legal_name = forms.CharField(
        max_length=120,
        label=gettext_lazy("Legal name"),
        help_text=gettext_lazy("You will say it when you record your consent."),
    )
    country = forms.ChoiceField(choices=country_choices, label=gettext_lazy("Country"))
    adult = forms.BooleanField(
        label=gettext_lazy("I am 18 or older and the voice I offer is my own.")
    )


CHOOSE = ("", gettext_lazy("Choose"))  # nobody is described by what merely stood first


class VoiceForm(forms.Form):
    name = forms.CharField(
        max_length=60,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("What buyers will call it."),
    )
    language = forms.ChoiceField(choices=Voice.Language.choices, label=gettext_lazy("Language"))
    gender = forms.ChoiceField(
        choices=[CHOOSE, *Voice.Gender.choices], label=gettext_lazy("Presentation")
    )
    age = forms.ChoiceField(choices=[CHOOSE, *Voice.Age.choices], label=gettext_lazy("Age"))
    styles = forms.MultipleChoiceField(
        choices=Voice.Style.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label=gettext_lazy("Styles"),
    )
    description = _Lines(
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("Description"),
    )


class InviteSpeakerForm(forms.Form):
    legal_name = forms.CharField(max_length=120, label=gettext_lazy("Legal name"))
    email = forms.EmailField(label=gettext_lazy("E-mail"))


class OffersForm(forms.Form):
    """Prices in units of the currency with its decimals; a tier left empty is not offered.

    The limits and the digits of every amount are those of its currency, which each form looks up.
    """

    headline = forms.CharField(max_length=100, label=gettext_lazy("One line about the voice"))
    personal_price = forms.DecimalField(required=False, label=gettext_lazy("Personal price"))
    personal_characters = forms.IntegerField(
        min_value=1_000,
        max_value=10_000_000,
        initial=50_000,
        label=gettext_lazy("Personal characters"),
    )
    commercial_price = forms.DecimalField(required=False, label=gettext_lazy("Commercial price"))
    commercial_characters = forms.IntegerField(
        min_value=1_000,
        max_value=10_000_000,
        initial=500_000,
        label=gettext_lazy("Commercial characters"),
    )
    broadcast_price = forms.DecimalField(required=False, label=gettext_lazy("Broadcast price"))
    broadcast_characters = forms.IntegerField(
        min_value=1_000,
        max_value=10_000_000,
        initial=2_000_000,
        required=False,
        label=gettext_lazy("Broadcast characters"),
    )
    overage_price = forms.DecimalField(
        required=False,
        label=gettext_lazy("Each further 1,000 characters"),
        help_text=gettext_lazy(
            "Paid from the buyer's credit. Empty: nothing beyond what is included."
        ),
    )
    also = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Also sell in"),
        initial=currencies.others,
        help_text=gettext_lazy("Buyers pay in the currency they choose, and you are paid in it."),
    )
    term_months = forms.TypedChoiceField(
        choices=[
            (1, gettext_lazy("1 month")),
            (12, gettext_lazy("1 year")),
            (60, gettext_lazy("5 years")),
        ],
        coerce=int,
        initial=12,
        label=gettext_lazy("Term"),
    )
    territory = forms.CharField(
        required=False,
        max_length=2_000,
        label=gettext_lazy("Only in these countries"),
        help_text=gettext_lazy(
            "Names or codes with commas, e.g. Germany, Austria, CH. Empty: worldwide."
        ),
    )
    notice_days = forms.TypedChoiceField(
        choices=Notice.choices,
        coerce=int,
        required=False,
        initial=Notice.NONE,
        label=gettext_lazy("Notice if you withdraw"),
        help_text=gettext_lazy(
            "Licences sold continue for this long. Buyers pay more for that promise."
        ),
    )
    attribution = forms.CharField(
        required=False,
        max_length=120,
        label=pgettext_lazy("acknowledgement", "Credit"),
        help_text=gettext_lazy("What the credits must say, if anything."),
    )
    in_plans = forms.BooleanField(
        required=False, label=gettext_lazy("Let subscribers to the platform's plans use it too")
    )
    uses = forms.MultipleChoiceField(
        choices=told_choices,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Uses"),
    )

    sensitive_uses = SENSITIVE_USES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = settings.CURRENCY
        for tier in PUBLIC_TIERS:
            name = f"{tier}_price"
            self.fields[name] = _price_in(own, self.fields[name])
        self.fields["overage_price"] = _amount(
            Money(0, own), currencies.max_overage(own), self.fields["overage_price"]
        )
        cast(forms.MultipleChoiceField, self.fields["also"]).choices = [
            (code, f"{code}: {currencies.name_of(code)}") for code in currencies.others()
        ]
        if not currencies.others():
            del self.fields["also"]
        self.rates = current_rates()
        self._there = {
            f"{tier}_price_{code}": code for code in currencies.others() for tier in PUBLIC_TIERS
        }
        for name, code in self._there.items():
            tier = Offer.Tier(name.partition("_")[0])
            self.fields[name] = _price_in(code, forms.Field(label=tier.label))

    def own_fields(self) -> list[forms.BoundField]:
        """Everything but prices in other currencies."""
        return [field for field in self if field.name not in self._there]

    def prices_there(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The prices in each other currency, with its name."""
        return [
            (
                currencies.name_of(code),
                [self[name] for name, of in self._there.items() if of == code],
            )
            for code in currencies.others()
        ]

    def show_converted(self, prices: dict[str, str]) -> None:
        """Show in empty fields what was converted when the listing was saved last."""
        for name, price in prices.items():
            if name in self.fields:
                self.fields[name].widget.attrs["placeholder"] = price

    def prices_there_are_wrong(self) -> bool:
        return any(name in self.errors for name in self._there)

    def clean_territory(self) -> tuple[str, ...]:
        try:
            return codes_in(self.cleaned_data["territory"])
        except ValueError as unknown:
            raise forms.ValidationError(
                gettext(
                    "“%(unknown)s” is not a country that we know. Write names or codes, with commas."
                )
                % {"unknown": unknown}
            ) from unknown

    def clean_notice_days(self) -> int:
        return self.cleaned_data["notice_days"] or Notice.NONE

    def _also(self, tier: str) -> dict[str, int | None]:
        """The other currencies in which a tier is sold; None: at the price that is converted on saving."""
        typed = {
            code: Money.parse(price, code).minor
            for code in currencies.others()
            if (price := self.cleaned_data.get(f"{tier}_price_{code}"))
        }
        return dict.fromkeys(self.cleaned_data.get("also", [])) | typed

    def drafts(self) -> list[OfferDraft]:
        """The offers that have a price."""
        data = self.cleaned_data
        overage = data.get("overage_price")
        return [
            OfferDraft(
                tier=tier,
                price_minor=_minor(data[f"{tier}_price"]),
                characters=data[f"{tier}_characters"],
                term_months=data["term_months"],
                overage_minor=_minor(overage) if overage else None,
                territory=data["territory"],
                also=self._also(tier),
            )
            for tier in Offer.Tier.values
            if data.get(f"{tier}_price") and data.get(f"{tier}_characters")
        ]

    def terms(self) -> dict[str, Any]:
        """The terms of every offer."""
        data = self.cleaned_data
        return {
            "attribution": data["attribution"],
            "notice_days": data["notice_days"],
            "in_plans": data["in_plans"],
        }


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        choices=lambda: [
            (star, ngettext("%(n)s star", "%(n)s stars", star) % {"n": star})
            for star in reversed(STARS)
        ],
        coerce=int,
        widget=forms.RadioSelect,
        label=gettext_lazy("How good is it?"),
    )
    use = forms.ChoiceField(
        choices=lambda: [("", gettext("Choose")), *told_choices()],
        label=gettext_lazy("What did you use it for?"),
    )
    text = forms.CharField(
        max_length=2 * LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": LONGEST}),
        label=gettext_lazy("What is it like to work with?"),
        help_text=gettext_lazy("Up to 1,000 characters. E-mail and web addresses are left out."),
    )
    signature = forms.CharField(
        max_length=100,
        required=False,
        label=gettext_lazy("Signed"),
        widget=forms.TextInput(attrs={"maxlength": LONGEST_SIGNATURE}),
        help_text=gettext_lazy(
            "A name that everybody sees, such as your studio's. Left empty: “A licensee”."
        ),
    )

    def draft(self) -> ReviewDraft:
        """The review as it was sent, once the form is valid."""
        return ReviewDraft(**self.cleaned_data)


class BiographyForm(forms.Form):
    text = forms.CharField(
        max_length=2 * LONGEST_BIOGRAPHY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": LONGEST_BIOGRAPHY}),
        label=gettext_lazy("About you"),
        help_text=gettext_lazy(
            "Up to 600 characters, for everybody to read once a moderator has. Addresses are left out."
        ),
    )
