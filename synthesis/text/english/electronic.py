"""Web and mail addresses, names after @ and #, files and identifiers."""

from __future__ import annotations

import re

from synthesis.text.english.chats import SPELLED
from synthesis.text.english.letters import said_capitals, spell
from synthesis.text.english.lexicon import is_word
from synthesis.text.english.numbers import cardinal, digits, pairs, year
from synthesis.text.scan import Scan, rule

_MARKS = {
    ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", ":": "colon",
    "?": "question mark", "=": "equals", "&": "and", "+": "plus", "#": "hash", "%": "percent",
    "~": "tilde", "\\": "backslash", ",": "comma", ";": "semicolon",
}  # fmt: skip
_DOMAINS = (
    "com|org|net|edu|gov|info|io|dev|ai|app|co|eu|de|fr|es|it|uk|us|ca|au|in|jp|cn|br|ru|nl|ch|at|"
    "be|se|no|dk|fi|pl|pt|ie|nz|za|mx|ar|kr|tv|me|biz|xyz|tech|store|online|site|blog|shop|news|"
    "ly|gg|fm|so|sh|to|gl|int|mil|name|pro|museum|cloud|wiki|page|media|studio|world|live|email"
)
_SURE = (
    "com|org|net|edu|gov|info|io|dev|ai|app|eu|de|fr|uk|co\\.[a-z]{2}|tv|xyz|biz|tech|shop|blog|ly"
)
_SPOKEN_DOMAINS = frozenset(
    "com org net gov info dev app co biz tech store online site blog shop news name pro museum int "
    "mil cloud wiki page media studio world live email me so to".split()
)
_FILES = (
    "pdf|txt|docx?|xlsx?|pptx?|csv|tsv|json|ya?ml|toml|xml|html?|css|js|ts|tsx|jsx|py|rb|rs|go|java|"
    "c|cpp|h|sh|md|rst|png|jpe?g|gif|svg|webp|bmp|mp3|mp4|wav|flac|ogg|mov|avi|zip|tar|gz|exe|dmg|"
    "iso|log|ini|cfg|conf|sql|db|bak|lock|tmp|dll|apk|epub|ipynb|psd|bin"
)
_SHOUTED_FILES = "PDF|TXT|DOCX?|XLSX?|PPTX?|CSV|JPE?G|PNG|GIF|BMP|MP3|MP4|WAV|MOV|AVI|ZIP|EXE"
_SPOKEN_FILES = {"json": "jason", "jpeg": "jay-peg", "zip": "zip", "log": "log", "doc": "doc", "docx": "doc X",
                 "go": "go", "java": "java", "bin": "bin", "lock": "lock", "tar": "tar", "gif": "gif", "wav": "wave",
                 "bak": "bak", "mov": "M O V", "yaml": "yammel", "yml": "Y M L", "toml": "tommel", "txt": "T X T",
                 "py": "P Y", "conf": "conf", "iso": "I S O", "epub": "e-pub"}  # fmt: skip
_PIECES = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")


def _domain_piece(piece: str) -> str:
    return piece if piece in _SPOKEN_DOMAINS else spell(piece)


def _word(piece: str) -> str:
    """A piece of an address: a word, words that were run together, or letters."""
    if piece.lower() in ("www",):
        return "w w w"
    if piece.isupper() and len(piece) > 1:
        return said_capitals(piece)
    if piece.lower() in SPELLED:
        return spell(piece)
    if len(piece) <= 3 and piece.isascii() and not is_word(piece) and not _has_vowel(piece):
        return spell(piece)
    if any(character.isupper() for character in piece[1:]):
        return " ".join(_CAMEL.findall(piece))
    return piece


def _has_vowel(piece: str) -> bool:
    return bool(set(piece.lower()) & set("aeiouy"))


def _is_code(part: str) -> bool:
    """Whether a part of a path is a key, "3xYz9", and no word with a number."""
    runs = re.findall(r"[A-Za-z]+", part)
    return bool(runs) and not part.isalpha() and len(part) > 3 and not any(map(is_word, runs))


def spoken_address(text: str) -> str:
    """An address, its marks named and its digits said one by one."""
    head, slash, tail = text.partition("/")
    pieces = _PIECES.findall(head)
    if len(pieces) > 2 and pieces[-2] == "." and len(pieces[-1]) <= 3:
        country = len(pieces[-1]) == 2
        pieces[-1] = f"\0{pieces[-1]}"
        if (
            country
            and len(pieces) > 4
            and pieces[-4] == "."
            and pieces[-3] in ("co", "com", "ac", "org", "gov")
        ):
            pieces[-3] = f"\0{pieces[-3]}"
    for part in re.split(r"([^A-Za-z\d])", slash + tail):
        pieces += list(part) if _is_code(part) else _PIECES.findall(part)
    said = []
    for piece in pieces:
        if piece[0] == "\0":
            said.append(_domain_piece(piece[1:].lower()))
        elif piece.isdecimal():
            said.append(digits(piece) if len(piece) > 1 else cardinal(piece))
        else:
            said.append(_MARKS.get(piece) or (piece.upper() if len(piece) == 1 else _word(piece)))
    return " ".join(said)


