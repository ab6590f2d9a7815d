"""A free plan's previews are for no use; what a team has licensed is spoken with the team's keys."""

from __future__ import annotations

import json

import pytest

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import create_organization, personal_organization
from marketplace.licensing import api_keys, reservations
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.listings.models import Listing
from marketplace.refusals import SpeechRefused
from tests import factories
from tests.tones import ask, speak_tones

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> User:
    return factories.make_user()


def _for_team(listing: Listing, buyer: User) -> Licence:
    licence = factories.make_licence(listing, buyer)
    licence.organization = create_organization(name="Acme", by=buyer)
    licence.save(update_fields=["organization"])
    return licence


def _key(organization: Organization, buyer: User, **more: str) -> ApiKey:
    return api_keys.create_key(organization=organization, name="All", by=buyer, **more)[0]


def _reserve(key: ApiKey, listing: Listing, use: str = "") -> Generation:
    wanted = factories.wanted(listing.voice.slug, "Hello", use=use)
    return reservations.reserve(key=key, wanted=wanted)


def _refused(key: ApiKey, listing: Listing, use: str = "") -> tuple[int, str, str]:
    with pytest.raises(SpeechRefused) as refusal:
        _reserve(key, listing, use)
    return refusal.value.status, refusal.value.code, str(refusal.value)


def test_an_own_key_is_told_that_the_licence_is_the_teams_instead_of_giving_a_preview(
    buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_tones(monkeypatch)
    listing = factories.make_listing(in_plans=True)
    licence = _for_team(listing, buyer)
    _, secret = api_keys.create_key(
        organization=personal_organization(buyer), name="Mine", by=buyer
    )
    body = {"model": "tts-1", "voice": listing.voice.slug, "input": "Hi.", "use": "audiobook"}
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    answer = ask("POST", "/v1/audio/speech", headers, json.dumps(body).encode())
    told = json.loads(answer.body)
    assert (answer.status, told["code"]) == (403, "use_not_licensed")
    assert f"Licence {licence.number} of this voice belongs to Acme" in told["detail"]
    assert not Generation.objects.exists()


def test_a_key_of_the_team_speaks_with_its_licence(buyer: User) -> None:
    listing = factories.make_listing(in_plans=True)
    licence = _for_team(listing, buyer)
    made = _reserve(_key(licence.organization, buyer), listing, "audiobook")
    assert (made.licence, made.preview) == (licence, False)


def test_a_use_without_any_licence_is_refused_where_a_preview_would_be_spoken(buyer: User) -> None:
    listing = factories.make_listing(in_plans=True)
    key = _key(personal_organization(buyer), buyer)
    status, code, words = _refused(key, listing, "audiobook")
    assert (status, code) == (403, "use_not_licensed")
    assert "No licence of this key allows" in words


def test_without_a_use_the_free_plan_speaks_a_preview_though_the_voice_has_several(
    buyer: User,
) -> None:
    listing = factories.make_listing(in_plans=True, uses=["audiobook", "game"])
    made = _reserve(_key(personal_organization(buyer), buyer), listing)
    assert (made.preview, made.use) == (True, "")


def test_the_use_of_a_key_alone_does_not_stand_in_the_way_of_previews(buyer: User) -> None:
    listing = factories.make_listing(in_plans=True)
    key = _key(personal_organization(buyer), buyer, use="audiobook")
    assert _reserve(key, listing).preview


def test_an_own_key_is_told_of_the_teams_licence_where_no_plan_covers_the_voice(
    buyer: User,
) -> None:
    listing = factories.make_listing(in_plans=False)
    _for_team(listing, buyer)
    status, code, words = _refused(_key(personal_organization(buyer), buyer), listing)
    assert (status, code) == (403, "voice_not_licensed")
    assert "belongs to Acme" in words


def test_a_teams_key_does_not_tell_what_its_maker_has_elsewhere(buyer: User) -> None:
    listing = factories.make_listing(in_plans=False)
    _for_team(listing, buyer)
    other = create_organization(name="Other", by=buyer)
    assert "Acme" not in _refused(_key(other, buyer), listing)[2]
