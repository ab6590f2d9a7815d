"""Work that ends its worker each time is given up after three attempts, with a word to whoever waits."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.attempts import MOST
from marketplace.celery import app
from marketplace.compliance.models import AuditEvent
from marketplace.consent import challenges, checks, readings
from marketplace.consent.models import Consent
from marketplace.enrolment import previews
from marketplace.listings import samples
from marketplace.listings.models import Sample
from marketplace.moderation import searches
from marketplace.provenance import services as provenance
from marketplace.provenance.models import Examination
from marketplace.queue import Work
from marketplace.refusals import StorageUnavailable
from marketplace.voices import services as voices
from marketplace.voices.models import Enrolment, Preview, Recording, VoiceVersion
from synthesis.audio.decoding import Recording as Decoded
from synthesis.refusals import TooSlow
from synthesis.tasks import examining, learning, listening
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db
ALL = challenges.Agreements(biometric=True, replication=True, terms=True)
OGG = b"OggS and what follows"
Begun = list[int]


SLOW = pytest.mark.parametrize("slow", [SoftTimeLimitExceeded, TooSlow])


class WorkerKilled(BaseException):
    """What a worker that is killed does not catch."""


def _kill(begun: Begun) -> Any:
    def killed(*_: Any, **__: Any) -> None:
        begun.append(1)
        raise WorkerKilled

    return killed


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Begun:
    """One entry for each time that a worker began; each is killed while it decodes."""
    begun: Begun = []
    monkeypatch.setattr(listening.decoding, "decode", _kill(begun))
    monkeypatch.setattr(examining, "decode", _kill(begun))
    return begun


def _sweep(monkeypatch: pytest.MonkeyPatch, sweep: Work, times: int = MOST + 3) -> None:
    """Look for stalled work again and again, and do what is queued for as long as a worker lives."""
    queued: list[tuple[str, Any]] = []
    monkeypatch.setattr(app, "send_task", lambda name, args=(), **_: queued.append((name, args)))
    for _ in range(times):
        cache.clear()
        do(sweep)
        while queued:
            name, args = queued.pop()
            if name in {
                Work.JUDGE_RECORDING,
                Work.VERIFY_CONSENT,
                Work.EXAMINE,
                Work.HEAR_SAMPLE,
                Work.MAKE_PREVIEWS,
            }:
                with suppress(WorkerKilled, SoftTimeLimitExceeded, TooSlow):
                    do(Work(name), *args)


def _being_checked() -> Consent:
    voice = factories.make_voice()
    factories.record(factories.make_recording(voice), b"a quarter of an hour")
    consent = challenges.issue_challenge(
        voice=voice, uses=["audiobook"], agreements=ALL, by=voice.creator.user
    )
    consent = readings.record_statement(consent=consent, data=OGG, by=voice.creator.user)
    Consent.objects.update(recorded_at=timezone.now() - timedelta(minutes=10))
    return consent


def test_a_reading_that_no_worker_can_check_goes_to_two_moderators(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = _being_checked()
    _sweep(monkeypatch, Work.RESUME_STALLED_WORK)
    consent.refresh_from_db()
    assert len(begun) == MOST
    assert (consent.state, consent.reason_code) == (Consent.State.REVIEW, "not_checked")
    assert checks.needs_second(consent)
    assert AuditEvent.objects.filter(action="consent.review", subject_id=consent.pk).exists()


@SLOW
def test_a_reading_whose_check_takes_too_long_goes_to_moderators(
    monkeypatch: pytest.MonkeyPatch, slow: type[Exception]
) -> None:
    def too_slow(*_: Any, **__: Any) -> None:
        raise slow

    consent = _being_checked()
    monkeypatch.setattr(listening.decoding, "decode", too_slow)
    _sweep(monkeypatch, Work.RESUME_STALLED_WORK)
    consent.refresh_from_db()
    assert (consent.state, consent.reason_code) == (Consent.State.REVIEW, "not_checked")


def test_ten_long_recordings_are_compared_for_five_minutes_in_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    voice = factories.make_voice()
    for number in range(10):
        factories.record(factories.make_recording(voice), b"take %d" % number)
    long = Decoded(np.ones(900 * 100, np.float32), 100, "wav")
    monkeypatch.setattr(listening.decoding, "decode", lambda _: long)
    compared = [recording.seconds for recording in listening._compared_with(voice)]
    assert compared == [30.0] * 10


def test_a_store_that_is_away_is_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise StorageUnavailable

    consent = _being_checked()
    monkeypatch.setattr(listening.evidence, "reading_of", away)
    for _ in range(MOST + 1):
        with pytest.raises(StorageUnavailable):
            app.tasks[Work.VERIFY_CONSENT].run(consent.pk)
    consent.refresh_from_db()
    assert (consent.state, consent.attempts) == (Consent.State.CHECKING, 0)


def test_a_recording_that_no_worker_can_judge_is_refused(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = factories.make_voice()
    recording = voices.add_recording(
        voice=voice, file_name="a.wav", data=b"RIFF", by=voice.creator.user
    )
    Recording.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    _sweep(monkeypatch, Work.RESUME_STALLED_WORK)
    recording.refresh_from_db()
    assert len(begun) == MOST
    assert (recording.state, recording.refusal_code) == (Recording.State.REFUSED, "not_judged")
    assert "WAV" in recording.refusal
    assert AuditEvent.objects.filter(action="recording.given_up").exists()


@SLOW
def test_a_recording_that_was_not_checked_in_time_is_kept_and_can_be_tried_again_in_the_studio(
    monkeypatch: pytest.MonkeyPatch, client: Client, slow: type[Exception]
) -> None:
    def too_slow(*_: Any, **__: Any) -> None:
        raise slow

    voice = factories.make_voice()
    recording = voices.add_recording(
        voice=voice, file_name="a.wav", data=b"RIFF", by=voice.creator.user
    )
    monkeypatch.setattr(listening.decoding, "decode", too_slow)
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    again = reverse("storefront:judge-again", args=[recording.public_id])
    page = reverse("storefront:studio-voice", args=[voice.public_id])
    for _ in range(MOST):
        do(Work.JUDGE_RECORDING, recording.pk)
        recording.refresh_from_db()
        assert (recording.state, recording.refusal_code) == ("refused", "too_slow")
        text = client.get(page).text
        assert "could not check this recording in time" in text
        assert f'action="{again}"' in text
        assert "WAV and upload" not in text
        assert client.post(again)["Location"] == f"{page}#step-recordings"
        recording.refresh_from_db()
        assert (recording.state, recording.refusal) == ("uploaded", "")
    do(Work.JUDGE_RECORDING, recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.refusal_code) == ("refused", "not_judged")
    client.post(again)
    recording.refresh_from_db()
    assert recording.state == "refused"


@SLOW
def test_a_check_that_takes_too_long_is_retried_at_once_until_moderators_get_the_reading(
    monkeypatch: pytest.MonkeyPatch, slow: type[Exception]
) -> None:
    begun: Begun = []

    def too_slow(*_: Any, **__: Any) -> None:
        begun.append(1)
        raise slow

    consent = _being_checked()
    monkeypatch.setattr(listening.decoding, "decode", too_slow)
    assert app.tasks[Work.VERIFY_CONSENT].apply(args=[consent.pk]).successful()
    consent.refresh_from_db()
    assert len(begun) == MOST
    assert (consent.state, consent.reason_code) == (Consent.State.REVIEW, "not_checked")


def test_a_clip_that_no_worker_can_examine_is_refused(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    examination = provenance.begin_examination(data=b"a clip", sender="one")
    Examination.objects.update(created_at=timezone.now() - timedelta(minutes=15))
    _sweep(monkeypatch, Work.FORGET_CLIPS)
    examination.refresh_from_db()
    assert len(begun) == MOST
    assert (examination.state, examination.reason_code) == ("refused", "not_examined")


def test_a_sample_that_no_worker_can_hear_is_refused(
    monkeypatch: pytest.MonkeyPatch, begun: Begun
) -> None:
    sample = samples.begin_sample(data=b"a sample", agreed=True, holder="0" * 64, sender="one")
    Sample.objects.update(created_at=timezone.now() - timedelta(minutes=15))
    _sweep(monkeypatch, Work.FORGET_SAMPLES)
    sample.refresh_from_db()
    assert len(begun) == MOST
    assert (sample.state, sample.reason_code) == ("refused", "not_heard")


def _own_clip() -> Preview:
    voice = factories.make_voice(synthetic=True)
    version = factories.make_version(voice, None)
    VoiceVersion.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    version.previews.all().delete()
    return previews.set_own_preview(
        version=version, text="The tide comes in at noon.", by=voice.creator.user
    )


def _spoken(monkeypatch: pytest.MonkeyPatch, synthesize: Any) -> None:
    engine = SimpleNamespace(synthesize=synthesize, sample_rate=24_000)
    monkeypatch.setattr(learning, "engine_for", lambda _: engine)
    monkeypatch.setattr(learning, "template_of", lambda *_: None)
    monkeypatch.setattr(learning, "_may_be_heard", lambda *_: True)


def test_a_preview_that_no_worker_can_speak_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = _own_clip()
    begun: Begun = []
    _spoken(monkeypatch, _kill(begun))
    _sweep(monkeypatch, Work.RESUME_STALLED_WORK)
    clip.refresh_from_db()
    assert len(begun) == MOST
    assert "Choose another text" in clip.refused


def test_a_preview_is_not_spoken_beyond_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = _own_clip()
    spoken: Begun = []

    def endless(*_: Any) -> Any:
        while len(spoken) < 60:  # five minutes
            spoken.append(1)
            yield SimpleNamespace(samples=np.zeros(5 * 24_000, np.float32))

    _spoken(monkeypatch, endless)
    do(Work.MAKE_PREVIEWS, clip.version_id)
    clip.refresh_from_db()
    assert "shorter" in clip.refused
    assert len(spoken) == previews.LONGEST_CLIP / 5 + 1


def test_a_clip_that_was_not_read_in_time_is_tried_again_before_it_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: Begun = []

    def too_slow(*_: Any, **__: Any) -> None:
        begun.append(1)
        raise TooSlow

    examination = provenance.begin_examination(data=b"a clip", sender="one")
    monkeypatch.setattr(examining, "decode", too_slow)
    assert app.tasks[Work.EXAMINE].apply(args=[examination.pk]).successful()
    examination.refresh_from_db()
    assert len(begun) == MOST
    assert (examination.state, examination.reason_code) == ("refused", "not_examined")


def test_a_voice_whose_recordings_were_not_read_in_time_can_be_learned_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_slow(*_: Any, **__: Any) -> None:
        raise TooSlow

    voice = factories.make_voice()
    factories.record(factories.make_recording(voice), b"a take")
    enrolment = Enrolment.objects.create(voice=voice, consent=factories.make_consent(voice))
    monkeypatch.setattr(learning, "catch_up", lambda: None)
    monkeypatch.setattr(learning, "decode", too_slow)
    do(Work.ENROL_VOICE, enrolment.pk)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.error_code) == (Enrolment.State.FAILED, "too_slow")
    assert "nothing need be wrong" in enrolment.error
    assert voice.recordings.get().state == Recording.State.ACCEPTED


@SLOW
def test_a_search_that_takes_too_long_is_answered(
    monkeypatch: pytest.MonkeyPatch, slow: type[Exception]
) -> None:
    def too_slow(*_: Any, **__: Any) -> None:
        raise slow

    search = searches.record_reading(search=searches.begin_search(), data=OGG, sender="one")
    monkeypatch.setattr(listening.reading_check, "check", too_slow)
    monkeypatch.setattr(
        listening.decoding, "decode", lambda *_, **__: Decoded(np.zeros(9, np.float32), 16_000, "")
    )
    do(Work.HEAR_SEARCH, search.pk)
    search.refresh_from_db()
    assert (search.state, search.reason_code, search.recording_key) == ("refused", "too_slow", "")
    assert "nothing need be wrong" in search.reason
