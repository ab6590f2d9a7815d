"""The pages of lexicons: add, change, remove, import, export, and whose they are."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.lexicons import services
from marketplace.lexicons.models import Lexicon
from synthesis.text.lexicon import Entry
from tests import factories

pytestmark = pytest.mark.django_db
W3C = Entry("W3C", alias="World Wide Web Consortium")


@pytest.fixture
def buyer(client: Client) -> User:
    user = factories.make_user("buyer")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def _lexicon(user: User, *entries: Entry) -> Lexicon:
    return services.create_lexicon(
        organization=personal_organization(user), name="Brands", by=user, entries=entries
    )


def _page(lexicon: Lexicon, name: str = "lexicon", *more: object) -> str:
    return reverse(f"storefront:{name}", args=[lexicon.public_id, *more])


def test_the_first_lexicon_is_the_default(client: Client, buyer: User) -> None:
    for name in ("Brands", "Others"):
        client.post(reverse("storefront:lexicons"), {"name": name})
    found = Lexicon.objects.order_by("pk").values_list("name", "default")
    assert list(found) == [("Brands", True), ("Others", False)]
    assert "Others" in client.get(reverse("storefront:lexicons")).text


def test_an_entry_is_added_changed_and_removed(client: Client, buyer: User) -> None:
    lexicon = _lexicon(buyer)
    client.post(
        _page(lexicon), {"word": "GIF", "said": "/dʒɪf/", "kind": "ipa", "language": "en-US"}
    )
    [row] = lexicon.latest.entries
    assert row.entry == Entry("GIF", ipa="dʒɪf", language="en-US")
    client.post(
        _page(lexicon),
        {"word": "GIF", "said": "jif", "kind": "alias", "language": "", "case_sensitive": "on",
         "replaces": str(row.public_id)},
    )  # fmt: skip
    [row] = lexicon.latest.entries
    assert row.entry == Entry("GIF", alias="jif", case_sensitive=True)
    page = client.get(_page(lexicon)).text
    assert "jif" in page and "version 3" in page
    client.post(_page(lexicon, "remove-entry", row.public_id))
    assert lexicon.latest.size == 0


def test_a_refusal_is_shown_beside_what_was_typed(client: Client, buyer: User) -> None:
    lexicon = _lexicon(buyer)
    answer = client.post(_page(lexicon), {"word": "cat", "said": "kɪl", "kind": "ipa"})
    assert answer.status_code == 422
    assert "too far from how" in answer.text and 'value="cat"' in answer.text
    assert lexicon.versions.count() == 1


def test_files_are_imported_and_exported(client: Client, buyer: User) -> None:
    lexicon = _lexicon(buyer)
    exported = client.get(_page(_lexicon(buyer, W3C), "export-lexicon", "pls"))
    assert exported["Content-Type"] == "application/pls+xml"
    for kind, content in (("pls", exported.content), ("csv", b"word,alias\nIETF,engineers\n")):
        file = SimpleUploadedFile(f"a.{kind}", content)
        client.post(_page(lexicon, "import-lexicon"), {"file": file})
    assert {row.word for row in lexicon.latest.entries} == {"W3C", "IETF"}
    wrong = client.post(
        _page(lexicon, "import-lexicon"), {"file": SimpleUploadedFile("a.csv", b"x")}, follow=True
    )
    assert "names its columns" in wrong.text
    assert b"IETF,engineers" in client.get(_page(lexicon, "export-lexicon", "csv")).content


def test_a_lexicon_is_renamed_made_default_and_archived(client: Client, buyer: User) -> None:
    lexicon = _lexicon(buyer, W3C)
    for change in ({"name": "Names"}, {"default": "on"}):
        client.post(_page(lexicon, "change-lexicon"), change)
    lexicon.refresh_from_db()
    assert (lexicon.name, lexicon.default) == ("Names", True)
    client.post(_page(lexicon, "change-lexicon"), {"archive": "1"})
    lexicon.refresh_from_db()
    assert lexicon.archived_at is not None and not lexicon.default
    assert "Names" not in client.get(reverse("storefront:lexicons")).text


def test_a_lexicon_is_its_organizations_alone(client: Client, buyer: User) -> None:
    lexicon = _lexicon(factories.make_user(), W3C)
    [row] = lexicon.latest.entries
    for name, more in (("lexicon", ()), ("export-lexicon", ("csv",))):
        assert client.get(_page(lexicon, name, *more)).status_code == 404
    posts = (
        ("lexicon", (), {"word": "a", "said": "b"}),
        ("change-lexicon", (), {"archive": "1"}),
        ("import-lexicon", (), {"file": SimpleUploadedFile("a.csv", b"word,alias\na,b\n")}),
        ("remove-entry", (row.public_id,), {}),
    )
    for name, more, data in posts:
        assert client.post(_page(lexicon, name, *more), data).status_code == 404, name
    assert lexicon.versions.count() == 1
