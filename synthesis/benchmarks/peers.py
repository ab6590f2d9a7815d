"""Other engines on this processor, each in a separate process so that none disturbs another.

`python -m synthesis.benchmarks.peers NAME` reads sentences as JSON lines and answers each with
seconds to the first audio, to the last, and of audio.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

Speak = Callable[[str], Iterator[float]]  # yields the seconds of each piece of audio
Timing = dict[str, float]


def _timbre() -> Speak:
    from synthesis.engines.kokoro import engine

    speaking = engine()
    template = speaking.mix({"jf_alpha": 1.0})

    def speak(text: str) -> Iterator[float]:
        for chunk in speaking.synthesize(text, template):
            yield chunk.seconds

    return speak


def _kokoro_onnx() -> Speak:
    """The same weights, as packaged (dynamic eight bits), in `kokoro-onnx`."""
    from synthesis.text.espeak import stand_in_for_segments

    stand_in_for_segments()
    from kokoro_onnx import Kokoro

    from synthesis import weights

    model = Kokoro(
        str(weights.locate("kokoro/model.int8.onnx")), str(weights.locate("kokoro/styles.npz"))
    )

    def speak(text: str) -> Iterator[float]:
        samples, rate = model.create(text, voice="jf_alpha", lang="en-us", trim=False)
        yield len(samples) / rate

    return speak


def _pocket_tts() -> Speak:
    """Kyutai's `pocket-tts` from its own configuration with random weights.

    Its output is noise and never ends, but its cost per frame doesn't depend on the values.
    """
    import torch
    import yaml
    from pocket_tts.models.tts_model import TTSModel
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    packaged = resources.files("pocket_tts") / "config" / "english_2026-10.yaml"
    settings = yaml.safe_load(packaged.read_text())
    del settings["weights_path"], settings["weights_path_without_voice_cloning"]
    table = settings["flow_lm"]["lookup_table"]
    words = {str(number): number for number in range(table["n_bins"])}
    tokens = Tokenizer(models.WordLevel(words, unk_token="0"))  # noqa: S106  # a token of text
    tokens.pre_tokenizer = pre_tokenizers.Split(Regex(r"\s?\w{1,4}|[^\w\s]"), "isolated")
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        table["tokenizer_path"] = f"{folder}/tokenizer.json"
        tokens.save(table["tokenizer_path"])
        config = Path(folder, "config.yaml")
        config.write_text(yaml.safe_dump(settings))
        model = TTSModel.load_model(config=config, eos_threshold=1e9)
    voice = model.get_state_for_audio_prompt(0.05 * torch.randn(1, 5 * model.sample_rate))

    def speak(text: str) -> Iterator[float]:
        for piece in model.generate_audio_stream(voice, text):
            yield len(piece) / model.sample_rate

    return speak


PEERS: dict[str, Callable[[], Speak]] = {
    "timbre": _timbre,
    "kokoro-onnx": _kokoro_onnx,
    "pocket-tts": _pocket_tts,
}


def _time(speak: Speak, text: str) -> Timing:
    started, first, audio = time.perf_counter(), 0.0, 0.0
    for seconds in speak(text):
        first = first or time.perf_counter() - started
        audio += seconds
    return {"first": first, "total": time.perf_counter() - started, "audio": audio}


class Peer:
    """An engine in its own process; `speak` waits for it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def speak(self, text: str) -> Timing:
        """Raises RuntimeError if the engine has died."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} stopped; is it installed (`make install-bench`)?")
        timing: Timing = json.loads(answer)
        return timing

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def main(name: str) -> None:
    """Answer sentences until the input ends."""
    answers: Any = sys.stdout
    sys.stdout = sys.stderr  # some engines print
    speak = PEERS[name]()
    for line in sys.stdin:
        answers.write(json.dumps(_time(speak, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
