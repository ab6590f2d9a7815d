"""`manage.py train_liveness`: learn to tell people from clones and loudspeakers."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from synthesis.audio.files import recordings_in

MIXTURES = 40


class Command(BaseCommand):
    help = "Train the liveness detector on recordings of people and our engine's clones of them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--recordings", type=Path, required=True, help="One file per speaker.")
        parser.add_argument("--clones", type=Path, required=True, help="Clones, made if missing.")
        parser.add_argument("--out", type=Path, required=True, help="Where to write the detector.")
        parser.add_argument("--epochs", type=int, default=7)
        parser.add_argument("--licence", required=True, help="Licence of the recordings.")

    def handle(self, *args: Any, **options: Any) -> None:
        from synthesis.engines.kokoro import engine
        from synthesis.liveness import training
        from synthesis.liveness.clones import make_clones, make_mixtures
        from synthesis.liveness.network import LIVE, SYNTHETIC

        say = self.stdout.write
        files = recordings_in(options["recordings"])
        random.Random(0).shuffle(files)  # noqa: S311 - not a secret: a repeatable order
        speakers = [(file.stem.split("-")[0], [file]) for file in files]
        learned = len(speakers) // 7
        folders = {
            "instant": options["clones"] / "instant",
            "adapted": options["clones"] / "adapted",
            "mixtures": options["clones"] / "mixtures",
        }
        make_clones(engine(), speakers[learned:], folders["instant"], steps=0, say=say)
        make_clones(engine(), speakers[:learned], folders["adapted"], steps=20, say=say)
        make_mixtures(engine(), folders["mixtures"], MIXTURES, say=say)
        clips = [training.load(file, name, LIVE) for name, [file] in speakers]
        clips += [
            training.load(path, path.stem, SYNTHETIC)
            for folder in folders.values()
            for path in sorted(folder.glob("*.flac"))
        ]
        model = training.train(clips, epochs=options["epochs"], say=say)
        about = {
            "made_by": "manage.py train_liveness",
            "people": str(len(speakers)),
            "clones": str(len(clips) - len(speakers)),
            "licence": options["licence"],
        }
        training.write(model, options["out"], about)
        digest = hashlib.sha256(options["out"].read_bytes()).hexdigest()
        say(f"{options['out']}  sha256 {digest}")
