"""A creator's earnings by day, by voice and by what was sold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.money import Money
from marketplace.payouts.creators import charts
from marketplace.payouts.models import Earning
from tests import factories
from tests.money import sell

pytestmark = pytest.mark.django_db


def test_earnings_are_summed_by_day_by_voice_and_by_what_was_sold() -> None:
    creator = factories.make_creator()
    for price in (1_000, 3_000):
        sell(creator, price=price)
    Earning.objects.filter(gross_minor=1_000).update(
        created_at=timezone.now() - timedelta(days=2), voice_name="Older"
    )
    (chart,) = charts.charts_of(creator)
    shares = dict(Earning.objects.values_list("gross_minor", "share_minor"))
    assert chart.total == Money(sum(shares.values()), "USD")
    assert chart.sales == 2
    assert len(chart.days) == charts.DAYS
    assert [day.amount.minor for day in chart.days[-3:]] == [shares[1_000], 0, shares[3_000]]
    assert chart.shares[-1] == 1.0
    assert chart.shares[-2] == 0.0
    assert [(bar.amount.minor, bar.sales) for bar in chart.voices] == [
        (shares[3_000], 1), (shares[1_000], 1),
    ]  # fmt: skip
    assert [(bar.label, bar.sales) for bar in chart.kinds] == [("A licence sold", 2)]


def test_what_was_taken_back_and_what_is_long_ago_is_not_earned_lately() -> None:
    creator = factories.make_creator()
    for price in (1_000, 3_000):
        sell(creator, price=price)
    Earning.objects.filter(gross_minor=1_000).update(taken_back_minor=500)
    Earning.objects.filter(gross_minor=3_000).update(
        created_at=timezone.now() - timedelta(days=charts.DAYS)
    )
    (chart,) = charts.charts_of(creator)
    earning = Earning.objects.get(gross_minor=1_000)
    assert chart.total.minor == earning.share_minor - 500


def test_beyond_eight_voices_the_rest_are_one_bar() -> None:
    creator = factories.make_creator()
    for number in range(charts.MOST + 2):
        sell(creator, price=1_000 + 100 * number)
    for earning in Earning.objects.all():
        Earning.objects.filter(pk=earning.pk).update(voice_name=f"Voice {earning.pk}")
    (chart,) = charts.charts_of(creator)
    assert [bar.sales for bar in chart.voices] == [1] * charts.MOST + [2]
    assert chart.voices[-1].label == ""


def test_the_page_says_in_a_table_what_its_picture_draws() -> None:
    creator = factories.make_creator()
    sell(creator, price=2_000)
    client = Client()
    client.force_login(creator.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("storefront:earnings")).text
    amount = str(Money(Earning.objects.get().share_minor, "USD"))
    assert f"{amount} earned in the last 30 days" in page
    assert 'class="columns-chart"' in page
    assert page.count(f"<strong>{amount}</strong>") >= 2
    other = Client()
    other.force_login(
        factories.make_creator("Other").user, backend="django.contrib.auth.backends.ModelBackend"
    )
    assert amount not in other.get(reverse("storefront:earnings")).text
