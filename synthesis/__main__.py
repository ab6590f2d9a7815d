"""`python -m synthesis say` and `read`: the engine from a shell, without Django or a database."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from synthesis.audio.decoding import decode
from synthesis.audio.encoding import FORMATS, encode
from synthesis.engines.kokoro import KokoroEngine, engine
from synthesis.engines.style_tables import USUAL_STYLES
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.refusals import AudioRefused, TemplateInvalid, TextRefused, TooSlow, VoiceMismatch
from synthesis.template import VoiceTemplate
from synthesis.text.languages import LANGUAGES
from synthesis.text.spoken import spoken


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synthesis", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    say = commands.add_parser("say", help="speak a text into a file")
    say.add_argument("text")
    voice = say.add_mutually_exclusive_group()
    voice.add_argument(
        "--voice-from",
        type=Path,
        nargs="+",
        metavar="RECORDING",
        help="learn the voice from recordings (10 to 180 s of speech; one or two minutes)",
    )
    voice.add_argument("--template", type=Path, help="a voice template saved earlier")
    voice.add_argument("--style", help="a stock style (default: one of the language)")
    say.add_argument("--keep-template", type=Path, help="where to save the learned voice")
    say.add_argument("--language", default="en-US", choices=sorted(LANGUAGES))
    say.add_argument("--speed", type=float, default=1.0)
    say.add_argument("--out", type=Path, required=True, help=f"file ending in {', '.join(FORMATS)}")
    read = commands.add_parser(
        "read", help="print how each line of standard input is read; ⏎ in it is a line break"
    )
    read.add_argument("--language", default="en-US", choices=sorted(LANGUAGES))
    read.add_argument("--phonemes", action="store_true", help="print phonemes instead of words")
    return parser


def _show(stage: str, share: float) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{stage} {share:4.0%}", end="", file=sys.stderr, flush=True)


def _voice(speaking: KokoroEngine, chosen: argparse.Namespace) -> VoiceTemplate:
    if chosen.template:
        return VoiceTemplate.from_bytes(chosen.template.read_bytes())
    if not chosen.voice_from:
        style = chosen.style or USUAL_STYLES[chosen.language][0]
        return speaking.mix({style: 1.0}, language=chosen.language)
    recordings = [decode(path.read_bytes()) for path in chosen.voice_from]
    return enrol_speaker(speaking, recordings, language=chosen.language, progress=_show)


def _read(language: str, phonemes: bool) -> int:
    """Print how each line of standard input is read."""
    from synthesis.text.phonemes import phonemize
    from synthesis.text.spelled import with_letters_apart

    for line in sys.stdin:
        words = spoken(line.rstrip("\n").replace("⏎", "\n"), language)
        heard = phonemize(words, language) if phonemes else with_letters_apart(words, language)
        print(heard, flush=True)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0, or 2 with a message for what can't be done."""
    chosen = _arguments().parse_args(arguments)
    if chosen.command == "read":
        return _read(chosen.language, chosen.phonemes)
    audio_format = chosen.out.suffix.lstrip(".").lower()
    try:
        if audio_format not in FORMATS:
            raise ValueError(f"{chosen.out} must end in one of {', '.join(FORMATS)}.")
        speaking = engine()
        template = _voice(speaking, chosen)
        if chosen.keep_template:
            chosen.keep_template.write_bytes(template.to_bytes())
        chunks = list(speaking.synthesize(chosen.text, template, speed=chosen.speed))
    except (
        AudioRefused,
        TextRefused,
        TemplateInvalid,
        TooSlow,
        VoiceMismatch,
        ValueError,
        OSError,
    ) as error:
        print(error, file=sys.stderr)
        return 2
    samples = np.concatenate([chunk.samples for chunk in chunks])
    chosen.out.write_bytes(encode(samples, audio_format))
    print(f"{chosen.out}: {len(samples) / speaking.sample_rate:.1f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
