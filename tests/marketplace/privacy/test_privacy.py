"""A person's export contains everything about them; after erasure no store has anything."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from storages.backends.s3 import S3File

from marketplace import dates, sending, storage
from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_auditor
from marketplace.api.models import SpeechJob, SpeechJobItem
from marketplace.compliance.models import AuditEvent
from marketplace.consent import invitations
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.creators import vault
from marketplace.creators.services import become_creator
from marketplace.licensing import reservations
from marketplace.licensing.models import Licence
from marketplace.moderation import services as moderation
from marketplace.moderation.models import Case
from marketplace.policy.models import Refusal
from marketplace.privacy import downloads, inventory, kept_copies, services
from marketplace.privacy.copies import data_of, make_copy
from marketplace.privacy.impersonal import IMPERSONAL
from marketplace.privacy.models import PrivacyRequest, RetainedRecord
from marketplace.queue import Work
from marketplace.refusals import KeyDestroyed, Refused, StorageUnavailable, Tampered
from marketplace.trials import services as trials
from marketplace.trials.models import Trial
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage
from synthesis.cache import AudioCache
from synthesis.engines.interface import AudioChunk
from tests import factories
from tests.mailbox import delivered
from tests.work import do, do_as_queued

pytestmark = pytest.mark.django_db
JSON = "application/json"
MARKER = "zanzibarquux"
ERASURE, EXPORT = PrivacyRequest.Kind.ERASURE, PrivacyRequest.Kind.EXPORT


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    do_as_queued(monkeypatch, Work.DELETE_OBJECT, Work.FORGET_AUDIO)


@pytest.fixture
def person() -> User:
    """A creator who sells a voice and buys another's, with a marker wherever text is stored."""
    user = User.objects.create_user(
        f"{MARKER}@example.com", factories.PASSWORD, first_name=MARKER, last_name=MARKER
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    creator = become_creator(
        user=user, display_name=f"{MARKER} Voice", legal_name=f"Kim {MARKER}", country="US"
    )
    voice = factories.make_voice(creator, name=f"{MARKER} deep", description=f"As {MARKER} speaks")
    recording = factories.make_recording(voice)
    recording.file_name, recording.transcript = f"{MARKER}.wav", f"I am {MARKER}"
    recording.storage_key = f"recordings/{voice.public_id}/one"
    recording.save()
    factories.record(recording, b"RIFF " + MARKER.encode())
    listing = factories.make_listing(voice, headline=f"{MARKER} reads", attribution=MARKER)
    consent = voice.consents.get()
    consent.legal_name, consent.statement = f"Kim {MARKER}", f"I, Kim {MARKER}, agree."
    consent.transcript, consent.recording_key = f"I came {MARKER} agree", f"consents/{MARKER}"
    consent.recording_sha256 = vault.put(creator.pk, consent.recording_key, MARKER.encode())
    consent.save()
    version = voice.versions.get()
    version.sha256 = vault.put(creator.pk, version.storage_key, f"template {MARKER}".encode())
    version.report = {"heard": MARKER}
    version.save()
    preview = version.previews.get()
    preview.text = f"Hello from {MARKER}"
    preview.save()
    storage.put(preview.storage_key, b"ID3 " + MARKER.encode())
    SpeakerInvitation.objects.create(
        voice=factories.make_voice(creator), legal_name=MARKER, email=f"{MARKER}@agency.example",
        token_sha256="0" * 64, invited_by=user, expires_at=timezone.now(),
    )  # fmt: skip
    Case.objects.create(
        voice=voice, like_voice=factories.make_voice(), similarity=5.0, state=Case.State.OPEN
    )
    moderation.decide_case(
        case=Case.objects.get(), allow=True, note=f"{MARKER} is a twin",
        by=factories.make_moderator(),
    )  # fmt: skip
    factories.make_licence(listing)
    _buy(user)
    Client().force_login(user)
    cache.set(f"preview:{preview.storage_key}", MARKER.encode(), 300)
    AudioCache(settings.REDIS_URL).put("k", [_chunk()], written=5, voice=str(voice.pk))
    return user


def _chunk() -> AudioChunk:
    import numpy as np

    samples = np.frombuffer(MARKER.encode().ljust(16), np.float32)
    return AudioChunk(samples=samples, start=0, end=5, offset=0, rate=24_000, words=())


def _buy(user: User) -> None:
    """What a buyer leaves behind."""
    key, _ = factories.make_key(factories.make_licence(factories.make_listing(), user))
    key.name, key.networks = f"{MARKER} key", ["10.0.0.0/8"]
    key.save()
    trials.ask(
        slug=factories.make_listing().voice.slug, line=f"Say {MARKER} please.", holder="h",
        asked_from="n", user=user,
    )  # fmt: skip
    own = organizations.personal_organization(user)
    Refusal.objects.create(
        organization=own, api_key=key, voice="v", category="fraud", rule="r", text_sha256="0",
        appeal=f"{MARKER} means well",
    )  # fmt: skip
    endpoint = WebhookEndpoint.objects.create(
        organization=own, owner=user, url=f"https://{MARKER}.example/hook", sealed_secret=b"x"
    )
    WebhookMessage.objects.create(
        endpoint=endpoint, message_id="m", kind="licence.created", payload={"for": MARKER}
    )
    generation = reservations.reserve(
        key=key, wanted=factories.wanted(key.licences.get().voice.slug, MARKER)
    )
    job = SpeechJob.objects.create(api_key=key, organization=own, audio_format="mp3")
    item = SpeechJobItem(
        job=job, position=0, generation=generation, storage_key=storage_key_of_job()
    )
    item.seal(f"Say {MARKER}")
    item.save()


def storage_key_of_job() -> str:
    key = "jobs/test/0"
    storage.put(key, MARKER.encode())
    return key


def _tables_with_marker() -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{MARKER}%"]
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def _objects(folder: str = "") -> Iterator[str]:
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}".strip("/") for name in files)
    for name in folders:
        if name:
            yield from _objects(f"{folder}/{name}".strip("/"))


