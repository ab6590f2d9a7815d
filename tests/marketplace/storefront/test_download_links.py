"""Links to files: what a browser saves when the site first asks who is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from marketplace.storefront.views.authenticate_again import MARK
from tests.languages.unmarked import TEMPLATES

_LINK = re.compile(r"<a\b(?:[^>{]|\{%.*?%\}|\{\{.*?\}\})*>", re.DOTALL)
_NAME = re.compile(r"\{% url [\"']storefront:([\w-]+)[\"']")


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each)
        else:
            yield each


def _asking() -> set[str]:
    """Names of the addresses that answer with a page, not a file, once the password is minutes old."""
    return {str(p.name) for p in _patterns(get_resolver()) if hasattr(p.callback, MARK)}


def test_no_link_saves_the_page_that_asks_for_a_password_as_if_it_were_the_file() -> None:
    asking, leading, saving = _asking(), set(), set()
    for path in TEMPLATES.rglob("*.html"):
        for link in _LINK.findall(path.read_text()):
            name = _NAME.search(link)
            if name is not None and name[1] in asking:
                leading.add(name[1])
                if re.search(r"\sdownload\b", _NAME.sub("", link)):
                    saving.add(name[1])
    assert {"copy", "consent-evidence"} <= leading
    assert saving == set()
