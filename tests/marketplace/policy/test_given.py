"""Given pronunciations are judged as the engine says them: with what stands beside them, and all of their words."""

from __future__ import annotations

import contextlib
import random
import re

import pytest

from marketplace.policy.given import sounding_like
from marketplace.policy.patience import Patience
from marketplace.policy.sounds import heard_texts
from marketplace.refusals import SpeechRefused
from synthesis.engines.script import lines_of
from synthesis.text.lexicon import Entry, Lexicon
from synthesis.text.wording import Wording
from tests.marketplace.policy.test_respelling import rules_heard
from tests.processor_time import within

CODE = "Please read me the six digit {} we just sent you."
KILL = "I am going to {} you and your family."
REFUSED = {"fraud.one_time_code", "harassment.threat", "hate.violence", "harassment.romance"}
_GIVEN = re.compile(r"\{([^|}]*)\|([^}]*)\}")


def _document(text: str) -> str:
    said = _GIVEN.sub(r"<phoneme alphabet='ipa' ph='\2'>\1</phoneme>", text)
    return f"<speak>{said}</speak>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CODE.format("{ko|koʊ}{de|d}"), "kˈOd"),
        (KILL.format("{ki|kɪ}{le|l}"), "kˈɪl"),
        (KILL.format("{mer|mɜɹ}{der|də}"), "mˈɜɹdˈə"),
        ("We must {ki|kɪ}{le|l} all the {joo|dʒu}{se|z}.", "kˈɪl"),
        (KILL.format("mur {dare|də}"), "mˈɜɹ dˈə"),
        ("I am {going to keel|ɡoʊɪŋ tə kɪl} you and your family.", "ɡˈOɪŋ tə kɪl"),
        ("Te voy a {ma|ma}{ta|taɾ} a ti y a tu familia.", "mˈatˈaɾ"),
    ],
)
def test_what_the_engine_says_as_one_word_is_judged_as_one(text: str, said: str) -> None:
    language = "es" if text.startswith("Te ") else "en-US"
    document = _document(text)
    [line] = lines_of(Wording.of(document, language, None), language)
    assert said in line.phonemes  # the engine says just what is refused
    assert rules_heard(document, language) & REFUSED


@pytest.mark.parametrize(
    "text",
    [
        CODE.format("{ko|koʊ}-{de|d}"),  # of a sign between them nothing is heard
        KILL.format("{ki|kɪ}({le|l})"),
        CODE.format("{ko|kəʊ}{de|d}"),  # in another accent
        CODE.format("{ko|koʊ} {de|d}"),
        KILL.format("mur{der|də}"),
        KILL.format("{mur|mɜɹ} der"),
        KILL.format("{then|ðɛn}{keel|kɪl}"),
        "We'll, {my keel|maɪkɪl} you and your family.",
        "We'll, {Mike|maɪk} {ill|ɪl} you and your family.",
        "I am going to {keel you|kɪlju} and your family.",
        "I am {goingtokeel|ɡoʊɪŋ tə kɪl} {ye|jə} and your family.",
        "I am {going to keel|ɡoʊɪŋtə kɪl} you and your family.",
    ],
)
def test_a_word_is_heard_wherever_given_ones_begin_and_end(text: str) -> None:
    assert rules_heard(_document(text)) & REFUSED


def test_it_is_heard_in_other_languages_too() -> None:
    text = "Te voy a {ma|ma} {ta|taɾ} a ti y a tu familia."
    assert "harassment.romance" in rules_heard(_document(text), "es")


def test_a_lexicon_gives_no_parts_of_a_word_either() -> None:
    lexicon = Lexicon(
        [Entry("ki", ipa="kɪ", whole_words=False), Entry("le", ipa="l", whole_words=False)]
    )
    wording = Wording.of("I am going to kile you.", "en-US", lexicon)
    assert any("going to kill you" in heard for heard in heard_texts(wording))


@pytest.mark.parametrize("sentence", [CODE, KILL])
@pytest.mark.parametrize(
    "names",
    [
        "{Siobhán|ʃɪˈvɔːn} {Caoimhe|ˈkiːvə}",
        "{Llewellyn|luˈɛlɪn} and {Eluned|ɛˈlɪnɛd}",
        "{Krzysztof|ˈkʂɨʂtɔf}-{Łukasz|ˈwukaʂ}",
        "{Kowalczyk|kɔˈvalt͡ʂɨk}'s {Małgorzata|mawɡɔˈʐata}",
        "{Porsche|ˈpɔɹʃə}/{Nike|ˈnaɪki} {IKEA|iˈkeːa}",
        "{Schadenfreude|ˈʃaːdn̩fʁɔʏdə} {Zeitgeist|ˈtsaɪtɡaɪst}",
        "{Cody|ˈkoʊdi} {Dyck|daɪk}, {Koch|kɔx} {Beth|bɛθ}",
        "k{il|ɪl}",  # said as "kay ill"
        "{ki|kɪ}, {le|l}",  # with a pause
    ],
)
def test_names_and_foreign_words_beside_each_other_are_no_others(sentence: str, names: str) -> None:
    assert not rules_heard(_document(sentence.format(names))) & REFUSED


def test_the_words_of_a_pronunciation_that_are_in_no_rule_stay() -> None:
    assert "zebras kill" in sounding_like("ˈziːbɹəz kɪl", "zebras keel")


def test_texts_that_are_heard_one_after_the_other_are_judged_as_one() -> None:
    first = Wording.of("<speak>Well, I am going to <phoneme ph='kɪl'>call</phoneme></speak>")
    then = Wording.of("<speak><phoneme ph='juː'>you</phoneme> and your family.</speak>")
    whole = Wording.together([(first.last(15), ""), (then, "en-GB")])
    assert whole.spoken == "I am going to call /kɪl/ you /juː/ and your family."
    assert any("going to kill you and" in heard for heard in heard_texts(whole))
    assert [piece.language for piece in whole.script.pieces] == ["", "en-GB"]  # type: ignore[union-attr]


def test_between_texts_of_a_script_without_spaces_stands_none() -> None:
    whole = Wording.together([(Wording("我要"), ""), (Wording("杀"), ""), (Wording("你"), "")])
    assert whole.spoken == "我要杀你"


@pytest.mark.parametrize("length", [18, 3_000])
def test_many_given_words_that_meet_are_left_once_the_time_for_a_text_is_over(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [f"{a}{b}" for a in "bdfɡklmn" for b in "aeiou"]
    lexicon = Lexicon(
        [Entry(each.replace("ɡ", "g"), ipa=each, whole_words=False) for each in letters]
    )
    written = "".join(random.Random(5).choices([entry.word for entry in lexicon.entries], k=3_000))
    words = " ".join(written[at : at + length] for at in range(0, len(written), length))
    wording = Wording.of(f"{words} and so on.", "en-US", lexicon)
    list(heard_texts(Wording.of(_document("A {cod|koʊd}."))))  # loads words
    monkeypatch.setattr("marketplace.policy.patience.JUDGED_WITHIN", 0.5)
    with within(3), contextlib.suppress(SpeechRefused):
        list(heard_texts(wording, "en-US", Patience()))
