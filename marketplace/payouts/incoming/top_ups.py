"""Credit that is bought by itself: agreed to by an owner, within a monthly limit.

The payments are made by `top_up_charges`. A bank that wants its customer to confirm gets them by letter,
and nothing more is bought meanwhile. A card that refuses switches it off: speech is then refused when the
credit is used up, as it would be without.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django_stubs_ext import StrOrPromise

from marketplace.accounts.models import Membership, Organization, User
from marketplace.accounts.organizations import require_personal
from marketplace.compliance import audit
from marketplace.letters import services as letters
from marketplace.licensing import credit
from marketplace.money import Money
from marketplace.payouts.incoming.credits import PACKS_MINOR
from marketplace.payouts.models import CreditOrder, Payment, StandingTopUp
from marketplace.refusals import Refused
from marketplace.retelling import retell

State = StandingTopUp.State
UNPAID = (CreditOrder.State.PENDING, CreditOrder.State.DUE)
REFUNDED = gettext_noop("A payment for credit is refunded.")
DISPUTED = gettext_noop("A payment for credit is disputed.")
CONFIRM_WITHIN = timedelta(days=7)  # of its order, for a buyer whose bank wants them to confirm
LEAST_BELOW_MINOR, MOST_MINOR = 1_00, 100_000_00
# the letters: subject and text
_ON = (
    gettext_lazy("%(organization)s: Automatic top-up is on"),
    gettext_lazy("You agreed to this:\n\n%(words)s"),
)
_CAPPED = (
    gettext_lazy("%(organization)s: no more credit is bought this month"),
    gettext_lazy(
        "The most that you allowed for a month, %(most)s, is reached. Buy credit by hand, or allow more."
    ),
)
_CONFIRM = (
    gettext_lazy("%(organization)s: please confirm a payment for credit"),
    gettext_lazy(
        "Your bank wants you to confirm the payment of %(amount)s plus any tax. Sign in, open the page "
        "below and choose “Confirm and pay” within %(days)s days. No more credit is bought until then; "
        "when what you have is used up, speech beyond your licences is refused."
    ),
)
_REFUSED = (
    gettext_lazy("%(organization)s: credit could not be bought"),
    gettext_lazy(
        "%(why)s Nothing was charged, and automatic top-up is off: buy it by hand, and switch it on again "
        "with a card that works. When the credit is used up, speech beyond your licences is refused."
    ),
)
_GOES_BACK = (
    gettext_lazy("%(organization)s: automatic top-up is off"),
    gettext_lazy("%(why)s So no more is bought by itself, until you switch that on again."),
)


def words_for(amount: Money, below: Money, monthly: Money) -> str:
    """What an owner agrees to so that credit is bought by itself."""
    return (
        f"I let {settings.PLATFORM_NAME} save my payment method and charge it {amount}, plus any tax, whenever "
        f"less than {below} of credit is left, for at most {monthly} of credit in a calendar month, until I "
        "switch this off on the page of the credit."
    )


def top_up_of(organization: Organization) -> StandingTopUp | None:
    """The standing top-up of an organization, switched on or off."""
    return StandingTopUp.objects.filter(organization=organization).select_related("by").first()


def is_owner(user: User, organization: Organization) -> bool:
    """Whether somebody owns an account."""
    owners = organization.memberships.filter(role=Membership.Role.OWNER)
    return owners.filter(user=user).exists()


def ask(
    *,
    organization: Organization,
    by: User,
    agreed: bool,
    amount_minor: int,
    below_minor: int,
    monthly_minor: int,
    has_method: bool,
) -> StandingTopUp:
    """Have credit bought by itself from now on; without a payment method, once there is one.

    Raises:
        Refused: owner_only, team_card, not_agreed, pack, below, monthly.
    """
    if not is_owner(by, organization):
        raise Refused(
            "owner_only", gettext("Only an owner of the account can turn on automatic top-up.")
        )
    require_personal(organization)
    _require_sound(agreed, amount_minor, below_minor, monthly_minor)
    currency = settings.CURRENCY
    agreed_to = {
        "by": by,
        "words": words_for(
            *(Money(minor, currency) for minor in (amount_minor, below_minor, monthly_minor))
        ),
        "agreed_at": timezone.now(),
        "amount_minor": amount_minor,
        "below_minor": below_minor,
        "monthly_minor": monthly_minor,
        "currency": currency,
        "capped_in": None,
        "why_off": "",
    }
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        StandingTopUp.objects.update_or_create(organization=organization, defaults=agreed_to)
        standing = _locked(organization)
        assert standing is not None
        audit.record(
            actor=by,
            action="top_up.agreed",
            subject=standing,
            words_sha256=audit.digest(standing.words),
        )
        if has_method and standing.state != State.ON:
            _switch_on(standing)
        elif standing.state == State.OFF:
            standing.transition(State.WAITING)
    return standing


def _require_sound(agreed: bool, amount_minor: int, below_minor: int, monthly_minor: int) -> None:
    """Refuse what nobody agreed to, or what could not work."""
    if not agreed:
        raise Refused("not_agreed", gettext("Agree to the charges, or buy credit by hand."))
    if amount_minor not in PACKS_MINOR:
        raise Refused("pack", gettext("Choose one of the amounts."))
    if not LEAST_BELOW_MINOR <= below_minor <= MOST_MINOR:
        least = Money(LEAST_BELOW_MINOR, settings.CURRENCY)
        raise Refused(
            "below", gettext("Say how little may be left, %(least)s or more.") % {"least": least}
        )
    if not amount_minor <= monthly_minor <= MOST_MINOR:
        raise Refused("monthly", gettext("The most in a month must be enough for one purchase."))


def _locked(organization: Organization) -> StandingTopUp | None:
    rows = StandingTopUp.objects.select_for_update(of=("self",), no_key=True).filter(
        organization=organization
    )
    return rows.select_related("by", "organization").first()


def _switch_on(standing: StandingTopUp) -> None:
    standing.transition(State.ON)
    audit.record(actor=standing.by, action="top_up.switched_on", subject=standing)
    _tell(standing, *_ON, words=standing.words)


def _tell(
    standing: StandingTopUp, subject: StrOrPromise, body: StrOrPromise, **said: object
) -> None:
    """Write to whoever agreed; of `said`, `why` is a sentence of ours."""
    page = f"{settings.BASE_URL}{reverse('storefront:credit')}"
    page += f"?organization={standing.organization.public_id}"

    def words() -> tuple[str, str]:
        known = {"organization": standing.organization, **said}
        if "why" in said:
            known["why"] = retell(str(said["why"]))
        return str(subject) % known, f"{str(body) % known}\n\n{page}\n"

    letters.write(to=[standing.by.email], words=words)


def method_saved(*, organization: Organization) -> None:
    """Switch on what waited for a payment method, in the caller's transaction."""
    standing = _locked(organization)
    if standing is not None and standing.state == State.WAITING:
        _switch_on(standing)


