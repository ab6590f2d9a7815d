"""A creator, a buyer and everything that is theirs, for tests that walk the addresses of others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from marketplace import storage
from marketplace.accounts import organizations
from marketplace.accounts.models import BrowserSession, Organization, User
from marketplace.accounts.services import appoint_finance
from marketplace.accounts.session_store import SessionStore, row_key
from marketplace.api.models import SpeechJob, SpeechJobItem
from marketplace.billing import invoices
from marketplace.billing.models import Invoice
from marketplace.consent.models import Consent
from marketplace.lexicons import services as lexicons
from marketplace.licensing import api_keys, quotes
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.moderation.models import Case, Takedown
from marketplace.payouts.models import (
    Adjustment,
    Closing,
    CreditOrder,
    Dispute,
    Payment,
    ProviderEvent,
    Reconciliation,
    Refund,
)
from marketplace.policy.models import Refusal, Suspicion
from marketplace.privacy.models import PrivacyRequest
from marketplace.profiles import biographies
from marketplace.reviews.models import Review
from marketplace.voices.models import Enrolment, Preview
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage
from synthesis.text.lexicon import Entry
from tests import factories, reviewing

Kwargs = dict[str, Any]
CREATOR, BUYER, MODERATOR, FINANCE = "creator", "buyer", "moderator", "finance"
AUDIO = b"RIFF....WAVE"


@dataclass
class World:
    """Two people with all they can have here, and the address of each thing."""

    creator: User
    buyer: User
    moderator: User
    finance: User
    secret: str
    account_secret: str
    pages: dict[str, tuple[str, Kwargs]]
    api: dict[str, Kwargs]


def make_world(**voice: object) -> World:
    """Everything that an address can name, owned by one creator and one buyer; voice: fields of the one on sale."""
    listing = factories.make_listing(factories.make_voice(**voice))
    buyer = factories.make_user("buyer")
    licence = factories.make_licence(listing, buyer)
    key, secret = factories.make_key(licence)
    team = organizations.create_organization(name="A team", by=buyer)
    team.memberships.create(user=factories.make_user("colleague"), role="developer")
    things = _Things(listing, licence, key, team, buyer)
    reviewing.speak(licence)
    reviewing.make_review(listing, buyer)
    return World(
        creator=listing.voice.creator.user,
        buyer=buyer,
        moderator=factories.make_moderator(),
        finance=appoint_finance(user=factories.make_user("treasurer")),
        secret=secret,
        account_secret=make_account_key(buyer),
        pages={
            **_of_buyer(things),
            **_of_creator(things),
            **_of_moderators(things),
            **_of_finance(things),
        },
        api=_of_key(things),
    )


def make_account_key(user: User) -> str:
    """The secret of a key to a user's own data."""
    _, secret = api_keys.create_key(
        organization=organizations.personal_organization(user),
        name="Account",
        scopes=[ApiKey.Scope.ACCOUNT],
        by=user,
    )
    return secret


@dataclass
class _Things:
    listing: Any
    licence: Licence
    key: Any
    team: Organization
    buyer: User

    @property
    def own(self) -> Organization:
        return self.licence.organization

    def generation(self) -> Generation:
        return Generation.objects.create(
            licence=self.licence,
            voice=self.licence.voice,
            voice_version=self.licence.voice_version,
            api_key=self.key,
            characters_reserved=5,
            text_sha256="0" * 64,
            audio_format="mp3",
        )


def _public(row: Any) -> Kwargs:
    return {"public_id": row.public_id}


def _lexicon(things: _Things) -> tuple[Any, Any]:
    lexicon = lexicons.create_lexicon(
        organization=things.own,
        name="Words",
        by=things.buyer,
        entries=[Entry("Timbre", alias="tam ber")],
    )
    return lexicon, lexicon.entries.get()


def _session(user: User) -> BrowserSession:
    session = SessionStore()
    session.create()
    return user.browser_sessions.create(
        session_id=row_key(session.session_key or ""), browser="Firefox on Linux", network="203.0.113.x",
        last_used_at=timezone.now(),
    )  # fmt: skip


