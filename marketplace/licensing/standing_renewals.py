"""Licences that renew by themselves: agreed to, announced, charged, and given up.

The price is the frozen one of the licence's terms, as for a renewal by hand; every announcement says
it. The payments are made by `payouts.incoming.standing_renewals`, which reports here how they went.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop, ngettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, may, require, require_personal
from marketplace.compliance import audit
from marketplace.licensing import renewal_letters, renewal_rounds, renewals
from marketplace.licensing.lifecycle import GRACE
from marketplace.licensing.models import Licence, Order, RenewalRound, StandingRenewal
from marketplace.money import Money, written_in
from marketplace.refusals import Refused

State = StandingRenewal.State
Round = RenewalRound.State
LONG_TERM = 12  # months, from which the longer notice is due
NOTICE = timedelta(days=7)  # between the letter and the charge
LONG_NOTICE = timedelta(days=14)
RETRY = timedelta(days=3)  # after a card was declined
EARLY = timedelta(days=1)  # that letters are written before they must be
STUCK = timedelta(minutes=20)  # after which a charge whose task died is looked up


def notice_for(term_months: int) -> timedelta:
    """How long before a charge its letter is sent."""
    return LONG_NOTICE if term_months >= LONG_TERM else NOTICE


def words_for(price: Money, term_months: int) -> str:
    """What a buyer agrees to, in English, so that a licence of this price and term renews by itself."""
    with translation.override(settings.LANGUAGE_CODE), written_in(settings.LANGUAGE_CODE):
        return _words(price, term_months)


def told_words_for(price: Money, term_months: int) -> str:
    """The same in the language of the page, beside the words that are recorded; "" where that is English."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return ""
    with written_in(translation.to_locale(language)):
        return _words(price, term_months)


def _words(price: Money, term_months: int) -> str:
    days = settings.RENEWAL_CHARGE_DAYS
    before = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    return gettext(
        "I let %(platform)s save my payment method and charge it %(price)s, plus any tax, %(before)s before "
        "a term of this licence ends, for another term on the same conditions, until I switch this off. A "
        "letter tells me %(notice)d days or more before each charge, and I can switch it off on the "
        "licence's page at any time."
    ) % {
        "platform": settings.PLATFORM_NAME,
        "price": price,
        "before": before,
        "notice": notice_for(term_months).days,
    }


def words_for_licence(licence: Licence) -> str:
    """The same for a licence that somebody has."""
    return words_for(_price_of(licence), licence.terms["term_months"])


def told_words_for_licence(licence: Licence) -> str:
    """The same for a licence that somebody has, in the language of the page; "" where that is English."""
    return told_words_for(_price_of(licence), licence.terms["term_months"])


def _price_of(licence: Licence) -> Money:
    return Money(licence.terms["price_minor"], licence.terms["currency"])


def standing_of(licence: Licence) -> StandingRenewal | None:
    """The standing renewal of a licence, switched on or off."""
    return StandingRenewal.objects.filter(licence=licence).select_related("by").first()


def ask(
    *, licence: Licence, by: User, agreed: bool, until: date | None, has_method: bool
) -> StandingRenewal:
    """Have a licence renew by itself from now on; without a payment method, once there is one.

    Raises:
        Refused: not_a_member, role_too_small, team_card, not_agreed, until, too_late, already_on, and what
            `order_renewal` refuses but a term that is paid ahead.
    """
    require(by, licence.organization, Right.BUY)
    require_personal(licence.organization)
    if not agreed:
        raise Refused("not_agreed", gettext("Agree to the charges, or leave the licence as it is."))
    if until is not None and until < licence.ends_at.date():
        raise Refused(
            "until", gettext("Choose a day after the present term, or leave the day empty.")
        )
    renewals.require_continuable(licence)
    if _charge_time(licence) >= licence.ends_at + GRACE:
        raise Refused(
            "too_late",
            gettext(
                "The present term ends too soon for the letter that comes before a charge. Renew it once by "
                "hand; then it can renew automatically."
            ),
        )
    with transaction.atomic():
        Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
        standing = _locked(licence)
        if standing is not None and standing.state == State.ON:
            raise Refused("already_on", gettext("This licence already renews automatically."))
        standing = _agree(standing, licence, by, words_for_licence(licence), until)
        return _switch_on(standing) if has_method else standing


def _agree(
    standing: StandingRenewal | None, licence: Licence, by: User, words: str, until: date | None
) -> StandingRenewal:
    """Note what a buyer agreed to, as a row that waits."""
    agreed = {
        "by": by,
        "words": words,
        "agreed_at": timezone.now(),
        "price_minor": licence.terms["price_minor"],
        "term_months": licence.terms["term_months"],
        "until": until,
        "why_off": "",
    }
    if standing is None:
        standing = StandingRenewal.objects.create(licence=licence, **agreed)
    else:
        StandingRenewal.objects.filter(pk=standing.pk).update(**agreed)
        standing.refresh_from_db()
        if standing.state == State.OFF:
            standing.transition(State.WAITING)
    audit.record(
        actor=by, action="renewal.agreed", subject=standing, words_sha256=audit.digest(words)
    )
    return standing


