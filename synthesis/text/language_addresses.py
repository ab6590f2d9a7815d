"""Rules that read addresses of machines, and telephone numbers."""

from __future__ import annotations

import re

from synthesis.text.language_numbers import LanguageNumbers
from synthesis.text.scan import Rule, Scan, rule

_DOMAINS = (
    "com org net edu gov mil int io eu es fr it br de in pt mx ar cl co pe uy uk us ch at be nl pl ru jp cn "
    "kr au nz ca me tv app ai info biz dev blog shop online"
).replace(" ", "|")
_FILES = "jpe?g|png|gif|svg|pdf|docx?|xlsx?|pptx?|html?|php|mp[34]|wav|zip|txt|csv|json|py|js"
_DATE = r"(?!\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)(?!\d))"
_PHONE = (
    rf"{_DATE}(?P<phone>"
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}"
    r"|\(\d{2,5}\) ?9?\d{2,5}(?:[ -]\d{2,5}){0,3}"
    r"|(?:\(0\d{1,5}\)|0 \(\d{2,4}\)) ?(?:\d{6,8}|\d{2,5}(?:[ -]\d{2,5}){0,3})"
    r"|0\d(?:[ .]\d\d){4}"
    r"|0\d{1,4}(?:[ ./-]\d{2,8}){1,5}"
    r"|3\d\d[-/]\d{6,7}|\d{3}[-. ]\d{3}[-. ]\d{4}|\d{2} 9?\d{4}-\d{4}|9\d{4}-\d{4}|\d{3}-\d{4}|\d{2,3}-\d{3}-\d{3})"
    r"(?![\w-]|[.,:/]\d)"
)
_EXTENSION = r"(?:,?\s?(?:[Ee]xt|EXT|[Ii]nt|[Rr]amal|[Pp]oste|DW|[Dd]urchwahl)\.?\s?(?P<extension>\d{1,6}))?(?!\w)"
MIN_DIGITS = 7  # digits of a telephone number