def _objects_with_marker() -> set[str]:
    return {key for key in _objects() if MARKER in key or MARKER.encode() in storage.get(key)}


def _cached_with_marker() -> set[bytes]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    found = set()
    for key in client.scan_iter():
        kind = client.type(key)
        value = (
            client.get(key)
            if kind == b"string"
            else repr(client.hgetall(key)).encode()
            if (kind == b"hash")
            else b""
        )
        if MARKER.encode() in key + (value or b""):
            found.add(key)
    return found


def _erase(user: User, run: object) -> PrivacyRequest:
    request = services.ask(user=user, kind=ERASURE)
    with run(execute=True):  # type: ignore[operator]
        do(Work.FULFIL_PRIVACY_REQUEST, request.pk)
    request.refresh_from_db()
    return request


def test_after_erasure_no_store_knows_the_person(
    person: User, django_capture_on_commit_callbacks: object
) -> None:
    creator = person.creator
    assert len(_tables_with_marker()) >= 15
    assert _objects_with_marker()
    assert _cached_with_marker()
    recording = creator.voices.first().recordings.get()
    assert Trial.objects.filter(user=person).exists()
    request = _erase(person, django_capture_on_commit_callbacks)
    assert request.state == "done"
    assert not Trial.objects.exists()
    assert delivered()[-1].to == [f"{MARKER}@example.com"]
    assert _tables_with_marker() == set()
    assert _objects_with_marker() == set()
    assert _cached_with_marker() == set()
    with pytest.raises(StorageUnavailable):
        storage.get(recording.storage_key)
    with pytest.raises(KeyDestroyed):
        vault.put(creator.pk, "recordings/again", b"x")
    # a recording, a reading, a template, a clip, an item of a job
    assert request.report["objects"] == 5


def test_what_the_law_makes_us_keep_is_sealed_and_opened_by_auditors_alone(
    person: User,
    django_capture_on_commit_callbacks: object,
    capsys: pytest.CaptureFixture[str],
) -> None:
    request = _erase(person, django_capture_on_commit_callbacks)
    assert request.report["kept"]["consent.consent"] == "contract"
    record = RetainedRecord.objects.get(subject_type="consent.consent")
    assert record.until > (timezone.now() + timedelta(days=3 * 365)).date()
    with pytest.raises(Refused):
        services.open_retained(record=record, by=factories.make_moderator(), reason="A claim.")
    auditor = appoint_auditor(user=factories.make_user())
    opened = services.open_retained(record=record, by=auditor, reason="A claim.")
    assert opened["legal_name"] == f"Kim {MARKER}"
    assert AuditEvent.objects.filter(action="retained.opened", actor=auditor).exists()
    subject = f"consent.consent:{record.subject_id}"
    call_command("open_retained", subject, by=auditor.email, reason="A claim.")
    assert f"Kim {MARKER}" in capsys.readouterr().out


