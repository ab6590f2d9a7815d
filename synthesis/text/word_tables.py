"""The large tables of the readers' packages, kept in files that are mapped instead of built in memory.

A dictionary of 200,000 words takes 50 MB of every process; a trie of the same words takes 4 MB of a file that
all processes share. Files are derived from the installed packages, and made again when those change.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from marisa_trie import BytesTrie

from synthesis.weights import cache_folder

_FORM = 1  # of the files
_PACKAGES = {"english": "misaki", "jieba": "jieba", "pinyin": "pypinyin"}


class WordTable(Mapping[str, Any]):
    """Words and what is known of each, read from a file as it is asked for; it can't be changed."""

    def __init__(self, path: Path) -> None:
        """Raises OSError or RuntimeError where the file is not whole, or somebody else's."""
        if path.stat().st_uid != os.getuid():
            raise PermissionError(f"{path} is not ours.")
        self._trie = BytesTrie().mmap(str(path))

    def __getitem__(self, word: str) -> Any:
        found = self._trie.get(word)
        if found is None:
            raise KeyError(word)
        return json.loads(found[0])

    def get(self, word: str, default: Any = None) -> Any:
        found = self._trie.get(word)
        return default if found is None else json.loads(found[0])

    def __contains__(self, word: object) -> bool:
        return word in self._trie

    def has_words_with(self, beginning: str) -> bool:
        """Whether any word begins so, itself included."""
        return bool(self._trie.has_keys_with_prefix(beginning))

    def __iter__(self) -> Iterator[str]:
        return iter(self._trie.keys())

    def __len__(self) -> int:
        return len(self._trie)


def _file_of(package: str, path: str) -> Path:
    """A file of a package that is not imported: some of them import PyTorch."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(found.submodule_search_locations[0]) / path


def _english(grade: str, accent: str) -> dict[str, Any]:
    """One of misaki's lexicons: a word in lower case is known with a capital too, and a name without."""
    lines = _file_of("misaki", f"data/{accent}_{grade}.json").read_text(encoding="utf-8")
    words: dict[str, Any] = json.loads(lines)
    grown = {}
    for word, said in words.items():
        if len(word) > 1 and word == word.lower():
            grown[word.capitalize()] = said
        elif len(word) > 1 and word == word.capitalize():
            grown[word.lower()] = said
    return {**grown, **words}


def _jieba(kind: str, _: str) -> dict[str, Any]:
    """jieba's words and their beginnings with frequencies, their sum as ""; or its words with tags."""
    lines = _file_of("jieba", "dict.txt").read_text(encoding="utf-8").splitlines()
    entries = [(word, int(often), tag) for word, often, tag in (line.split() for line in lines)]
    if kind == "tags":
        return {word: tag for word, _, tag in entries}
    beginnings = {word[:end]: 0 for word, _, _ in entries for end in range(1, len(word))}
    words = {word: often for word, often, _ in entries}
    return {**beginnings, **words, "": sum(often for _, often, _ in entries)}


def _pinyin(_kind: str, _: str) -> dict[str, Any]:
    """pypinyin's phrases, each with its syllables."""
    lines = _file_of("pypinyin", "phrases_dict.json").read_text(encoding="utf-8")
    phrases: dict[str, Any] = json.loads(lines)
    return phrases


_SOURCES = {"english": _english, "jieba": _jieba, "pinyin": _pinyin}


def _path(name: str) -> Path:
    package = _PACKAGES[name.split("-", maxsplit=1)[0]]
    release = hashlib.sha256(f"{package} {version(package)} {_FORM}".encode()).hexdigest()[:12]
    return cache_folder() / f"words-{name}-{release}.trie"


def _write(name: str) -> None:
    source, first, second = (*name.split("-"), "")[:3]
    words = _SOURCES[source](first, second)
    trie = BytesTrie((word, json.dumps(known).encode()) for word, known in words.items())
    path = _path(name)
    descriptor, half = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(descriptor)
    trie.save(half)
    Path(half).replace(path)


def word_table(name: str) -> WordTable:
    """A table by name: "english-gold-us", "jieba-frequencies", "jieba-tags", "pinyin-phrases".

    The first to ask has its file made, by a process of its own: what that takes is given back.

    Raises:
        PermissionError: the folder of derived files is somebody else's.
        subprocess.CalledProcessError: it could not be made.
    """
    path = _path(name)
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():  # its owner could put other tables in place of ours
        raise PermissionError(f"{folder} is not ours: name another folder in TIMBRE_WEIGHTS_CACHE.")
    try:
        return WordTable(path)
    except (OSError, RuntimeError):
        subprocess.run([sys.executable, "-m", __name__, name], check=True)  # noqa: S603  # ourselves
        return WordTable(path)


if __name__ == "__main__":
    _write(sys.argv[1])
