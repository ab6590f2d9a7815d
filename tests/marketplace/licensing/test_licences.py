"""The life of licences: terms, notice, renewals, upgrades, certificates, letters, teams."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from marketplace.accounts import organizations
from marketplace.accounts.models import Invitation
from marketplace.compliance.models import AuditEvent
from marketplace.consent.withdrawal import revoke
from marketplace.licensing import (
    bought,
    certificates,
    exclusivity,
    key_access,
    licence_letters,
    lifecycle,
    quotes,
    renewals,
    speaking_rights,
    terms,
)
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import Licence, Order, Quote
from marketplace.licensing.orders import place_order
from marketplace.listings.queries import listing_on_sale
from marketplace.listings.services import OfferDraft, draft_listing
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db


def _speaks(licence: Licence) -> bool:
    licence = Licence.objects.select_related("voice").get(pk=licence.pk)
    try:
        speaking_rights.require_speakable(licence)
    except key_access.SpeechRefused:
        return False
    return True


def _withdraw(licence: Licence, *, for_abuse: bool = False) -> None:
    voice = licence.voice
    revoke(consent=voice.consents.get(), by=voice.creator.user, for_abuse=for_abuse)


def test_a_licence_speaks_through_its_notice_and_not_longer() -> None:
    licence = factories.make_licence(factories.make_listing(notice_days=30))
    _withdraw(licence)
    assert _speaks(licence)
    licence.voice.consents.update(revoked_at=timezone.now() - timedelta(days=31))
    assert not _speaks(licence)


def test_no_notice_holds_against_abuse_and_none_was_promised_by_default() -> None:
    promised = factories.make_licence(factories.make_listing(notice_days=730))
    _withdraw(promised, for_abuse=True)
    assert not _speaks(promised)
    unpromised = factories.make_licence()
    _withdraw(unpromised)
    assert not _speaks(unpromised)


def test_a_notice_promised_at_the_sale_holds_though_the_creator_changed_it() -> None:
    listing = factories.make_listing(notice_days=365)
    licence = factories.make_licence(listing)
    listing.notice_days = 0
    listing.save()
    _withdraw(licence)
    assert _speaks(licence)


def test_a_renewal_adds_a_term_and_its_characters_to_the_same_licence() -> None:
    licence = factories.make_licence()
    before = licence.ends_at
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    assert order.price_minor == licence.terms["price_minor"]
    for _ in range(2):
        assert fulfil_order(order_id=order.pk, payment_intent="pi_2") == licence
    licence.refresh_from_db()
    assert licence.characters_included == 2_000
    assert licence.ends_at - before > timedelta(days=360)


def test_an_expired_licence_can_be_renewed_and_a_revoked_one_can_not() -> None:
    licence = factories.make_licence()
    now = timezone.now()
    Licence.objects.filter(pk=licence.pk).update(
        starts_at=now - timedelta(days=400), ends_at=now - timedelta(days=1)
    )
    lifecycle.expire_licences()
    licence.refresh_from_db()
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    fulfil_order(order_id=order.pk, payment_intent="pi_2")
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE
    assert licence.ends_at > now + timedelta(days=360)
    lifecycle.revoke_licence(licence=licence, reason="breach")
    with pytest.raises(Refused, match="can't be renewed"):
        renewals.order_renewal(licence=Licence.objects.get(), by=licence.buyer)


def test_a_licence_whose_renewal_awaits_payment_pauses_and_speaks_again_when_paid() -> None:
    licence = factories.make_licence()
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    type(order).objects.filter(pk=order.pk).update(checkout_session="cs_1")
    now = timezone.now()
    over = Licence.objects.filter(pk=licence.pk)
    over.update(starts_at=now - timedelta(days=40), ends_at=now - timedelta(hours=1))
    assert lifecycle.expire_licences() == 0
    assert Licence.objects.get().state == Licence.State.PAUSED
    fulfil_order(order_id=order.pk, payment_intent="pi_2")
    assert Licence.objects.get().state == Licence.State.ACTIVE


def test_a_paused_licence_ends_when_the_payment_never_comes() -> None:
    licence = factories.make_licence()
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    type(order).objects.filter(pk=order.pk).update(checkout_session="cs_1")
    now = timezone.now()
    over = Licence.objects.filter(pk=licence.pk)
    over.update(starts_at=now - timedelta(days=40), ends_at=now - timedelta(hours=1))
    lifecycle.expire_licences()
    over.update(ends_at=now - lifecycle.GRACE)
    assert lifecycle.expire_licences() == 1
    assert Licence.objects.get().state == Licence.State.EXPIRED


def test_an_upgrade_costs_its_price_less_what_is_unused() -> None:
    listing = factories.make_listing(price=2_000)
    licence = factories.make_licence(listing)
    dearer = listing.offers.create(
        tier="commercial", price_minor=10_000, currency="USD", characters=50_000, term_months=12
    )
    Licence.objects.filter(pk=licence.pk).update(characters_used=400)
    licence.refresh_from_db()
    order = renewals.order_upgrade(licence=licence, offer=dearer, by=licence.buyer)
    assert order.price_minor == 10_000 - 1_200  # 60% of the characters are left
    fulfil_order(order_id=order.pk, payment_intent="pi_2")
    licence.refresh_from_db()
    assert (licence.terms["tier"], licence.characters_left) == ("commercial", 50_000)
    assert licence.terms_sha256 == terms.digest(licence.terms)
    with pytest.raises(Refused, match="dearer"):
        renewals.order_upgrade(licence=licence, offer=listing.offers.first(), by=licence.buyer)


def test_the_certificate_says_what_was_bought_and_where_to_check_it() -> None:
    listing = factories.make_listing(attribution="Voice: Kim Doe", notice_days=30)
    licence = factories.make_licence(listing)
    text = PdfReader(io.BytesIO(certificates.pdf(licence))).pages[0].extract_text()
    for part in (
        certificates.verification_link(licence),
        licence.number,
        "Audiobooks",
        "Voice: Kim Doe",
        "30 days",
        "$19.99",
    ):
        assert part in text, part
    page = Client().get(
        certificates.verification_link(licence)
        .split("testserver")[-1]
        .replace("http://127.0.0.1:8000", "")
    )
    assert page.status_code == 200
    assert licence.terms_sha256 in page.text
    assert licence.buyer.email not in page.text
    assert "$19.99" not in page.text


def test_terms_list_uses_and_forbid_the_sensitive_ones_that_are_not_among_them() -> None:
    listing = factories.make_listing()
    listing.uses = ["audiobook", "political"]
    listing.save()
    frozen = factories.make_licence(listing).terms
    assert frozen["uses"] == ["audiobook", "political"]
    assert frozen["forbidden_uses"] == ["adult", "advertising", "advice", "training"]


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (OfferDraft("personal", 99, 1_000), "price"),
        (OfferDraft("personal", 1_000, 10), "characters"),
        (OfferDraft("personal", 1_000, 1_000, term_months=7), "term"),
        (OfferDraft("personal", 1_000, 1_000, territory=("Germany",)), "territory"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(draft: OfferDraft, code: str) -> None:
    voice = factories.make_voice()
    with pytest.raises(Refused) as refusal:
        draft_listing(
            voice=voice, headline="x", uses=["game"], offers=[draft], by=voice.creator.user
        )
    assert refusal.value.code == code


def test_every_change_is_a_letter_and_a_record(django_capture_on_commit_callbacks: Any) -> None:
    licence = factories.make_licence()
    lifecycle.suspend_licence(licence=licence, reason="The payment is disputed.")
    lifecycle.resume_licence(licence=licence)
    lifecycle.refund_licence(licence=licence)
    lifecycle.refund_licence(licence=licence)
    actions = AuditEvent.objects.filter(
        subject_type="licensing.licence", subject_id=licence.pk
    ).values_list("action", flat=True)
    assert list(reversed(actions)) == [
        "licence.granted", "licence.suspended", "licence.resumed", "licence.refunded",
    ]  # fmt: skip
    for letter in licence_letters.LETTERS:
        licence_letters.tell(licence, letter, "why")
    told = delivered()[-len(licence_letters.LETTERS) :]
    assert all(letter.to == [licence.buyer.email] for letter in told)
    assert licence.number in told[1].subject


def test_what_moderation_suspended_a_won_dispute_does_not_resume() -> None:
    licence = factories.make_licence()
    lifecycle.suspend_licence(licence=licence, reason="breach", cause=lifecycle.MODERATION)
    lifecycle.resume_licence(licence=licence)
    licence.refresh_from_db()
    assert licence.state == Licence.State.SUSPENDED


def test_an_end_is_announced_once() -> None:
    licence = factories.make_licence()
    Licence.objects.filter(pk=licence.pk).update(ends_at=timezone.now() + timedelta(days=10),
        starts_at=timezone.now() - timedelta(days=355))  # fmt: skip
    assert (renewals.remind(), renewals.remind()) == (1, 0)


def test_a_team_buys_together_and_a_developer_does_not() -> None:
    owner, developer = factories.make_user(), factories.make_user()
    team = organizations.create_organization(name="Studio", by=owner)
    invitation = organizations.invite(
        organization=team, email=developer.email, role="developer", by=owner
    )
    assert invitation.email == developer.email
    offer = factories.make_listing().offers.get()
    order = place_order(buyer=owner, offer=offer, organization=team)
    assert order.terms["licensee"] == "Studio"
    team.memberships.create(user=developer, role="developer")
    with pytest.raises(Refused, match="does not allow"):
        place_order(buyer=developer, offer=offer, organization=team)
    assert Order.objects.count() == 1


def test_an_invitation_is_for_its_address_and_for_once() -> None:
    owner, guest = factories.make_user(), factories.make_user()
    team = organizations.create_organization(name="Studio", by=owner)
    organizations.invite(organization=team, email=guest.email, role="admin", by=owner)
    token = str(delivered()[0].body).split("#")[1].split()[0]
    assert token not in str(Invitation.objects.values().get())
    with pytest.raises(Refused, match="is for"):
        organizations.accept_invitation(
            invitation=organizations.invitation_with(token=token), by=factories.make_user()
        )
    assert (
        organizations.accept_invitation(
            invitation=organizations.invitation_with(token=token), by=guest
        ).role
        == "admin"
    )
    with pytest.raises(Refused, match="has been used"):
        organizations.accept_invitation(
            invitation=organizations.invitation_with(token=token), by=guest
        )


def test_a_team_keeps_an_owner_and_an_admin_makes_none() -> None:
    owner, admin = factories.make_user(), factories.make_user()
    team = organizations.create_organization(name="Studio", by=owner)
    first = team.memberships.get(user=owner)
    second = team.memberships.create(user=admin, role="admin")
    with pytest.raises(Refused, match="Only an owner"):
        organizations.change_role(membership=second, role="owner", by=admin)
    with pytest.raises(Refused, match="needs an owner"):
        organizations.remove_member(membership=first, by=owner)
    organizations.remove_member(membership=second, by=admin)
    assert team.memberships.count() == 1


def test_plans_credit_and_teams_have_pages(client: Client) -> None:
    user = factories.make_user()
    team = organizations.create_organization(name="Studio", by=user)
    assert client.get(reverse("storefront:plans")).status_code == 200
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for name in ("plans", "credit", "teams", "webhooks", "join-team"):
        for query in ("", f"?organization={team.public_id}"):
            assert client.get(reverse(f"storefront:{name}") + query).status_code == 200, name
    stranger = Client()
    stranger.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    for name in ("plans", "credit", "webhooks"):
        url = reverse(f"storefront:{name}") + f"?organization={team.public_id}"
        assert stranger.get(url).status_code == 404
    member = team.memberships.get()
    assert (
        stranger.post(
            reverse("storefront:team-member", args=[member.pk]), {"remove": "1"}
        ).status_code
        == 404
    )
    form = {"name": "App", "use": "app"}
    answer = client.post(reverse("storefront:create-plan-key"), form, follow=True)
    assert "tk_" in answer.text


def _quote(listing: Any, buyer: Any) -> Quote:
    return quotes.ask(
        listing=listing,
        organization=organizations.personal_organization(buyer),
        message="The one voice of our new assistant.",
        by=buyer,
    )


def test_an_exclusive_licence_is_priced_by_the_creator_and_takes_the_voice_off_sale() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    before = factories.make_licence(listing)
    creator = listing.voice.creator.user
    quote = _quote(listing, buyer)
    with pytest.raises(Refused, match="already asked"):
        _quote(listing, buyer)
    quotes.offer(quote=quote, price_minor=500_000, characters=10_000, term_months=24, by=creator)
    quotes.accept(quote=quote, by=buyer)
    order = quotes.accept(quote=quote, by=buyer)  # the first checkout was abandoned
    assert order.terms["tier"] == "exclusive"
    assert listing_on_sale(listing.voice.slug) is not None
    licence = fulfil_order(order_id=order.pk, payment_intent="pi_1")
    assert listing_on_sale(listing.voice.slug) is None
    assert _speaks(licence)
    assert _speaks(before)
    with pytest.raises(Refused, match="no longer on sale"):
        place_order(buyer=factories.make_user(), offer=listing.offers.get(tier="personal"))
    assert exclusivity.end_exclusivities() == 0
    lifecycle.refund_licence(licence=licence)
    assert exclusivity.end_exclusivities() == 1
    assert listing_on_sale(listing.voice.slug) is not None


def test_only_the_creator_answers_and_only_the_buyer_accepts() -> None:
    listing, buyer, stranger = (
        factories.make_listing(),
        factories.make_user(),
        factories.make_user(),
    )
    quote = _quote(listing, buyer)
    for by in (buyer, stranger):
        with pytest.raises(Refused, match="Only the creator"):
            quotes.offer(quote=quote, price_minor=500, characters=10_000, term_months=12, by=by)
    creator = listing.voice.creator.user
    quotes.offer(quote=quote, price_minor=500, characters=10_000, term_months=12, by=creator)
    with pytest.raises(Refused, match="not a member"):
        quotes.accept(quote=quote, by=stranger)
    client = Client()
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("storefront:answer-quote", args=[quote.public_id])
    assert client.post(url, {"accept": "1"}).status_code == 404
    assert client.get(reverse("storefront:quotes")).status_code == 200
    quotes.decline(quote=quote, by=creator)
    with pytest.raises(InvalidTransition):
        quotes.accept(quote=quote, by=buyer)
    assert not Order.objects.exists()


def test_a_refunded_renewal_takes_its_term_and_leaves_the_licence() -> None:
    licence = factories.make_licence()
    before = licence.ends_at
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    fulfil_order(order_id=order.pk, payment_intent="pi_2")
    Licence.objects.filter(pk=licence.pk).update(characters_used=1_500)
    order.refresh_from_db()
    bought.undo_order(order)
    licence.refresh_from_db()
    assert (licence.state, licence.ends_at) == (Licence.State.ACTIVE, before)
    assert licence.characters_left == 0