def _of_buyer(things: _Things) -> dict[str, tuple[str, Kwargs]]:
    licence, own = things.licence, things.own
    payment = Payment.objects.create(
        kind="licence", organization=own, order=licence.order, payment_intent="pi", charge="ch",
        amount_minor=1999, currency="USD",
    )  # fmt: skip
    today = timezone.localdate()
    invoice = invoices.write_invoice(
        organization=own, charge="ch", description="A licence", net=payment.amount, tax_minor=0,
        taxes=(), supplied=(today, today),
    )  # fmt: skip
    Invoice.objects.filter(pk=invoice.pk).update(number="INV-2026-000001")
    credit = CreditOrder.objects.create(
        organization=own, buyer=things.buyer, amount_minor=1000, currency="USD", state="paid"
    )
    quote = quotes.ask(
        listing=things.listing, organization=own, message="For our assistant.", by=things.buyer
    )
    suspicion = Suspicion.objects.create(organization=own, kind="burst", seen_at=timezone.now())
    endpoint = WebhookEndpoint.objects.create(
        organization=own, owner=things.buyer, url="https://example.com/hook", sealed_secret=b""
    )
    message = WebhookMessage.objects.create(
        endpoint=endpoint, message_id="msg_1", kind="licence.granted", payload={}, state="given_up"
    )
    copy = PrivacyRequest.objects.create(
        user=things.buyer, kind="export", state="done", storage_key="copies/x"
    )
    lexicon, entry = _lexicon(things)
    membership = things.team.memberships.get(role="developer")
    invitation = organizations.invite(
        organization=things.team,
        email=factories.make_user("guest").email,
        role="developer",
        by=things.buyer,
    )
    of_voice = {"slug": things.listing.voice.slug}
    rows = {
        "review": of_voice,
        "remove-review": of_voice,
        "appeal-review": of_voice,
        "paid": _public(licence.order),
        "thank-you": _public(licence.order),
        "licence": _public(licence),
        "speak": _public(licence),
        "create-key": _public(licence),
        "certificate": _public(licence),
        "renew": _public(licence),
        "renewal-on": _public(licence),
        "renewal-off": _public(licence),
        "renewal-pay": _public(licence),
        "renewal-card": _public(licence),
        "renewal-saved": _public(licence),
        "upgrade": _public(licence),
        "take-back": _public(licence),
        "receipt": _public(payment),
        "take-payment-back": _public(payment),
        "invoice": _public(invoice),
        "credit-paid": _public(credit),
        "answer-quote": _public(quote),
        "explain-suspicion": _public(suspicion),
        "change-webhook": _public(endpoint),
        "test-webhook": _public(endpoint),
        "end-session": _public(_session(things.buyer)),
        "replay-webhook": {"pk": message.pk},
        "rotate-key": _public(things.key),
        "revoke-key": _public(things.key),
        "key-origins": _public(things.key),
        "key-use": _public(things.key),
        "copy": _public(copy),
        "team-member": {"pk": membership.pk},
        "withdraw-invitation": _public(invitation),
        "lexicon": _public(lexicon),
        "change-lexicon": _public(lexicon),
        "import-lexicon": _public(lexicon),
        "export-lexicon": {**_public(lexicon), "kind": "csv"},
        "remove-entry": {**_public(lexicon), "entry_id": entry.public_id},
    }
    return {name: (BUYER, kwargs) for name, kwargs in rows.items()}


def _of_creator(things: _Things) -> dict[str, tuple[str, Kwargs]]:
    voice = things.listing.voice
    recording = factories.record(factories.make_recording(voice), AUDIO)
    storage.put("impressions/x", AUDIO)
    enrolment = Enrolment.objects.filter(voice=voice).latest("pk")
    Enrolment.objects.filter(pk=enrolment.pk).update(first_impression="impressions/x")
    other = factories.make_voice(voice.creator)
    factories.make_consent(other)  # without which nobody hears its clips
    preview = Preview.objects.get(version=factories.make_version(other, None))
    storage.put(preview.storage_key, AUDIO)
    consent = factories.make_consent(other, Consent.State.CHALLENGED)
    review = Review.objects.get(voice=voice)
    names = (
        "studio-voice", "studio-panel", "studio-events", "studio-state", "add-recordings", "challenge",
        "revoke-consent", "narrow-consent", "invite-speaker", "enrol", "own-preview", "choose-scripts", "offers",
    )  # fmt: skip
    rows = {name: _public(voice) for name in names}
    rows |= {
        "first-impression": _public(enrolment),
        "record-consent": _public(consent),
        "remove-recording": _public(recording),
        "judge-again": _public(recording),
        "recording-audio": _public(recording),
        "consent-evidence": _public(voice.consents.get()),
        "preview": _public(preview),
        "answer-review": _public(review),
    }
    return {name: (CREATOR, kwargs) for name, kwargs in rows.items()}