def switch_off(*, organization: Organization, by: User) -> None:
    """Buy no more credit by itself; a purchase that has begun is completed. A repeat changes nothing.

    Raises:
        Refused: owner_only.
    """
    if not is_owner(by, organization):
        raise Refused("owner_only", gettext("Only an owner of the account can switch this off."))
    with transaction.atomic():
        standing = _locked(organization)
        if standing is not None and standing.state != State.OFF:
            _stop(standing, gettext_noop("You switched it off."), by)


def end_all(*, agreed_by: User) -> None:
    """Switch off whatever somebody agreed to, in the transaction that erases them."""
    for standing in StandingTopUp.objects.select_for_update(no_key=True).filter(by=agreed_by):
        if standing.state != State.OFF:
            _stop(standing, gettext_noop("Its owner was erased."), None)


def _stop(standing: StandingTopUp, why: str, by: User | None) -> None:
    standing.why_off = why[:200]
    standing.save(update_fields=["why_off"])
    standing.transition(State.OFF)
    audit.record(actor=by, action="top_up.switched_off", subject=standing)


def money_goes_back(*, payment: Payment, why: str = REFUNDED) -> None:
    """Switch off what would at once buy again the credit whose payment goes back.

    In the caller's transaction; a payment for anything else changes nothing.
    """
    if payment.kind != Payment.Kind.CREDITS:
        return
    standing = _locked(payment.organization)
    if standing is None or standing.state == State.OFF:
        return
    _stop(standing, why, None)
    _tell(standing, *_GOES_BACK, why=why)


