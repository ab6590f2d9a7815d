"""Languages beside English: which one a sentence is in, how its signs sound, where its words are."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from marketplace.enrolment.scripts import SCRIPTS
from marketplace.policy import labelled
from marketplace.storefront.demo import VOICES
from marketplace.voices.models import Voice
from synthesis.benchmarks.languages import SENTENCES
from synthesis.benchmarks.reading import LANGUAGES as CASES
from synthesis.benchmarks.reading import cases
from synthesis.engines.notice import NOTICES
from synthesis.engines.script import Line, lines_of
from synthesis.engines.style_tables import USUAL_STYLES
from synthesis.models.kokoro import MAX_TOKENS, Prosody
from synthesis.refusals import TextRefused
from synthesis.text.chinese.pinyin import pinyin
from synthesis.text.japanese.numbers import number
from synthesis.text.languages import LANGUAGES
from synthesis.text.mapped_rules import changes
from synthesis.text.normalize import read
from synthesis.text.phonemes import phonemize
from synthesis.text.scripts import language_of
from synthesis.text.sentences import split_sentences
from synthesis.text.spoken import spoken

HERE = Path(__file__).parent
LABELLED = HERE.parents[1] / "marketplace" / "policy" / "labelled.txt"
TAGS = {"en": "en-US", "pt": "pt-BR", "zh": "zh-CN"}


def _sentences() -> list[tuple[str, str]]:
    """(language, sentence): everything that the project has written in a known language."""
    found = [(tag, each) for tag, some in SENTENCES.items() for each in some]
    found += [(TAGS.get(code, code), text) for each in SCRIPTS for code, text in each.texts.items()]
    found += [(demo.language, line.text) for demo in VOICES for line in demo.lines]
    found += [
        (CASES[path.stem], case.text)
        for path in sorted((HERE / "reading").glob("*.tsv"))
        for case in cases(path)
        if CASES[path.stem] in LANGUAGES and "\n" not in case.text
    ]
    # "Apna OTP bataiye" is Hindi in Latin letters, which no reader knows
    found += [
        (TAGS.get(line.language, line.language), line.text)
        for line in labelled.read(LABELLED)
        if line.language != "hi" or not line.text.isascii()
    ]
    return [(tag, s.text) for tag, text in found for s in split_sentences(text, language=tag)]


def test_a_sentence_stays_in_its_voice_s_own_language() -> None:
    tried = _sentences()
    switched = [(tag, text) for tag, text in tried if language_of(text, tag) != tag]
    assert len(tried) > 1000
    assert len(switched) <= len(tried) * 0.005, switched


@pytest.mark.parametrize(
    ("sentence", "voice", "spoken_as"),
    [
        ("Mañana vamos a la playa con mis amigos.", "en-US", "es"),
        ("¿Dónde está el baño?", "en-US", "es"),
        ("Je ne sais pas où il est allé hier soir.", "en-GB", "fr"),
        ("Non so dove sia andato ieri sera.", "en-US", "it"),
        ("Eu não sei onde ele está agora.", "en-US", "pt-BR"),
        ("The weather is nice today, isn't it?", "fr", "en-US"),
        ("I don't know where he went last night.", "es", "en-US"),
        ("Please leave a message after the tone.", "it", "en-US"),
        ("We will call you back as soon as we can.", "zh-CN", "en-US"),
        ("Mañana vamos a la playa con mis amigos.", "ja", "es"),
        ("Ich weiß nicht, wo er gestern Abend war.", "en-US", None),
        ("Ik weet niet waar hij gisteren is geweest.", "fr", None),
    ],
)
def test_a_sentence_of_another_language_is_spoken_in_it_or_refused(
    sentence: str, voice: str, spoken_as: str | None
) -> None:
    assert language_of(sentence, voice) == spoken_as


@pytest.mark.parametrize(
    "sentence",
    [
        "La Casa de Papel",
        "Don Quijote de la Mancha",
        "Universidad Nacional Autónoma de México",
        "Je ne sais quoi.",
        "C'est la vie.",
        "Que será, será.",
        "Los Angeles, San Francisco and El Paso",
        "I love el pueblo de los santos.",
        "He said mañana.",
        "Rio de Janeiro",
        "Leonardo da Vinci painted it.",
        "Guten Morgen!",
    ],
)
def test_names_and_a_few_borrowed_words_do_not_change_the_language(sentence: str) -> None:
    assert language_of(sentence, "en-US") == "en-US"


def test_a_text_goes_from_language_to_language_by_sentence() -> None:
    text = "Good morning. Mañana vamos a la playa con mis amigos. 你好，世界。 See you soon."
    assert [line.language for line in lines_of(text, "en-US")] == ["en-US", "es", "zh-CN", "en-US"]


def test_a_language_that_no_voice_speaks_is_refused_with_its_code() -> None:
    with pytest.raises(TextRefused, match="No voice speaks") as refused:
        lines_of("Ich weiß nicht, wo er gestern Abend war.", "en-US")
    assert refused.value.code == "foreign_text"


@pytest.mark.parametrize(
    "row", (HERE / "chinese_polyphones.tsv").read_text(encoding="utf-8").splitlines()
)
def test_a_chinese_character_sounds_by_its_sense(row: str) -> None:
    text, character, wanted = row.split("\t")
    clauses = "".join(each if "\u3400" <= each <= "\u9fff" else " " for each in text).split()
    said = [
        syllable
        for clause in clauses
        for word, syllables in pinyin(clause)
        for sign, syllable in zip(word, syllables, strict=True)
        if sign == character
    ]
    assert wanted in said


def test_chinese_phonemes_are_parted_as_its_words_are() -> None:
    reading = read("他跑得很快，价格是$1,234.5。", "zh-CN")
    words = reading.text.replace("，", " ").replace("。", " ").split()
    assert len(phonemize(reading.text, "zh-CN").replace(",", "").replace(".", "").split()) == len(
        words
    )


def test_latin_words_in_chinese_and_japanese_are_said() -> None:
    assert "ʤˌipˌitˈi" in phonemize("我用 GPT", "zh-CN")
    assert phonemize("5 G", "ja") != phonemize("5", "ja")
    assert "pˈIθˌɑn" in phonemize("Pythonで書く。", "ja")


def test_a_quote_in_chinese_is_no_backslash() -> None:
    assert "\\" not in spoken("“十四五”规划提出7项任务", "zh-CN")


def test_digits_of_a_japanese_telephone_are_not_counted() -> None:
    said = phonemize("ゼロ三、一二三四、五六七八", "ja")
    assert "seɴ" not in said and "çakɯ" not in said
    assert "seɴ" in phonemize("二〇二四年", "ja")


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "〇"), (10, "十"), (1001, "千一"), (120_003_400, "一億二千万三千四百"), (10**12, "一兆")],
)
def test_a_large_number_is_written_in_kanji(value: int, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("9:05発です。", "ɡoɸɯɴhaʦɨ"),
        ("3時5分前", "ɡoɸɯɴ mae"),
        ("10分です。", "ʥɨʔpɯɴ"),
        ("10時10分着", "ʨakɯ"),
        ("8分後", "haʔpɯɴ"),
        ("9時10分に出発", "ʥɨʔpɯɴ ɲi"),
        ("十分な量", "ʥɨːbɯɴ na"),
        ("これで十分です。", "ʥɨːbɯɴ desɨ"),
        ("国を二分する", "ɲibɯɴ sɨɾɯ"),
        ("同時発売", "haʦɨbai"),
        ("五分五分の勝負", "ɡobɯɡobɯ"),
        ("三分の一", "sambɯɴ no"),
        ("牛が9頭です", "toː"),
        ("8文字以上", "haʨimoʥi"),
        ("10勝3敗", "ʥɨʔɕoː"),
        ("十勝平野", "tokaʨi"),
        ("3つ目の角", "mʲiʔʦɨme"),
        ("ナポレオンIII世", "saɴseː"),
        ("玉ねぎ1/2個", "bɯnno iʔko"),
        ("ブラジルに1-2で敗れた。", "iʨi tai ɲi"),
        ("NASAが発表した。", "nasa ɡa"),
        ("COVID-19について", "kobʲiʔdo"),
        ("NHKが発表した。", "enɯeiʨikeː"),
        ("人気のない夜道", "çitoke"),
        ("人気のない番組", "ɲiŋkʲi"),
        ("辛いカレー", "kaɾai"),
        ("辛い思い出", "ʦɨɾai"),
        ("ドアが開いた", "aita"),
        ("本を開いた", "çiɾaita"),
    ],
)
def test_japanese_sounds_by_what_stands_around_it(text: str, sounds: str) -> None:
    assert sounds in phonemize(read(text, "ja").text, "ja")


def test_laughter_behind_a_japanese_sentence_is_silent() -> None:
    assert spoken("それ、マジ？ｗｗｗ", "ja") == "それ 、 マジ?"
    assert len(lines_of("笑えるｗ", "ja")) == 1
    assert spoken("wwwの略", "ja") == "www の 略"


def test_long_chinese_is_cut_where_it_can_be_spoken() -> None:
    text = "我们今天去公园散步，看见很多人，" * 12 + "然后回家。"
    lines = lines_of(text, "zh-CN")
    assert all(len(line.sentence.text) <= 100 for line in lines)
    assert all(len(line.phonemes) <= MAX_TOKENS for line in lines)
    assert "".join(line.sentence.text for line in lines) == text


def test_a_danda_ends_a_hindi_sentence() -> None:
    assert len(split_sentences("वह घर गया। वह सो गया।", language="hi")) == 2


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Aprox. 2/3 de los votantes."),
        ("es", "1/2 cdta. de sal y 2 cdas. de aceite"),
        ("fr", "Un appart. de 65 m² dans le XIe arr. de Paris."),
        ("fr", "Le XXe s. est loin."),
        ("fr", "« Combien ? » grogna l'orc."),
        ("it", "Parte dal bin. 4, art. 2, co. 3."),
        ("pt-BR", "Reinou no séc. XIX, art. 5º, inc. XI."),
        ("it", "Nel sec. I a.C. e nel sec. XIX."),
        ("es", "Según el art. 3, inc. IV."),
        ("pt-BR", "Segundo o art. 5, par. 2, al. II, vale."),
        ("pt-BR", "Silva et al. mostraram isso."),
        ("fr", "Selon l'art. 3, al. 2, c'est vrai."),
        ("it", "Abita in via Roma 5, sc. B, int. A."),
        ("it", "Atto II, sc. II del dramma."),
        ("it", "Vedi l'all. A del contratto."),
        ("it", "Vedi l'art. 2, co. V del testo."),
        ("de", "Nimm 1 Tbl. alle 8 Std."),
        ("de", "Er kam ihr 100. Mal."),
        ("de", "Wir feiern 1000. Firmenjubiläum."),
        ("de", "Zum Glück war 100. Hochzeitstag."),
    ],
)
def test_a_short_word_of_another_language_does_not_end_its_sentence(
    language: str, text: str
) -> None:
    assert [each.text for each in split_sentences(text, language=language)] == [text]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "No lo puedo ver. Está lejos."),
        ("es", "Nadamos en el mar. Luego comimos."),
        ("pt-BR", "Gosto da cor. É bonita."),
        ("fr", "Il vit dans le 5e arr. Il est content."),
        ("fr", "« Viens ! » Il partit."),
        ("it", "Corse per 10 sec. I ragazzi vinsero."),
        ("it", "Lavora da Rossi & Co. Poi torna."),
        ("it", "Il testo è in all. A me piace."),
        ("it", "Suonò all'int. Il padre venne."),
        ("fr", "C'est de Dupont et al. Ils partent."),
        ("pt-BR", "Comprei um par. Depois saí."),
        ("pt-BR", "Isso é de Silva et al. Depois saí."),
    ],
)
def test_a_word_that_only_english_shortens_ends_a_sentence_elsewhere(
    language: str, text: str
) -> None:
    assert len(split_sentences(text, language=language)) == 2


def test_an_english_company_s_short_word_ends_a_sentence_before_i() -> None:
    assert len(split_sentences("He works at Foo Inc. I did not know.", language="en-US")) == 2


def _prosody(line: Line) -> Prosody:
    frames = torch.full((line.tokens.shape[1],), 4)
    empty = torch.zeros(1, 1)
    return Prosody(durations=frames, f0=empty, energy=empty, aligned=empty)


def _texts(tag: str) -> list[str]:
    """Texts of several cases each, in an order of their own."""
    stem = next(stem for stem, language in CASES.items() if language == tag.replace("GB", "US"))
    found = [case.text for case in cases(HERE / "reading" / f"{stem}.tsv")]
    found = [text for text in found if language_of(text, tag) == tag]
    random.Random(tag).shuffle(found)
    joint = "" if tag in ("zh-CN", "ja") else " "
    return [joint.join(found[place : place + 3]) for place in range(0, len(found), 3)]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_words_join_to_exactly_the_text_that_was_sent(tag: str) -> None:
    for text in _texts(tag):
        lines = lines_of(text, tag)
        words = [
            word.moved(line.sentence.start, 0.0)
            for line in lines
            for word in line.words(_prosody(line))
        ]
        assert all(a.end <= b.start for a, b in pairwise(words)), text
        assert all(0 <= word.start < word.end <= len(text) for word in words), text
        spoken = {place for word in words for place in range(word.start, word.end)}
        left = [c for place, c in enumerate(text) if place not in spoken and c.isalnum()]
        assert not left or tag.startswith("en"), (text, "".join(left))  # a link's address is silent
        for line in lines:
            times = line.words(_prosody(line))
            assert all(a.ends <= b.begins + 1e-6 for a, b in pairwise(times)), text


@given(st.text("123月日年あ一", min_size=1, max_size=8), st.text("一二三月日年あ", max_size=8))
def test_what_changed_between_written_and_said_puts_the_said_together(
    written: str, said: str
) -> None:
    put, done = "", 0
    for start, end, instead in changes(written, said):
        assert done <= start < end <= len(written)
        put += written[done:start] + instead
        done = end
    assert put + written[done:] == said


def test_what_lists_languages_lists_them_all() -> None:
    tags = set(LANGUAGES)
    assert {tag for tag, _ in Voice.Language.choices} == tags
    assert {voice.language for voice in VOICES} == tags
    assert set(USUAL_STYLES) == tags
    assert {tag[:2] for tag in tags} == set(SCRIPTS[0].texts) == set(NOTICES)


def test_the_web_process_loads_no_reader_even_where_it_is_sent_a_text() -> None:
    command = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.testing")
import django
django.setup()
import marketplace.urls
from synthesis.text.wording import Wording
for language in ("en-US", "zh-CN", "ja", "hi"):
    Wording.of("<speak>今天 3:30 <phoneme ph='kæt'>cat</phoneme></speak>", language, None)
heavy = {"jieba", "pypinyin", "pyopenjtalk", "spacy", "wetext", "misaki.en", "misaki.zh", "torch"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stdout


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("de", "Er ging nach Hause. »Komm mit«, sagte sie.", 2),
        ("de", "Er ging nach Hause. »Komm mit.« Sie blieb.", 3),
        ("de", "»Komm mit!« rief sie.", 1),
        ("de", "„Komm mit.“ Sie blieb.", 2),
        ("de", "»Komm mit.« »Nein.«", 2),
        ("fr", "Il rentra. « Viens. » Elle resta.", 3),
        ("fr", "Il rentra. «\u202fViens\u202f!\u202f» Elle resta.", 3),
        ("fr", "« Viens ! », dit-elle.", 1),
        ("fr", "« Viens ! » dit-elle.", 1),
        ("it", "«Vieni!» Lei restò.", 2),
    ],
)
def test_a_quote_opens_or_closes_by_what_touches_it(language: str, text: str, count: int) -> None:
    assert len(split_sentences(text, language=language)) == count
