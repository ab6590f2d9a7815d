"""What buyers spoke by credit or by a plan with voices that were silenced for good.

Credit that was spent on them is given back. A month of a plan was mostly spent on other voices, so finance
decides: it sees what of the price such a voice took.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.letters import services as letters
from marketplace.licensing import credit
from marketplace.licensing.models import Generation, PlanMonth, UsageCharge
from marketplace.licensing.plans import MONTHS_OF_YEAR
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings
from marketplace.payouts.models import Dispute, Earning, LedgerEntry, LedgerLine, Payment, Refund
from marketplace.payouts.returning import refunds

REASON = "The voice was taken down: it is somebody else's."


def give_credit_back(*, creator: Creator, by: User) -> list[Money]:
    """Give every buyer the credit again that a creator's silenced voices cost them; a repeat gives nothing.

    The creator bears their part, from what is held or as a debt. Left out are buyers whose payment for
    credit is disputed: that takes the same speech back.

    Raises:
        Refused: own_voice, own_team.
    """
    pairs = _charges_of(creator).order_by("organization", "currency")
    given = []
    for organization_id, currency in pairs.values_list("organization", "currency").distinct():
        disputed = Dispute.objects.filter(
            payment__organization=organization_id, payment__kind=Payment.Kind.CREDITS
        )
        if disputed.exclude(state=Dispute.State.WON).exists():
            continue
        require_impartial(
            by, Concerned.of(organizations=[organization_id], users=[creator.user_id])
        )
        organization = Organization.objects.get(pk=organization_id)
        minor = _give_back(creator, organization, currency, by)
        if minor:
            given.append(Money(minor, currency))
    return given


def _charges_of(creator: Creator) -> QuerySet[UsageCharge]:
    """What was spent on the creator's silenced voices, is in the books, and was not given back."""
    silenced = creator.voices.exclude(silenced_at=None)
    posted = UsageCharge.objects.filter(posted_at__isnull=False, returned_at=None)
    return posted.filter(generation__voice__in=silenced)


def _give_back(creator: Creator, organization: Organization, currency: str, by: User) -> int:
    with transaction.atomic():
        charges = list(
            _charges_of(creator)
            .select_for_update(of=("self",))
            .filter(organization=organization, currency=currency)
            .order_by("pk")
        )
        keys = [f"usage-{charge.pk}" for charge in charges]
        sums = dict(
            LedgerLine.objects.filter(entry__idempotency_key__in=keys)
            .values_list("account__kind")
            .annotate(minor=Sum("amount_minor"))
        )
        spent, share = int(sums.get(Kind.BUYER_CREDITS, 0)), -int(sums.get(Kind.CREATOR_PENDING, 0))
        UsageCharge.objects.filter(pk__in=[charge.pk for charge in charges]).update(
            returned_at=timezone.now()
        )
        if not spent:
            return 0
        credit.add(organization=organization, minor=spent, currency=currency)
        lines, taken = _of_creator(creator, currency, share)
        ledger.post(
            kind=LedgerEntry.Kind.CREDIT_RETURNED,
            idempotency_key=f"credit-returned-{charges[-1].pk}",
            lines=[
                *lines,
                (ledger.account(Kind.COMMISSION, currency), spent - taken),
                (ledger.account(Kind.BUYER_CREDITS, currency, organization=organization), -spent),
            ],
        )
        audit.record(
            actor=by,
            action="credit.returned",
            subject=organization,
            minor=spent,
            creator=creator.pk,
        )
        _tell(organization, Money(spent, currency))
    return spent


def _of_creator(creator: Creator, currency: str, share: int) -> tuple[list[Line], int]:
    """What the creator returns of their earnings from speech by credit, and how much that is."""
    voices = creator.voices.exclude(silenced_at=None).values_list("name", flat=True)
    found = Earning.objects.select_for_update(of=("self",)).select_related("creator")
    usage = found.filter(
        creator=creator,
        source=Earning.Source.USAGE,
        currency=currency,
        voice_name__in=list(voices),
    )
    lines, taken = list[Line](), 0
    for earning, part in earnings.spread(usage.order_by("pk"), share):
        lines += earnings.take_back(earning, part)
        taken += part
    return lines, taken


def _tell(organization: Organization, amount: Money) -> None:
    members = organization.memberships.filter(role__in=roles_with(Right.BUY), user__is_active=True)

    def words() -> tuple[str, str]:
        said = {"organization": organization, "amount": amount}
        subject = gettext("%(organization)s: %(amount)s of credit given back") % said
        text = gettext(
            "A voice that you spoke with was taken down, because it is somebody else's. The %(amount)s of "
            "credit that its speech cost you is yours again."
        )
        return subject, f"{text % said}\n"

    addresses = members.order_by("user").values_list("user__email", flat=True)
    letters.write(to=list(addresses), words=words)


@dataclass(frozen=True)
class PlanSpeech:
    """What of a payment for a plan was spent on a creator's silenced voices; amount: with its tax."""

    payment: Payment
    amount: Money


def spoken_by_plans(creator: Creator) -> list[PlanSpeech]:
    """Payments for plans that spoke with silenced voices and were not refunded for it, the newest first.

    Of each, the part of the price that the voices' characters are of the month's, as far as it is left.
    """
    silenced = creator.voices.exclude(silenced_at=None)
    spoken = Generation.objects.filter(
        state=Generation.State.SETTLED, characters_spoken__gt=0, plan_month__invoice__isnull=False
    ).order_by()
    months = PlanMonth.objects.filter(pk__in=spoken.filter(voice__in=silenced).values("plan_month"))
    parts = Counter[int]()
    for month in months:
        of_month = spoken.filter(plan_month=month)
        theirs, whole = (
            each.aggregate(sum=Sum("characters_spoken"))["sum"]
            for each in (of_month.filter(voice__in=silenced), of_month)
        )
        paid = Payment.objects.filter(
            Q(plan_month=month) | Q(plan_year__isnull=False, plan_year=month.year_id)
        ).first()
        if paid is not None:
            months_paid = MONTHS_OF_YEAR if paid.plan_year_id else 1
            parts[paid.pk] += earnings.proportion(paid.amount_minor, theirs, whole * months_paid)
    return _left_of(parts)


def _left_of(parts: Counter[int]) -> list[PlanSpeech]:
    found = []
    for payment in Payment.objects.filter(pk__in=parts).select_related("organization"):
        asked = payment.refunds.filter(reason=REASON).exclude(state=Refund.State.FAILED)
        left = refunds.left_to_refund(payment).minor
        minor = min(parts[payment.pk], left)
        if minor and not asked.exists() and not payment.disputes.exists():
            found.append(PlanSpeech(payment, Money(minor, payment.currency)))
    return found
