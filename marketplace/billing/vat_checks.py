"""Checking VAT numbers of the European Union with its register, where a setting names it.

A register that doesn't answer stops nobody: the number stays "not checked". One that it doesn't know is
put on no invoice, and payment pages then don't ask for one, for which the provider would charge no tax.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from marketplace import dates
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.billing import vies
from marketplace.billing.models import BillingDetails, CheckedNumber
from marketplace.compliance import audit
from marketplace.letters import services as letters
from marketplace.queue import Work, at_commit, at_once, lost
from marketplace.rate_limit import A_DAY, counted

ASKED_AGAIN = timedelta(hours=1)  # after which a number that was not valid is, when it is saved
UNKNOWN_NUMBER = gettext_noop("Your VAT number is not in the European Union's register")
AT_ONCE = 100  # numbers that a sweep asks for
Check = CheckedNumber.VatCheck
Row = TypeVar("Row", bound=CheckedNumber)


def is_waiting(details: CheckedNumber) -> bool:
    """Whether a number is to be checked, and was not."""
    asked = bool(settings.VIES_URL) and vies.knows(details.vat_number)
    return asked and details.vat_checked_at is None


def said_of(former: CheckedNumber | None, number: str) -> dict[str, Any]:
    """What is to change of what is known of a number that is saved: the same one stays what it was.

    One that was not valid stays so until the register says otherwise, which is asked again.
    """
    if former is None or former.vat_number != number:
        return {"vat_check": Check.NONE, "vat_checked_at": None, "vat_consultation": ""}
    at = former.vat_checked_at
    if former.vat_check == Check.INVALID and at and timezone.now() - at > ASKED_AGAIN:
        return {"vat_checked_at": None, "vat_consultation": ""}
    return {}


def begin(details: CheckedNumber, work: Work) -> None:
    """Have a number checked that was just saved, in the caller's transaction."""
    if is_waiting(details):
        at_commit(work, details.pk)


def queue_waiting(rows: QuerySet[Any], work: Work) -> int:
    """Queue again the numbers whose check was lost or given up; returns how many.

    rows: a table of checked numbers.
    """
    if not settings.VIES_URL:
        return 0
    unchecked = rows.filter(vat_checked_at=None).exclude(vat_number="")
    waiting = [row.pk for row in unchecked.order_by("changed_at") if is_waiting(row)]
    found = list(lost(work, waiting, most=AT_ONCE))
    for pk in found:
        at_once(work, pk)
    return len(found)


def ask_about(rows: QuerySet[Row], pk: int, then: Callable[[Row], None]) -> None:
    """Ask the register about a number, and keep what it says; a repeat changes nothing.

    then: called with the row in the same transaction, unless the number was changed meanwhile or
        nothing new was said.

    Raises:
        RegisterUnavailable: try again.
    """
    details = rows.filter(pk=pk).first()
    if details is None or not is_waiting(details):
        return
    answer = vies.ask(details.vat_number)
    with transaction.atomic():
        same = rows.select_for_update(of=("self",), no_key=True).filter(
            pk=pk, vat_number=details.vat_number
        )
        now = same.first()
        if now is None or not is_waiting(now):
            return
        before = now.vat_check
        now.vat_check = Check.VALID if answer.valid else Check.INVALID
        now.vat_checked_at, now.vat_consultation = answer.at, answer.consultation
        now.save(update_fields=["vat_check", "vat_checked_at", "vat_consultation"])
        if now.vat_check != before:
            then(now)


def check(*, details_id: int) -> None:
    """Ask the register about an organization's number; a repeat changes nothing.

    Raises:
        RegisterUnavailable: try again.
    """
    ask_about(BillingDetails.objects.select_related("organization"), details_id, _record)


def _record(details: BillingDetails) -> None:
    audit.record(
        actor=None,
        action="billing.vat_checked",
        subject=details.organization,
        result=details.vat_check,
    )
    whom = f"organization {details.organization_id}"
    if details.vat_check == Check.INVALID and is_first_of_day(whom):
        _tell(details)


def is_first_of_day(whom: str) -> bool:
    """Whether somebody was told of no refused number today: who saves many gets one letter a day."""
    told, _ = counted(f"vat-refused:{whom}", span=A_DAY)
    return told == 1


def is_refused(organization: Organization) -> bool:
    """Whether the register doesn't know the number that an organization gave."""
    given = BillingDetails.objects.filter(organization=organization)
    return given.filter(vat_check=Check.INVALID).exists()


def in_words(details: CheckedNumber) -> str:
    """What the register said of a number, in the language of the page; "" without one."""
    if not details.vat_number:
        return ""
    if details.vat_check == Check.INVALID and details.vat_checked_at is None:
        return gettext("not valid in VIES when it was asked last")
    if details.vat_check == Check.NONE or details.vat_checked_at is None:
        return gettext("not checked with VIES")
    valid, proof = details.vat_check == Check.VALID, details.vat_consultation
    if proof:
        said = (
            gettext("valid in VIES on %(day)s, consultation %(number)s")
            if valid
            else gettext("not valid in VIES on %(day)s, consultation %(number)s")
        )
    else:
        said = (
            gettext("valid in VIES on %(day)s")
            if valid
            else gettext("not valid in VIES on %(day)s")
        )
    return said % {"day": dates.to_the_reader(details.vat_checked_at), "number": proof}


def on_documents(details: CheckedNumber) -> str:
    """What the register said of a number, as documents and their data keep it; "" without one."""
    with translation.override(settings.LANGUAGE_CODE):
        return in_words(details)


def of_organization(organization: Organization) -> str:
    """An organization's number and what the register said of it, for finance; "" without one."""
    details = (
        BillingDetails.objects.filter(organization=organization).exclude(vat_number="").first()
    )
    return f"{details.vat_number}, {in_words(details)}" if details else ""


def _tell(details: BillingDetails) -> None:
    people = User.objects.filter(
        memberships__organization=details.organization_id,
        memberships__role__in=roles_with(Right.BUY),
        is_active=True,
    ).order_by("pk")
    page = settings.BASE_URL + reverse("storefront:billing")

    def words() -> tuple[str, str]:
        text = gettext(
            "The register (VIES) does not know %(number)s, which you gave for %(name)s. It is left out of "
            "your invoices, and payment pages ask you for no VAT number, so that tax is charged where it is "
            "due. If it is right, ask your tax office to have it entered, and save your billing details again:"
        ) % {"number": details.vat_number, "name": details.name}
        link = f"{page}?organization={details.organization.public_id}"
        return gettext(UNKNOWN_NUMBER), f"{text}\n\n{link}\n"

    letters.write(to=[person.email for person in people], words=words)
