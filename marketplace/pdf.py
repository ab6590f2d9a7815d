"""PDF documents in the platform's look."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_ko
import pylopdf_fonts_zh_cn
from django.conf import settings
from font_source_sans_pro import SourceSansPro, SourceSansProBold
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from marketplace.visible_text import visible

FURTHER = {"han": pylopdf_fonts_zh_cn.sans_path, "hangul": pylopdf_fonts_ko.sans_path}
INK, QUIET, ACCENT = (29, 26, 22), (100, 93, 83), (194, 58, 22)


class Document(FPDF):
    """An A4 page headed by the platform's name.

    Its font has the letters of Europe and Vietnam; those for Chinese, Japanese and Korean are large, and
    are read only where a text needs them.
    """

    def __init__(self, title: str, made_at: datetime, *, archived: bool = False) -> None:
        """archived: as PDF/A-3b (ISO 19005-3), which may hold other files and lasts."""
        super().__init__(format="A4", enforce_compliance="PDF/A-3B" if archived else None)
        self.set_title(title)
        self.set_author(settings.PLATFORM_NAME)
        self.set_creation_date(made_at)
        self.add_font("sans", "", SourceSansPro)
        self.add_font("sans", "B", SourceSansProBold)
        self.set_margins(22, 22, 22)
        self.set_auto_page_break(True, 20)
        self.add_page()
        self.paragraph(settings.PLATFORM_NAME, size=11, bold=True, colour=ACCENT)
        self.paragraph(title, size=22, bold=True, gap=4)

    def paragraph(
        self,
        text: str,
        *,
        size: float = 10.5,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        gap: float = 1.5,
        link: str = "",
    ) -> None:
        """A paragraph."""
        self.set_font("sans", "B" if bold else "", size)
        self.set_text_color(*colour)
        self.multi_cell(
            0, size * 0.48, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L", link=link
        )
        self.ln(gap)

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """A two-column list: headings on the left, values on the right."""
        self.set_font("sans", "", 10.5)
        with self.table(
            col_widths=(28, 72), first_row_as_headings=False, borders_layout="HORIZONTAL_LINES",
            line_height=5.4, padding=1.6, text_align="LEFT",
        ) as table:  # fmt: skip
            for heading, sentence in rows:
                row = table.row()
                self.set_font("sans", "B", 10.5)
                row.cell(heading)
                self.set_font("sans", "", 10.5)
                row.cell(sentence)
        self.ln(3)

    def side_by_side(self, *blocks: tuple[str, Sequence[str]]) -> None:
        """Blocks of lines beside each other, each under a heading."""
        top, width, lowest = self.get_y(), self.epw / len(blocks), 0.0
        for place, (heading, lines) in enumerate(blocks):
            self.set_xy(self.l_margin + place * width, top)
            for number, line in enumerate((heading, *lines)):
                self.set_font("sans", "" if number != 1 else "B", 10 if number else 9)
                self.set_text_color(*(INK if number else QUIET))
                self.set_x(self.l_margin + place * width)
                self.multi_cell(width - 4, 5, line, new_x=XPos.LEFT, new_y=YPos.NEXT, align="L")
            lowest = max(lowest, self.get_y())
        self.set_xy(self.l_margin, lowest + 4)

    def columns(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
    ) -> None:
        """A table whose last columns are amounts."""
        self.set_font("sans", "", 9)
        align = ["LEFT" if place < 3 else "RIGHT" for place in range(len(head))]
        with self.table(
            col_widths=tuple(widths), text_align=tuple(align), line_height=5, padding=1,
            borders_layout="HORIZONTAL_LINES",
        ) as table:  # fmt: skip
            for cells in (head, *rows):
                table.row(list(cells))
        self.ln(3)

    def normalize_text(self, text: str) -> str:
        """A text as it is set, after the fonts for it are at hand; FPDF calls this for each."""
        composed = unicodedata.normalize("NFC", super().normalize_text(visible(text)))
        missing = missing_from(composed, SourceSansPro)
        added = [
            name
            for name, path in FURTHER.items()
            if missing and name not in self.fonts and missing - missing_from(composed, path())
        ]
        for name in added:
            self.add_font(name, "", FURTHER[name]())
        if added:
            known = [name for name in FURTHER if name in self.fonts]
            self.set_fallback_fonts(known, exact_match=False)
        return composed

    def to_bytes(self) -> bytes:
        return bytes(self.output())


def unprintable(text: str) -> set[str]:
    """The characters of a text that no font of a document has."""
    composed = unicodedata.normalize("NFC", text)
    missing = missing_from(composed, SourceSansPro)
    for path in FURTHER.values():
        missing = missing and missing & missing_from(composed, path())
    return missing


def missing_from(text: str, font: str | Path) -> set[str]:
    """The characters of a text that a font does not have; spaces are in each."""
    return {each for each in text if ord(each) not in _letters(font) and not each.isspace()}


@lru_cache(maxsize=4)
def _letters(font: str | Path) -> frozenset[int]:
    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())
