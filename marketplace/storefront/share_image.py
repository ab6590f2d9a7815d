"""The picture that other sites show beside a link to a voice or a creator: 1200 × 630, as PNG."""

from __future__ import annotations

import hashlib
import io
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from font_source_sans_pro import SourceSansPro, SourceSansProBold
from PIL import Image, ImageDraw, ImageFont

from marketplace.pdf import FURTHER, missing_from
from marketplace.visible_text import visible

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 72
PAPER, INK, QUIET = "#f7f4ee", "#1d1a16", "#645d53"
# `--voice` of each `hue-…` in tokens.css, on light paper
HUES = (
    "#c23a16", "#0f6f72", "#6a3fb5", "#99600a", "#1f5fbf", "#a92a6b", "#3f7a1f", "#5a5f6e",
)  # fmt: skip
_BARS = 64
_WAVE_TOP, _WAVE_HEIGHT = 352, 130
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Shared:
    """What a picture says. peaks: of a clip, 0 to 1; price: empty for none; hue: of `HUES`."""

    name: str
    by: str
    line: str
    price: str
    platform: str
    hue: int
    peaks: tuple[float, ...]

    @property
    def fingerprint(self) -> str:
        """What changes with the picture."""
        words = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()[:16]


def png_of(shared: Shared) -> bytes:
    """The picture."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    colour = HUES[shared.hue % len(HUES)]
    draw.rectangle((0, 0, 20, HEIGHT), fill=colour)
    right = WIDTH - MARGIN
    _write(draw, (MARGIN, 56, right, 170), shared.name, sizes=(92, 72, 56, 44), bold=True)
    _write(draw, (MARGIN, 174, right, 218), shared.by, sizes=(32,), colour=QUIET)
    _write(draw, (MARGIN, 228, right, 332), shared.line, sizes=(40, 34), lines=2)
    _draw_wave(draw, shared.peaks, colour)
    _write(draw, (MARGIN, 524, 760, 588), shared.price, sizes=(46, 36), bold=True, colour=colour)
    _write(draw, (800, 532, right, 588), shared.platform, sizes=(34, 26), colour=QUIET, end=True)
    written = io.BytesIO()
    image.quantize(64).save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw_wave(draw: ImageDraw.ImageDraw, peaks: Sequence[float], colour: str) -> None:
    """The waveform of a clip as mirrored bars, across the picture."""
    step = (WIDTH - 2 * MARGIN) / _BARS
    middle = _WAVE_TOP + _WAVE_HEIGHT / 2
    for bar in range(_BARS):
        peak = peaks[bar * len(peaks) // _BARS] if peaks else 0.0
        half = _WAVE_HEIGHT / 2 * min(1.0, max(0.05, peak))
        left = MARGIN + bar * step
        draw.rounded_rectangle((left, middle - half, left + step * 0.6, middle + half), 5, colour)


def _write(
    draw: ImageDraw.ImageDraw, box: Box, text: str, *, sizes: Sequence[int], lines: int = 1,
    bold: bool = False, colour: str = INK, end: bool = False,
) -> None:  # fmt: skip
    """Write a text into a box, in the largest size in which it fits whole, else cut off in the last."""
    left, top, right, bottom = box
    height = (bottom - top) // lines
    words = drawable(text)
    for size in sizes:
        broken = broken_into(words, size, bold=bold, width=right - left, lines=lines)
        if not broken or not broken[-1].endswith("…"):
            break
    for number, line in enumerate(broken):
        x = right - width_of(line, size, bold=bold) if end else float(left)
        baseline = top + number * height + round(height * 0.76)
        for run, path in _runs(line, bold=bold):
            font = _font(path, size)
            draw.text((x, baseline), run, font=font, fill=colour, anchor="ls")
            x += font.getlength(run)


def drawable(text: str) -> str:
    """A text on one line without the characters that no font here has."""
    composed = unicodedata.normalize("NFC", " ".join(visible(text).split()))
    known = "".join(each for each in composed if each.isspace() or _path_of(each, bold=False))
    return " ".join(known.split())


def broken_into(text: str, size: int, *, bold: bool, width: float, lines: int) -> list[str]:
    """A text in at most so many lines of a width in pixels, with "…" for what does not fit."""
    broken: list[str] = []
    rest = text
    while rest and len(broken) < lines - 1:
        line = _first_line(rest, size, bold=bold, width=width)
        rest = rest[len(line) :].lstrip()
        broken.append(line.rstrip())
    if rest:
        broken.append(_cut(rest, size, bold=bold, width=width))
    return broken


def _cut(text: str, size: int, *, bold: bool, width: float) -> str:
    """A text on one line, which ends in "…" if it is longer."""
    if width_of(text, size, bold=bold) <= width:
        return text
    fits = next(
        length
        for length in range(len(text) - 1, -1, -1)
        if width_of(f"{text[:length].rstrip()}…", size, bold=bold) <= width
    )
    return f"{text[:fits].rstrip()}…"


def _first_line(text: str, size: int, *, bold: bool, width: float) -> str:
    """As much of a text as fits a width: whole words, or as many characters where a word is longer."""
    fits = 0
    for length in range(1, len(text) + 1):
        if width_of(text[:length].rstrip(), size, bold=bold) > width:
            break
        fits = length
    if fits == len(text):
        return text
    at_space = text.rfind(" ", 0, fits + 1)
    return text[: at_space + 1] if at_space > 0 else text[: max(1, fits)]


def width_of(text: str, size: int, *, bold: bool) -> float:
    """How wide a line is, in pixels."""
    return sum(_font(path, size).getlength(run) for run, path in _runs(text, bold=bold))


def _runs(text: str, *, bold: bool) -> Iterator[tuple[str, str]]:
    """The parts of a line that have one font, each with its path."""
    run, path = "", ""
    for each in text:
        its = path if each.isspace() and path else _path_of(each, bold=bold) or path
        if its != path and run:
            yield run, path
            run = ""
        run, path = run + each, its
    if run:
        yield run, path or str(SourceSansPro)


@lru_cache(maxsize=4_096)
def _path_of(character: str, *, bold: bool) -> str:
    """The first font that has a character; empty if none does."""
    first = SourceSansProBold if bold else SourceSansPro
    for path in (first, *(find() for find in FURTHER.values())):
        if not missing_from(character, path):
            return str(path)
    return ""


@lru_cache(maxsize=32)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(path), size)
