"""Credit that somebody gave a customer by hand at the provider, booked as a discount of the platform's.

Invoices of plans take it before they charge a card, and are booked whole all the same. If it stands for
something else, as for money that came another way, finance moves it with an adjusting entry.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils.translation import gettext

from marketplace.compliance import audit
from marketplace.licensing.models import PlanSubscription
from marketplace.payouts import finance_letters, stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.models import LedgerEntry


def follow_customer(customer: str) -> None:
    """Post what was given to a customer by hand, or taken; a repeat changes nothing. Finance is told.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such customer.
    """
    for given in stripe_api.credit_given_to(customer):
        _post(customer, given)


def _post(customer: str, given: stripe_api.GivenCredit) -> None:
    currency, minor = given.amount.currency, given.amount.minor
    with transaction.atomic():
        entry, is_new = ledger.post(
            kind=LedgerEntry.Kind.CREDIT_GIVEN,
            idempotency_key=f"given-{given.id}",
            provider_reference=given.id,
            belongs_to=given.at,
            lines=[
                (ledger.account(Kind.PROMOTIONS, currency), minor),
                (ledger.account(Kind.PROVIDER_CREDIT, currency), -minor),
            ],
        )
        if not is_new:
            return
        subscription = PlanSubscription.objects.filter(customer=customer).last()
        audit.record(
            actor=None,
            action="plan.credit_given",
            subject=subscription.organization if subscription else entry,
            minor=minor,
            currency=currency,
            provider=given.id,
        )
        whom = str(subscription.organization) if subscription else customer
        finance_letters.tell(partial(_words, whom, given))


def _words(whom: str, given: stripe_api.GivenCredit) -> tuple[str, str]:
    subject = gettext("Credit of %(amount)s was given by hand at the payment provider")
    text = gettext(
        "%(whom)s was given %(amount)s there (%(number)s, %(kind)s), or had as much taken if it is below "
        "zero. It is booked as a discount of the platform's. If it was something else, as money that came "
        "another way, propose an adjusting entry from discounts and trials to where it belongs."
    )
    named = {
        "whom": whom,
        "amount": given.amount,
        "number": given.id,
        "kind": given.kind.replace("_", " "),
    }
    return subject % named, text % named + "\n"
