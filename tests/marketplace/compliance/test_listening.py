"""Staff who listen to what people recorded are on record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import storage
from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_moderator
from marketplace.compliance import listening
from marketplace.compliance.models import AuditEvent
from marketplace.consent.models import Consent
from marketplace.creators import vault
from marketplace.listings.models import Listing
from marketplace.moderation.models import Takedown
from marketplace.voices.models import Preview, Recording, Voice
from tests import factories, sounds

pytestmark = pytest.mark.django_db
SPOKEN = sounds.WAV


def _recording(voice: Voice) -> tuple[str, Recording]:
    return "recording-audio", factories.record(factories.make_recording(voice), SPOKEN)


def _reading(voice: Voice) -> tuple[str, Consent]:
    key = "consents/heard"
    sha256 = vault.put(voice.creator_id, key, SPOKEN)
    return "consent-audio", factories.make_consent(
        voice, recording_key=key, recording_sha256=sha256
    )


def _takedown(voice: Voice) -> tuple[str, Takedown]:
    key = "takedowns/heard"
    storage.put_encrypted(key, SPOKEN)
    return "takedown-audio", Takedown.objects.create(
        voice=voice,
        score=5.0,
        embedding=factories.make_embedding(1),
        recording_key=key,
        recording_sha256=hashlib.sha256(SPOKEN).hexdigest(),
    )


@pytest.mark.parametrize("make", [_recording, _reading, _takedown])
def test_what_a_moderator_hears_is_on_record_once_an_hour(
    client: Client,
    make: Callable[[Voice], tuple[str, Recording | Consent | Takedown]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, row = make(factories.make_voice())
    moderator = factories.make_moderator()
    client.force_login(moderator, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse(f"storefront:{name}", args=[row.public_id])
    for _ in range(3):
        assert b"".join(client.get(page)) == SPOKEN
    heard = AuditEvent.objects.filter(action=name.replace("-audio", ".heard"))
    event = heard.get()
    assert (event.actor, event.subject_id) == (moderator, row.pk)
    later = timezone.now() + listening.AGAIN_AFTER + timedelta(minutes=1)
    monkeypatch.setattr("marketplace.compliance.listening.timezone.now", lambda: later)
    listening.note_heard(by=moderator, action=event.action, subject=row)
    assert heard.count() == 2


def test_who_hears_their_own_recording_leaves_no_event(client: Client) -> None:
    creator = factories.make_creator()
    name, recording = _recording(factories.make_voice(creator))
    client.force_login(creator.user, backend="django.contrib.auth.backends.ModelBackend")
    before = AuditEvent.objects.count()
    page = reverse(f"storefront:{name}", args=[recording.public_id])
    assert client.get(page).status_code == 200
    assert AuditEvent.objects.count() == before


def _proof(voice: Voice) -> tuple[str, Consent]:
    """The proof of a speaker whom the uploader invited."""
    _, consent = _reading(voice)
    consent.invitation = voice.invitations.create(
        legal_name="Ada Doe",
        email="speaker@example.com",
        invited_by=voice.creator.user,
        token_sha256="0" * 64,
        expires_at=timezone.now() + timedelta(days=7),
    )
    consent.save()
    return "consent-evidence", consent


def _preview(voice: Voice) -> tuple[str, Preview]:
    """A clip of a voice that is listed no longer."""
    version = factories.make_listing(voice=voice).version
    assert version is not None
    clip = version.previews.get()
    Listing.objects.filter(voice=voice).update(state="draft")
    storage.put(clip.storage_key, b"ID3")
    return "preview", clip


def _can_get(user: User, page: str) -> bool:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(page).status_code == 200


@pytest.mark.parametrize("make", [_recording, _reading, _takedown, _proof, _preview])
def test_who_moderates_is_given_nothing_of_a_teammates_voice(
    make: Callable[[Voice], tuple[str, Recording | Consent | Takedown | Preview]],
) -> None:
    voice, moderator = factories.make_voice(), factories.make_moderator()
    name, row = make(voice)
    page = reverse(f"storefront:{name}", args=[row.public_id])
    assert _can_get(moderator, page)
    team = organizations.create_organization(name="Team", by=voice.creator.user)
    team.memberships.create(user=moderator, role="developer")
    assert not _can_get(moderator, page)


@pytest.mark.parametrize("make", [_takedown, _proof])
def test_who_uploaded_a_voice_and_moderates_is_not_given_what_others_read(
    make: Callable[[Voice], tuple[str, Recording | Consent | Takedown]],
) -> None:
    voice = factories.make_voice()
    name, row = make(voice)
    page = reverse(f"storefront:{name}", args=[row.public_id])
    assert not _can_get(appoint_moderator(user=voice.creator.user), page)
    assert not AuditEvent.objects.filter(action__endswith=".heard").exists()


def test_who_moderates_has_the_proof_of_their_own_consent() -> None:
    voice = factories.make_voice()
    _, consent = _reading(voice)
    page = reverse("storefront:consent-evidence", args=[consent.public_id])
    assert _can_get(appoint_moderator(user=voice.creator.user), page)