def test_of_who_never_sold_or_bought_nothing_is_kept(
    django_capture_on_commit_callbacks: object,
) -> None:
    voice = factories.make_voice()
    factories.make_consent(voice)
    request = _erase(voice.creator.user, django_capture_on_commit_callbacks)
    assert request.report["kept"] == {}
    assert not RetainedRecord.objects.exists()


def test_who_asked_for_a_copy_gets_a_letter_with_the_way_to_it_once_it_is_ready(
    person: User,
) -> None:
    copy = services.ask(user=person, kind=EXPORT)
    before = len(delivered())
    do(Work.MAKE_COPY, copy.pk)
    [letter] = delivered()[before:]
    assert letter.to == [person.email]
    assert "is ready" in letter.body
    assert reverse("storefront:privacy") in letter.body


def test_retained_records_and_copies_end_by_themselves(
    person: User, django_capture_on_commit_callbacks: object
) -> None:
    copy = services.ask(user=person, kind=EXPORT)
    do(Work.MAKE_COPY, copy.pk)
    PrivacyRequest.objects.update(finished_at=timezone.now() - timedelta(days=8))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert services.forget_what_is_over()["copies"] == 1
    copy.refresh_from_db()
    assert (copy.state, copy.storage_key) == ("forgotten", "")
    _erase(person, django_capture_on_commit_callbacks)
    RetainedRecord.objects.update(until=timezone.now().date())
    assert services.forget_what_is_over()["records"] > 5
    assert not RetainedRecord.objects.exists()


def test_an_erased_person_is_signed_out_silent_and_told(
    person: User, django_capture_on_commit_callbacks: object
) -> None:
    browser = Client()
    browser.force_login(person)
    voice = person.creator.voices.first()
    sold = Licence.objects.get(voice=voice)
    _erase(person, django_capture_on_commit_callbacks)
    assert browser.get(reverse("storefront:studio")).status_code == 302
    assert voice.consents.get().state == Consent.State.REVOKED
    sold.refresh_from_db()
    assert sold.terms["creator"] == inventory.ERASED
    assert sold.terms["price_minor"] > 0
    assert any(letter.to == [f"{MARKER}@example.com"] for letter in delivered())
    assert not Client().login(username=f"{MARKER}@example.com", password=factories.PASSWORD)


def test_a_copy_has_every_row_and_the_audio_and_no_template(person: User) -> None:
    request = services.ask(user=person, kind=EXPORT)
    assert services.ask(user=person, kind=EXPORT) == request
    do(Work.MAKE_COPY, request.pk)
    request.refresh_from_db()
    sent = b"".join(kept_copies.copy_of(request=request, by=person).parts())
    with zipfile.ZipFile(io.BytesIO(sent)) as packed:
        rows = json.loads(packed.read("data.json"))
        audio = {name: packed.read(name) for name in packed.namelist() if name.startswith("audio")}
        assert "missing.txt" not in packed.namelist()
    assert rows["creators.creator"][0]["legal_name"] == f"Kim {MARKER}"
    assert rows["api.speechjobitem"][0]["text"] == f"Say {MARKER}"
    assert rows["trials.trial"][0]["text"] == f"Say {MARKER} please."
    assert len(rows["licensing.licence"]) == 2
    assert b"RIFF " + MARKER.encode() in audio.values()
    assert not any(b"template" in heard for heard in audio.values())


def test_a_copy_is_for_its_person_alone(person: User, client: Client) -> None:
    request = services.ask(user=person, kind=EXPORT)
    do(Work.MAKE_COPY, request.pk)
    url = reverse("storefront:copy", args=[request.public_id])
    assert client.get(url).status_code == 302
    client.force_login(factories.make_user())
    assert client.get(url).status_code == 404
    client.force_login(person)
    assert b"".join(client.get(url))[:2] == b"PK"
    assert "Download" in client.get(reverse("storefront:privacy")).content.decode()


