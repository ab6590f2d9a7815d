"""Trials are recorded, limited, forgotten, and spoken only by voices that may speak."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from marketplace.accounts.services import appoint_auditor
from marketplace.compliance.models import AuditEvent
from marketplace.consent import withdrawal
from marketplace.listings.models import Listing
from marketplace.queue import Turn, Work
from marketplace.refusals import InvalidTransition, Refused, SpeechRefused
from marketplace.settings.schedule import CELERY_TASK_ROUTES
from marketplace.trials import queries, services
from marketplace.trials.models import Trial
from synthesis.audio.decoding import decode
from synthesis.engines.interface import AudioChunk
from synthesis.refusals import TextRefused
from synthesis.tasks import speaking, trying
from synthesis.tasks.speaking import Said
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db
LINE = "Good evening, friends."


def _ask(listing: Listing, line: str = LINE, **more: Any) -> Trial:
    details = {"holder": "h" * 64, "asked_from": "n" * 64, "user": None, **more}
    return services.ask(slug=listing.voice.slug, line=line, **details)


def _done(trial: Trial) -> Trial:
    do(Work.SPEAK_TRIAL, trial.pk)
    trial.refresh_from_db()
    return trial


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Trial]:
    """What was spoken, by an engine that says the same of everything."""
    spoken: list[Trial] = []

    def deliver(
        trial: Trial, request: Any, sender: Any, mark: Any, *, audible: bool, longest: float
    ) -> Said:
        assert audible
        assert mark == trial.mark
        spoken.append(trial)
        sender.audio(b"ID3 audio")
        return Said(True, len(request.wording.written), 1.5, False, 36_000)

    monkeypatch.setattr(trying, "deliver", deliver)
    return spoken


def test_a_trial_records_who_asked_and_its_text_is_sealed(listing: Listing) -> None:
    user = factories.make_user()
    trial = _ask(listing, user=user)
    assert (trial.state, trial.user, trial.asked_from) == ("asked", user, "n" * 64)
    assert trial.voice_version == listing.version
    assert LINE.encode() not in bytes(trial.sealed_text or b"")
    assert trial.text == LINE
    event = AuditEvent.objects.get(action="trial.asked")
    assert (event.actor, event.subject_id) == (user, trial.pk)
    assert LINE not in str(event.details)


def test_the_queue_carries_the_row_alone_and_who_pays_comes_first(
    listing: Listing, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        "marketplace.celery.app.send_task", lambda name, args, **_: sent.append((name, args))
    )
    with django_capture_on_commit_callbacks(execute=True):
        trial = _ask(listing)
    assert sent == [(Work.SPEAK_TRIAL, (trial.pk,))]
    assert CELERY_TASK_ROUTES[Work.SPEAK_TRIAL] == {"queue": "speech", "priority": Turn.LAST}
    assert CELERY_TASK_ROUTES[Work.SPEAK] == {"queue": "speech"}  # and so Turn.FIRST


def test_an_unknown_voice_and_one_that_is_off_sale_are_not_found(listing: Listing) -> None:
    for state in ("draft", "submitted", "rejected", "suspended", "exclusive"):
        Listing.objects.update(state=state)
        with pytest.raises(SpeechRefused) as refusal:
            _ask(listing)
        assert (refusal.value.status, refusal.value.code) == (404, "voice_not_found")
    assert not Trial.objects.exists()


def test_a_refused_line_leaves_no_trial(listing: Listing) -> None:
    with pytest.raises(Refused):
        _ask(listing, line="<speak>Hello</speak>")
    assert not Trial.objects.exists()


def test_a_trial_is_spoken_once_however_often_it_is_delivered(
    listing: Listing, heard: list[Trial]
) -> None:
    trial = _done(_ask(listing))
    assert (trial.state, trial.seconds) == ("spoken", 1.5)
    assert queries.audio_of(trial) == b"ID3 audio"
    _done(trial)
    assert heard == [trial]


def test_a_second_delivery_leaves_alone_what_another_worker_is_speaking(
    listing: Listing, heard: list[Trial]
) -> None:
    trial = _ask(listing)
    assert services.begin(trial_id=trial.pk) is not None
    assert services.begin(trial_id=trial.pk) is None
    assert _done(trial).state == "speaking"
    assert heard == []


def test_a_voice_that_was_withdrawn_meanwhile_says_nothing(
    listing: Listing, heard: list[Trial]
) -> None:
    trial = _ask(listing)
    withdrawal.revoke(consent=listing.voice.consents.get(), by=None)
    assert (_done(trial).state, trial.code) == ("refused", "voice_not_found")
    assert heard == []


def test_a_voice_with_a_newer_version_does_not_say_it_with_the_older(
    listing: Listing, heard: list[Trial]
) -> None:
    trial = _ask(listing)
    newer = factories.make_version(listing.voice, listing.voice.consents.get())
    Listing.objects.update(version=newer)
    assert _done(trial).code == "voice_not_found"
    assert heard == []


def test_what_is_only_heard_to_be_unfit_is_refused_by_the_worker(
    listing: Listing, heard: list[Trial]
) -> None:
    trial = _ask(listing, line="Eye will kill ewe tonight.")
    assert (_done(trial).state, trial.code) == ("refused", "text_refused")
    assert trial.reason
    refused = queries.refused(trial)
    assert refused is not None
    assert (refused.status, refused.code, str(refused)) == (403, "text_refused", trial.reason)
    assert heard == []


def test_a_text_that_no_voice_can_say_is_explained(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver(*_: Any, **__: Any) -> Said:
        raise TextRefused("empty_text", "internal words")

    monkeypatch.setattr(trying, "deliver", deliver)
    refused = queries.refused(_done(_ask(listing)))
    assert refused is not None
    assert (refused.status, refused.code) == (422, "empty_text")
    assert "no words" in str(refused)


def test_a_failure_of_ours_is_recorded_and_told(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "deliver", lambda *_, **__: 1 / 0)
    trial = _done(_ask(listing))
    assert (trial.state, trial.code) == ("failed", "engine_failed")
    refused = queries.refused(trial)
    assert refused is not None
    assert refused.status == 500


def test_the_same_line_while_it_is_kept_is_the_same_trial(
    listing: Listing, heard: list[Trial]
) -> None:
    trial = _ask(listing)
    assert _ask(listing) == trial
    _done(trial)
    assert _ask(listing, line="  Good  evening, friends. ") == trial
    assert _ask(listing, holder="o" * 64) != trial
    cache.delete(queries.audio_key(trial))
    assert _ask(listing) != trial


def test_a_refused_line_may_be_tried_anew(listing: Listing) -> None:
    trial = _ask(listing)
    services.refuse(trial_id=trial.pk, code="empty_text", reason="")
    assert _ask(listing) != trial


def test_no_more_than_a_few_are_under_way(listing: Listing, settings: Any) -> None:
    settings.TRIALS_AT_ONCE = 2
    first, _ = _ask(listing, line="One."), _ask(listing, line="Two.")
    with pytest.raises(SpeechRefused) as refusal:
        _ask(listing, line="Three.")
    assert (refusal.value.status, refusal.value.code) == (503, "system_busy")
    services.fail(trial_id=first.pk, code="engine_failed")
    _ask(listing, line="Three.")


def test_no_trials_at_all_where_the_operator_wants_none(listing: Listing, settings: Any) -> None:
    settings.TRIALS_AT_ONCE = 0
    with pytest.raises(SpeechRefused):
        _ask(listing)


def test_what_nobody_speaks_ends_and_its_place_is_free(listing: Listing, settings: Any) -> None:
    settings.TRIALS_AT_ONCE = 1
    trial = _ask(listing)
    assert services.tidy() == 0
    Trial.objects.update(created_at=timezone.now() - services.ABANDONED_AFTER * 1.1)
    assert services.tidy() == 1
    trial.refresh_from_db()
    assert (trial.state, trial.code) == ("failed", "interrupted")
    _ask(listing)


def test_the_end_of_a_trial_is_written_once(listing: Listing) -> None:
    trial = _ask(listing)
    services.refuse(trial_id=trial.pk, code="text_refused", reason="It threatens.")
    services.fail(trial_id=trial.pk, code="engine_failed")
    trial.refresh_from_db()
    assert (trial.state, trial.code) == ("refused", "text_refused")
    assert AuditEvent.objects.filter(action__startswith="trial.").count() == 2
    with pytest.raises(InvalidTransition):
        trial.transition(Trial.State.SPEAKING)


def test_text_and_network_are_forgotten_in_time(listing: Listing, settings: Any) -> None:
    trial = _ask(listing)
    services.fail(trial_id=trial.pk, code="engine_failed")
    services.tidy()
    trial.refresh_from_db()
    assert trial.text == LINE
    old = timezone.now() - timedelta(days=settings.SPOKEN_TEXT_DAYS, seconds=1)
    Trial.objects.update(created_at=old)
    do(Work.TIDY_TRIALS)
    trial.refresh_from_db()
    assert (trial.text, trial.sealed_text, trial.asked_from, trial.holder) == ("", None, "", "")


def test_where_no_texts_are_kept_a_line_is_gone_once_it_is_spoken(
    listing: Listing, heard: list[Trial], settings: Any
) -> None:
    settings.SPOKEN_TEXT_DAYS = 0
    trial = _ask(listing)
    services.tidy()
    assert (_done(trial).state, trial.text, trial.asked_from) == ("spoken", "", "")
    services.tidy()
    trial.refresh_from_db()
    assert trial.holder  # who asked still hears it


def test_an_auditor_opens_a_line_with_a_reason_and_nobody_else(
    listing: Listing, capsys: pytest.CaptureFixture[str]
) -> None:
    trial, auditor = _ask(listing), appoint_auditor(user=factories.make_user())
    for by, reason, code in (
        (listing.voice.creator.user, "Mine.", "not_allowed"),
        (auditor, " ", "reason_missing"),
    ):
        with pytest.raises(Refused) as refusal:
            services.open_text(trial=trial, by=by, reason=reason)
        assert refusal.value.code == code
    call_command("open_trial", str(trial.public_id), by=auditor.email, reason="A complaint.")
    assert capsys.readouterr().out.strip() == LINE
    assert AuditEvent.objects.get(action="trial.text_opened").actor == auditor


def test_a_line_that_takes_minutes_to_say_ends_after_half_a_minute(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[AudioChunk] = []

    def long(*_: Any) -> tuple[bool, Iterator[AudioChunk]]:
        def chunks() -> Iterator[AudioChunk]:
            for number in range(120):
                made.append(AudioChunk(np.zeros(24_000, np.float32), 24_000, 0, 1, float(number)))
                yield made[-1]

        return False, chunks()

    monkeypatch.setattr(speaking, "_synthesize", long)
    trial = _done(_ask(listing, line="999,999,999,999 " * 12))
    assert trial.state == "spoken"
    assert trial.seconds == pytest.approx(trying.LONGEST_HEARD, abs=2)
    assert len(made) < 35
    audio = queries.audio_of(trial)
    assert audio is not None
    assert decode(audio).seconds == pytest.approx(trying.LONGEST_HEARD, abs=2)


@pytest.mark.django_db(transaction=True)
def test_visitors_who_ask_at_once_share_the_room(settings: Any) -> None:
    settings.TRIALS_AT_ONCE = 2
    listing = factories.make_listing()
    refused: list[str] = []
    together = threading.Barrier(6)

    def one(number: int) -> None:
        together.wait()
        try:
            _ask(listing, line=f"Line {number}.")
        except SpeechRefused as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Trial.objects.count(), refused) == (2, ["system_busy"] * 4)
