"""Documents of any shape are read or refused, and each part has its language, delivery and place."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.refusals import TextRefused
from synthesis.text import ssml
from synthesis.text.delivery import Delivery
from synthesis.text.pieces import Script
from synthesis.text.say_as import KINDS
from tests.processor_time import within

ATTRIBUTES = {
    "rate": ["slow", "80%", "+10%", "-20%", "1.2", "250%", "x"],
    "pitch": ["x-high", "+2st", "-10%", "200Hz", "+20Hz", "150%", "5"],
    "volume": ["silent", "soft", "-3dB", "+6dB", "50", "+10%", "loudest"],
    "level": ["strong", "moderate", "none", "reduced", "huge"],
    "time": ["300ms", "1.5s", "+1s", "1h", "99s"],
    "strength": ["weak", "x-strong", "none", "?"],
    "interpret-as": [*KINDS, "vax"],
    "format": ["mdy", "hms12", "USD", ""],
    "alias": ["something else", " ", "3"],
    "alphabet": ["ipa", "x-sampa"],
    "ph": ["kæt", "kɪl", "☺", ""],
    "xml:lang": ["en-US", "fr-FR", "zh", "tlh", ""],
    "name": ["here", ""],
    "version": ["1.1"],
    "onload": ["x"],
}
_TEXT = st.one_of(
    st.sampled_from(["cat", "Good morning.", "x²", "−3", "3.5", "①2", "14:30", "bonjour", " ", "\n\n", "½"]),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
)  # fmt: skip


@st.composite
def _element(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    name = draw(st.sampled_from([*ssml.ELEMENTS, "audio"]))
    known = sorted(ssml.ELEMENTS.get(name, {"src"}) & set(ATTRIBUTES)) or ["version"]
    chosen = draw(st.lists(st.sampled_from(known), unique=True, max_size=3))
    if draw(st.integers(0, 20)) == 0:
        chosen.append("onload")
    written = "".join(
        f" {each}={quoteattr(draw(st.sampled_from(ATTRIBUTES[each])))}" for each in chosen
    )
    if name in ("break", "mark") and draw(st.booleans()):
        return f"<{name}{written}/>"
    return f"<{name}{written}>{draw(inside)}</{name}>"


_PARTS = st.recursive(
    _TEXT.map(escape),
    lambda inner: st.lists(
        st.one_of(inner, _element(inner), st.just("<!-- aside -->")), max_size=4
    ).map("".join),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(_PARTS, st.sampled_from(["en-US", "fr", "hi"]))
def test_any_document_is_read_or_refused_with_a_code(inside: str, language: str) -> None:
    document = f"<speak>{inside}</speak>"
    try:
        script = ssml.parse(document, language)
    except TextRefused as refusal:
        assert refusal.code in ("ssml", "language_not_spoken", "pronunciation", "empty_text")
        return
    for piece in script.pieces:
        assert len(piece.starts) == len(piece.ends) == len(piece.text)
        assert piece.starts == sorted(piece.starts)
        assert all(
            0 <= s <= e <= len(document) for s, e in zip(piece.starts, piece.ends, strict=True)
        )
        assert all(0 <= s.start < s.end <= len(piece.text) for s in piece.stretches)
        assert all(0 <= mark.at <= len(piece.text) for mark in piece.marks)


def _only(document: str) -> Delivery:
    [piece] = ssml.parse(document).pieces
    return piece.stretches[-1].delivery if piece.stretches else Delivery()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('rate="x-slow"', Delivery(rate=0.6)),
        ('rate="80%"', Delivery(rate=0.8)),
        ('rate="+10%"', Delivery(rate=1.1)),
        ('rate="1.5"', Delivery(rate=1.5)),
        ('pitch="+2st"', Delivery(semitones=2)),
        ('pitch="x-low"', Delivery(semitones=-5)),
        ('pitch="+100%"', Delivery(semitones=12)),
        ('pitch="180Hz"', Delivery(base=180)),
        ('pitch="-20Hz"', Delivery(hertz=-20)),
        ('volume="silent"', Delivery(gain=0)),
        ('volume="50"', Delivery(gain=0.5)),
        ('volume="default" rate="default" pitch="medium"', Delivery()),
    ],
)
def test_prosody_is_understood_in_all_its_forms(attributes: str, expected: Delivery) -> None:
    found = _only(f"<speak><prosody {attributes}>Hello.</prosody></speak>")
    assert [*vars(found).values()] == pytest.approx([*vars(expected).values()])


def test_what_is_nested_multiplies_and_adds() -> None:
    found = _only(
        '<speak><prosody rate="80%" pitch="+2st" volume="-6dB"><prosody rate="120%" pitch="+1st">'
        '<prosody volume="-6dB">Hello.</prosody></prosody></prosody></speak>'
    )
    assert found.rate == pytest.approx(0.96)
    assert found.semitones == pytest.approx(3)
    assert found.gain == pytest.approx(10 ** (-12 / 20))


def test_a_language_holds_for_what_is_inside() -> None:
    script = ssml.parse(
        '<speak>Hello. <lang xml:lang="fr-FR">Bonjour <say-as interpret-as="cardinal">21</say-as>.'
        '</lang> Bye. <p xml:lang="es">Hola.</p></speak>'
    )
    assert [(piece.language, piece.text.strip()) for piece in script.pieces] == [
        ("", "Hello."),
        ("fr", "Bonjour vingt et un."),
        ("", "Bye."),
        ("es", "Hola."),
    ]


def test_the_words_and_the_phonemes_given_for_them_are_billed_and_kept() -> None:
    script = ssml.parse('<speak>A <phoneme alphabet="ipa" ph="dʒɪf">GIF</phoneme>, please.</speak>')
    assert script.text == "A GIF /dʒɪf/, please."


def test_a_script_comes_back_from_json_as_it_was() -> None:
    from dataclasses import asdict

    script = ssml.parse(
        '<speak>A <phoneme ph="dʒɪf">GIF</phoneme> <mark name="a"/><break time="1s"/>'
        "<emphasis>please</emphasis>.</speak>"
    )
    assert Script.from_dict(asdict(script)) == script


def test_many_lines_in_an_element_take_time_in_proportion_to_their_number() -> None:
    document = "<speak><sub alias='here'>" + "😀\n" * 49_000 + "</sub></speak>"
    with within(0.5):
        assert ssml.parse(document).text == "here"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["12345"] * (ssml.MAX_SAID + 1), "at most 300 <say-as> elements"),
        (["1" * 60] * (ssml.MAX_SAID_LENGTH // 60 + 1), "too long together"),
    ],
)
def test_there_is_an_end_to_what_is_put_into_words(said: list[str], why: str) -> None:
    elements = [f'<say-as interpret-as="digits">{each}</say-as>' for each in said]
    with pytest.raises(TextRefused, match=why):
        ssml.parse(f"<speak>{''.join(elements)}</speak>")
    assert ssml.parse(f"<speak>{''.join(elements[:-1])}</speak>").text
