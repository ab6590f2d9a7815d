"""A line is spoken by the real engine, marked, and traced to its trial."""

from __future__ import annotations

import pytest

from marketplace.compliance.models import AuditEvent
from marketplace.provenance import services as provenance
from marketplace.provenance.models import Examination, Mark
from marketplace.queue import Work
from marketplace.trials import queries, services
from marketplace.trials.models import Trial
from synthesis.audio.decoding import decode
from synthesis.engines.kokoro import KokoroEngine
from synthesis.tasks import engines
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from tests.marketplace.trials.speakers import make_speaking
from tests.work import do

pytestmark = pytest.mark.django_db
LINE = "The ferry will not come today, so we shall wait on the stones until noon."


def _ask(slug: str, line: str = LINE, holder: str = "h" * 64) -> Trial:
    return services.ask(slug=slug, line=line, holder=holder, asked_from="n" * 64, user=None)


def _spoken(trial: Trial) -> Trial:
    do(Work.SPEAK_TRIAL, trial.pk)
    trial.refresh_from_db()
    return trial


@pytest.fixture(scope="module")
def template(engine: KokoroEngine) -> VoiceTemplate:
    return engine.mix({"af_heart": 1.0})


@pytest.fixture
def _engine(engine: KokoroEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "engine", lambda: engine)


@pytest.mark.usefixtures("_engine")
def test_a_line_is_heard_and_its_origin_is_a_trial_of_the_voice(template: VoiceTemplate) -> None:
    voice = make_speaking(template).voice
    trial = _spoken(_ask(voice.slug))
    assert (trial.state, trial.from_cache) == ("spoken", False)
    audio = queries.audio_of(trial)
    assert audio is not None
    heard = decode(audio)
    assert word_error_rate(LINE, transcribe(heard.samples, heard.rate)) <= 0.2
    assert trial.seconds == pytest.approx(heard.seconds, abs=0.2)
    examination = provenance.begin_examination(data=audio, sender="one")
    do(Work.EXAMINE, examination.pk)
    found = Examination.objects.get()
    assert (found.mark, trial.mark.kind) == (trial.mark, Mark.Kind.TRIAL)  # type: ignore[union-attr]
    assert found.findings["origin"]["made_as"].startswith(f"a trial of {voice.name}, on ")
    actions = AuditEvent.objects.filter(subject_type="trials.trial").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "trial.asked", "trial.begun", "trial.spoken",
    ]  # fmt: skip


@pytest.mark.usefixtures("_engine")
def test_the_same_line_of_somebody_else_comes_from_the_cache_with_a_mark_of_its_own(
    template: VoiceTemplate,
) -> None:
    voice, other = make_speaking(template).voice, "The lamp in the window is still burning."
    first = _spoken(_ask(voice.slug, other))
    second = _spoken(_ask(voice.slug, other, holder="o" * 64))
    assert (first.from_cache, second.from_cache) == (False, True)
    assert first.mark != second.mark
    assert queries.audio_of(first) != queries.audio_of(second)