def _switch_on(standing: StandingRenewal) -> StandingRenewal:
    standing.transition(State.ON)
    audit.record(actor=standing.by, action="renewal.switched_on", subject=standing)
    renewal_letters.tell(standing, "on")
    return standing


def begin(*, licence: Licence, order: Order, has_method: bool) -> None:
    """Note what a buyer agreed to at checkout, in the transaction that grants the licence."""
    if order.renewal_words and standing_of(licence) is None:
        standing = _agree(None, licence, order.buyer, order.renewal_words, None)
        if has_method:
            _switch_on(standing)


def method_saved(*, organization: Organization) -> int:
    """Switch on every standing renewal that waited for a payment method; returns how many."""
    count = 0
    with transaction.atomic():
        waiting = StandingRenewal.objects.filter(
            licence__organization=organization, state=State.WAITING
        )
        for licence_id in list(waiting.values_list("licence", flat=True)):
            standing = _locked(Licence.objects.select_for_update(no_key=True).get(pk=licence_id))
            if standing is not None and standing.state == State.WAITING:
                _switch_on(standing)
                count += 1
    return count


def switch_off(*, licence: Licence, by: User) -> None:
    """Renew a licence by itself no longer; a repeat changes nothing.

    Raises:
        Refused: not_a_member, role_too_small, being_charged.
    """
    require(by, licence.organization, Right.BUY)
    with transaction.atomic():
        Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
        standing = _locked(licence)
        if standing is None or standing.state == State.OFF:
            return
        found = renewal_rounds.open_round(licence)
        if found is not None and found.state == Round.CHARGING:
            raise Refused(
                "being_charged",
                gettext("It is being charged at this moment. Look again in a minute."),
            )
        renewal_rounds.stop(standing, why=gettext_noop("You switched it off."), by=by)
        standing.licence.refresh_from_db()
        renewal_letters.tell(standing, "off")


def end_all(*, agreed_by: User) -> None:
    """Switch off whatever somebody had renew by itself, in the transaction that erases them."""
    running = StandingRenewal.objects.filter(by=agreed_by).exclude(state=State.OFF)
    for licence_id in list(running.values_list("licence", flat=True)):
        renewal_rounds.stop_for(
            Licence.objects.select_for_update(no_key=True).get(pk=licence_id),
            why=gettext_noop("Its buyer was erased."),
            tells=False,
        )


def _locked(licence: Licence) -> StandingRenewal | None:
    locked = StandingRenewal.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("licence", "by").filter(licence=licence).first()


def _charge_time(licence: Licence) -> datetime:
    """When the next term is charged if it is announced now."""
    usual = licence.ends_at - timedelta(days=settings.RENEWAL_CHARGE_DAYS)
    return max(usual, timezone.now() + notice_for(licence.terms["term_months"]))


def announce() -> int:
    """Announce the renewals that are charged soon; returns how many.

    One that can't be made is given up instead, and its buyer told why.
    """
    now, count = timezone.now(), 0
    charged = timedelta(days=settings.RENEWAL_CHARGE_DAYS) + EARLY
    soon = now + charged + LONG_NOTICE
    near = StandingRenewal.objects.filter(
        state=State.ON, licence__ends_at__lte=soon, licence__ends_at__gt=now - GRACE
    )
    for standing in near.select_related("licence"):
        licence = standing.licence
        days = charged + notice_for(licence.terms["term_months"])
        if licence.ends_at <= now + days and renewal_rounds.open_round(licence) is None:
            count += _announce(licence)
    return count


def _announce(licence: Licence) -> bool:
    with transaction.atomic():
        licence = Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
        standing = _locked(licence)
        if standing is None or standing.state != State.ON:
            return False
        known = standing.rounds.filter(term_ends_at=licence.ends_at)
        if known.exclude(state=Round.DROPPED).exists():
            return False
        problem = _why_not(standing, licence)
        if problem:
            give_up(standing, problem)
            return False
        licence.grace_ends_at = licence.ends_at + GRACE
        licence.save(update_fields=["grace_ends_at"])
        found = RenewalRound.objects.create(
            standing=standing,
            term_ends_at=licence.ends_at,
            price_minor=licence.terms["price_minor"],
            currency=licence.terms["currency"],
            charge_at=_charge_time(licence),
        )
        audit.record(actor=None, action="renewal.announced", subject=found)
        renewal_letters.tell(standing, "announced", found)
    return True


def _why_not(standing: StandingRenewal, licence: Licence) -> str:
    """Why a licence's next term can't be announced; empty if it can."""
    if standing.until is not None and licence.ends_at.date() > standing.until:
        return gettext_noop("The day until which it should renew has come.")
    if not may(standing.by, licence.organization, Right.BUY):
        return gettext_noop("Whoever turned automatic renewal on may no longer buy.")
    if _charge_time(licence) >= licence.ends_at + GRACE:
        return gettext_noop("There was no time left for the letter that comes before a charge.")
    try:
        _require_as_agreed(standing, licence)
        renewals.require_continuable(licence)
    except Refused as refusal:
        return str(refusal)
    return ""


