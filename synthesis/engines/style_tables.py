"""The styles of all 54 voices that the model was trained with, by the length of a sentence.

`styles.safetensors` holds [54, lengths, 256] in half precision (decoder style | prosody style) of
Kokoro-82M v1.0 (Apache-2.0), taken from the tables in the npm package kokoro-js 1.2.1 (sha256 of
its archive 1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860). Those have a row for
each number of phonemes; neighbours hardly differ, so some lengths are kept and the rest lie between
them (0.002 off in norm on average, of 2 to 3). Made by

    python -m synthesis.engines.style_tables kokoro-54-styles.npz synthesis/engines/styles.safetensors
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from synthesis import weights

LENGTHS = 510  # rows of a whole table: sentences of 1 to 510 phonemes
USUAL = 101  # phonemes of the sentence whose row stands for a voice where one is enough

LANGUAGES = {  # the first letter of a style's name
    "a": "en-US",
    "b": "en-GB",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-BR",
    "z": "zh-CN",
}
USUAL_STYLES = {  # by language: a woman's and a man's, from which others borrow their prosody
    "en-US": ("af_heart", "am_michael"),
    "en-GB": ("bf_emma", "bm_george"),
    "es": ("ef_dora", "em_alex"),
    "fr": ("ff_siwis", "ff_siwis"),
    "hi": ("hf_alpha", "hm_omega"),
    "it": ("if_sara", "im_nicola"),
    "ja": ("jf_alpha", "jm_kumo"),
    "pt-BR": ("pf_dora", "pm_alex"),
    "zh-CN": ("zf_xiaobei", "zm_yunxi"),
}
LOWER = -0.55  # log F0 of men's styles less that of women's


def language_of(style: str) -> str:
    """The language that a style was trained on, by its name."""
    return LANGUAGES.get(style[:1], "en-US")


class StyleTables:
    """Styles [256] by name and number of phonemes."""

    def __init__(self, lengths: Tensor, tables: Mapping[str, Tensor]) -> None:
        """lengths: [rows] numbers of phonemes, rising; tables: [rows, 256] by name."""
        self._lengths = lengths.numpy()
        self.tables = tables

    def style(self, name: str, phonemes: int = USUAL) -> Tensor:
        """A voice's style [256] for a sentence of so many phonemes.

        Raises:
            KeyError: no such style.
        """
        table = self.tables[name]
        place = float(np.interp(phonemes, self._lengths, np.arange(len(self._lengths))))
        below = int(place)
        above = min(below + 1, len(table) - 1)
        return torch.lerp(table[below].float(), table[above].float(), place - below)

    def mixed(self, shares: Mapping[str, float], phonemes: int = USUAL) -> Tensor:
        """A mixture's style [256]; shares of any sum."""
        total = sum(shares.values())
        style = torch.zeros(256)
        for name, share in shares.items():
            style = style + self.style(name, phonemes) * (share / total)
        return style


@lru_cache(maxsize=1)
def style_tables() -> StyleTables:
    """The tables that the project ships."""
    from safetensors.torch import load_file

    held = load_file(weights.locate("kokoro/styles.safetensors"))
    lengths = held.pop("lengths")
    return StyleTables(lengths, held)


def borrowed(shares: Mapping[str, float], language: str) -> tuple[str, float] | None:
    """The style whose prosody a mixture borrows to speak a language, and how far to move its log F0.

    None where the mixture is of the language itself, or of styles that aren't known.
    """
    if not shares or not set(shares) <= set(style_tables().tables) or language not in USUAL_STYLES:
        return None
    if language_of(max(shares, key=lambda name: shares[name]))[:2] == language[:2]:
        return None
    men = sum(share for name, share in shares.items() if name[1] == "m")
    is_man = men * 2 > sum(shares.values())
    style = USUAL_STYLES[language][is_man]
    return style, LOWER if is_man and style[1] == "f" else 0.0


def manner(shares: Mapping[str, float], language: str, phonemes: int) -> Tensor | None:
    """The prosody style [128] of a mixture for a sentence of so many phonemes.

    Where a mixture speaks a language that it wasn't trained on, that of a style of the language;
    None where there are no shares or a style isn't known.
    """
    tables = style_tables()
    if not shares or not set(shares) <= set(tables.tables):
        return None
    lent = borrowed(shares, language)
    return tables.mixed({lent[0]: 1.0} if lent else shares, phonemes)[128:]


def kept_lengths(count: int = 64) -> list[int]:
    """Numbers of phonemes whose rows are kept: dense where short sentences differ most."""
    spread = np.geomspace(1, LENGTHS, count).round().astype(int)
    return sorted({*spread.tolist(), USUAL})


def build(source: Path, target: Path) -> None:
    """Write the kept rows of whole tables ([510, 256] by name, npz)."""
    from safetensors.torch import save_file

    lengths = kept_lengths()
    rows = [length - 1 for length in lengths]
    with np.load(source) as whole:
        held = {
            name: torch.from_numpy(whole[name].reshape(LENGTHS, 256)[rows]).half()
            for name in sorted(whole)
        }
    held["lengths"] = torch.tensor(lengths, dtype=torch.int32)
    save_file(
        held,
        target,
        metadata={
            "source": "Kokoro-82M v1.0 by way of kokoro-js 1.2.1",
            "licence": "Apache-2.0",
        },
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    chosen = parser.parse_args()
    build(chosen.source, chosen.target)
