"""What people did with a creator's voices, from what is recorded anyway."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.licensing.models import Generation, Order
from marketplace.storefront.interest import DAYS, interest_in
from marketplace.trials.models import Trial
from marketplace.voices.models import Voice
from tests import factories
from tests.paid_speech import speak

pytestmark = pytest.mark.django_db


def _try(voice: Voice, state: str = Trial.State.SPOKEN) -> Trial:
    return Trial.objects.create(
        voice=voice, voice_version=voice.versions.get(), state=state, text_sha256="0" * 64,
        characters=5,
    )  # fmt: skip


def test_lines_orders_and_sales_of_the_last_days_are_counted_by_voice() -> None:
    listing = factories.make_listing()
    voice = listing.voice
    for state in (Trial.State.SPOKEN, Trial.State.SPOKEN, Trial.State.REFUSED):
        _try(voice, state)
    factories.make_order(listing)
    factories.make_licence(listing)
    (found,) = interest_in(voice.creator)
    assert (found.voice, found.tried, found.ordered, found.sold) == (voice.name, 2, 2, 1)
    assert found.sold_of_ordered == 0.5


def test_what_is_longer_ago_or_somebody_elses_does_not_count() -> None:
    listing = factories.make_listing()
    _try(listing.voice)
    factories.make_order(listing)
    old = timezone.now() - timedelta(days=DAYS + 1)
    for model in (Trial, Order, Generation):
        model.objects.update(created_at=old)
    _try(factories.make_listing(factories.make_voice(factories.make_creator("Other"))).voice)
    assert interest_in(listing.voice.creator) == []


@pytest.mark.parametrize(("licensees", "told"), [(1, None), (2, None), (3, 600)])
def test_characters_are_told_once_they_tell_on_no_single_licensee(
    licensees: int, told: int | None
) -> None:
    listing = factories.make_listing()
    creator = listing.voice.creator
    for _ in range(licensees):
        key, _ = factories.make_key(factories.make_licence(listing, buyer=factories.make_user()))
        for _ in range(2):
            speak(key, listing.voice.slug, 100)
    (found,) = interest_in(creator)
    assert found.characters == told
    client = Client()
    client.force_login(creator.user, backend="django.contrib.auth.backends.ModelBackend")
    page = " ".join(client.get(reverse("storefront:earnings")).text.split())
    shown = "few" if told is None else str(told)
    assert f'<td class="number"> {shown} </td>' in page
    assert "once 3 licensees or more" in page


def test_the_page_of_earnings_shows_it() -> None:
    voice = factories.make_listing().voice
    _try(voice)
    client = Client()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("storefront:earnings")).text
    assert "What people did with your voices in the last 30 days" in page
    assert '<td class="number">1</td>' in page
