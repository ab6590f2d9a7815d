"""A document says the same in every language: its headings, links, tables, examples and figures."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.conf import settings
from django.test import Client
from markdown_it import MarkdownIt

from marketplace.storefront import help as documents

LANGUAGES = [code for code, _ in settings.LANGUAGES]
TRANSLATED = [code for code in LANGUAGES if code != settings.LANGUAGE_CODE]
NAMES = [*documents.FOR, documents.TERMS]
EACH = [
    pytest.param(name, language, id=f"{language}/{name}")
    for name in NAMES
    for language in TRANSLATED
]
_SAME = ("code_inline", "link_open", "strong_open", "em_open", "image")
# written out in words by one language or the other
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def _text(name: str, language: str) -> str:
    return (documents.FOLDER / language / f"{name}.md").read_text()


def _shape(name: str, language: str) -> list[str]:
    """The blocks of a document, one after the other."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(_text(name, language))
    return [f"{token.type} {token.tag} {token.info}" for token in tokens]


def _kept(name: str, language: str) -> Counter[str]:
    """What no translation changes: code, where links lead, and how much is set off."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(_text(name, language))
    found = Counter(token.content for token in tokens if token.type == "fence")
    for child in (child for token in tokens for child in token.children or ()):
        if child.type in _SAME:
            said = " ".join(child.content.split()) if child.type == "code_inline" else ""
            found[f"{child.type} {said}{child.attrGet('href') or child.attrGet('src') or ''}"] += 1
    return found


def _figures(name: str, language: str) -> Counter[str]:
    """Its figures outside of code, without the signs that part their digits."""
    said = re.sub(r"```.*?```|`[^`]*`", "", _text(name, language), flags=re.DOTALL)
    return Counter(re.sub(r"[.,]", "", each) for each in _FIGURE.findall(said))


def test_there_is_a_file_of_every_document_in_every_language_and_no_other() -> None:
    there = {str(path.relative_to(documents.FOLDER)) for path in documents.FOLDER.rglob("*.md")}
    assert there == {f"{language}/{name}.md" for language in LANGUAGES for name in NAMES}


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_translation_has_the_same_parts_in_the_same_order(name: str, language: str) -> None:
    assert _shape(name, language) == _shape(name, settings.LANGUAGE_CODE)


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_translation_keeps_links_code_and_emphasis(name: str, language: str) -> None:
    assert _kept(name, language) == _kept(name, settings.LANGUAGE_CODE)


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_translation_keeps_every_figure(name: str, language: str) -> None:
    figures, english = _figures(name, language), _figures(name, settings.LANGUAGE_CODE)
    assert set(figures) == set(english)


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_heading_has_the_same_anchor_in_each_language(name: str, language: str) -> None:
    anchors = [each.anchor for each in documents.document(name, language).sections]
    english = documents.document(name, settings.LANGUAGE_CODE).sections
    assert anchors == [each.anchor for each in english]
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_translation_is_not_the_english_text(name: str, language: str) -> None:
    for ours, english in zip(
        documents.document(name, language).sections,
        documents.document(name, settings.LANGUAGE_CODE).sections,
        strict=True,
    ):
        assert ours.words != english.words


@pytest.mark.parametrize("name", NAMES)
def test_german_documents_are_polite(name: str) -> None:
    assert not re.search(
        r"\b(du|dir|dich|dein(e[nmrs]?)?|euch|euer|eure[nmrs]?)\b", _text(name, "de"), re.I
    )


def test_lines_of_chinese_are_joined_without_a_gap() -> None:
    html = documents.document("creators", "zh-hans").html
    assert not re.search(r"[\u3000-\u9fff\uff01-\uff1f]\n[\u4e00-\u9fff]", html)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words", "anchor"),
    [
        ("de", "Lexikon", "lexicons"),
        ("de", "Einwilligung geprüft", "how-consent-is-checked"),
        ("de", "WASSERZEICHEN", "where-audio-comes-from"),
        ("zh-hans", "词典", "lexicons"),
        ("zh-hans", "续期 升级", "licences"),
        ("zh-hans", "水印", "where-audio-comes-from"),
    ],
)
def test_help_is_found_by_the_words_of_its_reader(
    client: Client, language: str, words: str, anchor: str
) -> None:
    page = client.get("/help", {"q": words}, headers={"Accept-Language": language}).text
    assert re.search(rf'href="/help/(buyers|creators)#{anchor}"', page)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "title", "said"),
    [
        ("en", "Help", "A licence is the right"),
        ("de", "Hilfe", "Eine Lizenz ist das Recht"),
        ("zh-hans", "帮助", "授权是让本平台"),
    ],
)
def test_a_help_page_is_in_the_language_of_its_reader(
    client: Client, language: str, title: str, said: str
) -> None:
    page = client.get("/help/buyers", headers={"Accept-Language": language}).text
    assert said in page
    assert title in page


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/terms", "/privacy"])
@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translated_rule_says_that_the_english_one_binds_and_leads_to_it(
    client: Client, address: str, language: str
) -> None:
    page = client.get(address, headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in page.text
    assert 'href="?original=1"' in page.text
    original = client.get(f"{address}?original=1", headers={"Accept-Language": language})
    assert '<html lang="en"' in original.text
    assert original.headers["Content-Language"] == "en"
    assert 'href="?original=1"' not in original.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "85% of what"), ("de", "85\u00a0% dessen"), ("zh-hans", "85% 归您")],
)
def test_the_terms_name_the_operators_figures_in_every_language(
    client: Client, language: str, said: str
) -> None:
    page = client.get("/terms", headers={"Accept-Language": language}).text
    assert said in page
    assert "{" not in page.split('<article class="help">')[1].split("</article>")[0]
