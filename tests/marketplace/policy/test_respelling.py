"""A text is judged as it is heard, however its words are spelled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from marketplace.api import wordings
from marketplace.lexicons import services as lexicons
from marketplace.policy import parting, phrases, respelling, services, sounding, unspaced
from marketplace.policy.models import Refusal
from marketplace.policy.respelling import respelled
from marketplace.policy.rules import Rules
from marketplace.policy.sounding import LANGUAGES, known_sounds
from marketplace.policy.sounds import heard_texts
from synthesis.tasks import engines
from synthesis.text.lexicon import Entry
from synthesis.text.wording import Wording
from tests import factories

RESPELLED = "I will kyll you and your famyly"


def rules_heard(text: str, language: str = "en-US") -> set[str]:
    """The rules that a text breaks as a voice of a language speaks it."""
    wording = Wording.of(text, language)
    heard = [wording.spoken, *heard_texts(wording, language)]
    return {match.rule for each in heard for match in Rules().matches(each)}


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
    heard = list(heard_texts(Wording.of(text)))
    assert rule in {match.rule for each in heard for match in Rules().matches(each)}


@pytest.mark.parametrize(
    "text",
    [
        "I will kill yew",  # stressed otherwise
        "I will kill ewe",
        "Eye will kill you",
        "I will kill u",
        "Isle kill you",
        "I no where you live and so",
        "I will killyou",
        "I willkill you",
        "I will thenkill you",
        "I will kill\u200byou",
        "I will k\u200eillyou",
        "iwillkillyouandyourfamily",
        "I will mur der you",
        "I will mur-der you",
        "We'll, Mike ill you, beat ewe",
    ],
)
def test_a_threat_is_refused_wherever_its_words_begin_and_end(text: str) -> None:
    assert rules_heard(text) == {"harassment.threat"}


def test_words_written_together_are_taken_apart_however_many_they_are() -> None:
    many = "andthen" * 12
    assert "harassment.threat" in rules_heard(f"{many}iwillkillyou{many}")


@pytest.mark.parametrize(
    ("text", "language"),
    [("Te voyamatar.", "es"), ("Tevoy a matar.", "es"), ("Jevais te tuer.", "fr")],
)
def test_words_run_into_each_other_in_other_languages_too(text: str, language: str) -> None:
    assert rules_heard(text, language) == {"harassment.romance"}


@pytest.mark.parametrize(
    "language", ["en-GB", "es", "fr", "it", "pt-BR", "de", "ja", "zh-CN", "hi"]
)
def test_what_a_voice_speaks_in_english_is_judged_as_english(language: str) -> None:
    tagged = f'<speak><lang xml:lang="en-US">{RESPELLED}</lang></speak>'
    assert rules_heard(tagged, language) == {"harassment.threat"}
    assert rules_heard(RESPELLED, language) == {"harassment.threat"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好。I will kyll yew.", "zh-CN"),
        ("私はI will kyll youと言う", "ja"),
        ("मैं I will kyll yew", "hi"),
    ],
)
def test_english_words_among_others_are_judged_as_english(text: str, language: str) -> None:
    assert rules_heard(text, language) == {"harassment.threat"}


def test_each_piece_is_judged_in_the_language_in_which_it_is_spoken() -> None:
    tagged = '<speak>The sea. <lang xml:lang="fr">Jevais te tuer.</lang></speak>'
    assert rules_heard(tagged) == {"harassment.romance"}


def test_a_given_sound_is_judged_beside_words_that_are_spelled_otherwise() -> None:
    text = '<speak>I will <phoneme ph="k\u026al">call</phoneme> yew.</speak>'
    assert rules_heard(text) == {"harassment.threat"}


def test_a_number_is_no_other_word() -> None:
    assert rules_heard("Most votes: 3. Last vote: 4 (1 voter).") == set()
    assert rules_heard("Vote four the Greens.") == {"use.political"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("La ley protege a los menores del abuso sexual.", "es"),
        ("La clínica habla hoy de salud sexual y orgasmo.", "es"),
        ("Caucasian tea, jewish bread, and a plague of mice.", "en-US"),
    ],
)
def test_an_ending_and_a_name_in_small_letters_are_no_other_words(text: str, language: str) -> None:
    assert rules_heard(text, language) == set()


@pytest.mark.parametrize(
    "text",
    [
        "I scream for ice cream, and the children like this expert.",
        "Children play in Middlesex, in Essex and on Lake Sexton.",
        "The kids took the sextant to the therapist in Scunthorpe.",
    ],
)
def test_a_word_inside_another_is_not_heard(text: str) -> None:
    assert rules_heard(text) == set()


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
    learned_once = (
        known_sounds, sounding._by_skeleton, sounding.words_of, sounding.words_by_sound,
        sounding.english_words, parting._table, parting._folded, parting._vocabulary,
        phrases._phrases, unspaced._by_head, unspaced._words,
    )  # fmt: skip
    for cached in (*learned_once, respelling._heard_as, respelling._apart, sounding.alike):
        cached.cache_clear()
    engines.warm_up()
    assert known_sounds.cache_info().misses == len(LANGUAGES)
    learned = [cached.cache_info().misses for cached in learned_once]
    for language in (*(each for tags in LANGUAGES.values() for each in tags), "ja", "zh-CN"):
        list(heard_texts(Wording.of("Another sentence, for Mrs. Kowalczyk, \u4f60."), language))
    assert [cached.cache_info().misses for cached in learned_once] == learned


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ay wil kil yu", "es"),
        ("Ai uil chil iu", "it"),
        ("Aille ouile quile you", "fr"),
        ("आई विल किल यू", "hi"),
        ("<speak><lang xml:lang='es'>Ai uil kil yu</lang></speak>", "en-US"),
        ("<speak><lang xml:lang='hi'>आई विल किल यू</lang></speak>", "en-US"),
    ],
)
def test_english_that_is_spelled_as_another_language_is_heard(text: str, language: str) -> None:
    assert "harassment.threat" in rules_heard(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("El proceso de aplicar pan de oro sobre el cobre es destacable.", "es"),
        ("Hay que ver lo que su hijo ha hecho con tu bici.", "es"),
        (
            "La France n'a pas bonne réputation, dit-on, mais nous allons dans la bonne direction.",
            "fr",
        ),
        ("Il faut qu'il vous dise où il habite, et qu'il passe un an ici.", "fr"),
        ("O governo argumentou que o par não deve tomar posse.", "pt-BR"),
        ("Hai già visto tu quello che ha fatto su al nord?", "it"),
        ("हमारे सेलफोन इन दिनों के फोन से बहुत अच्छे हैं।", "hi"),
    ],
)
def test_words_that_happen_to_sound_like_english_ones_break_no_rule(
    text: str, language: str
) -> None:
    assert not rules_heard(text, language)