def _address(match: re.Match[str], scan: Scan) -> str:
    text = re.sub(r"^(?:https?|ftp)://|^mailto:", "", match[0], flags=re.I).rstrip("/")
    return spoken_address(text)


def _bare(match: re.Match[str], scan: Scan) -> str | None:
    """A domain without "www": sentences that lack a space look like it, so its end must be sure."""
    name, end = match["name"], match["end"]
    if not name.islower() and not re.fullmatch(r"[A-Z]?[\w.-]+", name):
        return None
    sure = re.fullmatch(_SURE, end.lower())
    if not sure and (not name.islower() or is_word(end) or not match["path"]):
        return None
    return _address(match, scan)


def _handle(match: re.Match[str], scan: Scan) -> str:
    return f"at {' dot '.join(map(identifier, match['name'].split('.')))}"


def identifier(name: str) -> str:
    """ "foo_bar" and "fooBar" as words."""
    said = []
    for piece in re.split(r"[_\-.]+", name):
        for run in _CAMEL.findall(piece):
            if run.isdecimal():
                dated = len(run) == 4 and run[:2] in ("19", "20")
                counted = cardinal(run) if len(run) <= 2 else digits(run)
                said.append(year(int(run)) if dated else counted)
            elif run.isupper() and len(run) > 1:
                said.append(said_capitals(run))
            else:
                said.append(run)
    return " ".join(said)


def _hashtag(match: re.Match[str], scan: Scan) -> str:
    name = match["name"]
    years = re.sub(r"((?:19|20)\d\d)$", "", name)
    tail = name[len(years) :]
    said = identifier(years) if years else ""
    return f"hashtag {said} {year(int(tail)) if tail else ''}".replace("  ", " ").strip()


def _extension(extension: str) -> str:
    if extension in ("mp3", "mp4"):
        return f"{spell(extension[:2])} {cardinal(extension[2])}"
    return _SPOKEN_FILES.get(extension) or spell(extension)


def _file(match: re.Match[str], scan: Scan) -> str:
    last = _extension(match["extension"].lower())
    pieces = re.split(r"([/\\])", re.sub(r"\((\d+)\)", r"_\1", match["file"]))
    names = [
        _MARKS[piece] if piece in ("/", "\\", "~") else _name_in_path(piece)
        for piece in pieces
        if piece
    ]
    return " ".join([*names, "dot", last])


def _name_in_path(piece: str) -> str:
    if re.fullmatch(r"[a-z]+(?:_[a-z][a-z\d]*)+", piece):  # a name that will be typed
        return " underscore ".join(map(identifier, piece.split("_")))
    stem, point, last = piece.rpartition(".")
    if point and stem and re.fullmatch(_FILES, last):
        return f"{_name_in_path(stem)} dot {_extension(last)}"
    return " dot ".join(identifier(part) for part in piece.split(".") if part) or "dot"


def _path(match: re.Match[str], scan: Scan) -> str | None:
    pieces = [piece for piece in re.split(r"([/\\:])", match[0]) if piece]
    touching = scan.touches.said[-1:] if scan.touches is not None else ""
    if touching.isalnum() or (touching in (")", "]") and match[0][1:].isdecimal()):
        return None
    names = {"/": "slash", "\\": "backslash", ":": "colon", "~": "tilde"}
    return " ".join(names.get(piece) or _name_in_path(piece) for piece in pieces)


def _call(match: re.Match[str], scan: Scan) -> str:
    return " dot ".join(identifier(part) for part in match["name"].split("."))


def _snake(match: re.Match[str], scan: Scan) -> str | None:
    return identifier(match[0])


def _dotted(match: re.Match[str], scan: Scan) -> str | None:
    """ "numpy.array" and ".NET"."""
    pieces = match[0].split(".")
    return " dot ".join(identifier(piece) for piece in pieces)


_OF_COMMANDS = re.compile(
    r"\b(?:git|npm|pip|docker|curl|sudo|ls|grep|ssh|python|chmod|cargo|kubectl)\b"
)
_OF_FLAGS = re.compile(r"\b(?:flags?|options?|command|argument|parameter)\b")


def _flag(match: re.Match[str], scan: Scan) -> str | None:
    """ "git commit -m", "the --help flag"; "-now" after a word is no flag."""
    around = (max(0, scan.at - 60), scan.at + 60)
    sure = len(match["name"]) == 1 or len(match["marks"]) == 2
    named = _OF_COMMANDS.search(scan.text, *around) or (
        sure and _OF_FLAGS.search(scan.text, *around)
    )
    if scan.touches is not None or not named:
        return None
    name = match["name"]
    said = spell(name) if len(name) == 1 else identifier(name)
    return " ".join([*("dash" for _ in match["marks"]), said])


