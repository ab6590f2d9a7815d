"""Word times, and the SSML subset."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.engines.kokoro import KokoroEngine
from synthesis.refusals import TextRefused
from synthesis.template import VoiceTemplate
from synthesis.text import ssml
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe

TEXT = "Dr. Smith paid $5 for the three apples, and went home. It was late."


def _words(engine: KokoroEngine, text: str, voice: VoiceTemplate) -> list[tuple[str, float, float]]:
    chunks = list(engine.synthesize(text, voice))
    return [(text[w.start : w.end], w.begins, w.ends) for c in chunks for w in c.words]


def test_every_written_word_has_its_time_in_order(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    found = _words(engine, TEXT, mixed)
    assert [word for word, _, _ in found] == TEXT.split()
    times = [t for _, begins, ends in found for t in (begins, ends)]
    assert times == sorted(times)
    spoken = sum(chunk.seconds for chunk in engine.synthesize(TEXT, mixed))
    assert times[-1] <= spoken


def test_a_word_is_heard_where_its_time_says(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    chunks = list(engine.synthesize(TEXT, mixed))
    samples = np.concatenate([chunk.samples for chunk in chunks])
    [late] = [w for c in chunks for w in c.words if TEXT[w.start : w.end] == "It"]
    rest = samples[round(24_000 * (late.begins - 0.1)) :]
    assert word_error_rate("It was late.", transcribe(rest, 24_000)) <= 0.34


def test_a_break_is_silence_and_a_rate_is_slower(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    def seconds(document: str) -> float:
        return sum(chunk.seconds for chunk in engine.synthesize(document, mixed))

    plain = seconds("<speak>Good morning to you.</speak>")
    assert seconds('<speak>Good morning to you.<break time="1.5s"/></speak>') == pytest.approx(
        plain + 1.5, abs=0.01
    )
    slow = seconds('<speak><prosody rate="70%">Good morning to you.</prosody></speak>')
    assert 1.2 < slow / plain < 1.6


def test_what_replaces_a_word_is_what_is_heard(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    document = (
        '<speak>The <sub alias="water company">WC</sub> called room '
        '<say-as interpret-as="digits">407</say-as> about the '
        '<phoneme alphabet="ipa" ph="ˈɡɑɹdən">gardn</phoneme>.</speak>'
    )
    chunks = list(engine.synthesize(document, mixed))
    heard = transcribe(np.concatenate([chunk.samples for chunk in chunks]), 24_000)
    heard = heard.replace("407", "four zero seven").replace("4-0-7", "four zero seven")
    said = "The water company called room four zero seven about the garden."
    assert word_error_rate(said, heard) <= 0.2, heard
    words = [document[w.start : w.end] for c in chunks for w in c.words]
    assert any(word.startswith("<sub") for word in words)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("<speak>Hello", "line 1, column"),
        ("<speak><audio src='x'/>Hello</speak>", "<audio> is not supported"),
        ("<speak><break time='1h'/>Hello</speak>", "300ms or 1.5s"),
        ("<speak><break time='60s'/>Hello</speak>", "at most 10 seconds"),
        ("<speak><prosody rate='900%'>Hello</prosody></speak>", "between 50% and 200%"),
        ("<speak><prosody contour='(0%,+2st)'>Hello</prosody></speak>", "has no contour"),
        ("<speak><prosody pitch='upwards'>Hello</prosody></speak>", "a pitch is written as"),
        ("<speak><prosody pitch='+13st'>Hello</prosody></speak>", "at most 12 semitones"),
        (
            "<speak><prosody volume='11'>Hello</prosody><prosody volume='+9dB'>you</prosody></speak>",
            "between -60 and \\+6 dB",
        ),
        ("<speak><emphasis level='huge'>Hello</emphasis></speak>", "level of emphasis is one of"),
        ("<speak><mark/>Hello</speak>", "<mark> needs a name"),
        ("<speak><lang>Hello</lang></speak>", "<lang> needs xml:lang"),
        ("<speak><lang xml:lang='tlh'>Hello</lang></speak>", "No voice speaks the language 'tlh'"),
        ("<speak><mark name='a'>Hello</mark></speak>", "<mark> holds nothing"),
        ("<speak><sub alias='a'><break/></sub></speak>", "<sub> holds text only"),
        ("<speak><phoneme ph='kæt'></phoneme></speak>", "needs the word"),
        ("<speak><phoneme ph='k☺t'>cat</phoneme></speak>", "not an IPA symbol"),
        (
            "<speak><phoneme ph='ʃʊtðɛmɔl'>cat</phoneme></speak>",
            "too far from how 'cat' can be read",
        ),
        (
            "<speak>" + f"<phoneme ph='{'kæt' * 39}'>{'cat' * 26}</phoneme>" * 42 + "</speak>",
            "too long together",
        ),
        ("<speak>" + "<break time='10s'/>" * 7 + "Hello</speak>", "at most 60 seconds together"),
        ("<speak><say-as interpret-as='vax'>Hello</say-as></speak>", "say-as knows"),
        ("<speak></speak>", "no words"),
        ("<!DOCTYPE speak [<!ENTITY a 'b'>]><speak>&a;</speak>", "document type"),
        ("<speak>" + "<p>" * 20 + "x" + "</p>" * 20 + "</speak>", "too deep"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(document: str, says: str) -> None:
    with pytest.raises(TextRefused, match=says):
        ssml.parse(document)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    try:
        script = ssml.parse(f"<speak>{escaped}</speak>")
    except TextRefused:
        return
    for piece in script.pieces:
        assert len(piece.starts) == len(piece.ends) == len(piece.text)
        assert piece.starts == sorted(piece.starts)
        assert piece.ends == sorted(piece.ends)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ('<?xml version="1.0"?>\n<speak>Good morning.</speak>', "Good morning."),
        ('<?xml version="1.0" encoding="UTF-8"?><speak>Good morning.</speak>', "Good morning."),
        ("<!-- hi --><speak>Good morning.</speak>", "Good morning."),
        ("<speak>Good <!-- hi -->morning.</speak>", "Good morning."),
        ('<speak><say-as interpret-as="characters">x²</say-as></speak>', "X two"),
        ('<speak><say-as interpret-as="digits">①2</say-as></speak>', "one two"),
        ('<speak><say-as interpret-as="ordinal">−3</say-as></speak>', "minus third"),
        ('<speak><say-as interpret-as="cardinal">3.5</say-as></speak>', "three point five"),
        ('<speak><say-as interpret-as="ordinal">21st</say-as></speak>', "twenty-first"),
        ('<speak><say-as interpret-as="cardinal">1,234</say-as></speak>',
         "one thousand two hundred and thirty-four"),
    ],
)  # fmt: skip
def test_a_document_may_hold_a_prolog_comments_and_any_number(document: str, said: str) -> None:
    assert ssml.is_ssml(document)
    assert ssml.parse(document).text == said


def test_what_is_no_number_is_refused_as_one() -> None:
    for inside in ("three", "1.5.2", "", "x²"):
        with pytest.raises(TextRefused):
            ssml.parse(f'<speak>It is <say-as interpret-as="cardinal">{inside}</say-as>.</speak>')
