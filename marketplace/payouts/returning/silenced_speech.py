"""What buyers spoke by credit or by a plan with voices that were silenced for good.

Credit that was spent on them is given back. A month of a plan was mostly spent on other voices, so finance
decides: it sees what of the price such a voice took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.creators.models import Creator
from marketplace.currencies import about
from marketplace.letters import services as letters
from marketplace.licensing import credit
from marketplace.licensing.models import Generation, PlanMonth, UsageCharge
from marketplace.licensing.plans import MONTHS_OF_YEAR
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings
from marketplace.payouts.models import Dispute, Earning, LedgerEntry, LedgerLine, Payment, Refund
from marketplace.payouts.returning import given_alone, refunds

REASON = "The voice was taken down: it is somebody else's."
ASKED = "credit.return_asked"  # in the audit trail, of what waits for a second person


def give_credit_back(*, creator: Creator, by: User) -> list[Money]:
    """Give every buyer the credit again that a creator's silenced voices cost them; a repeat gives nothing.

    What brings that which `by` gave a buyer alone above `REFUND_ALONE_MINOR` waits until another person of
    finance does the same (`waiting_for_second`). The creator bears their part, from what is held or as a
    debt. Left out are buyers whose payment for credit is disputed: that takes the same speech back.

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
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # as refunds do
        charges = list(
            _charges_of(creator)
            .select_for_update(of=("self",), no_key=True)
            .filter(organization=organization, currency=currency)
            .order_by("pk")
        )
        if not charges:
            return 0
        spent, share = _spent_and_share(charges)
        asked = _asked(creator, organization, currency).filter(details__minor__gte=spent)
        is_second = asked.exclude(actor=by).exists()
        alone = about(spent, currency) + given_alone.to_buyer(organization, by)
        if alone > settings.REFUND_ALONE_MINOR and spent and not is_second:
            if not asked.exists():
                audit.record(
                    actor=by, action=ASKED, subject=organization, minor=spent, currency=currency,
                    creator=creator.pk,
                )  # fmt: skip
            return 0
        UsageCharge.objects.filter(pk__in=[charge.pk for charge in charges]).update(
            returned_at=timezone.now()
        )
        if not spent:
            return 0
        credit.add(organization=organization, minor=spent, currency=currency)
        _post(creator, organization, Money(spent, currency), share, charges[-1])
        audit.record(
            actor=by, action=given_alone.CREDIT_RETURNED, subject=organization, minor=spent,
            currency=currency, creator=creator.pk, alone=not is_second,
        )  # fmt: skip
        _tell(organization, Money(spent, currency))
    return spent


def _spent_and_share(charges: Sequence[UsageCharge]) -> tuple[int, int]:
    """What charges took from a buyer's credit, and the creator's part of it, in minor units."""
    keys = [f"usage-{charge.pk}" for charge in charges]
    sums = dict(
        LedgerLine.objects.filter(entry__idempotency_key__in=keys)
        .values_list("account__kind")
        .annotate(minor=Sum("amount_minor"))
    )
    return int(sums.get(Kind.BUYER_CREDITS, 0)), -int(sums.get(Kind.CREATOR_PENDING, 0))


def _post(
    creator: Creator, organization: Organization, spent: Money, share: int, last: UsageCharge
) -> None:
    """Post that credit is its buyer's again; the platform bears what the creator can't."""
    currency = spent.currency
    lines, taken = _of_creator(creator, currency, share)
    owed = ledger.account(Kind.BUYER_CREDITS, currency, organization=organization)
    ledger.post(
        kind=LedgerEntry.Kind.CREDIT_RETURNED,
        idempotency_key=f"credit-returned-{last.pk}",
        lines=[
            *lines,
            (ledger.account(Kind.COMMISSION, currency), spent.minor - taken),
            (owed, -spent.minor),
        ],
    )


def _asked(creator: Creator, organization: Organization, currency: str) -> QuerySet[AuditEvent]:
    """Who asked lately for credit to be given back that waits for a second person, the latest first."""
    theirs = AuditEvent.objects.filter(
        subject_type=Organization._meta.label_lower,
        subject_id=organization.pk,
        details__creator=creator.pk,
        details__currency=currency,
    )
    given = theirs.filter(action=given_alone.CREDIT_RETURNED).first()
    since = timezone.now() - given_alone.WITHIN
    return theirs.filter(action=ASKED, at__gt=since, pk__gt=given.pk if given else 0)


@dataclass(frozen=True)
class Waiting:
    """Credit that is given back once another person than `by` has decided the same."""

    organization: Organization
    amount: Money
    by: User


def waiting_for_second(creator: Creator) -> list[Waiting]:
    """The credit of buyers that one person alone may not give back, and who asked for it."""
    found = []
    pairs = _charges_of(creator).order_by("organization", "currency")
    for organization_id, currency in pairs.values_list("organization", "currency").distinct():
        organization = Organization.objects.get(pk=organization_id)
        asked = _asked(creator, organization, currency).select_related("actor").first()
        if asked is not None and asked.actor is not None:
            amount = Money(asked.details["minor"], currency)
            found.append(Waiting(organization, amount, asked.actor))
    return found


def _of_creator(creator: Creator, currency: str, share: int) -> tuple[list[Line], int]:
    """What the creator returns of their earnings from speech by credit, and how much that is."""
    voices = creator.voices.exclude(silenced_at=None).values_list("name", flat=True)
    found = Earning.objects.select_for_update(of=("self",), no_key=True).select_related("creator")
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
