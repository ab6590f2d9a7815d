"""The queues: whose turn comes first, and that what waits or is being worked on is not queued again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_prerun
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from deploy.instance import Instance, Ports
from marketplace.api.models import SpeechJob
from marketplace.celery import app
from marketplace.enrolment import enrolments, queries
from marketplace.letters.models import Letter
from marketplace.letters.tasks import send_due
from marketplace.privacy.services import work_of
from marketplace.queue import Work, at_once, lost
from marketplace.storefront import demo
from marketplace.voices.models import Enrolment
from tests import factories
from tests.api_client import api_client
from tests.tones import speak_tones
from tests.work import do

QUEUES = ("default", "jobs", "enrol")
Queued = list[tuple[str, Any]]


@pytest.fixture(autouse=True)
def _empty_broker() -> Iterator[None]:
    """Nothing waits from other tests, and nothing is left to them."""
    _taken()
    cache.clear()
    yield
    _taken()


def _taken(*queues: str) -> Queued:
    """What waits, in the order in which a worker gets it; it waits no longer."""
    taken: Queued = []
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        for queue in queues or QUEUES:
            app.amqp.queues[queue].bind(channel).declare()
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                taken.append((message.headers["task"], *message.payload[0]))
    return taken


def _begin(work: Work, row: int) -> None:
    """What a worker does before it works on a message."""
    task_prerun.send(sender=app.tasks[work], task=app.tasks[work], args=[row])


def test_a_sign_of_life_waits_in_the_queue_that_it_is_asked_of() -> None:
    at_once(Work.NOTE_PULSE, "jobs", queue="jobs")
    assert _taken("default") == []
    assert _taken("jobs") == [(Work.NOTE_PULSE, "jobs")]


def test_what_finishes_a_voice_comes_before_the_next_voice() -> None:
    at_once(Work.ENROL_VOICE, 1)
    at_once(Work.ENROL_VOICE, 2)
    at_once(Work.MAKE_PREVIEWS, 7)
    assert [work for work, _ in _taken()] == [Work.MAKE_PREVIEWS, *[Work.ENROL_VOICE] * 2]


def test_a_text_of_a_job_waits_behind_no_voice_that_is_learned() -> None:
    for voice in range(5):
        at_once(Work.ENROL_VOICE, voice)
    at_once(Work.SPEAK_ITEM, 7)
    assert _taken("jobs") == [(Work.SPEAK_ITEM, 7)]


def test_every_queue_has_a_worker_and_jobs_and_webhooks_have_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[list[str]] = []
    monkeypatch.setenv("TIMBRE_DEMO_MARKET", "0")
    supervisor = SimpleNamespace(
        env={}, add=lambda child, *_: started.append([str(part) for part in child.command])
    )
    ports = Ports(1, 2, 3, 4, 5)
    Instance(supervisor, Path("/nowhere"), ports).start_workers()  # type: ignore[arg-type]
    queues = [command[command.index("-Q") + 1].split(",") for command in started if "-Q" in command]
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert routed <= {queue for each in queues for queue in each}
    assert [each for each in queues if "jobs" in each] == [["jobs"]]
    assert [each for each in queues if "webhooks" in each] == [["webhooks"]]
    assert [each for each in queues if "copies" in each] == [["enrol", "copies"]]


def test_a_copy_of_somebodys_data_waits_beside_no_letters_and_no_money_and_erasure_does() -> None:
    at_once(work_of("export"), 7)
    at_once(work_of("erasure"), 8)
    assert _taken("copies") == [(Work.MAKE_COPY, 7)]
    assert _taken("default") == [(Work.FULFIL_PRIVACY_REQUEST, 8)]


@pytest.mark.django_db(transaction=True)
def test_a_short_job_is_spoken_while_voices_wait_to_be_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    speak_tones(monkeypatch)
    for voice in range(3):
        at_once(Work.ENROL_VOICE, voice)
    key, secret = factories.make_key()
    body = {"input": "The tide comes in at noon.", "voice": key.licences.get().voice.slug}
    taken = api_client(secret).post("/v1/speech-jobs", body, format="json").json()
    assert taken["queue_position"] == 1
    with start_worker(
        app, pool="solo", queues=["jobs"], perform_ping_check=False, shutdown_timeout=60
    ):
        until = time.monotonic() + 60
        while SpeechJob.objects.get().finished_at is None:
            assert time.monotonic() < until, "the job waits behind the voices"
            time.sleep(0.1)
    done = api_client(secret).get(f"/v1/speech-jobs/{taken['id']}").json()
    assert (done["status"], done["queue_position"]) == ("completed", None)
    assert [work for work, _ in _taken("enrol")] == [Work.ENROL_VOICE] * 3


def test_what_a_worker_begins_at_once_does_not_count_as_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def begin(name: str, arguments: Sequence[int], **_: object) -> None:
        _begin(Work(name), arguments[0])

    monkeypatch.setattr(app, "send_task", begin)
    at_once(Work.SPEAK_ITEM, 5)
    assert list(lost(Work.SPEAK_ITEM, [5])) == [5]


def test_what_the_broker_did_not_take_does_not_count_as_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("The broker is down.")

    monkeypatch.setattr(app, "send_task", refuse)
    with pytest.raises(ConnectionError):
        at_once(Work.SEND_REFUND, 5)
    assert list(lost(Work.SEND_REFUND, [5])) == [5]


@pytest.mark.django_db
def test_creators_and_buyers_do_not_wait_behind_the_demo_voices(
    django_capture_on_commit_callbacks: Any,
) -> None:
    demo.load_accounts(factories.PASSWORD)
    with django_capture_on_commit_callbacks(execute=True):
        demo.begin_voices()
    made = set(Enrolment.objects.values_list("pk", flat=True))
    at_once(Work.SPEAK_ITEM, 5)
    voice = factories.make_voice()
    theirs = Enrolment(voice=voice, consent=factories.make_consent(voice))
    with django_capture_on_commit_callbacks(execute=True):
        enrolments._queue(theirs, voice.creator.user)
    taken = [message for message in _taken() if message[0].startswith("synthesis.tasks")]
    assert taken[:2] == [(Work.SPEAK_ITEM, 5), (Work.ENROL_VOICE, theirs.pk)]
    assert {pk for _, pk in taken[2:]} == made
    assert len(made) == len(demo.VOICES)


def test_work_that_is_marked_nowhere_is_not_swept() -> None:
    with pytest.raises(ValueError, match="marked nowhere"):
        list(lost(Work.MEASURE, [1]))


def test_waiting_work_is_not_lost_and_work_that_was_never_queued_is() -> None:
    at_once(Work.MAKE_PREVIEWS, 1)
    assert list(lost(Work.MAKE_PREVIEWS, [1, 2])) == [2]


def test_at_most_so_many_are_queued_again_and_those_that_wait_do_not_count() -> None:
    for row in (1, 2):
        at_once(Work.SPEAK_ITEM, row)
    assert list(lost(Work.SPEAK_ITEM, [1, 2, 3, 4, 5], most=2)) == [3, 4]


def test_work_without_a_heartbeat_is_held_for_as_long_as_it_may_take() -> None:
    at_once(Work.MAKE_PREVIEWS, 1)
    _begin(Work.MAKE_PREVIEWS, 1)
    assert list(lost(Work.MAKE_PREVIEWS, [1])) == []


def test_a_broker_that_lost_its_messages_has_forgotten_that_they_waited() -> None:
    at_once(Work.MAKE_PREVIEWS, 1)
    cache.clear()
    assert list(lost(Work.MAKE_PREVIEWS, [1])) == [1]


@pytest.mark.django_db
def test_however_often_it_is_looked_for_a_waiting_voice_is_queued_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        voice = factories.make_voice(synthetic=True)
        enrolment = enrolments.start_style_enrolment(
            voice=voice, style_mix={"shares": {"af_heart": 1.0}}, by=voice.creator.user
        )
    long_ago = timezone.now() - 4 * queries.STALLED_AFTER
    Enrolment.objects.update(created_at=long_ago)
    for _ in range(5):
        do(Work.RESUME_STALLED_WORK)
        Enrolment.objects.exclude(heartbeat_at=None).update(heartbeat_at=long_ago)
    assert _taken().count((Work.ENROL_VOICE, enrolment.pk)) == 1


@pytest.mark.django_db
def test_a_voice_whose_worker_died_is_queued_again_once() -> None:
    voice = factories.make_voice(synthetic=True)
    enrolment = Enrolment.objects.create(voice=voice, style_mix={"shares": {"af_heart": 1.0}})
    at_once(Work.ENROL_VOICE, enrolment.pk)
    _taken()
    _begin(Work.ENROL_VOICE, enrolment.pk)
    enrolments.claim_enrolment(enrolment_id=enrolment.pk)
    Enrolment.objects.update(heartbeat_at=timezone.now() - 2 * queries.STALLED_AFTER)
    for _ in range(3):
        do(Work.RESUME_STALLED_WORK)
    assert _taken() == [(Work.ENROL_VOICE, enrolment.pk)]


@pytest.mark.django_db
def test_a_letter_that_waits_is_queued_once_however_often_it_is_due() -> None:
    letter = Letter.objects.create(
        email="reader@example.com", sealed=b"x", next_try_at=timezone.now() - timedelta(minutes=1)
    )
    for _ in range(3):
        send_due()
    assert _taken() == [(Work.SEND_LETTER, letter.pk)]
