"""axe-core, which finds what keeps people from using a page, in a page of a browser.

Its script is run by the browser's own debugger, so the site's Content-Security-Policy stays as it is.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

LOOKS = {
    "desktop, light": (1280, 900, "light"),
    "desktop, dark": (1280, 900, "dark"),
    "phone, light": (390, 844, "light"),
    "phone, dark": (390, 844, "dark"),
}
_RUN = """axe.run({resultTypes: ['violations']}).then(found => found.violations.map(rule =>
    rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')} ${node.failureSummary
    .replace(/\\s+/g, ' ').slice(0, 260)}`)).flat())"""


@cache
def _script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def violations(page: Any) -> list[str]:
    """What axe-core finds in the page as it is shown now, a line for each place."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_script() + "; null")
    return page.evaluate(_RUN)  # type: ignore[no-any-return]


def violations_in_every_look(
    page: Any, looks: dict[str, tuple[int, int, str]] = LOOKS
) -> list[str]:
    """What axe-core finds, with the look in which it was found first."""
    found: dict[str, str] = {}
    for look, (width, height, scheme) in looks.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for line in violations(page):
            found.setdefault(line, look)
    return [f"{line} ({look})" for line, look in found.items()]
