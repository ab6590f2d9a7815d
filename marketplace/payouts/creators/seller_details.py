"""Who a creator is for tax and on documents: a person or a company, checked as far as its form tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.billing import vat_checks
from marketplace.billing.details import CALLED, checked_vat_number
from marketplace.compliance import audit
from marketplace.countries import countries
from marketplace.creators.models import Creator
from marketplace.currencies import about
from marketplace.money import Money
from marketplace.payouts.creators import seller_numbers
from marketplace.payouts.models import PayoutAccount, SellerDetails, Transfer
from marketplace.refusals import Refused

Kind = SellerDetails.Kind
FIELDS = ("name", "form", "street", "street_2", "postal_code", "city", "region", "country")
SEALED = ("tax_number", "registration")
_LONGEST_NUMBER = 40
_ADULT = timedelta(days=18 * 365)


def details_of(creator: Creator) -> SellerDetails | None:
    """What a creator said of themselves, if they did."""
    return SellerDetails.objects.filter(creator=creator).first()


def is_complete(details: SellerDetails | None) -> bool:
    """Whether all that tax reports ask for is there."""
    if details is None or not details.tax_number:
        return False
    return bool(details.registration if details.kind == Kind.COMPANY else details.born_on)


def are_needed(creator: Creator, payable: Money) -> bool:
    """Whether a payout would bring what a creator is paid in a year (UTC) above the threshold for tax reports.

    They are asked for what is missing then, and paid once it is there.
    """
    most = settings.TAX_DETAILS_FROM_MINOR
    begins = datetime(timezone.now().astimezone(UTC).year, 1, 1, tzinfo=UTC)
    sent = (
        Transfer.objects.filter(creator=creator, created_at__gte=begins)
        .exclude(state=Transfer.State.REFUSED)
        .order_by()
        .values_list("currency")
        .annotate(minor=Sum("amount_minor"))
    )
    paid = sum(about(minor, currency) for currency, minor in sent)
    if paid + about(payable.minor, payable.currency) <= most:
        return False
    return not is_complete(details_of(creator))


def save_details(
    *, creator: Creator, by: User, kind: str, born_on: date | None = None, **given: str
) -> SellerDetails:
    """Change who a creator is on their coming documents and in tax reports.

    Numbers that are left empty stay as they are.

    Raises:
        Refused: not_allowed, kind, account_exists, missing, country, too_long, born_on, vat_number.
    """
    if by.pk != creator.user_id:
        raise Refused("not_allowed", gettext("Only the creator can change these."))
    if kind not in Kind.values:
        raise Refused("kind", gettext("Choose whether you are a person or a company."))
    values = {name: " ".join(given.get(name, "").split()) for name in FIELDS}
    values["country"] = values["country"].upper()
    _check(values, kind)
    values["vat_number"] = checked_vat_number(given.get("vat_number", ""), values["country"])
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        details = details_of(creator) or SellerDetails(creator=creator)
        has_account = PayoutAccount.objects.filter(creator=creator).exists()
        was = details.kind if details.pk else Kind.PERSON
        if has_account and was != kind:
            raise Refused(
                "account_exists",
                gettext(
                    "Your account at the payment provider is that of a company; ask us to change it."
                )
                if was == Kind.COMPANY
                else gettext(
                    "Your account at the payment provider is that of a person; ask us to change it."
                ),
            )
        numbers = {name: given.get(name, "").strip() or getattr(details, name) for name in SEALED}
        _check_numbers(numbers, born_on or details.born_on)
        details.kind = kind
        known = vat_checks.said_of(details, values["vat_number"])
        for name, value in (values | known).items():
            setattr(details, name, value)
        details.seal(born_on=born_on or details.born_on, **numbers)
        details.save()
        seller_numbers.begin(details)
        audit.record(actor=by, action="seller_details.changed", subject=creator, kind=kind)
    return details


def _check(values: dict[str, str], kind: str) -> None:
    needed = {
        "name": gettext("Give the name."),
        "street": gettext("Give the street."),
        "city": gettext("Give the city."),
    }
    if kind == Kind.COMPANY:
        needed["form"] = gettext("Give the legal form of the company, such as GmbH or Ltd.")
    for name, missing in needed.items():
        if not values[name]:
            raise Refused("missing", missing)
    if values["country"] not in countries():
        raise Refused("country", gettext("Choose the country of the address."))
    limits = {field.name: field.max_length for field in SellerDetails._meta.concrete_fields}
    for name, value in values.items():
        if len(value) > (limits[name] or 0):
            raise Refused(
                "too_long",
                gettext("Use at most %(most)s characters for the %(field)s.")
                % {"most": limits[name], "field": gettext(CALLED[name])},
            )


def _check_numbers(numbers: dict[str, str], born_on: date | None) -> None:
    for number in numbers.values():
        if len(number) > _LONGEST_NUMBER:
            raise Refused(
                "too_long",
                gettext("A number has at most %(most)s characters.") % {"most": _LONGEST_NUMBER},
            )
    today = timezone.localdate()
    if born_on is not None and not date(1900, 1, 1) <= born_on <= today - _ADULT:
        raise Refused("born_on", gettext("Give the date of birth of an adult."))
