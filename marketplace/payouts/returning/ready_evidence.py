"""Evidence that the platform has at hand: the certificate, the receipt and the record of speech."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from marketplace import dates
from marketplace.billing.models import Invoice
from marketplace.billing.parties import Party
from marketplace.licensing import certificates
from marketplace.licensing.models import Generation, Licence
from marketplace.payouts.incoming import receipts
from marketplace.payouts.models import Dispute, Payment
from marketplace.payouts.returning.evidence import LONGEST_TEXT, Attachment

_MOST_LINES = 150  # of the record of speech: the latest


def ready_names(dispute: Dispute) -> dict[str, str]:
    """The names of what can be attached at once, by the provider's field."""
    payment = dispute.payment
    found = {"receipt": f"receipt-{receipts.number_of(payment)}.pdf"}
    licence = _licence_of(payment)
    if licence is not None:
        found["service_documentation"] = f"licence-{licence.number}.pdf"
    return found


def ready_file(dispute: Dispute, name: str) -> Attachment | None:
    """What can be attached at once under a field, None if there is nothing."""
    file_name = ready_names(dispute).get(name)
    if file_name is None:
        return None
    licence = _licence_of(dispute.payment)
    if name == "service_documentation" and licence is not None:
        return Attachment(file_name, certificates.pdf(licence))
    return Attachment(file_name, receipts.pdf(dispute.payment))


def _licence_of(payment: Payment) -> Licence | None:
    return payment.order.granted if payment.order is not None else None


def ready_texts(dispute: Dispute) -> dict[str, str]:
    """What can be said at once, by the provider's field."""
    payment = dispute.payment
    buyer = _buyer(payment)
    with translation.override(settings.LANGUAGE_CODE):  # the bank reads it, not whoever sends it
        bought = receipts.what_for(payment)
    return {
        "product_description": bought,
        "service_date": f"{payment.paid_at:%Y-%m-%d}",
        "customer_name": buyer.name or str(payment.organization),
        "customer_email_address": buyer.email,
        "access_activity_log": record_of_speech(payment),
        "uncategorized_text": "",
    }


def _buyer(payment: Payment) -> Party:
    invoice = Invoice.objects.filter(reference=payment.charge).first()
    party = Party.from_json(invoice.buyer) if invoice is not None else Party(name="")
    person = payment.order.buyer if payment.order is not None else None
    if party.email or person is None:
        return party
    return Party(**{**party.to_json(), "name": party.name, "email": person.email})


def speech_of(payment: Payment) -> QuerySet[Generation]:
    """The speech that was made since a payment, with what it bought, newest first.

    Credit is one pot: of it, all speech that the buyer's credit paid since then.
    """
    spoken = Generation.objects.filter(
        state=Generation.State.SETTLED, created_at__gte=payment.paid_at
    ).select_related("voice", "api_key")
    if payment.order is not None:
        licence = payment.order.granted
        return spoken.filter(licence=licence) if licence is not None else spoken.none()
    if payment.plan_month is not None:
        return spoken.filter(plan_month=payment.plan_month)
    return spoken.filter(charges__organization=payment.organization_id).distinct()


def record_of_speech(payment: Payment) -> str:
    """Who made which speech when with what was bought, one line each, for a bank's clerk to read."""
    spoken = speech_of(payment)
    count = spoken.count()
    if not count:
        return ""
    lines = [
        f"{each.created_at:%Y-%m-%d %H:%M:%S} UTC  key {each.api_key.prefix}…  "
        f"{each.characters_spoken:,} characters  {each.seconds:.1f} s of audio  {each.voice.name}  "
        f"id {each.public_id}"
        for each in spoken[:_MOST_LINES]
    ]
    first = spoken.order_by("pk")[0]
    head = (
        f"Speech that the buyer's own API keys had made with this purchase: {count:,} times, first on "
        f"{dates.in_words_with_time(first.created_at)}. Each time the audio was the answer itself."
    )
    if count > len(lines):
        head += f" The latest {len(lines)}:"
    text = "\n".join([head, *lines])
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rpartition("\n")[0]
