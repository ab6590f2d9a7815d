"""Creators' VAT numbers, checked with the European Union's register as buyers' are.

One that it doesn't know is on no document, and a creator without a good one is paid as somebody who is
not registered for VAT. They are told, and it is checked again when they save their details.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.billing import vat_checks
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.letters import services as letters
from marketplace.payouts.models import SellerDetails
from marketplace.queue import Work


def begin(details: SellerDetails) -> None:
    """Have a number checked that was just saved, in the caller's transaction."""
    vat_checks.begin(details, Work.CHECK_SELLER_VAT_NUMBER)


def queue_waiting() -> int:
    """Queue again the numbers whose check was lost or given up; returns how many."""
    return vat_checks.queue_waiting(SellerDetails.objects.all(), Work.CHECK_SELLER_VAT_NUMBER)


def check(*, details_id: int) -> None:
    """Ask the register about a creator's number; a repeat changes nothing.

    Raises:
        RegisterUnavailable: try again.
    """
    rows = SellerDetails.objects.select_related("creator__user")
    vat_checks.ask_about(rows, details_id, _record)


def of_creator(creator: Creator) -> str:
    """A creator's number and what the register said of it; "" without one."""
    given = SellerDetails.objects.filter(creator=creator).exclude(vat_number="").first()
    return f"{given.vat_number}, {vat_checks.in_words(given)}" if given else ""


def _record(details: SellerDetails) -> None:
    audit.record(
        actor=None,
        action="seller_details.vat_checked",
        subject=details.creator,
        result=details.vat_check,
    )
    refused = details.vat_check == SellerDetails.VatCheck.INVALID
    if refused and vat_checks.is_first_of_day(f"creator {details.creator_id}"):
        _tell(details)


def _tell(details: SellerDetails) -> None:
    page = settings.BASE_URL + reverse("storefront:seller-details")

    def words() -> tuple[str, str]:
        text = gettext(
            "The register (VIES) does not know %(number)s, which you gave in your details as a seller. It is "
            "left out of the invoices that we write for you, and they state no VAT. If it is right, ask your "
            "tax office to have it entered, and save your details again:"
        ) % {"number": details.vat_number}
        return gettext(vat_checks.UNKNOWN_NUMBER), f"{text}\n\n{page}\n"

    letters.write(to=[details.creator.user.email], words=words)