def test_erasure_is_confirmed_by_the_address_and_its_page_has_no_name(
    person: User, client: Client, django_capture_on_commit_callbacks: object
) -> None:
    client.force_login(person)
    erase = reverse("storefront:ask-erasure")
    client.post(erase, {"confirm": "somebody@example.com"})
    assert not PrivacyRequest.objects.exists()
    answer = client.post(erase, {"confirm": person.email})
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        do(Work.FULFIL_PRIVACY_REQUEST, PrivacyRequest.objects.get().pk)
    page = client.get(answer["Location"]).content.decode()
    assert MARKER not in page
    assert "Recordings" in page


def test_who_is_owed_money_or_alone_owns_a_team_is_not_erased_yet(person: User) -> None:
    team = organizations.create_organization(name="Team", by=person)
    team.memberships.create(user=factories.make_user(), role="developer")
    with pytest.raises(Refused) as refusal:
        services.ask(user=person, kind=ERASURE)
    assert refusal.value.code == "last_owner"


def test_a_team_keeps_an_owner_while_the_erasure_of_another_waits() -> None:
    going, staying = factories.make_user(), factories.make_user()
    team = organizations.create_organization(name="Team", by=going)
    membership = team.memberships.create(user=staying, role="owner")
    team.memberships.create(user=factories.make_user(), role="developer")
    request = services.ask(user=going, kind=ERASURE)
    for act in (
        lambda: organizations.remove_member(membership=membership, by=staying),
        lambda: organizations.change_role(membership=membership, role="admin", by=staying),
        lambda: services.ask(user=staying, kind=ERASURE),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "last_owner"
    services.erase(request=request, say=lambda *_: None)
    assert [each.user for each in team.memberships.filter(role="owner")] == [staying]


def test_over_the_api_only_an_account_key_of_ones_own_asks(person: User, client: Client) -> None:
    from marketplace.licensing import api_keys as licensing

    own = organizations.personal_organization(person)
    licence = Licence.objects.get(organization=own)
    _, plain = licensing.create_key(organization=own, by=person, name="k", licences=[licence])
    _, mighty = licensing.create_key(
        organization=own, by=person, name="k", licences=[licence], scopes=["account"]
    )
    url = "/v1/account/copies"
    assert client.post(url, headers={"Authorization": f"Bearer {plain}"}).status_code == 403
    headers = {"Authorization": f"Bearer {mighty}"}
    asked = client.post(url, headers=headers)
    assert asked.status_code == 202
    do(Work.MAKE_COPY, PrivacyRequest.objects.get().pk)
    state = client.get(f"{url}/{asked.json()['id']}", headers=headers)
    assert state.json()["state"] == "done"
    download = client.get(f"{url}/{asked.json()['id']}?download=1", headers=headers)
    assert b"".join(download)[:2] == b"PK"
    wrong = client.post(
        "/v1/account/erasure", {"confirm": "x@example.com"}, headers=headers, content_type=JSON
    )
    assert wrong.json()["code"] == "not_confirmed"
    right = client.post(
        "/v1/account/erasure", {"confirm": person.email}, headers=headers, content_type=JSON
    )
    assert right.status_code == 202


def test_the_page_makes_a_key_that_copies_and_erases_and_speaks_nothing(
    person: User, client: Client
) -> None:
    client.force_login(person)
    page = client.post(reverse("storefront:account-key"), follow=True).text
    secret = page.split('id="secret">')[1].split("<")[0]
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post("/v1/account/copies", headers=headers).status_code == 202
    speech = {"model": "timbre-1", "input": "Hi", "voice": person.creator.voices.first().slug}
    answer = client.post("/v1/audio/speech", speech, headers=headers, content_type=JSON)
    assert answer.json()["code"] == "scope_missing"


def test_what_was_measured_of_a_voice_ends_three_years_after_its_consent(
    person: User, django_capture_on_commit_callbacks: object
) -> None:
    voice = person.creator.voices.first()
    consent = voice.consents.get()
    long_ago = timezone.now() - timedelta(days=3 * 365 + 1)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert services.forget_silent_voices() == 0
        consent.state, consent.revoked_at = Consent.State.REVOKED, long_ago
        consent.save()
        template = voice.versions.get().storage_key
        assert services.forget_silent_voices() == 1
    assert services.forget_silent_voices() == 0
    assert not voice.recordings.exists()
    assert voice.versions.get().report == {}
    with pytest.raises(StorageUnavailable):
        storage.get(template)
    assert person.creator.legal_name == f"Kim {MARKER}"


def test_a_voice_whose_consent_was_given_anew_is_not_erased(person: User) -> None:
    voice = person.creator.voices.first()
    old = voice.consents.get()
    old.state, old.revoked_at = Consent.State.REVOKED, timezone.now() - timedelta(days=2000)
    old.save()
    factories.make_consent(voice, ends_at=timezone.now() + timedelta(days=9))
    assert services.forget_silent_voices() == 0


def test_every_table_of_ours_says_what_becomes_of_it() -> None:
    known = {place.name for place in inventory.PLACES} | set(IMPERSONAL)
    ours = {
        model._meta.label_lower
        for model in apps.get_models()
        if model.__module__.startswith("marketplace.")
    }
    assert ours - known == set()
    assert known - ours <= {
        "account.emailaddress", "account.emailconfirmation", "mfa.authenticator", "admin.logentry"
    }  # fmt: skip


def test_a_copy_shows_or_erasure_blanks_every_column_of_words() -> None:
    """A new text column of a personal table must be classified."""
    technical = {
        "state", "kind", "public_id", "sha256", "storage_key", "currency", "slug", "phrase",
        "statement_version", "reason_code", "recording_key", "recording_sha256", "token_sha256",
        "stage", "error_code", "refusal_code", "refusal", "first_impression", "engine",
        "engine_version", "search_text", "review_note", "checkout_session", "payment_intent",
        "terms_sha256", "cause", "secret_hash", "scopes", "use", "request_id", "failure",
        "audio_format", "text_sha256", "voice", "tier", "territory", "charge", "provider_id",
        "problem", "requirements", "parts", "message_id", "disabled_why", "fingerprint", "key",
        "body", "password", "email", "role", "waveform", "style_mix", "said", "rule", "category",
        "note", "data", "type", "action_flag", "change_message", "object_id", "object_repr",
        "uses", "events",
    }  # fmt: skip
    worded = (models.CharField, models.TextField, models.JSONField)
    for place in inventory.PLACES:
        fields = {f.name for f in place.model._meta.get_fields() if isinstance(f, worded)}
        placed = {*place.shown, *place.blanked, *place.objects}
        others = [p for p in inventory.PLACES if p.model is place.model and p is not place]
        placed |= {name for p in others for name in (*p.shown, *p.blanked)}
        assert place.deleted or fields - placed - technical == set(), place.name


def test_sessions_that_are_over_are_deleted_with_what_else_is() -> None:
    """They hold who was signed in, and what anonymous visitors began."""
    for key, days in (("over", -1), ("running", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days)
        )
    do(Work.FORGET_WHAT_IS_OVER)
    assert [row.session_key for row in Session.objects.all()] == ["running"]


def test_a_copy_has_nothing_of_the_reading_of_an_invited_speaker() -> None:
    voice = factories.make_voice()
    uploader = voice.creator.user
    ada = invitations.invite_speaker(
        voice=voice, legal_name="Ada Actor", email="ada@example.com", by=uploader
    )
    given = {"statement": f"I, born in {MARKER}", "transcript": f"I said {MARKER}",
             "scores": {"heard": MARKER}, "reason": f"{MARKER} breathing"}  # fmt: skip
    factories.make_consent(voice, invitation=ada, **given)
    copied = data_of(uploader)
    assert copied["consent.consent"][0]["state"] == "verified"
    assert MARKER not in json.dumps(copied, default=str)


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_was_sent_to_an_address_is_of_those_who_confirmed_it(confirmed: bool) -> None:
    owner = factories.make_user()
    team = organizations.create_organization(name="Ferry Radio", by=owner)
    organizations.invite(organization=team, email="kim@example.com", role="admin", by=owner)
    somebody = User.objects.create_user("kim@example.com", factories.PASSWORD)
    EmailAddress.objects.create(user=somebody, email=somebody.email, verified=confirmed)
    copied = data_of(somebody)
    assert ("accounts.invitation" in copied) is confirmed
    assert ("letters.letter" in copied) is confirmed


def test_a_copy_has_the_reading_that_somebody_gave_of_their_own_voice(person: User) -> None:
    [own] = [row for row in data_of(person)["consent.consent"] if row["transcript"]]
    assert own["statement"] == f"I, Kim {MARKER}, agree."


def test_a_sellers_copy_does_not_name_those_who_bought() -> None:
    licence = factories.make_licence()
    copied = data_of(licence.voice.creator.user)
    assert copied["licensing.licence"][0]["terms"]["price_minor"] == licence.terms["price_minor"]
    assert copied["licensing.order"][0]["terms"]
    assert licence.buyer.email not in json.dumps(copied, default=str)


def test_a_buyers_copy_has_their_terms_whole() -> None:
    licence = factories.make_licence()
    [row] = data_of(licence.buyer)["licensing.licence"]
    assert row["terms"] == licence.terms


def test_a_copy_is_not_made_in_memory() -> None:
    creator = factories.make_creator()
    voice = factories.make_voice(creator)
    for _ in range(8):
        recording = factories.make_recording(voice)
        factories.record(recording, os.urandom(5 << 20))
    tracemalloc.start()
    try:
        with make_copy(creator.user, lambda stage, share: None) as file:
            size = file.seek(0, os.SEEK_END)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 << 20 < 40 << 20 < size


def _copied(user: User, data: bytes) -> PrivacyRequest:
    asked = services.ask(user=user, kind=EXPORT)
    return kept_copies.keep(request_id=asked.pk, file=io.BytesIO(data))


def test_a_copy_is_sent_as_it_is_read_from_the_store_and_is_nowhere_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user, data = factories.make_user(), os.urandom(2 * storage.PART + 5)
    request = _copied(user, data)
    monkeypatch.setattr(S3File, "_get_file", lambda file: pytest.fail("read whole"))
    answer = downloads.send_copy(request=request, by=user)
    parts = list(answer)
    assert answer.is_async
    assert answer["Content-Length"] == str(len(data))
    assert [len(part) for part in parts] == [*[sending.PIECE] * 8, 5]
    assert b"".join(parts) == data


def test_a_copy_that_was_changed_in_the_store_never_arrives_whole() -> None:
    user, data = factories.make_user(), os.urandom(storage.PART + 5)
    request = _copied(user, data)
    sealed = storage.get(request.storage_key)
    storage.put(request.storage_key, sealed[:50] + bytes([sealed[50] ^ 1]) + sealed[51:])
    parts = kept_copies.copy_of(request=request, by=user).parts()
    assert len(next(parts)) == storage.PART
    with pytest.raises(Tampered):
        next(parts)


def test_a_person_asks_for_one_copy_a_day_and_is_told_when_the_next_is_due(client: Client) -> None:
    user = factories.make_user()
    request = _copied(user, b"first")
    with pytest.raises(Refused) as refusal:
        services.ask(user=user, kind=EXPORT)
    assert refusal.value.code == "copy_lately"
    client.force_login(user)
    page = client.post(reverse("storefront:ask-copy"), follow=True).content.decode()
    due = dates.in_words_with_time(request.created_at + timedelta(days=1))
    assert f"one copy a day; for the next from {due}" in page
    PrivacyRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert services.ask(user=user, kind=EXPORT) != request


def test_a_new_copy_replaces_the_one_before(django_capture_on_commit_callbacks: object) -> None:
    user = factories.make_user()
    first = _copied(user, b"first")
    PrivacyRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    with django_capture_on_commit_callbacks() as queued:  # type: ignore[operator]
        second = _copied(user, b"second")
    deleted = [each.args for each in queued if each.args[0] == Work.DELETE_OBJECT]
    assert deleted == [(Work.DELETE_OBJECT, first.storage_key)]
    first.refresh_from_db()
    assert (first.state, first.storage_key) == ("forgotten", "")
    assert b"".join(kept_copies.copy_of(request=second, by=user).parts()) == b"second"


def test_a_copy_that_is_made_while_its_person_is_erased_is_not_kept(
    django_capture_on_commit_callbacks: object,
) -> None:
    user = factories.make_user()
    asked = services.ask(user=user, kind=EXPORT)
    _erase(user, django_capture_on_commit_callbacks)
    kept = kept_copies.keep(request_id=asked.pk, file=io.BytesIO(b"all about them"))
    assert (kept.state, kept.storage_key) == ("forgotten", "")
