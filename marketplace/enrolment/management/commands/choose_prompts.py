"""`manage.py choose_prompts`: compute which sentences people are asked to read."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.enrolment.prompts import CHOSEN, MOST, TAGS, candidates_in
from synthesis.text.coverage import Candidate, choose, coverage
from synthesis.text.phonemes import phonemize


class Command(BaseCommand):
    help = "Write prompts.toml: a greedy cover of each language's sounds by sentences of every use."

    def handle(self, *args: Any, **options: Any) -> None:
        CHOSEN.write_text("\n".join([_HEAD, *map(written, TAGS)]), "utf-8")


_HEAD = """\
# Written by `manage.py choose_prompts` from prompt_candidates.toml and scripts.toml; don't edit it.
# For each language, the sentences to read in their order, and the shares of the phonemes, and of the pairs of
# phonemes, of all candidates in that language that they have. See synthesis/text/coverage.py.
"""


def written(language: str) -> str:
    """The section of a language."""
    pool = [
        Candidate(text, use, phonemize(text, TAGS[language]))
        for use, text in candidates_in(language)
    ]
    chosen = choose(pool, MOST)
    sounds, pairs = coverage(chosen, pool)
    lines = [
        f"# {len(chosen)} of {len(pool)} sentences: {sounds:.0%} of the phonemes, {pairs:.0%} of the pairs"
    ]
    for each in chosen:
        text = json.dumps(each.text, ensure_ascii=False)
        lines += [f"[[{language}]]", f'use = "{each.kind}"', f"text = {text}", ""]
    return "\n".join(lines)
