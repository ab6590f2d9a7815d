"""Attack: what one licence lacks is taken from credit although another licence of the voice has it."""

from __future__ import annotations

import pytest

from marketplace.licensing import api_keys, credit, reservations
from marketplace.licensing.models import Licence
from tests import factories

pytestmark = pytest.mark.django_db


def test_credit_pays_nothing_while_another_licence_of_the_voice_has_characters() -> None:
    listing = factories.make_listing(characters=1_000)
    listing.offers.update(overage_minor=5_000)
    buyer = factories.make_user()
    ends_first, other = (factories.make_licence(listing, buyer) for _ in range(2))
    Licence.objects.filter(pk=ends_first.pk).update(characters_used=999)
    credit.add(organization=ends_first.organization, minor=10_000, currency="USD")
    key, _ = api_keys.create_key(organization=ends_first.organization, name="k", by=buyer)
    made = reservations.reserve(
        key=key, wanted=factories.wanted(listing.voice.slug, "x" * 100, use="audiobook")
    )
    other.refresh_from_db()
    print(made.licence_id == ends_first.pk, made.overage_characters, made.overage_micros, other.characters_left)
    assert made.overage_characters == 0
