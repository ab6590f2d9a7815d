"""No term is sold beyond the speaker's consent, and what ends of a consent ends with notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.consent import withdrawal
from marketplace.consent.models import Consent
from marketplace.licensing import (
    consent_notices,
    quotes,
    renewals,
    speaking_rights,
    standing_renewals,
    terms_text,
)
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import Licence, Order, StandingRenewal
from marketplace.listings.models import Listing, Offer
from marketplace.refusals import Refused, SpeechRefused
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


def _listing(ends_in: timedelta | None = None, notice_days: int = 0, **fields: object) -> Listing:
    listing = factories.make_listing(notice_days=notice_days, **fields)  # type: ignore[arg-type]
    if ends_in is not None:
        _end(listing, ends_in)
    return listing


def _end(listing: Listing, ends_in: timedelta) -> None:
    listing.voice.consents.update(ends_at=timezone.now() + ends_in)


def _licence(notice_days: int = 0, *, ends_in: timedelta, uses: list[str] | None = None) -> Licence:
    """A licence of a year that was sold while the consent had no end yet."""
    listing = _listing(notice_days=notice_days)
    if uses:
        listing.voice.consents.update(uses=uses)
        Listing.objects.filter(pk=listing.pk).update(uses=uses)
        listing.refresh_from_db()
    licence = factories.make_licence(listing)
    _end(listing, ends_in)
    return Licence.objects.get(pk=licence.pk)


def test_no_term_is_sold_that_goes_beyond_the_consent() -> None:
    listing = _listing(YEAR - timedelta(days=2))
    with pytest.raises(Refused) as refusal:
        factories.make_order(listing)
    assert refusal.value.code == "consent_ends"
    assert "Choose a shorter term" in str(refusal.value)
    assert not Order.objects.exists()


def test_a_shorter_term_is_sold_until_the_consent_ends() -> None:
    listing = _listing(timedelta(days=40))
    Offer.objects.filter(listing=listing).update(term_months=1)
    assert factories.make_licence(listing).state == Licence.State.ACTIVE


def test_what_is_paid_after_the_consent_was_shortened_is_refunded() -> None:
    listing = _listing()
    order = factories.make_order(listing)
    _end(listing, timedelta(days=100))
    assert fulfil_order(order_id=order.pk, payment_intent="pi_1") is None
    order.refresh_from_db()
    assert order.state == Order.State.TOO_LATE
    assert not Licence.objects.exists()


def test_no_exclusive_licence_is_offered_beyond_the_consent() -> None:
    listing = _listing(timedelta(days=5 * 366))
    buyer = factories.make_user("buyer")
    quote = quotes.ask(
        listing=listing, organization=personal_organization(buyer), message="For a long series.",
        by=buyer,
    )  # fmt: skip
    creator = listing.voice.creator.user
    with pytest.raises(Refused) as refusal:
        quotes.offer(
            quote=quote, price_minor=100_000, characters=9_000, term_months=120, by=creator
        )
    assert refusal.value.code == "consent_ends"
    quote.refresh_from_db()
    assert quote.state == "asked"
    quotes.offer(quote=quote, price_minor=100_000, characters=9_000, term_months=12, by=creator)


def test_a_licence_is_not_renewed_beyond_the_consent() -> None:
    licence = _licence(ends_in=YEAR + timedelta(days=100))
    with pytest.raises(Refused) as refusal:
        renewals.order_renewal(licence=licence, by=licence.buyer)
    assert refusal.value.code == "consent_ends"
    assert not licence.change_orders.exists()
    licence.voice.consents.update(ends_at=timezone.now() + 3 * YEAR)
    assert renewals.order_renewal(licence=licence, by=licence.buyer).state == "pending"


def test_a_dearer_tier_whose_term_goes_beyond_the_consent_is_neither_offered_nor_sold() -> None:
    licence = _licence(ends_in=timedelta(days=300))
    dearer = Offer.objects.create(
        listing=licence.voice.listing, tier="commercial", price_minor=9_900, currency="USD",
        characters=90_000, term_months=12,
    )  # fmt: skip
    assert renewals.upgrades_of(licence) == []
    with pytest.raises(Refused) as refusal:
        renewals.order_upgrade(licence=licence, offer=dearer, by=licence.buyer)
    assert refusal.value.code == "consent_ends"
    licence.voice.consents.update(ends_at=timezone.now() + 2 * YEAR)
    assert [offer for offer, _ in renewals.upgrades_of(licence)] == [dearer]


def test_a_standing_renewal_stops_with_a_letter_before_it_charges_beyond_the_consent() -> None:
    licence = factories.make_licence()
    standing_renewals.ask(
        licence=licence, by=licence.buyer, agreed=True, until=None, has_method=True
    )
    Licence.objects.update(ends_at=timezone.now() + timedelta(days=10))
    _end(licence.voice.listing, timedelta(days=200))
    delivered()
    assert standing_renewals.announce() == 0
    standing = StandingRenewal.objects.get()
    assert standing.state == StandingRenewal.State.OFF
    assert not standing.rounds.exists()
    assert "consent ends on" in standing.why_off
    letter = delivered()[-1]
    assert letter.to == [licence.buyer.email]
    assert "nothing more will be charged" in letter.body


def test_the_terms_say_how_long_the_speaker_has_consented() -> None:
    licence = factories.make_licence(_listing(2 * YEAR))
    ends = licence.voice.consents.get().ends_at
    assert ends is not None
    assert licence.terms["consent_ends"] == ends.date().isoformat()
    assert f"{ends.day} {ends:%B %Y}" in dict(terms_text.as_text(licence.terms))["Consent"]
    assert "Consent" not in dict(terms_text.as_text({**licence.terms, "consent_ends": None}))


def test_a_consent_that_ends_leaves_licences_their_notice_and_then_is_silent() -> None:
    licence = _licence(notice_days=30, ends_in=-timedelta(days=29))
    speaking_rights.require_speakable(licence)
    licence.voice.consents.update(ends_at=timezone.now() - timedelta(days=31))
    with pytest.raises(SpeechRefused) as refusal:
        speaking_rights.require_speakable(licence)
    assert "consent has ended" in str(refusal.value)


def test_withdrawing_after_a_consent_ended_does_not_begin_the_notice_again() -> None:
    licence = _licence(notice_days=30, ends_in=-timedelta(days=29))
    withdrawal.revoke(consent=licence.voice.consents.get(), by=licence.voice.creator.user)
    until = speaking_rights.speaks_until(licence, licence.voice.consents.get())
    assert until is not None
    assert until < timezone.now() + timedelta(days=2)


def test_a_use_that_is_taken_out_is_spoken_for_through_the_notice_that_was_bought() -> None:
    licence = _licence(notice_days=365, ends_in=2 * YEAR, uses=["audiobook", "app"])
    consent = licence.voice.consents.get()
    withdrawal.narrow(consent=consent, uses=["app"], by=licence.voice.creator.user)
    assert speaking_rights.require_use(licence, "audiobook") == "audiobook"
    with pytest.raises(SpeechRefused):
        speaking_rights.require_consented(licence.voice, "audiobook")  # plans have no notice
    with pytest.raises(Refused):
        renewals.order_renewal(licence=licence, by=licence.buyer)
    long_ago = (timezone.now() - timedelta(days=366)).isoformat()
    Consent.objects.filter(pk=consent.pk).update(taken_out={"audiobook": long_ago})
    with pytest.raises(SpeechRefused) as refusal:
        speaking_rights.require_use(Licence.objects.get(pk=licence.pk), "audiobook")
    assert refusal.value.code == "use_not_consented"


def _replace(licence: Licence, *uses: str) -> Consent:
    """A newer statement, for these uses alone."""
    licence.voice.consents.update(state=Consent.State.REPLACED)
    return factories.make_consent(licence.voice, uses=list(uses))


def test_a_newer_statement_that_allows_less_leaves_the_notice_too() -> None:
    licence = _licence(notice_days=365, ends_in=2 * YEAR, uses=["audiobook", "app"])
    newer = _replace(licence, "app")
    assert speaking_rights.require_use(licence, "audiobook") == "audiobook"
    newer.decided_at = timezone.now() - timedelta(days=366)
    newer.save()
    with pytest.raises(SpeechRefused):
        speaking_rights.require_use(licence, "audiobook")


def test_no_notice_outlives_a_withdrawal_for_abuse() -> None:
    licence = _licence(notice_days=365, ends_in=2 * YEAR, uses=["audiobook", "app"])
    licence.voice.consents.update(state=Consent.State.REVOKED, revoked_for_abuse=True)
    factories.make_consent(licence.voice, uses=["app"])
    speaking_rights.require_speakable(licence)
    with pytest.raises(SpeechRefused):
        speaking_rights.require_use(licence, "audiobook")


def test_licensees_are_told_once_of_what_was_taken_out() -> None:
    licence = _licence(notice_days=30, ends_in=2 * YEAR, uses=["audiobook", "app"])
    other = factories.make_licence()
    consent = licence.voice.consents.get()
    withdrawal.narrow(consent=consent, uses=["app"], by=licence.voice.creator.user)
    delivered()
    assert consent_notices.announce_narrowing(voice_id=licence.voice_id) == 1
    assert consent_notices.announce_narrowing(voice_id=licence.voice_id) == 0
    told = [each for each in delivered() if "allows less" in each.subject]
    assert [each.to for each in told] == [[licence.buyer.email]]
    assert "Audiobooks" in told[0].body
    assert "speaks for them until" in told[0].body
    assert other.buyer.email not in [address for each in told for address in each.to]


def test_licensees_are_told_again_of_a_use_that_was_given_and_taken_out_again() -> None:
    licence = _licence(notice_days=30, ends_in=2 * YEAR, uses=["audiobook", "app"])
    creator = licence.voice.creator.user
    withdrawal.narrow(consent=licence.voice.consents.get(), uses=["app"], by=creator)
    assert consent_notices.announce_narrowing(voice_id=licence.voice_id) == 1
    newer = _replace(licence, "audiobook", "app")
    withdrawal.narrow(consent=newer, uses=["app"], by=creator)
    assert consent_notices.announce_narrowing(voice_id=licence.voice_id) == 1
    assert consent_notices.announce_narrowing(voice_id=licence.voice_id) == 0


def test_creator_and_licensees_are_told_once_and_in_time_that_a_consent_ends() -> None:
    licence = _licence(ends_in=timedelta(days=31))
    delivered()
    assert consent_notices.warn_of_ends() == 0
    _end(licence.voice.listing, timedelta(days=29))
    assert consent_notices.warn_of_ends() == 2
    assert consent_notices.warn_of_ends() == 0
    told = {each.to[0]: each.body for each in delivered()}
    assert set(told) == {licence.buyer.email, licence.voice.creator.user.email}
    assert "read a new statement" in told[licence.voice.creator.user.email]
    assert licence.number in told[licence.buyer.email]


def test_whoever_was_promised_a_longer_notice_is_told_so_much_earlier() -> None:
    licence = _licence(notice_days=365, ends_in=timedelta(days=364))
    assert consent_notices.warn_of_ends() == 2
    assert licence.buyer.email in [each.to[0] for each in delivered()]


def test_a_reminder_does_not_ask_to_renew_what_can_not_be_renewed() -> None:
    licence = _licence(ends_in=timedelta(days=200))
    now = timezone.now()
    ends = {"starts_at": now - timedelta(days=355), "ends_at": now + timedelta(days=10)}
    Licence.objects.filter(pk=licence.pk).update(**ends)
    assert renewals.remind() == 1
    body = delivered()[-1].body
    assert "can't be renewed" in body
    assert "Renew it to keep speaking" not in body


def test_the_pages_say_until_when_a_voice_speaks(client: Client) -> None:
    listing = _listing()
    voice_page = reverse("storefront:voice", args=[listing.voice.slug])
    assert "The speaker has consented until" not in client.get(voice_page).content.decode()
    Consent.objects.update(ends_at=datetime(2199, 3, 5, 12, tzinfo=UTC))
    assert "5 March 2199" in client.get(voice_page).content.decode()
    order_page = reverse("storefront:buy", args=[listing.voice.slug])
    assert "5 March 2199" in client.get(order_page).content.decode()


def test_the_order_page_says_before_anybody_pays_that_a_term_is_too_long(client: Client) -> None:
    listing = _listing(timedelta(days=300))
    page = client.get(reverse("storefront:buy", args=[listing.voice.slug])).content.decode()
    assert "Choose a shorter term" in page


def test_the_order_page_asks_once_when_the_consent_ends(client: Client) -> None:
    listing = _listing(2 * YEAR)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("storefront:buy", args=[listing.voice.slug]))
    asked = [each["sql"] for each in queries if each["sql"].startswith('SELECT "consent_consent"')]
    assert len(asked) == 2  # the other for its uses


def test_the_studio_says_which_terms_are_no_longer_sold(client: Client) -> None:
    listing = _listing(timedelta(days=300))
    client.force_login(listing.voice.creator.user)
    studio = reverse("storefront:studio-voice", args=[listing.voice.public_id])
    assert "is not sold" in client.get(studio).content.decode()
    _end(listing, 2 * YEAR)
    assert "is not sold" not in client.get(studio).content.decode()


def test_clients_read_the_end_of_the_consent_on_the_rate_card(client: Client) -> None:
    listing = _listing(2 * YEAR)
    card = client.get(reverse("api:voice-terms", args=[listing.voice.slug])).json()
    ends = listing.voice.consents.get().ends_at
    assert ends is not None
    assert card["consent_ends"] == ends.date().isoformat()
