"""The readers' large tables, mapped from files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from synthesis.text import word_tables
from synthesis.text.word_tables import word_table

_ENGLISH = ("english-gold-us", "english-silver-us", "english-gold-gb", "english-silver-gb")
MOST = 350  # MB that reading all nine languages adds to a speech worker


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIMBRE_WEIGHTS_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("british", [False, True])
def test_the_english_tables_are_those_of_the_reader(british: bool) -> None:
    from misaki.en import Lexicon

    theirs, accent = Lexicon(british), "gb" if british else "us"
    assert dict(word_table(f"english-gold-{accent}")) == theirs.golds
    assert dict(word_table(f"english-silver-{accent}")) == theirs.silvers


def test_the_chinese_tables_are_those_of_the_package() -> None:
    import jieba

    dictionary = jieba.Tokenizer()
    frequencies, total = dictionary.gen_pfdict(dictionary.get_dict_file())
    assert dict(word_table("jieba-frequencies")) == {**frequencies, "": total}


def test_the_table_of_pinyin_is_that_of_the_package() -> None:
    import pypinyin

    theirs = Path(pypinyin.__file__).with_name("phrases_dict.json").read_text(encoding="utf-8")
    assert dict(word_table("pinyin-phrases")) == json.loads(theirs)


_PINYIN = """
import json, sys
if sys.argv[1] == "ours":
    from synthesis.text.chinese.phrases import pypinyin
    pypinyin()
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT
for line in sys.stdin:
    print(lazy_pinyin(line.strip(), style=Style.TONE3), type(PHRASES_DICT) is dict)
"""


def test_pinyin_is_that_of_the_package_and_its_phrases_are_not_in_memory() -> None:
    lines = "这条很长的路通向银行，\n他得了一个好消息然后慢慢地走回家重庆重复朝阳区朝阳\n"
    theirs, ours = (
        subprocess.run(
            [sys.executable, "-c", _PINYIN, whose],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for whose in ("theirs", "ours")
    )
    assert ours == theirs.replace("True", "False")


def test_a_chinese_sentence_is_tagged_as_by_the_package() -> None:
    from jieba import posseg

    from synthesis.text.chinese import segmentation

    text = "这条很长的路通向银行，他得了一个好消息，然后慢慢地走回家。"
    own = [(each.word, each.flag) for each in segmentation.tagger().cut(text)]
    dictionary = type(posseg.dt)()
    assert own == [(each.word, each.flag) for each in dictionary.cut(text)]


@pytest.mark.parametrize("damage", [b"", b"no trie at all", None])
def test_a_damaged_file_is_made_again(own_folder: Path, damage: bytes | None) -> None:
    whole = len(word_table("jieba-tags"))
    (file,) = own_folder.glob("words-jieba-tags-*")
    file.write_bytes(file.read_bytes()[:1000] if damage is None else damage)
    assert len(word_table("jieba-tags")) == whole


def test_a_file_that_is_there_is_not_made_again(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word_table("jieba-tags")
    monkeypatch.setattr(word_tables.subprocess, "run", pytest.fail)
    assert word_table("jieba-tags")["中国"] == "ns"


def test_a_word_that_is_not_there_is_missing(own_folder: Path) -> None:
    table = word_table("jieba-tags")
    assert table.get("zzz", "x") == "x"
    assert "zzz" not in table
    with pytest.raises(KeyError):
        table["zzz"]


_MEASURE = """
import ctypes, re, sys
from pathlib import Path
import torch, synthesis.engines.kokoro
from synthesis.text.normalize import read
from synthesis.text.phonemes import phonemize, vocabulary
def resident():
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(re.search(r"Rss:\\s+(\\d+)", Path("/proc/self/smaps_rollup").read_text())[1])
vocabulary()
before = resident()
for line in sys.stdin:
    language, text = line.rstrip("\\n").split("\\t")
    phonemize(read(text, language).text, language)
print((resident() - before) // 1024)
"""
_TEXTS = {
    "en-US": "The 3rd of May cost $5.", "en-GB": "The 3rd of May cost £5.", "es": "Cuesta 5 €.",
    "fr": "Il coûte 5 €.", "it": "Costa 5 €.", "pt-BR": "Custa R$ 5,00.", "hi": "यह 5 रुपये है।",
    "zh-CN": "价格是5元，很长的路。", "ja": "3月1日は月曜日です。",
}  # fmt: skip


def test_reading_nine_languages_adds_little_to_the_memory_of_a_worker() -> None:
    for name in (*_ENGLISH, "jieba-frequencies", "jieba-tags", "pinyin-phrases"):
        word_table(name)  # else the first run would make them; that is another process's memory
    lines = "".join(f"{language}\t{text}\n" for language, text in _TEXTS.items())
    ran = subprocess.run(
        [sys.executable, "-c", _MEASURE], input=lines, capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) <= MOST
