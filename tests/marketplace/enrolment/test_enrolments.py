"""Enrolment as a task: done once, resumed when its worker dies, abandoned after too many tries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import storage
from marketplace.consent.models import Consent
from marketplace.creators import vault
from marketplace.enrolment import enrolments, previews, queries
from marketplace.policy import services as policy
from marketplace.policy.rules import EXPLANATIONS
from marketplace.queue import Work
from marketplace.refusals import Tampered
from marketplace.voices.models import Enrolment, Voice
from synthesis.audio.decoding import Recording, decode
from synthesis.tasks import learning, own_voice
from synthesis.template import VoiceTemplate
from synthesis.verification import ge2e, stretches
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db
MIX = {"shares": {"jf_alpha": 0.5, "jm_kumo": 0.5}}


@pytest.fixture
def voice() -> Voice:
    return factories.make_voice(synthetic=True)


def _queued(voice: Voice) -> Enrolment:
    return enrolments.start_style_enrolment(voice=voice, style_mix=MIX, by=voice.creator.user)


def _silent_for(enrolment: Enrolment, age: timedelta) -> None:
    Enrolment.objects.filter(pk=enrolment.pk).update(heartbeat_at=timezone.now() - age)


def test_the_task_leaves_an_encrypted_template_and_clips_to_hear(voice: Voice) -> None:
    enrolment = _queued(voice)
    do(Work.ENROL_VOICE, enrolment.pk)
    do(Work.ENROL_VOICE, enrolment.pk)
    version = voice.versions.get()
    sealed = storage.get(version.storage_key)
    plain = vault.get(voice.creator_id, version.storage_key, version.sha256)
    assert VoiceTemplate.from_bytes(plain).details["shares"] == MIX["shares"]
    assert plain[:200] not in sealed
    do(Work.MAKE_PREVIEWS, version.pk)
    for preview in version.previews.all():
        assert decode(storage.get(preview.storage_key)).seconds > 1
        assert len(preview.waveform) == 72


@pytest.mark.slow
def test_a_clip_that_sounds_like_what_is_refused_is_not_made_and_its_creator_sees_why(
    voice: Voice,
) -> None:
    do(Work.ENROL_VOICE, _queued(voice).pk)
    version = voice.versions.get()
    text = "We must kyll all the jews"
    policy.require_fit(text)  # as it is written, nothing speaks against it
    clip = previews.set_own_preview(version=version, text=text, by=voice.creator.user)
    do(Work.MAKE_PREVIEWS, version.pk)
    clip.refresh_from_db()
    assert (clip.storage_key, clip.refused) == ("", EXPLANATIONS["hate"])
    assert not version.previews.filter(storage_key="").exclude(pk=clip.pk).exists()


def test_a_tampered_template_is_not_used(voice: Voice) -> None:
    key = f"templates/{voice.slug}/tampered"
    sha256 = vault.put(voice.creator_id, key, b"the numbers of a voice" * 9)
    sealed = bytearray(storage.get(key))
    sealed[40] ^= 1
    storage.put(key, bytes(sealed))
    with pytest.raises(Tampered):
        vault.get(voice.creator_id, key, sha256)


def test_a_running_enrolment_belongs_to_one_worker_until_it_falls_silent(voice: Voice) -> None:
    enrolment = _queued(voice)
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is None
    assert not queries.stalled_enrolments().exists()
    _silent_for(enrolment, 2 * queries.STALLED_AFTER)
    assert list(queries.stalled_enrolments()) == [enrolment]
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None


def test_an_enrolment_that_kills_every_worker_is_given_up_with_a_message(voice: Voice) -> None:
    enrolment = _queued(voice)
    for _ in range(enrolments.MAX_ATTEMPTS):
        assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None
        _silent_for(enrolment, 2 * queries.STALLED_AFTER)
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is None
    enrolment.refresh_from_db()
    assert enrolment.state == Enrolment.State.FAILED
    assert "try again later" in enrolment.error


def _learning(person: list[Recording]) -> Enrolment:
    voice = factories.make_voice()
    enrolment = Enrolment.objects.create(voice=voice, consent=factories.make_consent(voice))
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None
    enrolment.refresh_from_db()
    heard = [stretches.hear(recording) for recording in person]
    learning._first_impression(enrolment, [], person, own_voice.ConsentingSpeaker(heard, None))
    enrolment.refresh_from_db()
    return enrolment


def test_a_first_impression_is_for_its_creator_alone_while_consent_stands(
    person: list[Recording], client: Client
) -> None:
    enrolment = _learning(person)
    address = reverse("storefront:first-impression", args=[enrolment.public_id])
    client.force_login(factories.make_user("stranger"))
    assert client.get(address).status_code == 404
    client.force_login(enrolment.voice.creator.user)
    heard = decode(client.get(address).content)
    assert heard.seconds > 3
    likeness = [
        ge2e.similarity(ge2e.embed(heard.samples, heard.rate), ge2e.embed(p.samples, p.rate))
        for p in person[:3]
    ]
    assert min(likeness) > 0.65
    Consent.objects.update(state=Consent.State.REVOKED)
    assert client.get(address).status_code == 404


@pytest.mark.slow  # learned for its sake alone
def test_a_first_impression_goes_when_the_voice_is_learned_or_given_up(
    person: list[Recording], django_capture_on_commit_callbacks: Any
) -> None:
    enrolment = _learning(person)
    kept = enrolment.first_impression
    assert storage.get(kept)
    with django_capture_on_commit_callbacks() as callbacks:
        enrolments.fail_enrolment(enrolment_id=enrolment.pk, code="x", message="x")
    enrolment.refresh_from_db()
    assert enrolment.first_impression == ""
    assert (Work.DELETE_OBJECT, kept) in [callback.args for callback in callbacks]