def _of_moderators(things: _Things) -> dict[str, tuple[str, Kwargs]]:
    voice = things.listing.voice
    sealed = storage.put_encrypted("readings/x", AUDIO)
    reading = factories.make_consent(
        factories.make_voice(),
        Consent.State.REVIEW,
        recording_key="readings/x",
        recording_sha256=sealed,
    )
    case = Case.objects.create(voice=factories.make_voice(), like_voice=voice, similarity=0.9)
    takedown = Takedown.objects.create(
        voice=voice, score=0.9, recording_key="readings/x", recording_sha256=sealed
    )
    refusal = _refusal(things, "appealed")
    biography = biographies.propose_biography(
        creator=voice.creator, text="I read aloud.", by=voice.creator.user
    )
    suspicion = Suspicion.objects.create(
        organization=things.own, kind="many_voices", seen_at=timezone.now()
    )
    rows = {
        "review-listing": _public(factories.make_listing(state="submitted")),
        "decide-consent": _public(reading),
        "consent-audio": _public(reading),
        "decide-case": _public(case),
        "decide-takedown": _public(takedown),
        "takedown-audio": _public(takedown),
        "decide-appeal": _public(refusal),
        "decide-suspicion": _public(suspicion),
        "decide-biography": _public(biography),
        "decide-review": _public(Review.objects.get(voice=voice)),
    }
    return {name: (MODERATOR, kwargs) for name, kwargs in rows.items()}


def _of_finance(things: _Things) -> dict[str, tuple[str, Kwargs]]:
    creator = things.listing.voice.creator
    payment = Payment.objects.get(charge="ch")
    refund = Refund.objects.create(payment=payment, state="proposed", amount_minor=100)
    dispute = Dispute.objects.create(payment=payment, provider_id="du_1", amount_minor=100)
    event = ProviderEvent.objects.create(event_id="evt", kind="x", object_id="x", error="x")
    entry = Adjustment.objects.create(
        currency="USD", dated=timezone.now().date(), reason="x", document="x",
        proposed_by=things.buyer,
    )  # fmt: skip
    month = (timezone.now().date().replace(day=1) - timedelta(days=1)).replace(day=1)
    closed = Closing.objects.create(month=month, closed_by=things.buyer)
    found = {"object": "ch_1", "currency": "USD", "ledger_minor": 0, "provider_minor": 100}
    Reconciliation.objects.create(
        since=timezone.now(), until=timezone.now(), compared=1, differences=[found]
    )
    rows = {
        "finance-payment": _public(payment),
        "finance-book-difference": {"source": "ch_1", "currency": "USD"},
        "finance-refund": _public(payment),
        "finance-decide-refund": _public(refund),
        "finance-invoice": _public(Invoice.objects.get(reference="ch")),
        "finance-dispute": {"pk": dispute.pk},
        "finance-evidence": {"pk": dispute.pk},
        "finance-ready-file": {"pk": dispute.pk, "name": "receipt"},
        "finance-try-again": {"pk": event.pk},
        "finance-creator": {"pk": creator.pk},
        "finance-decide-creator": {"pk": creator.pk},
        "finance-decide-entry": _public(entry),
        "finance-decide-month": {"pk": closed.pk},
    }
    return {name: (FINANCE, kwargs) for name, kwargs in rows.items()}


def _refusal(things: _Things, state: str) -> Refusal:
    return Refusal.objects.create(
        state=state, organization=things.own, api_key=things.key, voice="x", category="fraud",
        rule="r", text_sha256="0" * 64,
    )  # fmt: skip


def _of_key(things: _Things) -> dict[str, Kwargs]:
    lexicon = things.own.lexicons.get()
    entry, version = lexicon.entries.get(), lexicon.latest
    job = SpeechJob.objects.create(api_key=things.key, organization=things.own, audio_format="mp3")
    SpeechJobItem.objects.create(job=job, position=0, generation=things.generation())
    spoken = things.generation()
    Generation.objects.filter(pk=spoken.pk).update(state="settled")
    dictionary = {"dictionary_id": str(lexicon.public_id)}
    copy = PrivacyRequest.objects.get(user=things.buyer, kind="export")
    rows: dict[str, Kwargs] = {
        "job": _public(job),
        "licence": {"number": things.licence.number},
        "refusal": _public(_refusal(things, "stands")),
        "appeal": _public(_refusal(things, "stands")),
        "manifest": _public(spoken),
        "dictionary-download": {**dictionary, "version_id": str(version.public_id)},
        "lexicon-entry": {**_public(lexicon), "entry_id": entry.public_id},
        "copy": _public(copy),
        "key": _public(things.key),
    }
    for name in ("lexicon", "lexicon-entries", "lexicon-import", "lexicon-export"):
        rows[name] = _public(lexicon)
    for name in ("", "-set-rules", "-add-rules", "-remove-rules"):
        rows[f"dictionary{name}"] = dictionary
    return rows
