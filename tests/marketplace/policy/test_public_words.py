"""Words that everybody reads are refused by their length before anything is looked for in them."""

from __future__ import annotations

import pytest

from marketplace.accounts.models import User
from marketplace.accounts.organizations import create_organization
from marketplace.creators.models import Creator
from marketplace.creators.services import become_creator
from marketplace.policy.public_words import public_signature, public_words
from marketplace.refusals import Refused
from tests import factories
from tests.processor_time import within


def test_millions_of_characters_are_refused_before_they_are_searched() -> None:
    sent = "a" * 5_000_000
    with within(0.5):
        with pytest.raises(Refused) as words:
            public_words(sent, longest=1_000)
        with pytest.raises(Refused) as name:
            public_signature(sent, longest=40, by=User())
    assert (words.value.code, name.value.code) == ("words_too_long", "signature_too_long")


@pytest.mark.django_db
def test_spaces_that_nobody_sees_do_not_count() -> None:
    assert (
        public_words("Warm" + " \n" * 1_000 + "and clear.", longest=1_000) == "Warm\n\nand clear."
    )


def _refused_name(name: str, by: User) -> str:
    with pytest.raises(Refused) as refusal:
        public_signature(name, longest=40, by=by)
    return refusal.value.code


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "Timbre",
        "The T1mbre Team",
        "T i m b r e",
        "Тimbrе Support",
        "timbreteam",
        "Timbre™",
        "Moderator",
    ],
)
def test_nobody_signs_as_the_platform(name: str) -> None:
    assert _refused_name(name, factories.make_user()) == "signature_taken"


@pytest.mark.django_db
def test_only_a_creator_signs_with_their_name() -> None:
    creator, buyer = factories.make_creator("Ada Vale"), factories.make_user()
    for name in ("Ada Vale", "ADA  vale", "Аda Vаlе", "Ada-Vale", "Adá Vale"):
        assert _refused_name(name, buyer) == "signature_taken"
    assert public_signature("Ada Vale", longest=40, by=creator.user) == "Ada Vale"
    assert public_signature("Ada Valentine", longest=40, by=buyer) == "Ada Valentine"
    assert public_signature("", longest=40, by=buyer) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Ann Timbrell", "Tim Breton", "Northern Support Ltd"])
def test_names_that_are_only_alike_are_nobodys(name: str) -> None:
    assert public_signature(name, longest=40, by=factories.make_user()) == name


@pytest.mark.django_db
def test_neither_a_creator_nor_a_team_is_called_like_the_platform() -> None:
    user = factories.make_user()
    with pytest.raises(Refused) as creator:
        become_creator(user=user, display_name="Timbre", legal_name="Kim Doe", country="US")
    with pytest.raises(Refused) as team:
        create_organization(name="Тimbre Support", by=user)
    assert (creator.value.code, team.value.code) == ("name", "name")
    assert not Creator.objects.exists()
    assert not user.memberships.exists()
