"""Steps that move money, approve voices or open data ask again who is there."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import Organization, User
from marketplace.accounts.services import appoint_finance, appoint_moderator
from marketplace.accounts.session_store import row_key
from marketplace.consent.models import Consent
from marketplace.licensing import quotes, standing_renewals
from marketplace.licensing.models import ApiKey
from marketplace.listings import facts
from marketplace.listings.models import Listing
from marketplace.moderation.models import Case, Takedown
from marketplace.payouts.books import ledger
from marketplace.payouts.books.adjustments import NOON
from marketplace.payouts.creators import earnings, schedules, seller_details
from marketplace.payouts.models import (
    Adjustment,
    Closing,
    Payment,
    PayoutAccount,
    ProviderEvent,
    Reconciliation,
    Refund,
)
from marketplace.policy.models import Refusal, Suspicion
from marketplace.privacy import kept_copies
from marketplace.privacy import services as privacy
from marketplace.privacy.models import PrivacyRequest
from marketplace.profiles import biographies
from marketplace.reviews import moderation as reviews
from marketplace.storefront.views.authenticate_again import MARK
from marketplace.webhooks.models import WebhookEndpoint
from tests import factories
from tests.markup import without_gaps
from tests.money import dispute, sell
from tests.reviewing import make_review, seen

pytestmark = pytest.mark.django_db
PASSWORD_PAGE = "/accounts/reauthenticate/"


@dataclass
class Step:
    """A request that must ask again; by: who may send it."""

    by: User
    args: list[object] = field(default_factory=list)
    form: dict[str, Any] | None = field(default_factory=dict)  # None: a GET


def _sessions() -> Step:
    user = factories.make_user()
    Client().force_login(user)
    return Step(user)


def _session() -> Step:
    user = factories.make_user()
    client = Client()
    client.force_login(user)
    row = user.browser_sessions.create(
        session_id=row_key(client.session.session_key),
        browser="Firefox",
        last_used_at=timezone.now(),
    )
    return Step(user, [row.public_id])


def _moderator() -> User:
    return factories.make_moderator()


def _consent() -> Consent:
    return factories.make_consent(factories.make_voice(), Consent.State.REVIEW)


def _decide_consent() -> Step:
    return Step(_moderator(), [_consent().public_id], {"decision": "approve", "note": "Met her."})


def _evidence() -> Step:
    consent = factories.make_consent(factories.make_voice())
    return Step(consent.voice.creator.user, [consent.public_id], None)


def _estate() -> Step:
    form = {"voice": factories.make_voice().slug, "legal_name": "Ada", "representative": "Eve",
            "uses": ["audiobook"], "years": "5", "note": "Will."}  # fmt: skip
    return Step(_moderator(), [], form)


def _review_listing() -> Step:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    seen = facts.fingerprint(facts.facts_of(listing))
    return Step(_moderator(), [listing.public_id], {"decision": "approve", "seen": seen})


def _moderate_listing() -> Step:
    slug = factories.make_listing().voice.slug
    return Step(_moderator(), [], {"voice": slug, "decision": "suspend", "note": "Complaints."})


def _case() -> Step:
    case = Case.objects.create(
        voice=factories.make_voice(), like_voice=factories.make_voice(), similarity=5.0
    )
    return Step(_moderator(), [case.public_id], {"decision": "allow", "note": "Two people."})


def _takedown() -> Step:
    takedown = Takedown.objects.create(
        voice=factories.make_voice(), score=5.0, embedding=factories.make_embedding(1)
    )
    return Step(_moderator(), [takedown.public_id], {"decision": "reject", "note": "Two people."})


def _appeal() -> Step:
    key, _ = factories.make_key()
    refusal = Refusal.objects.create(
        state=Refusal.State.APPEALED, organization=key.organization, api_key=key, voice="v",
        category="hate", rule="r", text_sha256="0" * 64,
    )  # fmt: skip
    return Step(_moderator(), [refusal.public_id], {"decision": "overturn", "note": "A quote."})


def _suspicion() -> Step:
    suspicion = Suspicion.objects.create(
        organization=factories.make_licence().organization,
        kind=Suspicion.Kind.BURST,
        seen_at=timezone.now(),
    )
    form = {"decision": "release", "note": "A fair.", "seen": suspicion.digest}
    return Step(_moderator(), [suspicion.public_id], form)


def _moderate_licence() -> Step:
    number = factories.make_licence().number
    return Step(_moderator(), [], {"number": number, "decision": "suspend", "note": "Breach."})


def _freeze() -> Step:
    slug = factories.make_listing().voice.slug
    return Step(_moderator(), [], {"voice": slug, "decision": "freeze", "note": "Impersonation."})


def _create_key() -> Step:
    licence = factories.make_licence()
    assert licence.buyer is not None
    return Step(licence.buyer, [licence.public_id], {"name": "Server", "use": "audiobook"})


def _rotate_key() -> Step:
    key, _ = factories.make_key()
    return Step(key.owner, [key.public_id])


def _copy() -> Step:
    user = factories.make_user()
    asked = privacy.ask(user=user, kind=PrivacyRequest.Kind.EXPORT)
    kept_copies.keep(request_id=asked.pk, file=io.BytesIO(b"PK"))
    return Step(user, [asked.public_id], None)


def _erasure() -> Step:
    user = factories.make_user()
    return Step(user, [], {"confirm": user.email})


def _team() -> tuple[User, Organization]:
    owner = factories.make_user()
    return owner, organizations.create_organization(name="Studio", by=owner)


def _invite() -> Step:
    owner, team = _team()
    guest = factories.make_user("guest").email
    form = {"organization": str(team.public_id), "email": guest, "role": "admin"}
    return Step(owner, [], form)


def _member() -> Step:
    owner, team = _team()
    member = team.memberships.create(user=factories.make_user(), role="finance")
    return Step(owner, [member.pk], {"role": "admin"})


def _webhook() -> Step:
    owner, team = _team()
    endpoint = WebhookEndpoint.objects.create(
        organization=team, owner=owner, url="https://example.com/hook", sealed_secret=b""
    )
    return Step(owner, [endpoint.public_id], {"off": "1"})


def _take_back() -> Step:
    payment = sell(factories.make_creator())
    assert payment.order is not None and payment.order.granted is not None
    return Step(payment.order.buyer, [payment.order.granted.public_id])


def _take_payment_back() -> Step:
    payment = sell(factories.make_creator())
    assert payment.order is not None
    return Step(payment.order.buyer, [payment.public_id], {})


def _finance() -> User:
    return appoint_finance(user=factories.make_user())


def _refund() -> Step:
    payment = sell(factories.make_creator())
    form = {"amount": "5.00", "reason": "A mistake.", "confirmed": "yes"}
    return Step(_finance(), [payment.public_id], form)


def _decide_refund() -> Step:
    asked = Refund.objects.create(
        payment=sell(factories.make_creator()), state="proposed", amount_minor=100,
        requested_by=_finance(),
    )  # fmt: skip
    return Step(_finance(), [asked.public_id], {"decision": "drop", "reason": "A slip."})


def _evidence_of_dispute() -> Step:
    disputed = dispute(sell(factories.make_creator()))
    return Step(_finance(), [disputed.pk], {"uncategorized_text": "They used it."})


def _event() -> Step:
    event = ProviderEvent.objects.create(event_id="evt_1", kind="x", object_id="x", error="x")
    return Step(_finance(), [event.pk], {"reason": "It is mended."})


def _decide_creator() -> Step:
    creator = factories.make_creator()
    return Step(_finance(), [creator.pk], {"decision": "freeze", "reason": "A bank asked."})


def _proposal() -> dict[str, Any]:
    return {
        "currency": "USD", "dated": timezone.now().date().isoformat(), "document": "B 11",
        "reason": "Charges", "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0",
        "lines-0-account": "other_costs", "lines-0-debit": "1.00",
        "lines-1-account": "bank", "lines-1-credit": "1.00",
    }  # fmt: skip


def _book_difference() -> Step:
    found = {"object": "ch_1", "currency": "USD", "ledger_minor": 0, "provider_minor": 100}
    now = timezone.now()
    Reconciliation.objects.create(since=now, until=now, compared=1, differences=[found])
    asked = {name: _proposal()[name] for name in ("dated", "document", "reason")}
    return Step(_finance(), ["ch_1", "USD"], {**asked, "account": "other_costs"})


def _decide_entry() -> Step:
    entry = Adjustment.objects.create(
        currency="USD", dated=timezone.now().date(), reason="x", document="x",
        proposed_by=_finance(),
    )  # fmt: skip
    return Step(_finance(), [entry.public_id], {"decision": "drop", "reason": "A slip."})


LAST_MONTH = (timezone.now().date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _close() -> Step:
    ledger.post(
        kind="fee", idempotency_key="a fee", belongs_to=datetime.combine(LAST_MONTH, NOON),
        lines=[
            (ledger.account("stripe_clearing", "USD"), -5), (ledger.account("processing_fees", "USD"), 5),
        ],
    )  # fmt: skip
    return Step(_finance(), [], {"month": LAST_MONTH.isoformat(), "reason": "All is in."})


def _reopen() -> Step:
    closed = Closing.objects.create(month=LAST_MONTH, closed_by=_finance())
    return Step(_finance(), [closed.pk], {"decision": "ask", "reason": "An invoice came."})


def _pay_now() -> Step:
    creator = factories.make_creator()
    sell(creator, price=10_000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    schedules.choose(creator=creator, rhythm="by_hand", by=creator.user)
    return Step(creator.user)


DETAILS = {
    "kind": "person", "name": "Ada Lovelace", "street": "1 Main St", "city": "London",
    "country": "GB", "tax_number": "12 345", "born_on": "1990-12-10",
}  # fmt: skip


def _self_billing() -> Step:
    creator = factories.make_creator()
    details: dict[str, Any] = {**DETAILS, "born_on": None}
    seller_details.save_details(creator=creator, by=creator.user, **details)
    return Step(creator.user)


def _renewal_on() -> Step:
    licence = factories.make_licence()
    return Step(licence.buyer, [licence.public_id], {"agreed": "on"})


def _renewal_card() -> Step:
    licence = factories.make_licence()
    standing_renewals.ask(
        licence=licence, by=licence.buyer, agreed=True, until=None, has_method=True
    )
    return Step(licence.buyer, [licence.public_id])


def _biography() -> Step:
    creator = factories.make_creator()
    proposed = biographies.propose_biography(creator=creator, text="I read.", by=creator.user)
    form = {"decision": "approve", "seen": proposed.digest}
    return Step(factories.make_moderator(), [proposed.public_id], form)


def _review() -> Step:
    review = make_review()
    reviews.report_review(review=review, reason="It is an advertisement.", by=factories.make_user())
    form = {"decision": "leave", "note": "It is no advertisement.", "seen": seen(review)}
    return Step(factories.make_moderator(), [review.public_id], form)


STEPS: dict[str, Callable[[], Step]] = {
    "decide-biography": _biography,
    "decide-review": _review,
    "decide-consent": _decide_consent,
    "consent-evidence": _evidence,
    "estate-consent": _estate,
    "review-listing": _review_listing,
    "moderate-listing": _moderate_listing,
    "decide-case": _case,
    "decide-takedown": _takedown,
    "decide-appeal": _appeal,
    "decide-suspicion": _suspicion,
    "moderate-licence": _moderate_licence,
    "freeze-payouts": _freeze,
    "set-up-payouts": lambda: Step(factories.make_creator().user),
    "create-key": _create_key,
    "create-plan-key": lambda: Step(factories.make_user(), [], {"name": "Server"}),
    "take-back": _take_back,
    "take-payment-back": _take_payment_back,
    "renewal-on": _renewal_on,
    "renewal-card": _renewal_card,
    "rotate-key": _rotate_key,
    "invite": _invite,
    "team-member": _member,
    "change-webhook": _webhook,
    "credit-limit": lambda: Step(factories.make_user(), [], {"limit": "5"}),
    "top-up-on": lambda: Step(
        factories.make_user(), [], {"agreed": "on", "amount": "1000", "below": "5", "monthly": "50"}
    ),
    "change-plan": lambda: Step(
        factories.make_user(), [], {"plan": "pro", "at": "1", "shown": "0"}
    ),
    "manage-plan": lambda: Step(factories.make_user()),
    "account-key": lambda: Step(factories.make_user()),
    "ask-copy": lambda: Step(factories.make_user()),
    "copy": _copy,
    "ask-erasure": _erasure,
    "end-session": _session,
    "end-other-sessions": _sessions,
    "set-payout-schedule": lambda: Step(factories.make_creator().user, [], {"rhythm": "weekly"}),
    "pay-now": _pay_now,
    "save-seller-details": lambda: Step(factories.make_creator().user, [], dict(DETAILS)),
    "self-billing": _self_billing,
    "finance-refund": _refund,
    "finance-decide-refund": _decide_refund,
    "finance-evidence": _evidence_of_dispute,
    "finance-try-again": _event,
    "finance-decide-creator": _decide_creator,
    "finance-propose": lambda: Step(_finance(), [], _proposal()),
    "finance-book-difference": _book_difference,
    "finance-decide-entry": _decide_entry,
    "finance-close": _close,
    "finance-decide-month": _reopen,
}


AT_THE_PROVIDER = {
    "set-up-payouts",
    "manage-plan",
    "change-plan",
    "finance-evidence",
}  # which changes nothing here


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each)
        else:
            yield each


def _sign_in(client: Client, user: User, minutes_ago: float) -> None:
    client.force_login(user)
    session = client.session
    session["signed_in_at"] = time.time() - 60 * minutes_ago
    session.save()


def _send(client: Client, name: str, step: Step) -> Any:
    address = reverse(f"storefront:{name}", args=step.args)
    return client.get(address) if step.form is None else client.post(address, step.form)


def _written(queries: CaptureQueriesContext) -> list[str]:
    """What was written, apart from sessions."""
    words = ("INSERT", "UPDATE", "DELETE")
    return [
        query["sql"]
        for query in queries.captured_queries
        if query["sql"].startswith(words)
        and "django_session" not in query["sql"]
        and not query["sql"].startswith('INSERT INTO "accounts_browsersession"')
    ]


def test_every_address_that_asks_again_is_tried_here_and_the_whole_desk_does() -> None:
    marked = {p.name for p in _patterns(get_resolver()) if getattr(p.callback, MARK, False)}
    assert marked - {None} == set(STEPS)
    desk = {
        pattern.name
        for pattern in _patterns(get_resolver())
        if str(pattern.pattern).startswith("moderation/") and "audio" not in str(pattern.pattern)
    }
    assert desk <= set(STEPS)


def test_whatever_of_finance_does_not_ask_again_takes_no_form(client: Client) -> None:
    client.force_login(_finance())
    anything = {"public_id": uuid.uuid4(), "pk": 1, "name": "x"}
    tried = 0
    for pattern in _patterns(get_resolver()):
        if str(pattern.pattern).startswith("finance") and not getattr(
            pattern.callback, MARK, False
        ):
            kwargs = {name: anything[name] for name in pattern.pattern.converters}
            address = reverse(f"storefront:{pattern.name}", kwargs=kwargs)
            assert client.post(address).status_code == 405, address
            tried += 1
    assert tried > 10


@pytest.mark.parametrize("name", STEPS)
def test_an_old_session_is_asked_again_and_nothing_has_changed(name: str, client: Client) -> None:
    step = STEPS[name]()
    _sign_in(client, step.by, minutes_ago=5.1)
    with CaptureQueriesContext(connection) as queries:
        answer = _send(client, name, step)
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).path == PASSWORD_PAGE
    assert _written(queries) == []


@pytest.mark.parametrize("name", [name for name in STEPS if name not in AT_THE_PROVIDER])
def test_a_fresh_session_is_not(name: str, client: Client) -> None:
    step = STEPS[name]()
    _sign_in(client, step.by, minutes_ago=3)
    with CaptureQueriesContext(connection) as queries:
        answer = _send(client, name, step)
    assert not answer.get("Location", "").startswith(PASSWORD_PAGE)
    assert answer.status_code in (200, 302)
    assert _written(queries) or step.form is None


def test_what_was_typed_waits_and_is_done_with_one_click(client: Client) -> None:
    consent = _consent()
    _sign_in(client, _moderator(), minutes_ago=60)
    address = reverse("storefront:decide-consent", args=[consent.public_id])
    asked = client.post(
        address,
        {"decision": "approve", "note": "I met her in Lyon."},
        headers={"Referer": "http://testserver/moderation"},
    )
    assert parse_qs(urlsplit(asked["Location"]).query)["next"] == ["/go-on"]
    waiting = client.post(asked["Location"], {"password": factories.PASSWORD}, follow=True)
    consent.refresh_from_db()
    assert consent.state == "review"
    page = without_gaps(waiting.text)
    assert "<dt>Why</dt><dd>I met her in Lyon.</dd>" in page
    assert "approve a consent" in page
    assert f'action="{address}"' in page
    assert 'href="/moderation"' in page
    client.post(address, {"decision": "approve", "note": "I met her in Lyon."})
    consent.refresh_from_db()
    assert consent.state == "verified"


def test_a_wrong_password_leaves_it_waiting(client: Client) -> None:
    _sign_in(client, _moderator(), minutes_ago=60)
    consent = _consent()
    address = reverse("storefront:decide-consent", args=[consent.public_id])
    asked = client.post(address, {"decision": "approve", "note": "Met her."})
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 200
    again = client.post(address, {"decision": "approve", "note": "Met her."})
    assert again["Location"].startswith(PASSWORD_PAGE)


def test_a_second_factor_is_an_answer_too(client: Client) -> None:
    moderator = _moderator()
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(moderator, secret)
    _sign_in(client, moderator, minutes_ago=60)
    asked = client.post(reverse("storefront:moderate-licence"), {"number": "1", "note": "x"})
    page = client.get(asked["Location"]).text
    assert reverse("mfa_reauthenticate") in page
    code = totp.format_hotp_value(
        totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))
    )
    client.post(reverse("mfa_reauthenticate") + "?next=/go-on", {"code": code})
    done = client.post(reverse("storefront:moderate-licence"), {"number": "1", "note": "x"})
    assert done["Location"] == "/moderation"


def test_a_script_is_told_instead(client: Client) -> None:
    _sign_in(client, factories.make_user(), minutes_ago=60)
    answer = client.post(reverse("storefront:account-key"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "authenticate_again")
    assert not ApiKey.objects.exists()


def test_whose_role_does_not_allow_it_is_refused_and_not_asked(client: Client) -> None:
    _sign_in(client, factories.make_user(), minutes_ago=60)
    assert client.post(reverse("storefront:moderate-licence")).status_code == 403


@pytest.fixture
def payment() -> Payment:
    licence = factories.make_licence()
    return Payment.objects.create(
        kind=Payment.Kind.LICENCE, organization=licence.organization, order=licence.order,
        payment_intent="pi_1", charge="ch_1", amount_minor=1999, currency="USD",
        paid_at=timezone.now(),
    )  # fmt: skip


def test_a_refund_on_the_desk_asks_again_and_then_is_one_click_away(
    client: Client, payment: Payment
) -> None:
    _sign_in(client, appoint_finance(user=factories.make_user()), minutes_ago=60)
    page = reverse("storefront:finance-refund", args=[payment.public_id])
    form = {"amount": "5.00", "reason": "A mistake of ours."}
    asked = client.post(page, form)
    assert asked["Location"].startswith(PASSWORD_PAGE)
    assert not Refund.objects.exists()
    waiting = client.post(asked["Location"], {"password": factories.PASSWORD}, follow=True)
    assert "refund a payment" in waiting.text
    assert not Refund.objects.exists()
    assert "Refund $5.00?" in client.post(page, form).text
    assert not Refund.objects.exists()
    client.post(page, {**form, "confirmed": "yes"})
    assert Refund.objects.get().amount_minor == 500


def test_leaving_the_admin_is_not_asked(client: Client) -> None:
    _sign_in(client, appoint_moderator(user=factories.make_user()), minutes_ago=60)
    assert not client.post("/admin/logout/").get("Location", "").startswith(PASSWORD_PAGE)
    assert "_auth_user_id" not in client.session


def test_another_address_of_mail_is_added_only_after_asking_again(client: Client) -> None:
    user = factories.make_user()
    _sign_in(client, user, minutes_ago=60)
    answer = client.post("/accounts/email/", {"email": "thief@example.com", "action_add": ""})
    assert answer["Location"].startswith(PASSWORD_PAGE)
    assert not user.emailaddress_set.filter(email="thief@example.com").exists()


def test_signing_in_with_the_form_counts_as_an_answer(client: Client) -> None:
    user = factories.make_user()
    client.post("/accounts/login/", {"login": user.email, "password": factories.PASSWORD})
    answer = client.post(reverse("storefront:account-key"), follow=True)
    assert answer.status_code == 200
    assert "tk_" in answer.text


def test_another_address_for_webhooks_asks_again(client: Client) -> None:
    user = factories.make_user()
    _sign_in(client, user, minutes_ago=6)
    answer = client.post("/webhooks", {"url": "https://example.com/hook"})
    assert answer["Location"].startswith(PASSWORD_PAGE)
    assert not WebhookEndpoint.objects.exists()


def test_an_offer_of_a_voice_for_one_buyer_alone_asks_again(client: Client) -> None:
    listing = factories.make_listing()
    buyer = factories.make_user("exclusive")
    quote = quotes.ask(
        listing=listing, organization=organizations.personal_organization(buyer),
        message="The one voice of our new assistant.", by=buyer,
    )  # fmt: skip
    form = {"price": "1.00", "characters": "2000000000", "term_months": "120"}
    address = reverse("storefront:answer-quote", args=[quote.public_id])
    _sign_in(client, listing.voice.creator.user, minutes_ago=60)
    assert "reauthenticate" in client.post(address, form)["Location"]
    quote.refresh_from_db()
    assert quote.state == "asked"
