"""What a key speaks for where a request doesn't say: clients made for other services can't say it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.compliance.models import AuditEvent
from marketplace.licensing import api_keys, first_keys, key_uses, reservations
from marketplace.licensing.models import ApiKey, Licence
from marketplace.refusals import Refused, SpeechRefused
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def licence() -> Licence:
    """A licence for several uses, bought just now."""
    return _for_uses(factories.make_licence(factories.make_listing()), "audiobook", "game")


def _for_uses(licence: Licence, *uses: str) -> Licence:
    Licence.objects.filter(pk=licence.pk).update(terms={**licence.terms, "uses": list(uses)})
    licence.refresh_from_db()
    return licence


def _reserved_for(key: ApiKey, licence: Licence, use: str = "") -> str:
    wanted = factories.wanted(licence.voice.slug, "Hello.", use=use)
    return reservations.reserve(key=key, wanted=wanted).use


def _for_one_use(key: ApiKey, use: str) -> Licence:
    """Another voice of the same buyer, licensed for this use alone."""
    listing = factories.make_listing(factories.make_voice(factories.make_creator("Other")))
    return _for_uses(factories.make_licence(listing, buyer=key.owner), use)


def test_the_key_that_comes_with_a_purchase_speaks_though_nothing_says_what_for(
    licence: Licence,
) -> None:
    first_keys.first_key(licence=licence, by=licence.buyer)
    key = ApiKey.objects.latest("pk")
    assert _reserved_for(key, licence) == licence.terms["uses"][0]


def test_an_example_says_a_use_where_the_keys_own_is_not_the_licences(licence: Licence) -> None:
    first_keys.first_key(licence=licence, by=licence.buyer)
    other = _for_uses(_for_one_use(ApiKey.objects.latest("pk"), "app"), "app", "education")
    client = Client()
    client.force_login(licence.buyer)
    page = client.get(reverse("storefront:licence", args=[other.public_id])).text
    assert "&quot;use&quot;: &quot;app&quot;" in page or '"use": "app"' in page


def test_a_request_may_say_another_use_than_its_key(licence: Licence) -> None:
    first, second = licence.terms["uses"][:2]
    key, _ = api_keys.create_key(
        organization=licence.organization, name="App", use=first, by=licence.buyer
    )
    assert _reserved_for(key, licence, use=second) == second


def test_with_a_licence_for_a_single_use_the_key_need_not_fit(licence: Licence) -> None:
    key, _ = api_keys.create_key(
        organization=licence.organization, name="App", use="audiobook", by=licence.buyer
    )
    assert _reserved_for(key, _for_one_use(key, "game")) == "game"


def test_with_several_uses_one_that_the_licence_does_not_allow_is_refused(
    licence: Licence,
) -> None:
    key, _ = api_keys.create_key(
        organization=licence.organization, name="App", use="political", by=licence.buyer
    )
    with pytest.raises(SpeechRefused) as refusal:
        _reserved_for(key, licence)
    assert refusal.value.code == "use_not_licensed"


def test_its_owner_changes_on_the_page_of_the_licence_what_a_key_speaks_for(
    licence: Licence,
) -> None:
    first_keys.first_key(licence=licence, by=licence.buyer)
    key = ApiKey.objects.latest("pk")
    client = Client()
    client.force_login(licence.buyer)
    page = reverse("storefront:licence", args=[licence.public_id])
    action = reverse("storefront:key-use", args=[key.public_id])
    assert f'action="{action}"' in client.get(page).text
    second = licence.terms["uses"][1]
    answer = client.post(action, {"use": second, "licence": str(licence.public_id)})
    assert (answer.status_code, answer["Location"]) == (302, page)
    key.refresh_from_db()
    assert _reserved_for(key, licence) == second
    assert AuditEvent.objects.filter(action="key.use").count() == 1


@pytest.mark.parametrize(("use", "code"), [("²" * 400, "use_not_licensed")])
def test_a_use_that_is_none_is_refused(licence: Licence, use: str, code: str) -> None:
    key, _ = api_keys.create_key(organization=licence.organization, name="App", by=licence.buyer)
    with pytest.raises(Refused) as refusal:
        key_uses.set_use(key=key, use=use, by=licence.buyer)
    assert refusal.value.code == code


def test_a_revoked_key_is_not_changed(licence: Licence) -> None:
    key, _ = api_keys.create_key(organization=licence.organization, name="App", by=licence.buyer)
    api_keys.revoke_key(key=key, by=licence.buyer)
    with pytest.raises(Refused) as refusal:
        key_uses.set_use(key=key, use="game", by=licence.buyer)
    assert refusal.value.code == "key_revoked"
