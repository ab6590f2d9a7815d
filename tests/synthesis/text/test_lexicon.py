"""A lexicon changes what is said for a word, and nothing about where the word is."""

from __future__ import annotations

import random
import tracemalloc
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.engines.kokoro import KokoroEngine
from synthesis.refusals import TextRefused
from synthesis.template import VoiceTemplate
from synthesis.text.lexicon import Entry, Lexicon
from synthesis.text.wording import Wording
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from tests.processor_time import within


def _said(text: str, *entries: Entry, language: str = "en-US") -> str:
    return Wording.of(text, language, Lexicon(entries)).spoken


W3C = Entry("W3C", alias="World Wide Web Consortium")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The W3C met.", "The World Wide Web Consortium met."),
        ("The w3c's (W3C) W3C-based.", "The World Wide Web Consortium's (World Wide Web Consortium) "
         "World Wide Web Consortium-based."),
        ("XW3C W3CX W3C2", "XW3C W3CX W3C2"),
    ],
)  # fmt: skip
def test_an_alias_is_said_for_whole_words_in_any_case(text: str, said: str) -> None:
    assert _said(text, W3C) == said


def test_case_language_and_parts_of_words_are_as_the_entry_says() -> None:
    polish = Entry("Polish", alias="from Poland", case_sensitive=True)
    assert _said("Polish polish", polish) == "from Poland polish"
    pain = Entry("pain", alias="bread", language="fr")
    assert _said("pain", pain) == "pain"
    assert _said("pain", pain, language="fr") == "bread"
    assert _said('<speak>pain <lang xml:lang="fr">pain</lang></speak>', pain) == "pain bread"
    part = Entry("soft", alias="hard", whole_words=False)
    assert _said("Microsoft Soft", part) == "Microhard hard"


def test_the_longest_entry_wins_and_what_it_says_is_not_looked_up_again() -> None:
    entries = (Entry("New", alias="Old"), Entry("New York", alias="New Amsterdam"))
    assert _said("New York, New Jersey", *entries) == "New Amsterdam, Old Jersey"


def test_signs_apostrophes_and_unspaced_scripts_are_found() -> None:
    assert _said("C++, C", Entry("C++", alias="C plus plus")) == "C plus plus, C"
    assert _said("Use .NET.", Entry(".NET", alias="dot net")) == "Use dot net."
    assert _said("Rock’n’Roll", Entry("rock'n'roll", alias="rock and roll")) == "rock and roll"
    assert _said("我在北京住", Entry("北京", alias="首都"), language="zh-CN") == "我在首都住"


def test_a_large_lexicon_takes_milliseconds() -> None:
    lexicon = Lexicon([Entry(f"word{n}", alias=f"alias {n}") for n in range(1000)])
    text = " ".join(f"word{n} and some other words" for n in range(150))
    Wording.of(text, "en-US", lexicon)
    with within(0.1):
        Wording.of(text, "en-US", lexicon)


