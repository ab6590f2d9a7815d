"""Billing details: changed by those who may buy, and checked as far as their form tells."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext, gettext_noop
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError as NumberInvalid
from stdnum.gb import vat as gb_vat

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.billing import vat_checks
from marketplace.billing.models import BillingDetails
from marketplace.compliance import audit
from marketplace.countries import countries
from marketplace.pdf import unprintable
from marketplace.queue import Work
from marketplace.refusals import Refused
from marketplace.visible_text import visible

FIELDS = (
    "name", "street", "street_2", "postal_code", "city", "region", "country", "vat_number", "reference",
)  # fmt: skip
CALLED = {
    "name": gettext_noop("name"),
    "form": gettext_noop("legal form"),
    "street": gettext_noop("street"),
    "street_2": gettext_noop("street 2"),
    "postal_code": gettext_noop("postal code"),
    "city": gettext_noop("city"),
    "region": gettext_noop("region"),
    "country": gettext_noop("country"),
    "vat_number": gettext_noop("vat number"),
    "reference": gettext_noop("reference"),
}  # what refusals call a field
_EU = {*eu_vat.MEMBER_STATES, "xi"}


def details_of(organization: Organization) -> BillingDetails | None:
    """An organization's billing details, if it gave any."""
    return BillingDetails.objects.filter(organization=organization).first()


def save_details(*, organization: Organization, by: User, **given: str) -> BillingDetails:
    """Change whom an organization's coming invoices are made out to.

    Raises:
        Refused: not_a_member, role_too_small, name, country, too_long, letters, vat_number.
    """
    require(by, organization, Right.BUY)
    values = {name: " ".join(visible(given.get(name, "")).split()) for name in FIELDS}
    limits = {field.name: field.max_length for field in BillingDetails._meta.concrete_fields}
    for name, value in values.items():
        most = limits[name] or 0
        if len(value) > most and name not in ("country", "vat_number"):
            raise Refused(
                "too_long",
                gettext("Use at most %(most)s characters for %(field)s.")
                % {"most": most, "field": gettext(CALLED[name])},
            )
        _require_printable(name, value)
    if not values["name"]:
        raise Refused(
            "name",
            gettext("Give the name of the company or the person that invoices are made out to."),
        )
    values["country"] = values["country"].upper()
    if values["country"] not in countries():
        raise Refused("country", gettext("Choose the country of the address."))
    values["vat_number"] = checked_vat_number(values["vat_number"], values["country"])
    with transaction.atomic():
        details, _ = BillingDetails.objects.update_or_create(
            organization=organization,
            defaults=values | vat_checks.said_of(details_of(organization), values["vat_number"]),
        )
        vat_checks.begin(details, Work.CHECK_VAT_NUMBER)
        audit.record(actor=by, action="billing.details_changed", subject=organization)
    return details


def _require_printable(name: str, value: str) -> None:
    if strange := unprintable(value):
        raise Refused(
            "letters",
            gettext(
                "Invoices can't show %(letters)s: write %(field)s in Latin, Greek, Cyrillic, Chinese, "
                "Japanese or Korean letters."
            )
            % {"letters": " ".join(sorted(strange)[:5]), "field": gettext(CALLED[name])},
        )


def checked_vat_number(number: str, country: str) -> str:
    """A VAT number in its usual form; "" stays empty.

    Numbers of the European Union and the United Kingdom are checked by their own rules (python-stdnum);
    of others only that they could be one.

    Raises:
        Refused: vat_number.
    """
    compact = re.sub(r"[\s.\-/]", "", number).upper()
    if not compact:
        return ""
    try:
        if country == "GB":
            return "GB" + str(gb_vat.validate(compact))
        if country.lower() in _EU:
            prefix = "EL" if country == "GR" else country
            full = (
                compact
                if compact[:2].isalpha() and compact[:2] in (prefix, "XI")
                else prefix + compact
            )
            return str(eu_vat.validate(full))
    except NumberInvalid as invalid:
        raise Refused(
            "vat_number",
            gettext(
                "%(number)s is not a VAT number of the country that you chose; check it, or leave it "
                "empty."
            )
            % {"number": number},
        ) from invalid
    if not re.fullmatch(r"[A-Z0-9]{4,20}", compact):
        raise Refused("vat_number", gettext("A VAT number has 4 to 20 letters and digits."))
    return compact
