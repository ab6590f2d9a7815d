"""A newer statement widens or renews a consent, and whatever the speaker said last counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.compliance.models import AuditEvent
from marketplace.consent import challenges, readings, withdrawal
from marketplace.consent.models import Consent
from marketplace.consent.queries import allows, consent_in_force
from marketplace.enrolment import enrolments
from marketplace.licensing import key_access, reservations
from marketplace.refusals import Refused
from marketplace.voices.models import Enrolment, Voice
from tests import factories

pytestmark = pytest.mark.django_db
ALL = challenges.Agreements(biometric=True, replication=True, terms=True)
OGG = b"OggS and what follows"


@pytest.fixture
def voice() -> Voice:
    """A voice on sale, for audiobooks."""
    voice = factories.make_listing().voice
    factories.make_recording(voice)
    voice.consents.update(uses=["audiobook"])
    return voice


def _challenge(voice: Voice, *uses: str) -> Consent:
    return challenges.issue_challenge(
        voice=voice, uses=uses or ["audiobook", "game"], agreements=ALL, by=voice.creator.user
    )


def _read(voice: Voice, *uses: str) -> Consent:
    """A statement that was read and is being checked."""
    consent = _challenge(voice, *uses)
    return readings.record_statement(consent=consent, data=OGG, by=voice.creator.user)


def _decide(consent: Consent, **found: object) -> Consent:
    return readings.decide(consent_id=consent.pk, transcript="t", scores={}, **found)  # type: ignore[arg-type]


def _end(voice: Voice) -> None:
    voice.consents.update(ends_at=timezone.now() - timedelta(days=1))


def test_a_newer_statement_widens_a_consent_and_the_old_one_counts_until_it_is_verified(
    voice: Voice,
) -> None:
    old = voice.consents.get()
    newer = _read(voice, "audiobook", "game")
    assert consent_in_force(voice) == old
    assert not allows(voice, "game")
    _decide(newer)
    old.refresh_from_db()
    assert (old.state, consent_in_force(voice)) == ("replaced", newer)
    assert allows(voice, "game")
    assert AuditEvent.objects.filter(action="consent.replaced", subject_id=old.pk).exists()


def test_a_newer_statement_that_is_refused_changes_nothing(voice: Voice) -> None:
    old = voice.consents.get()
    _decide(_read(voice), reason_code="words_mismatch")
    assert consent_in_force(voice) == old


def test_an_ended_consent_is_renewed_and_the_voice_speaks_again(voice: Voice) -> None:
    key, _ = factories.make_key(factories.make_licence(voice.listing))
    wanted = factories.wanted(voice.slug, "Hi")
    _end(voice)
    with pytest.raises(key_access.SpeechRefused):
        reservations.reserve(key=key, wanted=wanted)
    _decide(_read(voice))
    assert reservations.reserve(key=key, wanted=wanted).voice == voice


def test_a_moderator_verifies_a_newer_statement_too(voice: Voice) -> None:
    newer = _decide(_read(voice), reason_code="speaker_mismatch", doubtful=True)
    factories.approve(newer)
    assert consent_in_force(voice) == newer


def test_a_withdrawal_is_not_undone_by_a_reading_that_came_before_it(voice: Voice) -> None:
    old, newer = voice.consents.get(), _read(voice)
    withdrawal.revoke(consent=old, by=voice.creator.user)
    assert _decide(newer).state == "refused"
    assert consent_in_force(voice) is None


def test_what_was_taken_out_does_not_come_back_by_a_reading_that_came_before(voice: Voice) -> None:
    old = _decide(_read(voice, "audiobook", "game"))
    waiting = _read(voice, "audiobook", "game")
    withdrawal.narrow(consent=old, uses=["audiobook"], by=voice.creator.user)
    _decide(waiting)
    assert not allows(voice, "game")


def test_of_two_readings_the_one_that_was_issued_last_counts(voice: Voice) -> None:
    first, second = _read(voice, "game"), _read(voice, "audiobook")
    _decide(second)
    assert _decide(first).state == "refused"
    assert consent_in_force(voice) == second


def test_a_statement_is_not_read_once_a_newer_one_was(voice: Voice) -> None:
    first = _challenge(voice)
    _read(voice, "game")
    with pytest.raises(Refused) as refusal:
        readings.record_statement(consent=first, data=OGG, by=voice.creator.user)
    assert refusal.value.code == "challenge_used"
    first.refresh_from_db()
    assert first.state == "challenged"


def test_a_new_statement_that_is_not_verified_leaves_the_notice_of_a_withdrawal_alone() -> None:
    licence = factories.make_licence(factories.make_listing(notice_days=30))
    key, _ = factories.make_key(licence)
    voice = licence.voice
    factories.make_recording(voice)
    withdrawal.revoke(consent=voice.consents.get(), by=voice.creator.user)
    _challenge(voice)
    assert reservations.reserve(key=key, wanted=factories.wanted(voice.slug, "Hi")).voice == voice


def test_a_voice_is_learned_though_its_consent_was_replaced_meanwhile(voice: Voice) -> None:
    consent = voice.consents.get()
    enrolment = enrolments.start_enrolment(voice=voice, consent=consent, by=voice.creator.user)
    enrolments.claim_enrolment(enrolment_id=enrolment.pk)
    _decide(_read(voice))
    version = enrolments.finish_enrolment(
        enrolment_id=enrolment.pk, engine="kokoro-82m", engine_version="1",
        template=b"template", embedding=[0.0] * 256, report={},
    )  # fmt: skip
    assert version is not None
    again = enrolments.start_reenrolment(voice=voice, reason="engine")
    assert again is not None
    assert again.consent == consent_in_force(voice)


def test_an_ended_consent_learns_nothing(voice: Voice) -> None:
    _end(voice)
    with pytest.raises(Refused) as refusal:
        enrolments.start_enrolment(voice=voice, consent=voice.consents.get(), by=voice.creator.user)
    assert refusal.value.code == "consent_missing"
    assert not voice.enrolments.filter(state__in=Enrolment.OPEN).exists()


def test_the_studio_says_that_a_consent_has_ended_and_asks_for_another(
    voice: Voice, client: Client
) -> None:
    client.force_login(voice.creator.user)
    page = reverse("storefront:studio-voice", args=[voice.public_id])
    _end(voice)
    shown = client.get(page).content.decode()
    assert "Your consent ended on" in shown
    assert "Withdraw consent" not in shown
    assert "Show me the statement" in shown


def test_the_studio_shows_the_new_statement_beside_the_consent_in_force(
    voice: Voice, client: Client
) -> None:
    client.force_login(voice.creator.user)
    page = reverse("storefront:studio-voice", args=[voice.public_id])
    assert "Allow more, or for longer" in client.get(page).content.decode()
    statement = _challenge(voice).statement
    shown = client.get(page).content.decode()
    assert statement in shown
    assert "Withdraw consent" in shown