def claim_due() -> list[int]:
    """Order credit for every account that has too little; returns the orders to be charged."""
    claimed = []
    for standing in StandingTopUp.objects.filter(state=State.ON).select_related("organization"):
        account = credit.account(standing.organization, standing.currency)
        if account.left.minor < standing.below_minor:
            order = _claim(standing.organization)
            if order is not None:
                claimed.append(order.pk)
    return claimed


def _claim(organization: Organization) -> CreditOrder | None:
    """One order at a time, within the month's limit, as long as its owner owns the account."""
    with transaction.atomic():
        standing = _locked(organization)
        if standing is None or standing.state != State.ON:
            return None
        if not is_owner(standing.by, organization):
            _stop(
                standing,
                gettext_noop("Whoever agreed to it does not own the account any more."),
                None,
            )
            return None
        made = CreditOrder.objects.filter(top_up=standing)
        if made.filter(state__in=UNPAID).exists():
            return None
        today = timezone.now().date()
        if _bought_in(standing, today) + standing.amount_minor > standing.monthly_minor:
            _tell_capped(standing, today.replace(day=1))
            return None
        order = CreditOrder.objects.create(
            organization=organization,
            buyer=standing.by,
            amount_minor=standing.amount_minor,
            currency=standing.currency,
            top_up=standing,
        )
        audit.record(actor=None, action="top_up.ordered", subject=order, minor=order.amount_minor)
    return order


def _bought_in(standing: StandingTopUp, day: date) -> int:
    """What was bought, or is being bought, in the calendar month of a day, in minor units."""
    begin = datetime(day.year, day.month, 1, tzinfo=timezone.now().tzinfo)
    bought = CreditOrder.objects.filter(top_up=standing, created_at__gte=begin).exclude(
        state=CreditOrder.State.REFUSED
    )
    return int(bought.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _tell_capped(standing: StandingTopUp, month: date) -> None:
    if standing.capped_in == month:
        return
    standing.capped_in = month
    standing.save(update_fields=["capped_in"])
    _tell(standing, *_CAPPED, most=standing.monthly)


def due_order_of(organization: Organization) -> CreditOrder | None:
    """The order of credit whose payment waits for its buyer to confirm it; None if none does."""
    return organization.credit_orders.filter(state=CreditOrder.State.DUE).first()


def ask_buyer(*, order: CreditOrder) -> None:
    """Have the buyer confirm the payment of an order, as their bank asks; a repeat changes nothing."""
    with transaction.atomic():
        standing = _locked(order.organization)
        order = CreditOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        if order.state != CreditOrder.State.PENDING or standing is None:
            return
        order.transition(CreditOrder.State.DUE)
        audit.record(actor=None, action="top_up.needs_buyer", subject=order)
        _tell(standing, *_CONFIRM, amount=order.amount, days=CONFIRM_WITHIN.days)


def refuse(*, order: CreditOrder, needs_buyer: bool) -> None:
    """Note that a card refused, and switch off what it was charged for; a repeat changes nothing."""
    with transaction.atomic():
        standing = _locked(order.organization)
        order = CreditOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        if order.state not in UNPAID:
            return
        order.transition(CreditOrder.State.REFUSED)
        audit.record(actor=None, action="top_up.refused", subject=order)
        if standing is None or standing.state != State.ON:
            return
        unconfirmed = gettext_noop("The payment was not confirmed, as the bank had asked.")
        why = unconfirmed if needs_buyer else gettext_noop("The card was declined.")
        _stop(standing, why, None)
        _tell(standing, *_REFUSED, why=why)
