"""Markdown, HTML and emoji: marks for the eye, which are silent.

What the marks are about stays: the text of a link, the words of a code span, the cells of a table.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from synthesis.text.written import Edit, Written

_TAGS = (
    "a|abbr|article|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|figcaption|"
    "figure|font|footer|h[1-6]|head|header|hr|html|i|img|ins|kbd|li|main|mark|nav|ol|p|pre|q|s|"
    "samp|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|tt|u|"
    "ul|var|wbr"
)
_INLINE = frozenset(
    "a abbr b big cite code del em font i ins kbd mark q s samp small span strike strong sub sup "
    "tt u var wbr".split()
)
_HTML = re.compile(
    rf"<sup>(?P<power>[-−]?\d)</sup>|</?(?P<tag>{_TAGS})(?:\s[^<>]{{0,400}})?/?>"
    r"|<(?P<closes>/)?(?P<own>[a-z][\w.-]{0,30})(?P<given>\s[^<>]{0,200}?)?(?P<closed>/)?>"
    r"|<!--(?:(?!-->)[\s\S]){0,1000}-->|<(?P<link>(?:https?|mailto):[^<>\s]{1,500})>"
    r"|&(?P<entity>#\d{1,6}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);",
    re.I,
)
_CLOSING_TAG = re.compile(r"</([a-z][\w.-]{0,30})>", re.I)
_LINES = re.compile(
    r"^[ \t]{0,8}(?:"
    r"(?P<silent>(?:```|~~~)[^\n`~]{0,80}|\|?[ ]?:?-{3,}:?[ \t|:-]{0,400}|\|[ ]?:?-{1,80}:?[ ]?\|[ |:-]{0,400}|(?:[*_=-][ ]?){3,80})$"
    r"|(?P<mark>(?!>\d)(?:>[ ]?){1,9}(?:[-*+•][ ]+)?|\#{1,6}[ \t]+(?!of\b)"
    r"|[-*+•‣◦▪●○■□·–—][ \t]+(?:\[[ xX]\][ ]+)?(?=[^\s\d]|\d+\S|\d+[ ](?![-+=*/])))"
    r"|(?P<row>\|))",
    re.M,
)
_INLINE_MARKS = re.compile(
    r"(?P<note>\[(?:\^[\w-]{1,30}|\d{1,3}(?:[,–-][ ]?\d{1,3}){0,5}|note[ ]\d{1,3}|citation[ ]needed)\](?!\():?)"
    r"|(?P<link>!?\[(?P<text>[^\[\]\n]{0,300})\](?:\([^()\s]{0,600}(?:\s\"[^\"\n]{0,200}\")?\)"
    r"|\[[^\[\]\n]{0,80}\]))"
    r"|(?P<escape>\\(?=[*_`#~\[\]!<>]))"
    r"|(?P<dialled>\*\d{1,4}\#?(?![\d*]))|(?P<stars>\*{1,3})|(?P<lines>_{1,3})|(?P<struck>~~)|(?P<code>`{1,3})"
    r"|(?P<size>\|[a-z]\|)|(?P<bar>\|)",
)
_EMOJI = re.compile(  # "▲5.2%" is a loss in Japanese tables
    "(?:(?![▲△]\\d)[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\U0001f000-\U0001f0ff\u2600-\u27bf\u2b00-\u2bff"
    "\u2300-\u23ff\u25a0-\u25ff\u2190-\u2193\u2194-\u21ff\u3030\u303d\U000e0020-\U000e007f\u20e3"
    "\ufe0f\u200d])+"
)
_FACE = re.compile(
    r"\([^\w\s()\[\]$€£]{3,12}\)[^\w\s.,;:!?)\]\"'”’]{0,3}(?:\s?[\u2500-\u257f]{1,8})?"
)
_SHORTCODE = re.compile(  # which must go before what Markdown makes of their signs
    r"(?<![\w:]):[a-z+-][a-z\d_+-]{1,40}:(?![\w:])|[\s\u0304]{0,2}\\_?\(ツ\)_?/[ ]?\u0304?"
)
_STARS = re.compile(r"(?<=[\dkKM])\s?[★⭐](?!\s?[★⭐☆])")
_STARRED = re.compile(
    r"\s(?:hotel|rating|review|restaurant|service|experience|average|rated|resort)s?\b"
)
_SPOKEN_SIGNS = frozenset("→⇒←↔↑↓♯♭✓✗×")
_KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3")
_EMOTICON = re.compile(
    r"(?<![\w:;])(?:(?:[:;][-o^']?[)(\]\[DPpoO3|/\\*]|=[)(DP]|[xX]D)(?![\w/])|[:;]'[-]?\(|<3(?!\d)|</3|\^_?\^|-_-|"
    r"¯\\_\(ツ\)_/¯|[oO]_[oO]|T_T|:-?\$)"
)

_HEART = re.compile(
    r"(?<=\b(?:I|u) )<3(?=\s\w)|(?<=\b(?:we|We) )<3(?=\s\w)|(?<=\b[Tt]hey )<3(?=\s\w)|(?<=\b[Yy]ou )<3(?=\s\w)"
)


def _own_tag_edits(match: re.Match[str], closed: frozenset[str]) -> Iterator[Edit]:
    """A tag of no language that we know is silent; a lone "<name>" is a place to fill in."""
    start, end = match.span()
    if match["closes"] or match["closed"] or match["own"].lower() in closed:
        yield start, end, " "
    elif not match["given"]:
        yield start, start + 1, " "
        yield end - 1, end, " "


def _html_edits(text: str) -> Iterator[Edit]:
    closed = frozenset(name.lower() for name in _CLOSING_TAG.findall(text))
    for match in _HTML.finditer(text):
        if match["power"]:
            yield match.start(), match.end(), "^" + match["power"]
        elif match["tag"]:
            inline = match["tag"].lower() in _INLINE
            yield match.start(), match.end(), "" if inline else " "
        elif match["link"]:
            yield match.start(), match.start() + 1, ""
            yield match.end() - 1, match.end(), ""
        elif match["own"]:
            yield from _own_tag_edits(match, closed)
        elif match["entity"]:
            character = html.unescape(match[0])
            if len(character) <= 2 and character != match[0]:
                yield match.start(), match.end(), " " if character.isspace() else character
        else:
            yield match.start(), match.end(), ""


def _line_edits(text: str) -> Iterator[Edit]:
    for match in _LINES.finditer(text):
        yield match.start(), match.end(), ""


def _sticks(text: str, start: int, end: int) -> bool:
    """Whether a mark touches a word on one side only, as emphasis does."""
    left = text[start - 1] if start else " "
    right = text[end] if end < len(text) else " "
    if left.isalnum() and right.isalnum() and text.count("*") == end - start:
        return False
    free = bool(start) and (left.isspace() or left in "按或和")
    if text[start:end] == "*" and free and right in ".,;:!?-。，；、":
        return False  # a key: "press *."
    if left.isalnum() and right.isalnum():
        return left.isalpha() and right.isalpha() and text[start] == "*"
    return not (left.isspace() and right.isspace()) or (start == 0 and end == len(text))


def _is_index(text: str, start: int, end: int) -> bool:
    """Whether "[0]" picks out of a list, as behind the single letter of "x[0]"."""
    return text[start:end] == "[0]" or (
        text[start - 1].isalpha() and not text[max(0, start - 2) : start - 1].isalpha()
    )


def _inline_edits(text: str) -> Iterator[Edit]:
    for match in _INLINE_MARKS.finditer(text):
        start, end = match.span()
        if match["link"]:
            opening = match.start("text") - start
            yield start, start + opening, ""
            yield match.end("text"), end, ""
        elif match["note"]:
            if (
                "^" in match[0]
                or match[0].endswith(":")
                or (start and not text[start - 1].isspace() and not _is_index(text, start, end))
            ):
                yield start, end, ""
        elif match["dialled"] or match["size"]:
            continue
        elif match["escape"] or match["struck"] or match["code"]:
            yield start, end, ""
        elif match["stars"] or match["lines"]:
            if _sticks(text, start, end):
                yield start, end, ""
        elif match["bar"] and text[end : end + 1] != "|" and text[start - 1 : start] != "|":
            yield start, end, "," if text[end:].strip()[:1] not in ("", ".") else ""


def _emoji_edits(text: str) -> Iterator[Edit]:
    for match in _EMOJI.finditer(text):
        if not set(match[0]) & _SPOKEN_SIGNS:
            yield match.start(), match.end(), " "


def without_marks(written: Written) -> Written:
    """The text without what is silent in it."""
    text = written.text
    if "<" in text or "&" in text:
        written = written.edited(_html_edits(text))
    written = written.edited((m.start(), m.end(), " ") for m in _SHORTCODE.finditer(written.text))
    if not written.text.isascii():
        written = written.edited((m.start(), m.end(), " ") for m in _FACE.finditer(written.text))
        written = written.edited(
            (
                m.start(),
                m.end(),
                " star" if _STARRED.match(written.text, m.end()) else " stars",
            )
            for m in _STARS.finditer(written.text)
        )
    written = written.edited(_line_edits(written.text))
    written = written.edited(_inline_edits(written.text))
    written = written.edited((m.start(), m.end(), "love") for m in _HEART.finditer(written.text))
    written = written.edited((m.start(), m.end(), " ") for m in _EMOTICON.finditer(written.text))
    if not written.text.isascii():
        written = written.edited((m.start(), m.end(), m[1]) for m in _KEYCAP.finditer(written.text))
        written = written.edited(_emoji_edits(written.text))
    return written
