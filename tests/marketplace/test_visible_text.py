"""Names and reasons are kept without characters that nobody can see."""

from __future__ import annotations

from pathlib import Path

import hypothesis.vendor
import pytest

from marketplace.accounts.organizations import create_organization, personal_organization
from marketplace.billing.details import save_details
from marketplace.creators.services import become_creator
from marketplace.licensing import lifecycle
from marketplace.payouts.returning.refunds import request_refund
from marketplace.refusals import Refused
from marketplace.visible_text import visible, without_addresses
from tests import factories
from tests.money import sell

HIDDEN = "\x01\x1b\x7f\x9f\u202e\u2066\ufeff\ue000\uffff\U0001fffe"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"An{HIDDEN}ne", "Anne"),
        ("Acme\x0bGmbH", "Acme GmbH"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\ud83d", ""),
    ],
)
def test_what_nobody_sees_is_left_out_and_what_scripts_spell_with_stays(
    text: str, shown: str
) -> None:
    assert visible(text) == shown


@pytest.mark.django_db
def test_every_name_and_reason_is_kept_as_people_see_it() -> None:
    user = factories.make_user()
    creator = become_creator(
        user=user, display_name=f"An{HIDDEN}ne", legal_name=f"Anne{HIDDEN} Lee", country="SE"
    )
    voice = factories.make_voice(creator, name=f"Har{HIDDEN}bour")
    team = create_organization(name=f"Te{HIDDEN}am", by=user)
    details = save_details(
        organization=personal_organization(user), by=user, name=f"Ac{HIDDEN}me", country="FR"
    )
    names = (creator.display_name, creator.legal_name, voice.name, team.name, details.name)
    assert names == ("Anne", "Anne Lee", "Harbour", "Team", "Acme")


@pytest.mark.django_db
def test_reasons_are_kept_as_people_see_them() -> None:
    payment = sell(factories.make_creator())
    assert payment.order is not None
    assert payment.order.granted is not None
    lifecycle.suspend_licence(
        licence=payment.order.granted, reason=f"A{HIDDEN}sked", cause="x", by=None
    )
    payment.order.granted.refresh_from_db()
    refund = request_refund(payment=payment, amount_minor=1, reason=f"A{HIDDEN}sked")
    assert (payment.order.granted.reason, refund.reason) == ("Asked", "Asked")


@pytest.mark.django_db
def test_a_name_of_which_nothing_can_be_seen_is_refused() -> None:
    creator = factories.make_creator()
    with pytest.raises(Refused, match="that people can see"):
        factories.make_voice(creator, name=HIDDEN)
    with pytest.raises(Refused, match="that people can see"):
        become_creator(
            user=factories.make_user(), display_name=HIDDEN, legal_name="Anne", country="SE"
        )


@pytest.mark.parametrize(
    "address",
    [
        "voices.zone",
        "VOICES.ZONE",
        "buy.cheap-voices.top",
        "voices.rehab",
        "voices.com/buy?now=1",
        "voices.click:8080/now",
        "voices.xn--p1ai",
        "\u0433\u043e\u043b\u043e\u0441.\u0440\u0444",
        "voices\u3002zone",
        "voices\uff0ecom",
        "me@voices.zone",
        "163.com",
    ],
)
def test_an_address_is_left_out_whatever_top_level_domain_it_has(address: str) -> None:
    assert without_addresses(f"Cheaper at {address}, they say.") == "Cheaper at \u2026, they say."


@pytest.mark.parametrize(
    "text",
    [
        "Warm, e.g. for games, i.e. for dialogues.",
        "It works with Node.js 22.1 and v1.2.3.",
        "Good voice.Would buy again.",
        "Ph.D. theses, U.S. English, from 9.am to 5.pm.",
        "Mr.Smith paid $9.90 \u2026 or 3.5 % less...",
        "Warm und klar, z.B. f\u00fcr H\u00f6rb\u00fccher, d.h. lange Texte.",
        "\u58f0\u97f3\u5f88\u597d\u3002\u5f88\u81ea\u7136\u3002",
        "snake_case.method_name() and 192.168.0.1",
    ],
)
def test_ordinary_text_with_points_in_it_stays(text: str) -> None:
    assert without_addresses(text) == text


def test_what_follows_an_address_without_a_space_stays() -> None:
    assert without_addresses("See voices.zone.Then listen.") == "See \u2026.Then listen."


def test_the_list_of_top_level_domains_is_as_new_as_the_one_that_hypothesis_brings() -> None:
    theirs = Path(hypothesis.vendor.__file__).parent / "tlds-alpha-by-domain.txt"
    ours = Path(__file__).parents[2] / "marketplace" / "top_level_domains.txt"
    assert ours.read_text() == theirs.read_text()