class AddressRules(LanguageNumbers):
    """The addresses of one language."""

    def addresses(self) -> list[Rule]:
        """In order of precedence."""
        return [*self._machines(), *self._telephones()]

    def _machines(self) -> list[Rule]:
        """Addresses of mail, pages, files and machines."""
        return [
            rule(
                "electronic",
                r"\w[\w.!#$%&*+/=?^{|}~-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}",
                self._address,
                needs="@",
            ),
            rule(
                "electronic",
                r"@[^\W\d_][\w.]{0,40}(?<!\.)",
                lambda m, s: self._address(m, s) if s.touches is None else None,
                "s",
                first="@",
            ),
            rule(
                "electronic",
                r"[A-Za-z]:\\[\w\\.-]*(?<!\.)|(?:~|\.{1,2})?/(?:[A-Za-z_.][\w.-]*/)+[\w.-]*(?<!\.)",
                lambda m, s: self._path(m, s),
                "as",
            ),
            rule(
                "electronic",
                r"(?:https?://|www\.)[^\s<>\"]{1,500}(?<![.,;:!?)])",
                self._address,
                "a",
            ),
            rule(
                "electronic",
                rf"(?!p\.e[sx]\b)[a-zA-Z0-9][\w-]{{0,62}}(?:\.[a-z][\w-]{{1,62}}){{0,3}}\.(?:{_DOMAINS})(?:/[\w/.?=&%#~|^+!$*:@-]{{0,200}}(?<![.!?:]))?(?![\w.]\w|\w)",
                self._address,
                "ad",
                needs=".",
            ),
            rule(
                "electronic",
                rf"[a-zA-Z0-9][\w-]{{0,62}}\.(?:{_FILES})(?!\w)",
                self._address,
                "ad",
                needs=".",
            ),
            rule("electronic", r"\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\w|\w)", self._machine, "d"),
        ]

    def _telephones(self) -> list[Rule]:
        """Telephone numbers and postcodes."""
        return [
            rule("telephone", rf"{_PHONE}{_EXTENSION}", self._phone, "ds"),
            rule(
                "telephone",
                r"(?P<first>\+?\d{1,2}-)?(?P<area>\d{3})(?P<word>(?:-[A-Za-z]{1,12}){1,3})(?!\w)",
                self._lettered,
                "ds",
            ),
            rule(
                "telephone",
                rf"(?:{self.table.bare_telephone or '(?!)'})(?!\d|[.,]\d)",
                lambda m, s: self.digits(m[0]) if s.touches is None else None,
                "d",
            ),
            rule(
                "telephone",
                r"(?P<first>[1-9]\d{3})-(?P<last>\d{4})(?![\w-]|[.,:/]\d)",
                self._in_halves,
                "d",
                needs="-",
            ),
            rule("digits", rf"(?:{self.table.postcode or '(?!)'})(?![\d.,])", self._postcode, "d"),
            rule("telephone", r"\d[\d ().-]{3,20}\d(?!\w)", self._called, "ds"),
        ]

    def _phone(self, match: re.Match[str], scan: Scan) -> str | None:
        number, extension = match["phone"], match["extension"]
        groups = re.findall(r"\d+", number)
        if sum(map(len, groups)) < MIN_DIGITS or scan.touches is not None:
            return None
        said = self._by_groups(number)
        return f"{said}, {self.table.extension} {self.digits(extension)}" if extension else said

    def _in_halves(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "8765-4321"; two numbers that rise are a span where nothing tells of a telephone."""
        first, last = self.value(match["first"]), self.value(match["last"])
        if not self.table.telephone_near or scan.touches is not None:
            return None
        around = scan.text[max(0, scan.at - 40) : scan.at], scan.rest(match.end())
        near = any(re.search(self.table.telephone_near, side, re.I) for side in around)
        alone = not scan.text[: scan.at].strip() and not around[1].strip(" .") and last > 2100
        falls = first >= last and not 1900 <= last < 2100  # else a number of that year
        return self._by_groups(match[0]) if near or alone or falls else None

    def _postcode(self, match: re.Match[str], scan: Scan) -> str | None:
        """The last digits of an address, which nothing follows that they could count."""
        before = scan.token_before()
        named = before is not None and before.kind == "word"
        ends = not scan.rest(match.end()).strip(" .।")
        return self.digits(match[0]) if named and ends else None

    def _lettered(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "1-800-flores": words instead of digits."""
        if match["first"] is None and match["area"] not in ("800", "900"):
            return None
        first = self.digits(match["first"]) if match["first"] else ""
        area = self.whole(match["area"])
        return " ".join([first, area, *match["word"].strip("-").split("-")]).strip()

    def _path(self, match: re.Match[str], scan: Scan) -> str | None:
        """A place in a file system, if it doesn't begin inside something else."""
        return self._spelled(match[0]) if scan.touches is None else None

    def _called(self, match: re.Match[str], scan: Scan) -> str | None:
        """Any digits after a word like "call"."""
        words = {scan.before(back).lower().rstrip(".") for back in (1, 2, 3)}
        groups = re.findall(r"\d+", match[0])
        if not words & self.table.phone_words or re.search(r"\d\.\d", match[0]):
            return None
        if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", match[0]):
            return None
        if sum(map(len, groups)) < MIN_DIGITS - 2:
            return None
        return self._by_groups(match[0])

    def _by_groups(self, written: str) -> str:
        table = self.table
        said = [
            self.whole(group)
            if table.phone_pairs and len(group) == 2 and group[0] != "0"
            else self.digits(group)
            for group in re.findall(r"\d+", written)
        ]
        return (f"{table.plus} " if written.startswith("+") else "") + ", ".join(said)

    def _machine(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "192.168.1.1", digit by digit; what may be a grouped number is left alone."""
        octets = match[0].split(".")
        if all(len(each) == 3 for each in octets[1:]) and "." in self.table.groups:
            return None
        if any(int(each) > 255 for each in octets):
            return None
        return f" {self.table.marks['.']} ".join(self.digits(each) for each in octets)

    def _address(self, match: re.Match[str], scan: Scan) -> str:
        return self._spelled(re.sub(r"^https?://", "", match[0]).rstrip("/"))

    def _spelled(self, text: str) -> str:
        pieces = re.findall(r"(?:[^\W\d_]|[\u0900-\u0963])+|\d|[^\w\s]|_", text)
        said = [
            self.digits(piece)
            if piece.isdecimal()
            else "w w w"
            if piece == "www"
            else self.table.marks.get(piece) or self.table.signs.get(piece, piece)
            for piece in pieces
        ]
        return " ".join(said)
