"""A key works with every licence of its organization unless it is limited to some."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.licensing import api_keys
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.refusals import Refused
from tests import factories
from tests.tones import Answer, ask, speak_tones

pytestmark = pytest.mark.django_db


def _speak(secret: str, licence: Licence) -> Answer:
    body = {"model": "tts-1", "voice": licence.voice.slug, "input": "Good morning."}
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    return ask("POST", "/v1/audio/speech", headers, json.dumps(body).encode())


def _made_on_page(user: User, licence: Licence, **form: Any) -> str:
    """The secret of a key that is made on a licence's page."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("storefront:create-key", args=[licence.public_id])
    answer = client.post(address, {"name": "App", "use": "audiobook", **form}, follow=True)
    secret = re.search(r'id="secret">(tk_\w+)<', answer.text)
    assert secret is not None, answer.text
    return secret[1]


@pytest.fixture
def buyer(monkeypatch: pytest.MonkeyPatch) -> User:
    speak_tones(monkeypatch)
    return factories.make_user()


def test_a_key_made_on_a_licences_page_speaks_with_the_others_too(buyer: User) -> None:
    first, second = (factories.make_licence(buyer=buyer) for _ in range(2))
    secret = _made_on_page(buyer, first, works_with="all")
    later = factories.make_licence(buyer=buyer)
    for licence in (first, second, later):
        answer = _speak(secret, licence)
        assert (answer.status, answer.headers["x-licence"]) == (200, licence.number)


def test_a_key_limited_to_a_licence_speaks_with_that_alone(buyer: User) -> None:
    first, second = (factories.make_licence(buyer=buyer) for _ in range(2))
    secret = _made_on_page(buyer, first, works_with="licence")
    assert _speak(secret, first).status == 200
    refused = _speak(secret, second)
    assert (refused.status, json.loads(refused.body)["code"]) == (403, "voice_not_licensed")
    assert Generation.objects.count() == 1


def test_a_key_for_everything_speaks_with_no_licence_of_others(buyer: User) -> None:
    mine, theirs = factories.make_licence(buyer=buyer), factories.make_licence()
    secret = _made_on_page(buyer, mine, works_with="all")
    refused = _speak(secret, theirs)
    assert (refused.status, json.loads(refused.body)["code"]) == (403, "voice_not_licensed")
    assert not Generation.objects.exists()


def test_who_has_a_licence_makes_more_such_keys_than_the_free_plan_has(buyer: User) -> None:
    licence = factories.make_licence(buyer=buyer)
    for _ in range(api_keys.MAX_KEYS):
        _made_on_page(buyer, licence, works_with="all")
    with pytest.raises(Refused, match="25 keys"):
        api_keys.create_key(organization=licence.organization, name="Another", by=buyer)
    other = factories.make_user()
    organization = factories.make_licence(buyer=other).organization
    Licence.objects.filter(organization=organization).update(state="expired")
    api_keys.create_key(organization=organization, name="One", by=other)
    with pytest.raises(Refused, match="1 key"):
        api_keys.create_key(organization=organization, name="Two", by=other)


def test_a_licences_page_shows_every_key_that_speaks_with_it(buyer: User) -> None:
    first, second = (factories.make_licence(buyer=buyer) for _ in range(2))
    _made_on_page(buyer, first, name="Everywhere", works_with="all")
    _made_on_page(buyer, first, name="Here alone", works_with="licence")
    client = Client()
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    shown = [
        client.get(reverse("storefront:licence", args=[licence.public_id])).text
        for licence in (first, second)
    ]
    assert ["Everywhere" in page for page in shown] == [True, True]
    assert ["Here alone" in page for page in shown] == [True, False]


def test_a_key_for_everything_is_rotated_on_the_page_and_its_successor_shown(buyer: User) -> None:
    licence = factories.make_licence(buyer=buyer)
    _made_on_page(buyer, licence, works_with="all")
    key = ApiKey.objects.get()
    client = Client()
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("storefront:rotate-key", args=[key.public_id])
    for form in ({"licence": str(licence.public_id)}, {}):
        answer = client.post(address, {"overlap": "none", **form}, follow=True)
        secret = re.search(r'id="secret">(tk_\w+)<', answer.text)
        assert secret is not None
        assert _speak(secret[1], licence).status == 200
        newest = ApiKey.objects.latest("pk")
        assert not newest.licences.exists()
        address = reverse("storefront:rotate-key", args=[newest.public_id])