_BRANDS = frozenset("mmHg iPhone iPad iPod iMac eBay iCloud iTunes eBook".split())
_LABEL = r"[^\W_](?:[\w-]{0,62}[^\W_])?"

RULES = [
    rule(
        "electronic",
        r"(?P<marks>--?)(?P<name>[A-Za-z][A-Za-z-]{0,20})(?![\w-])",
        _flag,
        "s",
        first="-",
    ),
    rule(  # "docker run -p 8080:80"
        "electronic",
        r"(?P<outer>\d{2,5}):(?P<inner>\d{2,5})(?![\w:])",
        lambda m, s: f"{pairs(m['outer'])} to {pairs(m['inner'])}" if s.before() == "-p" else None,
        "d",
        needs=":",
    ),
    rule(
        "electronic",
        r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[^\W\d][\w-]{1,62}(?:/[\w./-]{0,60}\w)?",
        _address,
        needs="@",
    ),
    rule(
        "electronic",
        r"(?:https?|ftp)://[^\s<>\"'\])}]{1,2000}(?<![.,;:!?])",
        _address,
        "a",
        re.I,
        needs=":",
    ),
    rule("electronic", r"www\.[^\s<>\"'\])}]{1,500}(?<![.,;:!?])", _address, "a", re.I, first="wW"),
    rule(
        "electronic",
        r"localhost(?::\d{2,5})?(?:/[\w/.?=&%#~+-]*)?(?<![.,;:!?])",
        _address,
        "l",
        first="l",
    ),
    rule(
        "electronic",
        rf"(?P<name>{_LABEL}(?:\.{_LABEL}){{0,3}}?)\.(?P<end>co\.[a-z]{{2}}|com\.[a-z]{{2}}|{_DOMAINS})(?P<path>:\d{{2,5}}(?:/[\w/.?=&%#~+-]*)?|/[\w/.?=&%#~+-]*)?(?<![.,;:!?])(?![\w@-]|\.\w)",
        _bare,
        needs=".",
    ),
    rule(
        "electronic",
        r"@(?P<name>[A-Za-z_]\w{0,60}(?:\.[a-z\d]\w{0,40}){0,3})(?!\w)",
        _handle,
        "s",
        first="@",
    ),
    rule(
        "electronic",
        r"\#(?![A-Z]{1,5}(?:\d{0,4}-\d|\d{5}|\d{3,4}(?!\w)))(?P<name>[^\W\d]\w{0,100})",
        _hashtag,
        "s",
        first="#",
    ),
    rule(
        "electronic",
        rf"(?P<file>[\w~][\w/\\-]{{0,200}}(?:\(\d{{1,3}}\))?(?:\.[\w-]{{1,30}}){{0,3}}?)\.(?P<extension>{_FILES}|{_SHOUTED_FILES})(?![\w@/-]|\.\w)",
        _file,
        "ads",
        needs=".",
    ),
    rule(
        "electronic",
        rf"\.(?P<extension>{_FILES})(?!\w|\.\w)",
        lambda match, scan: (
            f"dot {_extension(match['extension'].lower())}" if scan.touches is None else None
        ),
        "s",
        first=".",
    ),
    rule(
        "electronic",
        r"\.(?P<end>com|org|net|edu|gov|io|ai|dev|co\.uk)(?!\w|\.\w)",
        lambda match, scan: spoken_address(match[0]) if scan.touches is None else None,
        "s",
        first=".",
    ),
    rule(
        "electronic",
        r"[A-Z]:\\[\w\\ .-]{0,200}[\w\\]|[~.]{0,2}/[\w.-]{1,80}(?:/[\w.-]{1,80}){0,20}/?(?<![.])|~/",
        _path,
        "as",
        needs="/\\",
    ),
    rule(
        "electronic",
        r"(?P<name>[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){0,5})\(\)",
        _call,
        needs="(",
    ),
    rule("electronic", r"[^\W_]{1,80}(?:_{1,9}[^\W_]{1,80})+_*", _snake, "a", needs="_"),
    rule(
        "electronic",
        r"[a-z][A-Za-z]{1,40}(?:\.[a-zA-Z][a-z]{2,40}){1,5}(?![\w.])|\.NET\b|[A-Z][a-z]{1,20}\.js\b",
        _dotted,
        "as",
        needs=".",
    ),
    rule(
        "electronic",
        r"[a-z][a-z0-9]{0,40}(?:[A-Z][a-z0-9]{1,40}){1,9}(?!\w)",
        lambda m, s: identifier(m[0]) if m[0] not in _BRANDS and m[0][1:2].islower() else None,
        "a",
    ),
]
