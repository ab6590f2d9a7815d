"""Anyone can find out whether their voice is here, have it taken down, or forbid enrolment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import storage
from marketplace.compliance.models import AuditEvent
from marketplace.consent import withdrawal
from marketplace.consent.challenges import Agreements, issue_challenge
from marketplace.consent.queries import consent_in_force, may_speak
from marketplace.enrolment import enrolments
from marketplace.licensing import key_access, reservations
from marketplace.moderation import searches, services, takedowns
from marketplace.moderation.models import ProtectedVoice, SearchMatch, SpeakerSearch, Takedown
from marketplace.queue import Work
from marketplace.refusals import InvalidTransition, Refused, StorageUnavailable
from marketplace.voices.models import Voice
from marketplace.voices.services import remove_recording
from synthesis.audio.decoding import decode
from synthesis.audio.encoding import encode
from synthesis.audio.resample import resample
from synthesis.benchmarks.readings import phrase_in
from synthesis.transcription.whisper import transcribe
from synthesis.verification.reading_check import speaker_of
from tests import factories, sounds
from tests.mailbox import delivered
from tests.work import do, do_as_queued

pytestmark = pytest.mark.django_db
OGG = sounds.OGG


def _read(**answer: object) -> SpeakerSearch:
    """A search whose reading was listened to."""
    search = searches.record_reading(search=searches.begin_search(), data=OGG, sender="one")
    searches.answer_search(search_id=search.pk, scores={}, **answer)  # type: ignore[arg-type]
    search.refresh_from_db()
    return search


@pytest.fixture(autouse=True)
def _erase_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    do_as_queued(monkeypatch, Work.DELETE_OBJECT)


@pytest.fixture
def voice() -> Voice:
    """A voice on sale."""
    return factories.make_listing().voice


def _speaker(voice: Voice) -> list[float]:
    return [float(x) for x in voice.versions.get().embedding]


def test_a_reading_finds_the_voice_that_is_like_it_and_no_other(voice: Voice) -> None:
    factories.make_listing()
    search = _read(embedding=_speaker(voice))
    assert [match.voice for match in search.matches.all()] == [voice]


def test_a_reading_that_is_not_live_finds_nothing_and_is_erased(
    voice: Voice, django_capture_on_commit_callbacks: object
) -> None:
    search = searches.record_reading(search=searches.begin_search(), data=OGG, sender="one")
    key = search.recording_key
    assert storage.get_encrypted(key, search.recording_sha256) == OGG
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        searches.answer_search(
            search_id=search.pk, scores={}, embedding=None, code="replay_suspected", reason="No."
        )
    search.refresh_from_db()
    assert (search.state, search.matches.count()) == ("refused", 0)
    with pytest.raises(StorageUnavailable):
        storage.get(key)


def test_words_are_read_once_in_time_and_by_a_microphone() -> None:
    search = searches.begin_search()
    with pytest.raises(Refused) as refusal:
        searches.record_reading(search=search, data=b"RIFF1234WAVE", sender="one")
    assert refusal.value.code == "not_from_microphone"
    searches.record_reading(search=search, data=OGG, sender="one")
    with pytest.raises(Refused) as refusal:
        searches.record_reading(search=search, data=OGG, sender="one")
    assert refusal.value.code == "challenge_used"
    late = searches.begin_search()
    late.expires_at = timezone.now() - timedelta(seconds=1)
    with pytest.raises(Refused) as refusal:
        searches.record_reading(search=late, data=OGG, sender="one")
    assert refusal.value.code == "challenge_expired"


def test_who_opts_out_is_kept_as_an_embedding_alone_and_stops_enrolments() -> None:
    embedding = factories.make_embedding(4711)
    protected = searches.opt_out(search=_read(embedding=embedding))
    assert (protected.reason, protected.added_by, protected.note) == ("opted_out", None, "")
    case = services.screen(voice=factories.make_voice(), embedding=embedding)
    assert case is not None
    assert case.like_protected == protected


def test_opting_out_twice_is_one_place_on_the_list() -> None:
    search = _read(embedding=factories.make_embedding(4712))
    searches.opt_out(search=search)
    searches.opt_out(search=search)
    searches.opt_out(search=_read(embedding=factories.make_embedding(4712)))
    assert ProtectedVoice.objects.count() == 1


def test_the_same_voice_takes_itself_off_the_list_and_nobody_else_does() -> None:
    embedding = factories.make_embedding(4713)
    searches.opt_out(search=_read(embedding=embedding))
    assert searches.lift_opt_out(search=_read(embedding=factories.make_embedding(4714))) == 0
    assert searches.lift_opt_out(search=_read(embedding=embedding)) == 1
    assert services.screen(voice=factories.make_voice(), embedding=embedding) is None
    assert np.allclose(ProtectedVoice.objects.get().embedding[:2], [1.0, 0.0])


def test_a_ban_is_not_lifted_by_the_banned() -> None:
    embedding = factories.make_embedding(4715)
    services.protect(embedding=embedding, reason="banned", encoder="test", by=None)
    assert searches.lift_opt_out(search=_read(embedding=embedding)) == 0


def test_an_hour_later_nothing_of_a_search_is_left_but_that_it_was(voice: Voice) -> None:
    search = _read(embedding=_speaker(voice))
    assert searches.forget_searches() == 0
    SpeakerSearch.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert searches.forget_searches() == 1
    search.refresh_from_db()
    assert (search.state, search.embedding, search.recording_key) == ("forgotten", None, "")
    assert not SearchMatch.objects.exists()
    with pytest.raises(Refused) as refusal:
        searches.opt_out(search=search)
    assert refusal.value.code == "search_over"


def _takedown(voice: Voice, **fields: str) -> Takedown:
    return takedowns.request_takedown(
        search=_read(embedding=_speaker(voice)), voice=voice, **fields
    )


def test_an_upheld_takedown_silences_protects_and_tells(
    voice: Voice, django_capture_on_commit_callbacks: object
) -> None:
    key, _ = factories.make_key(factories.make_licence(voice.listing))
    embedding = _speaker(voice)
    takedown = _takedown(voice, email="me@example.com", said="I never met them.")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        takedowns.decide_takedown(
            takedown=takedown, uphold=True, note="The same person.", by=factories.make_moderator()
        )
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(voice.slug, "Hi"))
    assert refusal.value.code == "consent_withdrawn"
    assert services.screen(voice=factories.make_voice(), embedding=embedding) is not None
    told = {address for letter in delivered() for address in letter.to}
    assert {"me@example.com", voice.creator.user.email} <= told
    takedown.refresh_from_db()
    assert (takedown.embedding, takedown.recording_key, takedown.email) == (None, "", "")
    assert AuditEvent.objects.filter(action="takedown.upheld").exists()


def test_a_takedown_ends_the_notice_that_an_earlier_withdrawal_left() -> None:
    licence = factories.make_licence(factories.make_listing(notice_days=730))
    key, _ = factories.make_key(licence)
    voice = licence.voice
    withdrawal.revoke(consent=voice.consents.get(), by=voice.creator.user)
    wanted = factories.wanted(voice.slug, "Hi")
    reservations.reserve(key=key, wanted=wanted)  # the notice runs
    takedowns.decide_takedown(
        takedown=_takedown(voice), uphold=True, note="Theirs.", by=factories.make_moderator()
    )
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=wanted)
    assert refusal.value.code == "consent_withdrawn"
    assert AuditEvent.objects.filter(action="consent.notice_ended").count() == 1


def test_a_voice_that_was_taken_down_is_never_consented_to_again(voice: Voice) -> None:
    by = voice.creator.user
    victims = factories.make_recording(voice)
    takedowns.decide_takedown(
        takedown=_takedown(voice), uphold=True, note="Theirs.", by=factories.make_moderator()
    )
    remove_recording(recording=victims, by=by)
    factories.make_recording(voice)  # the uploader's own, which their own reading would match
    with pytest.raises(Refused) as refusal:
        issue_challenge(
            voice=voice, by=by, uses=["audiobook"], agreements=Agreements(True, True, True)
        )
    assert refusal.value.code == "taken_down"
    with pytest.raises(Refused) as refusal:
        enrolments.start_enrolment(voice=voice, consent=consent_in_force(voice), by=by)
    assert refusal.value.code == "taken_down"


def test_a_consent_that_comes_about_after_a_takedown_makes_nothing_speak(voice: Voice) -> None:
    takedowns.decide_takedown(
        takedown=_takedown(voice), uphold=True, note="Theirs.", by=factories.make_moderator()
    )
    factories.make_consent(voice)
    voice.refresh_from_db()
    assert not may_speak(voice)


def test_a_rejected_takedown_changes_nothing_and_keeps_nothing(voice: Voice) -> None:
    takedown = _takedown(voice)
    takedowns.decide_takedown(
        takedown=takedown, uphold=False, note="Two people.", by=factories.make_moderator()
    )
    takedown.refresh_from_db()
    assert (takedown.state, takedown.embedding) == ("rejected", None)
    assert voice.consents.get().state == "verified"
    assert not ProtectedVoice.objects.exists()
    with pytest.raises(InvalidTransition):
        takedowns.decide_takedown(
            takedown=takedown, uphold=True, note="No, one.", by=factories.make_moderator()
        )


def test_only_what_a_search_found_can_be_reported_and_once(voice: Voice) -> None:
    search = _read(embedding=_speaker(voice))
    with pytest.raises(Refused) as refusal:
        takedowns.request_takedown(search=search, voice=factories.make_listing().voice)
    assert refusal.value.code == "not_found"
    takedowns.request_takedown(search=search, voice=voice)
    with pytest.raises(Refused) as refusal:
        takedowns.request_takedown(search=search, voice=voice)
    assert refusal.value.code == "already_reported"


def test_only_moderators_decide_on_takedowns_and_hear_the_reading(
    voice: Voice, client: Client
) -> None:
    takedown = _takedown(voice)
    with pytest.raises(Refused) as refusal:
        takedowns.decide_takedown(
            takedown=takedown, uphold=True, note="Mine.", by=factories.make_user()
        )
    assert refusal.value.code == "not_a_moderator"
    audio = reverse("storefront:takedown-audio", args=[takedown.public_id])
    decide = reverse("storefront:decide-takedown", args=[takedown.public_id])
    client.force_login(voice.creator.user)
    assert client.get(audio).status_code == 403
    assert client.post(decide, {"decision": "uphold", "note": "x"}).status_code == 403
    client.force_login(factories.make_moderator())
    assert b"".join(client.get(audio)).startswith(b"RIFF")  # as it was judged, not as it was sent
    assert voice.name in client.get(reverse("storefront:moderation")).content.decode()
    client.post(decide, {"decision": "uphold", "note": "The same person."})
    takedown.refresh_from_db()
    assert takedown.state == "upheld"


def test_a_search_belongs_to_the_browser_that_began_it(voice: Voice, client: Client) -> None:
    begin = reverse("storefront:my-voice-begin")
    client.post(begin)
    assert not SpeakerSearch.objects.exists()  # the box was not ticked
    client.post(begin, {"biometric": "1"})
    search = SpeakerSearch.objects.get()
    page = reverse("storefront:my-voice")
    assert search.statement in client.get(page).content.decode()
    other = Client()
    assert search.statement not in other.get(page).content.decode()
    reading = {"recording": SimpleUploadedFile("reading.ogg", OGG)}
    assert other.post(reverse("storefront:my-voice-record"), reading).status_code == 404
    reading = {"recording": SimpleUploadedFile("reading.ogg", OGG)}
    client.post(reverse("storefront:my-voice-record"), reading)
    searches.answer_search(search_id=search.pk, scores={}, embedding=_speaker(voice))
    assert voice.name in client.get(page).content.decode()
    report = reverse("storefront:my-voice-report", args=[voice.public_id])
    assert other.post(report).status_code == 404
    client.post(report, {"email": "no address"})
    assert not Takedown.objects.exists()
    client.post(report, {"email": "me@example.com"})
    assert Takedown.objects.get().voice == voice
    client.post(reverse("storefront:my-voice-opt-out"))
    assert ProtectedVoice.objects.count() == 1


def test_a_voice_that_is_not_on_sale_is_found_without_its_name(client: Client) -> None:
    voice = factories.make_listing(state="draft").voice
    client.post(reverse("storefront:my-voice-begin"), {"biometric": "1"})
    search = SpeakerSearch.objects.get()
    searches.record_reading(search=search, data=OGG, sender="one")
    searches.answer_search(search_id=search.pk, scores={}, embedding=_speaker(voice))
    page = client.get(reverse("storefront:my-voice")).content.decode()
    assert "A voice that is not on sale" in page
    assert voice.name not in page


def test_a_public_figure_is_protected_by_a_moderator_from_recordings(
    people: dict[str, list[Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(path) for path in people[min(people)]]
    version = factories.make_listing().voice.versions.get()
    version.embedding = speaker_of([decode(Path(files[0]).read_bytes())]).ge2e.tolist()
    version.save()
    options = {"reason": "public_figure", "note": "A president."}
    with pytest.raises(CommandError):
        call_command("protect_voice", *files[1:4], by=factories.make_user().email, **options)
    call_command("protect_voice", *files[1:4], by=factories.make_moderator().email, **options)
    assert version.voice.slug in capsys.readouterr().out
    own = speaker_of([decode(Path(files[5]).read_bytes())]).ge2e.tolist()
    case = services.screen(voice=factories.make_voice(), embedding=own)
    assert case is not None
    assert case.like_protected == ProtectedVoice.objects.get()


@pytest.mark.slow
def test_a_real_person_finds_their_own_voice(
    people: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted(people)[:2]
    enrolled = {}
    for name in names:
        others = [decode(path.read_bytes()) for path in people[name][3:]]
        version = factories.make_listing().voice.versions.get()
        version.embedding = speaker_of(others).ge2e.tolist()
        version.save()
        enrolled[name] = version.voice
    takes = [decode(path.read_bytes()) for path in people[names[0]][:3]]
    samples = np.concatenate([take.samples for take in takes])
    reading = replace(takes[0], samples=samples)
    said = transcribe(reading.samples, reading.rate)
    monkeypatch.setattr(searches, "STATEMENT", said)
    monkeypatch.setattr(searches.statements, "fresh_phrase", lambda: str(phrase_in(said)))
    opus = encode(resample(samples, reading.rate, 24_000), "opus")
    search = searches.record_reading(search=searches.begin_search(), data=opus, sender="one")
    do(Work.HEAR_SEARCH, search.pk)
    search.refresh_from_db()
    assert search.state == "answered", (search.reason, search.scores)
    assert [match.voice for match in search.matches.all()] == [enrolled[names[0]]]


def _stored(folder: str) -> set[str]:
    return {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}


def test_a_reading_that_comes_too_late_is_not_stored() -> None:
    search = searches.record_reading(search=searches.begin_search(), data=OGG, sender="one")
    before = _stored("searches")
    with pytest.raises(Refused):
        searches.record_reading(search=search, data=OGG, sender="one")
    assert _stored("searches") == before


def test_a_reading_that_no_search_has_is_erased_within_the_hour_and_a_takedowns_is_kept(
    voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    takedown = _takedown(voice, email="speaker@example.com")
    storage.put_encrypted("searches/left-by-a-lost-message", OGG)
    searches.forget_searches()
    assert "searches/left-by-a-lost-message" in _stored("searches")
    monkeypatch.setattr(storage, "STRAY_AFTER", timedelta(seconds=-5))
    searches.forget_searches()
    assert _stored("searches") == {takedown.recording_key}
