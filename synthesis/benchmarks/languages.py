"""Every language by its own stock voices and by voices of others, transcribed by Whisper.

Errors are counted in words; in Chinese in simplified characters, and in Japanese in kana, because
the same words may be written in several ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from synthesis.benchmarks import report
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import edit_distance, words
from synthesis.transcription.whisper import recognize_language, transcribe

ENGLISH = (
    "The committee will publish its findings before the end of the month.",
    "Could you bring me a glass of water and the newspaper from the kitchen?",
    "Heavy snow is expected in the mountains, so drivers should allow extra time.",
    "After a long silence, the captain asked everyone to return to the ship.",
)
SENTENCES = {
    "en-US": ENGLISH,
    "en-GB": ENGLISH,
    "es": (
        "Mañana por la mañana salimos temprano hacia la costa con toda la familia.",
        "¿Podrías traerme un vaso de agua y el periódico de la cocina?",
        "El museo cierra los lunes, pero el jardín está abierto todos los días.",
        "Mi abuela siempre contaba historias de su pueblo junto al fuego.",
    ),
    "fr": (
        "Demain matin, nous partirons de bonne heure avec toute la famille.",
        "Pourriez-vous m'apporter un verre d'eau et le journal, s'il vous plaît ?",
        "Le musée est fermé le lundi, mais le jardin reste ouvert toute la semaine.",
        "Ma grand-mère racontait toujours des histoires de son village.",
    ),
    "it": (
        "Domani mattina partiamo presto per il mare con tutta la famiglia.",
        "Potresti portarmi un bicchiere d'acqua e il giornale dalla cucina?",
        "Il museo è chiuso il lunedì, ma il giardino è aperto tutti i giorni.",
        "Mia nonna raccontava sempre storie del suo paese davanti al fuoco.",
    ),
    "pt-BR": (
        "Amanhã de manhã vamos sair cedo para a praia com toda a família.",
        "Você poderia me trazer um copo de água e o jornal da cozinha?",
        "O museu fecha às segundas, mas o jardim fica aberto todos os dias.",
        "Minha avó sempre contava histórias da sua cidade perto do fogo.",
    ),
    "hi": (
        "कल सुबह हम पूरे परिवार के साथ समुद्र के किनारे जाएंगे।",
        "क्या आप मुझे एक गिलास पानी और अखबार दे सकते हैं?",
        "सोमवार को संग्रहालय बंद रहता है, लेकिन बगीचा हर दिन खुला रहता है।",
        "मेरी दादी हमेशा अपने गाँव की कहानियाँ सुनाती थीं।",
    ),
    "zh-CN": (
        "明天早上我们全家人要早点出发去海边。",
        "请帮我拿一杯水和厨房里的报纸。",
        "博物馆星期一关门但是花园每天都开放。",
        "我的奶奶总是坐在火炉旁边讲村子里的故事。",
    ),
    "ja": (
        "明日の朝、家族みんなで早く海へ出かけます。",
        "台所から水を一杯と新聞を持ってきてくれませんか。",
        "美術館は月曜日に休みですが、庭は毎日開いています。",
        "祖母はいつも火のそばで村の昔話をしてくれました。",
    ),
}
HINTS = {"hi": "नमस्ते, यह वाक्य हिन्दी में है।"}  # without it Whisper writes Hindi in Urdu script


@dataclass(frozen=True)
class Heard:
    """How a voice is understood in a language: shares of sentences, of units and of letters."""

    voice: str
    language: str
    recognized: float
    wrong: float
    wrong_letters: float


def units(text: str, language: str) -> list[str]:
    """What is counted of a text: words, Chinese characters or Japanese kana."""
    if language == "zh-CN":  # Whisper writes some of it in traditional characters
        from wetext.utils import preprocess

        return list("".join(words(preprocess(text, traditional_to_simple=True))))
    if language == "ja":
        import pyopenjtalk

        nodes = pyopenjtalk.run_frontend(text, use_sudachi_kanji_yomi=False)
        return list("".join(words("".join(node["pron"] for node in nodes))))
    return words(text)


def read_back(
    engine: KokoroEngine,
    voices: Callable[[str], Mapping[str, VoiceTemplate]],
    progress: Callable[[str], None] = lambda language: None,
) -> Iterator[Heard]:
    """Every language in the voices that are given for it."""
    for language in SENTENCES:
        progress(language)
        for name, template in voices(language).items():
            yield _hear(engine, name, replace(template, language=language))


def _hear(engine: KokoroEngine, name: str, speaking: VoiceTemplate) -> Heard:
    language, sentences = speaking.language, SENTENCES[speaking.language]
    code = language[:2]
    recognized, wrong, wrong_letters, all_units, letters = 0, 0, 0, 0, 0
    for sentence in sentences:
        samples = np.concatenate([c.samples for c in engine.synthesize(sentence, speaking)])
        recognized += recognize_language(samples, engine.sample_rate) == code
        expected = units(sentence, language)
        transcript = transcribe(samples, engine.sample_rate, language=code, hint=HINTS.get(code))
        got = units(transcript, language)
        wrong += edit_distance(expected, got)
        all_units += len(expected)
        wrong_letters += edit_distance(list("".join(expected)), list("".join(got)))
        letters += len("".join(expected))
    return Heard(
        name, language, recognized / len(sentences), wrong / all_units, wrong_letters / letters
    )


def table(heard: Iterable[Heard]) -> str:
    """What was heard, as a table of Markdown."""
    rows = []
    for row in heard:
        shares = (row.recognized, row.wrong, row.wrong_letters)
        rows.append((row.voice, row.language, *(f"{share:.1%}" for share in shares)))
    return report.table(("voice", "language", "recognized", "errors", "letter error rate"), rows)
