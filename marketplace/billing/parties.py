"""Who sells and who buys, as documents show them."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from marketplace import storage
from marketplace.accounts.models import Organization
from marketplace.billing import vat_checks
from marketplace.billing.models import BillingDetails
from marketplace.visible_text import visible

_SEALED = "sealed_tax_number"


@dataclass(frozen=True)
class Party:
    """A seller or a buyer; country: ISO 3166-1 alpha-2, "" if nobody said it.

    registration: of the company's register; reference: the buyer's own for this purchase;
    identifier: the platform's own for a creator; tax_number: where there is no VAT number; vat_checked:
    what the European Union's register said of that.
    """

    name: str
    street: str = ""
    street_2: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    vat_number: str = ""
    registration: str = ""
    email: str = ""
    reference: str = ""
    identifier: str = ""
    tax_number: str = ""
    vat_checked: str = ""

    def to_json(self) -> dict[str, str]:
        """What is known of it, as documents store it; its tax number is sealed."""
        known = {name: value for name, value in asdict(self).items() if value}
        if number := known.pop("tax_number", ""):
            known[_SEALED] = base64.b64encode(storage.seal(number.encode(), _SEALED)).decode()
        return known

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Party:
        """The inverse of `to_json`, less what no document can show."""
        known = {"name": "", **stored}
        if sealed := known.pop(_SEALED, ""):
            known["tax_number"] = storage.unseal(base64.b64decode(sealed), _SEALED).decode()
        return cls(**{name: visible(value) for name, value in known.items()})

    def address(self) -> list[str]:
        """The lines of its address."""
        place = " ".join(filter(None, (self.postal_code, self.city)))
        lines = (self.street, self.street_2, place, self.region, self.country)
        return [line for line in lines if line]


def seller() -> Party:
    """The platform, by its settings."""
    return Party(
        name=settings.SELLER_NAME,
        street=settings.SELLER_STREET,
        postal_code=settings.SELLER_POSTAL_CODE,
        city=settings.SELLER_CITY,
        country=settings.SELLER_COUNTRY,
        vat_number=settings.SELLER_VAT_NUMBER,
        registration=settings.SELLER_REGISTRATION,
        email=settings.SELLER_EMAIL,
    )


def buyer(organization: Organization, reported: Party | None) -> Party:
    """Whom an invoice is made out to: the organization's own details, or what the provider was told.

    A VAT number that the provider was told counts where the details have none, and one that the register
    doesn't know counts nowhere.
    """
    told = reported or Party(name="")
    details = BillingDetails.objects.filter(organization=organization).first()
    if details is None:
        return told if told.name else Party(**{**told.to_json(), "name": organization.name})
    return Party(
        name=details.name,
        street=details.street,
        street_2=details.street_2,
        postal_code=details.postal_code,
        city=details.city,
        region=details.region,
        country=details.country,
        vat_number=_vat_number(details, told),
        vat_checked=vat_checks.on_documents(details) if details.good_vat_number else "",
        email=told.email,
        reference=details.reference,
    )


def _vat_number(details: BillingDetails, told: Party) -> str:
    if details.good_vat_number:
        return details.good_vat_number
    return "" if told.vat_number == details.vat_number else told.vat_number
