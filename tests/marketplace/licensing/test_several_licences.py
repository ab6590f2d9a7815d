"""Which licence pays where an organization has several of one voice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.licensing import api_keys, credit, reservations
from marketplace.licensing.models import ApiKey, CreditAccount, Licence
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[ApiKey, Licence, Licence]:
    """A key for everything of who has credit and two licences of a voice, of which the first ends first."""
    listing = factories.make_listing(characters=1_000)
    listing.offers.update(overage_minor=5_000)
    buyer = factories.make_user()
    first, second = (factories.make_licence(listing, buyer) for _ in range(2))
    credit.add(organization=first.organization, minor=10_000, currency="USD")
    key, _ = api_keys.create_key(organization=first.organization, name="All", by=buyer)
    return key, first, second


def _paid_by(key: ApiKey, licence: Licence, use: str = "audiobook") -> list[int | None]:
    """The licence and the characters on credit of a text of a hundred characters."""
    wanted = factories.wanted(licence.voice.slug, "x" * 100, use=use)
    made = reservations.reserve(key=key, wanted=wanted)
    return [made.licence_id, made.overage_characters]


def test_no_credit_is_spent_while_another_licence_of_the_voice_has_the_characters(
    two: tuple[ApiKey, Licence, Licence],
) -> None:
    key, first, second = two
    Licence.objects.filter(pk=first.pk).update(characters_used=999)
    assert _paid_by(key, first) == [second.pk, 0]
    assert CreditAccount.objects.get().reserved_micros == 0


def test_of_two_licences_with_the_characters_the_first_to_end_pays(
    two: tuple[ApiKey, Licence, Licence],
) -> None:
    key, first, _ = two
    assert _paid_by(key, first) == [first.pk, 0]


def test_what_no_licence_holds_is_paid_by_one_that_may_go_on_from_credit(
    two: tuple[ApiKey, Licence, Licence],
) -> None:
    key, first, second = two
    Licence.objects.update(characters_used=999)
    first.terms |= {"overage_minor": None}
    first.save(update_fields=["terms"])
    assert _paid_by(key, first) == [second.pk, 99]


def test_a_licence_that_allows_the_use_pays_though_another_ends_first(
    two: tuple[ApiKey, Licence, Licence],
) -> None:
    key, first, second = two
    second.terms |= {"uses": ["game"]}
    second.save(update_fields=["terms"])
    assert _paid_by(key, first, use="game") == [second.pk, 0]


def test_a_licence_whose_term_is_over_stands_in_nobodys_way(
    two: tuple[ApiKey, Licence, Licence],
) -> None:
    key, first, second = two
    now = timezone.now()
    Licence.objects.filter(pk=first.pk).update(
        starts_at=now - timedelta(days=365), ends_at=now - timedelta(minutes=1)
    )
    assert _paid_by(key, first) == [second.pk, 0]
    assert Licence.objects.get(pk=first.pk).characters_used == 0


def test_a_long_text_of_a_batch_goes_to_the_licence_that_holds_it(
    two: tuple[ApiKey, Licence, Licence],
) -> None:
    key, first, second = two
    Licence.objects.filter(pk=first.pk).update(characters_used=980)
    wanted = [factories.wanted(first.voice.slug, "x" * n, use="audiobook") for n in (10, 100, 10)]
    made = reservations.reserve_each(key=key, requests=wanted)
    assert [each.licence_id for each in made] == [first.pk, second.pk, first.pk]
    assert CreditAccount.objects.get().reserved_micros == 0