def test_words_keep_their_places_and_times(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    text = "The (W3C) met in New York, and W3C's chair, Siobhan, spoke.\n\nIt was late."
    lexicon = Lexicon(
        [W3C, Entry("New York", alias="the Big Apple itself"), Entry("Siobhan", ipa="ʃɪˈvɔːn")]
    )
    chunks = list(engine.synthesize(Wording.of(text, "en-US", lexicon), mixed))
    words = [w for c in chunks for w in c.words]
    assert [text[w.start : w.end] for w in words] == text.split()
    times = [t for w in words for t in (w.begins, w.ends)]
    assert times == sorted(times)
    heard = transcribe(np.concatenate([c.samples for c in chunks]), 24_000)
    said = (
        "The World Wide Web Consortium met in the Big Apple itself, and World Wide Web "
        "Consortium's chair, Siobhan, spoke. It was late."
    )
    assert word_error_rate(said, heard) <= 0.2, heard


@pytest.mark.parametrize("language", ["fr", "es", "it", "pt-BR", "hi", "en-GB"])
def test_given_phonemes_reach_the_model_in_every_language(
    engine: KokoroEngine, language: str
) -> None:
    from synthesis.engines.script import lines_of

    lexicon = Lexicon([Entry("Xiaomi", ipa="ˈʃaʊmi")])
    [line] = lines_of(Wording.of("Xiaomi 5, Xiaomi!", language, lexicon), language)
    assert line.phonemes.count("ʃ") == 2
    assert line.phonemes.count("mi") >= 2


def test_a_document_keeps_its_marks_and_stretches(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    document = '<speak>The W3C <mark name="a"/>met <emphasis>in W3C</emphasis> rooms.</speak>'
    wording = Wording.of(document, "en-US", Lexicon([W3C]))
    assert wording.script is not None
    [piece] = wording.script.pieces
    [stretch] = piece.stretches
    assert piece.text[stretch.start : stretch.end] == "in World Wide Web Consortium"
    assert piece.text[piece.marks[0].at :].startswith("met")
    words = [document[w.start : w.end] for c in engine.synthesize(wording, mixed) for w in c.words]
    assert words == ["The", "W3C", "met", "in", "W3C", "rooms."]


def test_what_sounds_different_is_another_sound() -> None:
    text = "The W3C met."
    plain = Wording.of(text).sound("en-US")
    first = Wording.of(text, "en-US", Lexicon([W3C])).sound("en-US")
    other = Wording.of(text, "en-US", Lexicon([Entry("W3C", alias="web people")])).sound("en-US")
    unused = Wording.of(text, "en-US", Lexicon([Entry("IETF", alias="engineers")])).sound("en-US")
    assert len({plain, first, other}) == 3
    assert unused == plain


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        (
            [Entry("a" * 70 + format(n, "05d"), alias="x", whole_words=False) for n in range(1000)],
            "a",
        ),
        ([Entry("a" * n + "b", alias="x", whole_words=False) for n in range(1, 79)], "a"),
        ([Entry("a " * n + "b", alias="x") for n in range(1, 39)], "a "),
        ([Entry(f"w{n}", ipa="wə") for n in range(1000)], "".join(f"w{n} " for n in range(1000))),
        (
            [
                Entry("".join(word), alias="x", language="fr", whole_words=False)
                for word in islice(product("aA", repeat=10), 1000)
            ],
            "a",
        ),
        ([Entry("b" + "a" * n, alias="x", whole_words=False) for n in range(1, 79)], "bb"),
        ([Entry("aa " * n + "a", alias="x") for n in range(26)], "aa "),
    ],
    ids=["one beginning", "every length", "many words", "many pronunciations", "another language",
         "longer and longer", "ends within a word"],
)  # fmt: skip
def test_a_lexicon_costs_time_in_proportion_to_the_text(entries: list[Entry], text: str) -> None:
    lexicon = Lexicon(entries)
    long = text * (100_000 // len(text))
    with within(2.0):
        list(lexicon._found(long, "en-US"))


def test_a_lexicon_takes_no_more_memory_than_a_few_times_its_words() -> None:
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=58)) for _ in range(1000)]
    tracemalloc.start()
    lexicon = Lexicon([Entry(word, alias="x", whole_words=False) for word in words])
    list(lexicon._found("a" * 100, "en-US"))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 20 * sum(map(len, words))


WORDS = st.text("ab A'", min_size=1, max_size=4).map(str.strip).filter(bool)


@given(
    st.lists(
        st.builds(
            Entry, WORDS, st.just("x"), st.just(""), st.sampled_from(["", "en-GB", "fr"]),
            st.booleans(), st.just(False),
        ),
        max_size=8,
    ),
    st.text("ab A'", max_size=12),
)  # fmt: skip
def test_the_longest_entry_of_the_language_is_found_as_by_trying_each(
    entries: list[Entry], text: str
) -> None:
    def fits(entry: Entry, place: int) -> bool:
        there = text[place : place + len(entry.word)]
        same = there == entry.word if entry.case_sensitive else there.lower() == entry.word.lower()
        return same and entry.is_for("en-US") and not text[place].isspace()

    expected, place = list[tuple[int, Entry]](), 0
    while place < len(text):
        best = max(
            (entry for entry in entries if fits(entry, place)),
            key=lambda entry: (len(entry.word), entry.case_sensitive),
            default=None,
        )
        expected += [(place, best)] if best else []
        place += len(best.word) if best else 1
    found = [(start, entry) for start, _, entry in Lexicon(entries)._found(text, "en-US")]
    assert found == expected


def test_a_text_is_refused_before_aliases_make_it_many_times_as_long() -> None:
    words = Lexicon([Entry("a", alias="b" * 200, whole_words=False)])
    tracemalloc.start()
    with pytest.raises(TextRefused) as refused:
        Wording.of("a" * 100_000, "en-US", words)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.code == "text_too_long"
    assert peak < 60 * 2**20
