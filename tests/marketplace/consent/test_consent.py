"""Without consent there is no enrolment, and withdrawn consent silences a voice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_moderator
from marketplace.compliance.models import AuditEvent
from marketplace.consent import challenges, evidence, readings, withdrawal
from marketplace.consent import statement as statements
from marketplace.consent.models import Consent
from marketplace.creators import vault
from marketplace.enrolment import enrolments
from marketplace.licensing import key_access, reservations
from marketplace.queue import Work
from marketplace.refusals import InvalidTransition, Refused
from marketplace.voices import services as voices
from marketplace.voices.models import Recording, Voice
from synthesis.audio.encoding import encode
from synthesis.engines.kokoro import KokoroEngine
from synthesis.verification.hearing import PHRASE_WORDS_HEARD
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db


@pytest.fixture
def voice() -> Voice:
    voice = factories.make_voice()
    factories.make_recording(voice)
    return voice


ALL = challenges.Agreements(biometric=True, replication=True, terms=True)
OGG = b"OggS and what follows"


def _challenge(voice: Voice, **more: Any) -> Consent:
    asked = {"uses": ["audiobook", "game"], "agreements": ALL, "by": voice.creator.user, **more}
    return challenges.issue_challenge(voice=voice, **asked)


def test_a_challenge_names_the_person_the_date_and_fresh_words(voice: Voice) -> None:
    first = _challenge(voice)
    second = _challenge(voice, uses=["game"])
    assert voice.creator.legal_name in first.statement
    assert str(timezone.now().year) in first.statement
    assert len(first.phrase.split()) == 8
    assert first.phrase != second.phrase
    assert first.expires_at - timezone.now() < timedelta(minutes=11)


def test_words_are_not_drawn_until_they_suit(voice: Voice) -> None:
    first = _challenge(voice)
    assert {_challenge(voice).pk for _ in range(3)} == {first.pk}
    assert [_challenge(voice, years=years).pk == first.pk for years in (5, 10)] == [False, True]
    Consent.objects.update(expires_at=timezone.now())
    issued = 0
    with pytest.raises(Refused) as refusal:
        while issued <= challenges.PER_VOICE:
            _challenge(voice)
            Consent.objects.update(expires_at=timezone.now())
            issued += 1
    assert refusal.value.code == "too_many_statements"
    assert voice.consents.count() == challenges.PER_VOICE
    Consent.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert _challenge(voice).phrase != first.phrase


def test_a_creator_asks_for_so_many_statements_in_a_day_whatever_the_voice(
    voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenges, "PER_PERSON", 2)
    other = factories.make_voice(voice.creator)
    factories.make_recording(other)
    _challenge(voice)
    _challenge(other)
    with pytest.raises(Refused) as refusal:
        _challenge(other, uses=["game"])
    assert refusal.value.code == "too_many_statements"
    assert Consent.objects.count() == 2


def test_only_the_person_themselves_can_consent(voice: Voice) -> None:
    stranger = factories.make_user()
    with pytest.raises(Refused) as refusal:
        _challenge(voice, by=stranger)
    assert refusal.value.code == "not_the_creator"
    consent = _challenge(voice)
    with pytest.raises(Refused):
        readings.record_statement(consent=consent, data=OGG, by=stranger)
    consent.refresh_from_db()
    assert consent.state == Consent.State.CHALLENGED


def test_a_challenge_is_good_for_one_reading(voice: Voice) -> None:
    consent = _challenge(voice)
    readings.record_statement(consent=consent, data=OGG, by=voice.creator.user)
    with pytest.raises(Refused) as refusal:
        readings.record_statement(consent=consent, data=OGG, by=voice.creator.user)
    assert refusal.value.code == "challenge_used"


def test_a_challenge_expires(voice: Voice) -> None:
    consent = _challenge(voice)
    consent.expires_at = timezone.now() - timedelta(seconds=1)
    consent.save()
    with pytest.raises(Refused) as refusal:
        readings.record_statement(consent=consent, data=OGG, by=voice.creator.user)
    assert refusal.value.code == "challenge_expired"


def _read(consent: Consent, **found: Any) -> Consent:
    """A reading, and the result of its checks."""
    readings.record_statement(consent=consent, data=OGG, by=consent.voice.creator.user)
    return readings.decide(consent_id=consent.pk, transcript="t", scores={}, **found)


def test_the_third_refused_reading_of_a_day_goes_to_a_moderator(voice: Voice) -> None:
    states = [_read(_challenge(voice), reason_code="words_mismatch").state for _ in range(3)]
    assert states == ["refused", "refused", "review"]
    with pytest.raises(Refused) as refusal:
        _challenge(voice)
    assert refusal.value.code == "with_a_moderator"


def test_a_file_that_no_recorder_made_is_not_taken(voice: Voice) -> None:
    consent = _challenge(voice)
    with pytest.raises(Refused) as refusal:
        readings.record_statement(consent=consent, data=b"RIFF1234WAVE", by=voice.creator.user)
    assert refusal.value.code == "not_from_microphone"
    consent.refresh_from_db()
    assert consent.state == "challenged"


@pytest.mark.parametrize("missing", ["replication", "terms"])
def test_without_replication_or_terms_there_is_no_statement(voice: Voice, missing: str) -> None:
    with pytest.raises(Refused) as refusal:
        _challenge(voice, agreements=replace(ALL, **{missing: False}))
    assert refusal.value.code == "agreement_missing"


def test_who_refuses_to_be_compared_is_verified_by_hand_and_not_shut_out(voice: Voice) -> None:
    consent = _read(_challenge(voice, agreements=replace(ALL, biometric=False)))
    assert (consent.state, consent.reason_code) == ("review", "not_compared")
    assert dict(consent.agreements.values_list("kind", "given")) == {
        "biometric": False, "replication": True, "terms": True,
    }  # fmt: skip
    first, second = factories.make_moderator(), factories.make_moderator()
    assert readings.approve(consent=consent, by=first, note="Met her.").state == "second"
    assert readings.approve(consent=consent, by=second, note="Met her, too.").state == "verified"
    consent.refresh_from_db()
    assert consent.decided_by == second


def test_a_demonstration_that_is_heard_to_be_synthetic_goes_to_a_moderator(voice: Voice) -> None:
    caught = _read(_challenge(voice, demonstration=True), reason_code="synthetic_suspected")
    assert caught.state == "review"
    plain = factories.make_voice()
    factories.make_recording(plain)
    assert _read(_challenge(plain), reason_code="synthetic_suspected").state == "refused"


def test_only_a_moderator_decides_and_not_on_their_own_voice(voice: Voice) -> None:
    consent = _read(_challenge(voice), reason_code="speaker_mismatch", doubtful=True)
    with pytest.raises(Refused) as refusal:
        readings.approve(consent=consent, by=factories.make_user(), note="Fine.")
    assert refusal.value.code == "not_a_moderator"
    appoint_moderator(user=voice.creator.user)
    with pytest.raises(Refused) as refusal:
        readings.approve(
            consent=consent, by=User.objects.get(pk=voice.creator.user_id), note="It is me."
        )
    assert refusal.value.code == "own_voice"


def test_a_narrowed_consent_refuses_what_was_taken_out_at_the_next_request() -> None:
    listing = factories.make_listing()
    key, _ = factories.make_key(factories.make_licence(listing))
    consent = listing.voice.consents.get()
    Consent.objects.filter(pk=consent.pk).update(uses=["audiobook", "game"])
    withdrawal.narrow(consent=consent, uses=["game"], by=listing.voice.creator.user)
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "Hi"))
    assert refusal.value.code == "use_not_consented"
    consent.refresh_from_db()
    assert (consent.uses, consent.revision) == (["game"], 2)


def test_a_consent_that_has_ended_is_silent() -> None:
    listing = factories.make_listing()
    key, _ = factories.make_key(factories.make_licence(listing))
    listing.voice.consents.update(ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "Hi"))
    assert refusal.value.code == "consent_withdrawn"


def test_without_consent_nothing_is_enrolled(voice: Voice) -> None:
    for state in (Consent.State.CHALLENGED, Consent.State.REFUSED, Consent.State.REVOKED):
        consent = factories.make_consent(voice, state)
        with pytest.raises(Refused) as refusal:
            enrolments.start_enrolment(voice=voice, consent=consent, by=voice.creator.user)
        assert refusal.value.code == "consent_missing"
    assert not voice.enrolments.exists()


def test_somebody_elses_consent_does_not_count(voice: Voice) -> None:
    other = factories.make_consent(factories.make_voice())
    with pytest.raises(Refused):
        enrolments.start_enrolment(voice=voice, consent=other, by=voice.creator.user)


def test_consent_withdrawn_while_learning_keeps_nothing(voice: Voice) -> None:
    consent = factories.make_consent(voice)
    enrolment = enrolments.start_enrolment(voice=voice, consent=consent, by=voice.creator.user)
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is not None
    withdrawal.revoke(consent=consent, by=voice.creator.user)
    version = enrolments.finish_enrolment(
        enrolment_id=enrolment.pk,
        engine="kokoro-82m",
        engine_version="1",
        template=b"template",
        embedding=[0.0] * 256,
        report={},
    )
    assert version is None
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.error_code) == ("failed", "consent_withdrawn")


def test_only_a_verified_consent_can_be_withdrawn(voice: Voice) -> None:
    consent = _challenge(voice)
    with pytest.raises(InvalidTransition):
        withdrawal.revoke(consent=consent, by=voice.creator.user)
    consent.refresh_from_db()
    assert consent.state == Consent.State.CHALLENGED


def test_every_step_is_in_the_audit_trail(voice: Voice) -> None:
    consent = _challenge(voice)
    readings.record_statement(consent=consent, data=OGG, by=voice.creator.user)
    readings.decide(consent_id=consent.pk, transcript="t", scores={"similarity": 0.9})
    withdrawal.revoke(consent=consent, by=voice.creator.user)
    actions = AuditEvent.objects.filter(
        subject_type="consent.consent", subject_id=consent.pk
    ).values_list("action", flat=True)
    assert list(reversed(actions)) == [
        "consent.challenged", "consent.recorded", "consent.verified", "consent.revoked",
    ]  # fmt: skip


def test_demonstrations_exist_only_with_sandbox_payments(voice: Voice, settings: object) -> None:
    assert _challenge(voice, demonstration=True).demonstration
    settings.PAYMENT_SANDBOX = False  # type: ignore[attr-defined]
    with pytest.raises(Refused) as refusal:
        _challenge(voice, demonstration=True)
    assert refusal.value.code == "demonstration_not_allowed"


def _speak(engine: KokoroEngine, text: str, style: str) -> bytes:
    chunks = engine.synthesize(text, engine.mix({style: 1.0}))
    return encode(np.concatenate([chunk.samples for chunk in chunks]), "opus")


@pytest.mark.parametrize(
    ("reader", "words", "state", "reason"),
    [
        ("jf_alpha", "statement", "refused", "synthetic_suspected"),
        pytest.param(
            "jf_alpha", "other words", "refused", "words_mismatch", marks=pytest.mark.slow
        ),
        pytest.param("jm_kumo", "statement", "refused", "speaker_mismatch", marks=pytest.mark.slow),
    ],
)
def test_words_and_voice_are_checked_on_real_audio(
    voice: Voice,
    engine: KokoroEngine,
    monkeypatch: pytest.MonkeyPatch,
    reader: str,
    words: str,
    state: str,
    reason: str,
) -> None:
    # the same words every time, as this does not test how well Whisper hears others
    phrase = "engine anchor lantern jungle violet island timber picture"
    monkeypatch.setattr(statements, "fresh_phrase", lambda: phrase)
    known = _speak(engine, "The harbour was calm and the boats were coming home.", "jf_alpha")
    recording = voice.recordings.get()
    factories.record(recording, known)
    consent = _challenge(voice)
    text = consent.statement if words == "statement" else "I would rather read something else now."
    readings.record_statement(
        consent=consent, data=_speak(engine, text, reader), by=voice.creator.user
    )
    do(Work.VERIFY_CONSENT, consent.pk)
    consent.refresh_from_db()
    heard = f"{consent.statement} | {consent.transcript} | {consent.scores}"
    assert (consent.state, consent.reason_code) == (state, reason), heard
    assert consent.scores["phrase_length"] == 8
    assert evidence.reading_of(consent)


def test_an_upload_that_is_no_audio_is_refused_with_its_reason(voice: Voice) -> None:
    recording = voices.add_recording(
        voice=voice, file_name="notes.wav", data=b"Dear diary\n" * 90, by=voice.creator.user
    )
    do(Work.JUDGE_RECORDING, recording.pk)
    recording.refresh_from_db()
    assert recording.state == Recording.State.REFUSED
    assert recording.refusal_code == "not_audio"
    assert "WAV" in recording.refusal


def test_the_same_file_twice_is_one_recording(voice: Voice) -> None:
    for name in ("a.wav", "b.wav"):
        voices.add_recording(voice=voice, file_name=name, data=b"same", by=voice.creator.user)
    assert voice.recordings.filter(bytes=4).count() == 1


def test_two_workers_that_finish_one_enrolment_leave_one_whole_template(voice: Voice) -> None:
    enrolment = enrolments.start_enrolment(
        voice=voice, consent=factories.make_consent(voice), by=voice.creator.user
    )
    enrolments.claim_enrolment(enrolment_id=enrolment.pk)
    outcomes = [
        enrolments.finish_enrolment(
            enrolment_id=enrolment.pk, engine="kokoro-82m", engine_version="1",
            template=template, embedding=[0.1] * 256, report={},
        )
        for template in (b"the first worker's", b"the second worker's")
    ]  # fmt: skip
    version = voice.versions.get()
    assert outcomes == [version, None]
    kept = vault.get(version.voice.creator_id, version.storage_key, version.sha256)
    assert kept == b"the first worker's"


@pytest.mark.slow
def test_a_phrase_that_whisper_skips_at_first_is_heard_again(
    voice: Voice, engine: KokoroEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    skipped = "copper willow button planet mirror purple dancer summer"
    monkeypatch.setattr(statements, "fresh_phrase", lambda: skipped)
    known = _speak(engine, "The harbour was calm and the boats were coming home.", "jf_alpha")
    factories.record(voice.recordings.get(), known)
    consent = _challenge(voice)
    reading = _speak(engine, consent.statement, "jf_alpha")
    readings.record_statement(consent=consent, data=reading, by=voice.creator.user)
    do(Work.VERIFY_CONSENT, consent.pk)
    consent.refresh_from_db()
    assert consent.scores["phrase_words"] >= PHRASE_WORDS_HEARD  # the spoken date differs daily


def test_a_second_reading_does_not_touch_the_first_ones_evidence(voice: Voice) -> None:
    """As in a race: the second has seen the statement unread."""
    consent = _challenge(voice)
    seen = Consent.objects.get(pk=consent.pk)
    first = readings.record_statement(consent=consent, data=OGG, by=voice.creator.user)
    folder = f"consents/{voice.public_id}"
    assert len(default_storage.listdir(folder)[1]) == 1
    with pytest.raises(Refused):
        readings.record_statement(consent=seen, data=OGG + b"another", by=voice.creator.user)
    assert evidence.reading_of(first) == OGG
    assert len(default_storage.listdir(folder)[1]) == 1