def _require_as_agreed(standing: StandingRenewal, licence: Licence) -> None:
    """Refuse a price or a term that whoever is charged has not agreed to."""
    agreed = (standing.price_minor, standing.term_months)
    if agreed != (licence.terms["price_minor"], licence.terms["term_months"]):
        raise Refused(
            "other_terms", gettext("The licence has other terms than you agreed to renew.")
        )


def give_up(standing: StandingRenewal, why: str) -> None:
    """Switch off a locked standing renewal that can't go on, and tell its buyer."""
    renewal_rounds.stop(standing, why=why)
    renewal_letters.tell(standing, "given_up")


def due() -> list[int]:
    """The rounds that are to be charged now, or whose charge was not seen through."""
    now = timezone.now()
    ready = RenewalRound.objects.filter(
        state__in=[Round.ANNOUNCED, Round.DUE], charge_at__lte=now
    ).values_list("pk", flat=True)
    unfinished = RenewalRound.objects.filter(
        state=Round.CHARGING, claimed_at__lte=now - STUCK
    ).values_list("pk", flat=True)
    return [*ready, *unfinished]


def claim(*, round_id: int) -> RenewalRound | None:
    """The round with its order, about to be charged; None if there is nothing to charge.

    One whose charge was not seen through is returned as it is: look its payment up first.
    """
    with transaction.atomic():
        found, licence, standing = _rows_of(round_id)
        now = timezone.now()
        if found.state == Round.CHARGING:
            return found
        if found.state not in RenewalRound.OPEN or found.charge_at is None or found.charge_at > now:
            return None
        try:
            if licence.ends_at != found.term_ends_at:
                raise Refused("overtaken", gettext("The licence has changed since the letter."))
            require(standing.by, licence.organization, Right.BUY)
            _require_as_agreed(standing, licence)
            renewals.require_continuable(licence)
            if found.order is None:
                found.order = renewals.order_renewal(
                    licence=licence, by=standing.by, by_itself=True
                )
        except Refused as refusal:
            give_up(standing, str(refusal))
            return None
        found.tries, found.claimed_at = found.tries + 1, now
        found.save(update_fields=["order", "tries", "claimed_at"])
        found.transition(Round.CHARGING)
        audit.record(actor=None, action="renewal.charging", subject=found, tries=found.tries)
    return found


def _rows_of(round_id: int) -> tuple[RenewalRound, Licence, StandingRenewal]:
    """A round, its licence and its standing renewal, locked in the order in which all lock them."""
    of = RenewalRound.objects.select_related("standing").get(pk=round_id).standing
    licence = Licence.objects.select_for_update(no_key=True).get(pk=of.licence_id)
    standing = _locked(licence)
    assert standing is not None
    found = RenewalRound.objects.select_for_update(no_key=True).get(pk=round_id)
    return found, licence, standing


def record_refusal(*, round_id: int, attempt: int, code: str, needs_buyer: bool) -> None:
    """Note that a charge was refused, and tell the buyer what to do; a repeat changes nothing.

    A declined card is tried again as long as there is grace; a bank that wants its customer isn't.
    """
    with transaction.atomic():
        found, licence, standing = _rows_of(round_id)
        if found.state != Round.CHARGING or found.tries != attempt:
            return
        again = timezone.now() + RETRY
        may_retry = not needs_buyer and again < licence.silent_from
        found.problem, found.charge_at = code[:80], again if may_retry else None
        found.save(update_fields=["problem", "charge_at"])
        found.transition(Round.DUE)
        audit.record(actor=None, action="renewal.refused", subject=found, code=found.problem)
        renewal_letters.tell(standing, "needs_you" if needs_buyer else "declined", found)


def wait_for_bank(*, round_id: int, attempt: int) -> None:
    """Put off a charge while a bank sends what the buyer paid on the page; a repeat changes nothing."""
    with transaction.atomic():
        found, licence, _ = _rows_of(round_id)
        if found.state != Round.CHARGING or found.tries != attempt:
            return
        again = timezone.now() + RETRY
        found.charge_at = again if again < licence.silent_from else None
        found.save(update_fields=["charge_at"])
        found.transition(Round.DUE)
        audit.record(actor=None, action="renewal.waits_for_bank", subject=found)


def give_up_overdue() -> int:
    """Give up renewals that were not paid within the grace; returns how many."""
    count = 0
    over = RenewalRound.objects.filter(
        state__in=[Round.ANNOUNCED, Round.DUE], term_ends_at__lte=timezone.now() - GRACE
    )
    for pk in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            found, _, standing = _rows_of(pk)
            if found.state in (Round.ANNOUNCED, Round.DUE):
                give_up(standing, gettext_noop("Its payment did not arrive in time."))
                count += 1
    return count
