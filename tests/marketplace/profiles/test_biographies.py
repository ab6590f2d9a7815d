"""What creators write about themselves is read by a moderator before anybody else."""

from __future__ import annotations

import pytest

from marketplace.letters.models import Letter
from marketplace.profiles import biographies
from marketplace.profiles.models import Biography
from marketplace.refusals import InvalidTransition, Refused
from tests import factories

pytestmark = pytest.mark.django_db


def _propose(text: str, creator: object = None) -> Biography:
    creator = creator or factories.make_creator()
    return biographies.propose_biography(creator=creator, text=text, by=creator.user)  # type: ignore[attr-defined,arg-type]


def _decide(biography: Biography, *, approve: bool = True, note: str = "") -> Biography:
    return biographies.decide_biography(
        biography=biography, approve=approve, note=note, by=factories.make_moderator(),
        seen=biography.digest,
    )  # fmt: skip


def test_nothing_is_shown_before_a_moderator_has_read_it() -> None:
    biography = _propose("I read aloud.  See me.example.com.")
    assert (biography.shown, biography.state) == ("", "waiting")
    assert list(biographies.waiting_biographies()) == [biography]
    approved = _decide(biography)
    assert (approved.shown, approved.state) == ("I read aloud. See ….", "approved")
    assert not biographies.waiting_biographies().exists()


def test_what_was_approved_is_shown_until_the_next_text_is() -> None:
    first = _decide(_propose("First."))
    second = _propose("Second.", first.creator)
    assert (second.shown, second.proposed, second.state) == ("First.", "Second.", "waiting")
    back = _decide(second, approve=False, note="Say it nicer.")
    assert (back.shown, back.state, back.note) == ("First.", "sent_back", "Say it nicer.")
    assert Letter.objects.filter(email=first.creator.user.email).count() == 1


def test_an_empty_text_is_taken_out_at_once() -> None:
    first = _decide(_propose("First."))
    empty = _propose(" ", first.creator)
    assert (empty.shown, empty.state) == ("", "approved")


@pytest.mark.parametrize(
    ("text", "code"), [("a" * 601, "words_too_long"), ("I will kill you.", "text_refused")]
)
def test_what_may_not_be_said_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        _propose(text)
    assert refusal.value.code == code
    assert not Biography.objects.exists()


def test_a_moderator_approves_what_they_read_and_not_what_came_after() -> None:
    biography = _propose("Harmless.")
    seen = biography.digest
    _propose("Changed.", biography.creator)
    with pytest.raises(Refused) as refusal:
        biographies.decide_biography(
            biography=biography, approve=True, note="", by=factories.make_moderator(), seen=seen
        )
    assert refusal.value.code == "changed_meanwhile"
    biography.refresh_from_db()
    assert biography.shown == ""


def test_only_impartial_moderators_decide_and_say_why_they_send_back() -> None:
    biography, moderator = _propose("I read aloud."), factories.make_moderator()
    own = _propose("Me, too.", factories.make_creator())
    own.creator.user.groups.add(*moderator.groups.all())
    for by, whose, note, code in (
        (factories.make_user(), biography, "x", "not_a_moderator"),
        (moderator, biography, " ", "note_missing"),
    ):
        with pytest.raises(Refused) as refusal:
            biographies.decide_biography(
                biography=whose, approve=False, note=note, by=by, seen=whose.digest
            )
        assert refusal.value.code == code
    with pytest.raises(Refused) as refusal:
        biographies.decide_biography(
            biography=own, approve=True, note="", by=own.creator.user, seen=own.digest
        )
    assert refusal.value.code == "own_voice"
    assert set(Biography.objects.values_list("state", flat=True)) == {"waiting"}


def test_a_text_is_decided_once() -> None:
    biography = _propose("I read aloud.")
    _decide(biography)
    with pytest.raises(InvalidTransition):
        _decide(biography, approve=False, note="Late.")
    biography.refresh_from_db()
    assert biography.shown == "I read aloud."
