"""`manage.py verify_evidence FILE`: check that a consent's proof is intact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.consent.evidence import claims_in, problems_of


class Command(BaseCommand):
    help = "Check a consent's evidence bundle without a network or a database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", type=Path)
        parser.add_argument(
            "--keys",
            type=Path,
            help="The platform's published keys, saved from its /v1/provenance/keys; "
            "without them, this installation's own.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = None
        if options["keys"] is not None:
            try:
                keys = json.loads(options["keys"].read_text())["keys"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CommandError(f"{options['keys']} is not a set of published keys.") from error
        data = options["bundle"].read_bytes()
        problems = problems_of(data, keys)
        if problems:
            raise CommandError(" ".join(problems))
        self.stdout.write("Intact, and signed by a published key.")
        for line in _said(claims_in(data)):
            self.stdout.write(line)


def _said(claims: dict[str, Any]) -> Iterator[str]:
    """What the bundle proves of its consent, which need not be one that was ever in force."""
    times, checked = claims.get("times", {}), claims.get("checked", {})
    yield f"State when this was taken: {claims.get('state')}."
    if claims.get("demonstration"):
        yield "A demonstration: nobody consented to anything."
    if words := checked.get("words"):
        yield f"Checked: {words}"
    for name in ("decided", "ends", "withdrawn"):
        if times.get(name):
            yield f"{name.capitalize()}: {times[name]}"
    yield "What happened later, such as a withdrawal, is not in it: ask the platform."
