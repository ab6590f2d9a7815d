"""Nobody decides about themselves or their team, at any door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import Membership, MembershipChange, Organization, User
from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance, appoint_moderator
from marketplace.consent import estates, invitations, readings
from marketplace.consent.models import Consent
from marketplace.licensing.models import Licence
from marketplace.licensing.moderation import moderate_licence
from marketplace.listings import services as listings
from marketplace.listings.models import Listing
from marketplace.moderation import services as cases
from marketplace.moderation import takedowns
from marketplace.moderation.models import Case, Takedown
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import refunds
from marketplace.policy import patterns
from marketplace.policy import services as policy
from marketplace.policy.models import Refusal, Suspicion
from marketplace.refusals import Refused
from marketplace.voices.models import Voice
from tests import factories

pytestmark = pytest.mark.django_db
Decision = Callable[[User], object]
WHY = "Because."


def _consent(voice: Voice, decide: Callable[..., object]) -> Decision:
    waiting = factories.make_consent(voice, Consent.State.REVIEW)
    return lambda by: decide(consent=waiting, by=by, note=WHY)


def _second_consent(voice: Voice) -> Decision:
    waiting = factories.make_consent(
        voice, Consent.State.SECOND, first_approved_by=factories.make_moderator()
    )
    return lambda by: readings.approve(consent=waiting, by=by, note=WHY)


def _estate(voice: Voice) -> Decision:
    return lambda by: estates.vouch_for_estate(
        voice=voice, legal_name="Ada", representative="Eve", uses=["audiobook"], years=5,
        note=WHY, by=by,
    )  # fmt: skip


def _case(voice: Voice, like: Voice | None = None) -> Decision:
    case = Case.objects.create(
        voice=voice, like_voice=like or factories.make_voice(), similarity=5.0
    )
    return lambda by: cases.decide_case(case=case, allow=True, note=WHY, by=by)


def _takedown(voice: Voice, **fields: object) -> Decision:
    takedown = Takedown.objects.create(
        voice=voice, score=5.0, embedding=factories.make_embedding(1), **fields
    )
    return lambda by: takedowns.decide_takedown(takedown=takedown, uphold=False, note=WHY, by=by)


def _listing(voice: Voice, state: str, decide: Callable[..., object], **more: str) -> Decision:
    listing = factories.make_listing(voice, state=state)
    return lambda by: decide(listing=listing, by=by, **more)


def _licence_of(voice: Voice) -> Decision:
    licence = factories.make_licence(factories.make_listing(voice))
    return lambda by: moderate_licence(licence=licence, decision="suspend", reason=WHY, by=by)


ABOUT_A_VOICE: dict[str, Callable[[Voice], Decision]] = {
    "approve a consent": lambda voice: _consent(voice, readings.approve),
    "refuse a consent": lambda voice: _consent(voice, readings.reject),
    "approve a consent as the second": _second_consent,
    "vouch for an estate": _estate,
    "allow a voice that is like another": _case,
    "allow a voice that is like their own": lambda voice: _case(factories.make_voice(), voice),
    "decide on a takedown": _takedown,
    "approve a listing": lambda voice: _listing(voice, "submitted", listings.approve_listing),
    "send a listing back": lambda voice: _listing(
        voice, "submitted", listings.send_back_listing, note=WHY
    ),
    "suspend a listing": lambda voice: _listing(
        voice, "live", listings.suspend_listing, reason=WHY
    ),
    "resume a listing": lambda voice: _listing(voice, "suspended", listings.resume_listing),
    "suspend a licence of a voice": _licence_of,
}


def _refusal(licence: Licence) -> Refusal:
    key, _ = factories.make_key(licence)
    return Refusal.objects.create(
        state=Refusal.State.APPEALED, organization=licence.organization, api_key=key, voice="v",
        category="hate", rule="r", text_sha256="0" * 64,
    )  # fmt: skip


def _appeal(licence: Licence) -> Decision:
    refusal = _refusal(licence)
    return lambda by: policy.decide_appeal(refusal=refusal, overturn=True, note=WHY, by=by)


def _strike(licence: Licence) -> Decision:
    refusal = _refusal(licence)
    return lambda by: patterns.strike(refusal=refusal, reason=WHY, by=by)


def _suspicion(licence: Licence) -> Decision:
    suspicion = Suspicion.objects.create(
        organization=licence.organization, kind=Suspicion.Kind.BURST, seen_at=timezone.now()
    )
    return lambda by: patterns.decide(
        suspicion=suspicion, release=True, note=WHY, by=by, seen=suspicion.digest
    )


def _licence(licence: Licence) -> Decision:
    return lambda by: moderate_licence(licence=licence, decision="suspend", reason=WHY, by=by)


def _refund(licence: Licence) -> Decision:
    payment = Payment.objects.create(
        kind=Payment.Kind.LICENCE, organization=licence.organization, order=licence.order,
        payment_intent="pi_1", charge="ch_1", amount_minor=1999, currency="USD",
        paid_at=timezone.now(),
    )  # fmt: skip
    return lambda by: refunds.request_refund(
        payment=payment, amount_minor=100, reason="finance", by=by
    )


ABOUT_A_BUYER: dict[str, Callable[[Licence], Decision]] = {
    "decide on an appeal": _appeal,
    "give a strike": _strike,
    "release a suspicion": _suspicion,
    "suspend a licence": _licence,
    "refund a payment": _refund,
}


def _code(decision: Decision, by: User) -> str:
    appoint_moderator(user=by)
    appoint_finance(user=by)
    with pytest.raises(Refused) as refusal:
        decision(User.objects.get(pk=by.pk))  # rights are cached in the object
    return refusal.value.code


def _team_of(*users: User) -> Organization:
    team = Organization.objects.create(name="Team")
    for user in users:
        Membership.objects.create(organization=team, user=user, role=Membership.Role.DEVELOPER)
    return team


@pytest.mark.parametrize("door", ABOUT_A_VOICE)
def test_nobody_decides_on_their_own_voice(door: str) -> None:
    voice = factories.make_voice()
    assert _code(ABOUT_A_VOICE[door](voice), voice.creator.user) == "own_voice"


@pytest.mark.parametrize("door", ABOUT_A_VOICE)
def test_nobody_decides_on_the_voice_of_a_teammate(door: str) -> None:
    voice, teammate = factories.make_voice(), factories.make_user()
    _team_of(voice.creator.user, teammate)
    assert _code(ABOUT_A_VOICE[door](voice), teammate) == "own_team"


@pytest.mark.parametrize("door", [door for door in ABOUT_A_VOICE if door != "vouch for an estate"])
def test_an_invited_speaker_does_not_decide_on_what_was_made_of_them(door: str) -> None:
    voice, speaker = factories.make_voice(), factories.make_user()
    decision = ABOUT_A_VOICE[door](voice)
    if door.startswith(("approve a listing", "send", "suspend", "resume")):
        voice.consents.update(state=Consent.State.REPLACED)  # so that its speaker can be invited
    voice.consents.filter(state__in=Consent.WITH_MODERATORS).update(state=Consent.State.CHALLENGED)
    invitations.invite_speaker(
        voice=voice, legal_name="Sam", email=speaker.email.upper(), by=voice.creator.user
    )
    assert _code(decision, speaker) == "own_voice"


@pytest.mark.parametrize("door", ABOUT_A_BUYER)
def test_nobody_decides_about_an_organization_of_theirs(door: str) -> None:
    licence = factories.make_licence()
    assert licence.buyer is not None
    decision = ABOUT_A_BUYER[door](licence)
    assert _code(decision, licence.buyer) in ("own_team", "own_voice")
    colleague = factories.make_user()
    Membership.objects.create(
        organization=licence.organization, user=colleague, role=Membership.Role.FINANCE
    )
    assert _code(decision, colleague) == "own_team"


@pytest.mark.parametrize("door", ABOUT_A_BUYER)
def test_nobody_decides_about_the_personal_account_of_a_teammate(door: str) -> None:
    licence, colleague = factories.make_licence(), factories.make_user()
    assert licence.buyer is not None
    assert licence.organization.personal_of == licence.buyer
    decision = ABOUT_A_BUYER[door](licence)
    _team_of(licence.buyer, colleague)
    assert _code(decision, colleague) == "own_team"


@pytest.mark.parametrize("left", ["nothing", "ownership", "team"])
@pytest.mark.parametrize("door", ABOUT_A_BUYER)
def test_nobody_decides_about_another_team_that_a_teammate_owns_or_lately_owned(
    door: str, left: str
) -> None:
    licence, colleague = factories.make_licence(), factories.make_user()
    friend = factories.make_user()
    _team_of(friend, colleague)
    own = organizations.create_organization(name="Only the friend's", by=friend)
    Licence.objects.filter(pk=licence.pk).update(organization=own, buyer=friend)
    decision = ABOUT_A_BUYER[door](Licence.objects.get(pk=licence.pk))
    if left != "nothing":
        another = own.memberships.create(user=factories.make_user(), role="owner")
        membership = own.memberships.get(user=friend)
        if left == "ownership":
            organizations.change_role(membership=membership, role="finance", by=another.user)
        else:
            organizations.remove_member(membership=membership, by=friend)
    assert _code(decision, colleague) == "own_team"


def test_a_team_in_which_a_teammate_owns_nothing_is_a_strangers() -> None:
    moderator, friend = factories.make_moderator(), factories.make_user()
    _team_of(moderator, friend)
    other = organizations.create_organization(name="Others", by=factories.make_user())
    Membership.objects.create(organization=other, user=friend, role="developer")
    require_impartial(moderator, Concerned.of(organizations=[other.pk]))


@pytest.mark.parametrize("known_by", ["address", "session"])
def test_nobody_decides_on_a_takedown_that_they_reported(known_by: str) -> None:
    reporter = factories.make_user()
    said = {"email": reporter.email} if known_by == "address" else {"reported_by": reporter}
    assert _code(_takedown(factories.make_voice(), **said), reporter) == "own_voice"


@pytest.mark.parametrize("door", ABOUT_A_VOICE)
def test_somebody_else_may_decide(door: str) -> None:
    voice, moderator = factories.make_voice(), factories.make_moderator()
    personal_organization(moderator)
    _team_of(moderator, factories.make_user())
    ABOUT_A_VOICE[door](voice)(moderator)


@pytest.mark.parametrize("door", [door for door in ABOUT_A_BUYER if door != "refund a payment"])
def test_somebody_else_may_decide_about_a_buyer(door: str) -> None:
    ABOUT_A_BUYER[door](factories.make_licence())(factories.make_moderator())


@pytest.mark.parametrize("decide", [listings.approve_listing, listings.resume_listing])
def test_only_moderators_decide_on_listings(decide: Callable[..., object]) -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    with pytest.raises(Refused) as refusal:
        decide(listing=listing, by=factories.make_user())
    assert refusal.value.code == "not_a_moderator"


def test_whoever_has_left_a_team_does_not_decide_for_it_before_long() -> None:
    creator, moderator = factories.make_user("creator"), factories.make_moderator()
    team = organizations.create_organization(name="Us", by=creator)
    membership = team.memberships.create(user=moderator, role="admin")
    organizations.remove_member(membership=membership, by=moderator)
    for concerned in (Concerned.of(users=[creator.pk]), Concerned.of(organizations=[team.pk])):
        with pytest.raises(Refused) as refusal:
            require_impartial(moderator, concerned)
        assert refusal.value.code == "own_team"
    MembershipChange.objects.update(at=timezone.now() - timedelta(days=91))
    require_impartial(moderator, Concerned.of(users=[creator.pk], organizations=[team.pk]))


def test_what_becomes_of_a_member_is_on_record() -> None:
    owner, other = factories.make_user("owner"), factories.make_user("other")
    team = organizations.create_organization(name="Team", by=owner)
    membership = team.memberships.create(user=other, role="developer")
    organizations.change_role(membership=membership, role="owner", by=owner)
    organizations.remove_member(membership=membership, by=owner)
    changes = MembershipChange.objects.filter(user=other).values_list("role", "by")
    assert list(changes) == [("owner", owner.pk), ("", owner.pk)]
