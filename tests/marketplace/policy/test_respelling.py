"""A text is judged as it is heard, however its words are spelled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from marketplace.api import wordings
from marketplace.lexicons import services as lexicons
from marketplace.policy import respelling, services, sounding
from marketplace.policy.models import Refusal
from marketplace.policy.respelling import respelled
from marketplace.policy.rules import Rules
from marketplace.policy.sounding import LANGUAGES, known_sounds
from marketplace.policy.sounds import heard_texts
from synthesis.tasks import engines
from synthesis.text.lexicon import Entry
from synthesis.text.wording import Wording
from tests import factories


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("We must kill all the jew's", "hate.violence"),
        ("We must kill all the jəws", "hate.violence"),
        ("We must ĸill all the jews", "hate.violence"),
        ("We must kil all the jooz", "hate.violence"),
        ("I will kyll you and your familly.", "harassment.threat"),
        ("Read me the verification kode we just sent you.", "fraud.one_time_code"),
        ("Reed me the verification code we just sent you.", "fraud.one_time_code"),
    ],
)
def test_a_respelled_text_meets_the_rule_of_what_is_heard(text: str, rule: str) -> None:
    heard = heard_texts(Wording.of(text))
    assert rule in {match.rule for each in heard for match in Rules().matches(each)}


def test_an_ending_stays_on_a_respelled_word() -> None:
    assert respelled("I am kylling time.", "en-US") == "I am killing time."


@pytest.mark.parametrize(
    "text",
    ["The tide comes in at noon, and Mr. Kowalczyk's boats sail.", "Ciao, Chloë! Qué tal?"],
)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert respelled(text, "en-US") == text


@pytest.mark.django_db
def test_a_text_that_was_allowed_is_refused_once_it_is_heard_as_another() -> None:
    key, _ = factories.make_key()
    text = "I do not want to call all the Jews. Vote for the Greens on Sunday."
    wanted = wordings.read_with(factories.wanted(key.licences.get().voice.slug, text), [])
    with pytest.raises(wordings.NotToBeHeard) as first:
        wordings.require_fit_to_hear(key, wanted)
    first.value.refusal()
    Refusal.objects.update(state=Refusal.State.OVERTURNED)
    wordings.require_fit_to_hear(key, wanted)
    lexicon = lexicons.create_lexicon(
        organization=key.organization, name="L", by=key, entries=[Entry("call", ipa="k\u026al")]
    )
    hateful = wordings.read_with(wanted, [str(lexicon.latest.public_id)])
    with pytest.raises(wordings.NotToBeHeard) as second:
        wordings.require_fit_to_hear(key, hateful)
    assert services.explained(second.value.refusal()).code == "text_refused"


def test_a_warm_worker_has_no_words_left_to_learn(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WARM_ENGINE = True
    ready = SimpleNamespace(warm=lambda: None)
    monkeypatch.setattr(engines, "current_engine", lambda: ready)
    monkeypatch.setattr(engines, "catch_up", lambda: None)
    for cached in (
        known_sounds, sounding._by_skeleton, respelling._heard_as, respelling._homophones,
        respelling._words,
    ):  # fmt: skip
        cached.cache_clear()
    engines.warm_up()
    learned = known_sounds.cache_info().misses
    assert learned == len(LANGUAGES)
    for languages in LANGUAGES.values():
        for language in languages:
            heard_texts(Wording.of("Another sentence, for Mrs. Kowalczyk."), language)
    assert known_sounds.cache_info().misses == learned
