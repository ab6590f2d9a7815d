"""Every kind of letter by its name, and how to have somebody sent one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.contrib.auth.models import Group
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import FINANCE
from marketplace.billing import invoices, vat_checks
from marketplace.billing.models import BillingDetails, Invoice
from marketplace.consent import invitations
from marketplace.creators.models import Creator
from marketplace.enrolment import letters as enrolment_letters
from marketplace.licensing import (
    consent_notices,
    credit,
    licence_letters,
    plan_letters,
    renewal_letters,
)
from marketplace.licensing.models import PlanSubscription, RenewalRound, StandingRenewal
from marketplace.listings import consented
from marketplace.listings.models import Listing
from marketplace.moderation import takedowns
from marketplace.moderation.models import Takedown
from marketplace.money import Money
from marketplace.payouts import finance_letters, stripe_api
from marketplace.payouts.books import differences, proof, reconciliation
from marketplace.payouts.creators import seller_numbers, transfers
from marketplace.payouts.incoming import given_credit, provider_credit, top_ups
from marketplace.payouts.models import LedgerAccount, SellerDetails, StandingTopUp, Transfer
from marketplace.payouts.returning import silenced_speech
from marketplace.policy import letters as policy_letters
from marketplace.policy.models import Suspicion
from marketplace.privacy import letters as privacy_letters
from marketplace.profiles import letters as profile_letters
from marketplace.profiles.models import Biography
from marketplace.reviews import letters as review_letters
from marketplace.reviews.models import Review
from marketplace.voices.models import VoiceVersion
from tests import factories

DAY = datetime(2031, 3, 5, 14, 7, tzinfo=UTC)
Send = Callable[[Creator], None]
SENT: dict[str, Send] = {}


def _kind(name: str) -> Callable[[Send], Send]:
    def note(send: Send) -> Send:
        SENT[name] = send
        return send

    return note


def _tell_of_licence(letter: str, reader: Creator) -> None:
    licence = factories.make_licence(buyer=reader.user)
    licence_letters.tell(licence, letter, "The payment is disputed.", until=DAY)


for each in licence_letters.LETTERS:
    SENT[f"licence {each}"] = partial(_tell_of_licence, each)


def _learned(reader: Creator) -> VoiceVersion:
    voice = factories.make_voice(reader)
    return factories.make_version(voice, factories.make_consent(voice))


@_kind("voice is ready")
def _ready(reader: Creator) -> None:
    enrolment_letters.tell_ready(_learned(reader), None)


@_kind("voice could not be made")
def _not_made(reader: Creator) -> None:
    version = _learned(reader)
    enrolment = version.enrolment
    version.delete()
    enrolment.error = "We hear more than one person. Upload recordings in which you speak alone."
    enrolment_letters.tell_failed(enrolment)


@_kind("licence narrowed")
def _narrowed(reader: Creator) -> None:
    licence = factories.make_licence(buyer=reader.user)
    licence_letters.tell(licence, "narrowed", until=DAY, uses=["audiobook", "app"])


@_kind("licence narrowed at once")
def _narrowed_at_once(reader: Creator) -> None:
    licence = factories.make_licence(buyer=reader.user)
    licence_letters.tell(licence, "narrowed", uses=["audiobook", "app"])


def _tell_of_consent(letter: str, reader: Creator) -> None:
    licence = factories.make_licence(buyer=reader.user)
    licence_letters.tell(licence, letter, until=DAY, consent_ends=DAY)


for each in ("consent_ending", "ending_with_consent"):
    SENT[f"licence {each}"] = partial(_tell_of_consent, each)


@_kind("consent ends, its creator")
def _own_consent_ends(reader: Creator) -> None:
    factories.make_consent(factories.make_voice(reader), ends_at=timezone.now() + timedelta(9))
    consent_notices.warn_of_ends()


@_kind("consent ends, who was invited")
def _invited_consent_ends(reader: Creator) -> None:
    voice = factories.make_voice()
    invitation = invitations.invite_speaker(
        voice=voice, legal_name="Kim Doe", email=reader.user.email, by=voice.creator.user
    )
    factories.make_consent(voice, invitation=invitation, ends_at=timezone.now() + timedelta(9))
    consent_notices.warn_of_ends()


@_kind("licence withdrawn at once")
def _withdrawn(reader: Creator) -> None:
    licence_letters.tell(factories.make_licence(buyer=reader.user), "withdrawn")


@_kind("payment too late, its buyer")
def _too_late(reader: Creator) -> None:
    order = factories.make_order(buyer=reader.user)
    licence_letters.tell_too_late(order, "The voice was withdrawn before the payment arrived.")


@_kind("payment too late, its creator")
def _too_late_for_creator(reader: Creator) -> None:
    order = factories.make_order(factories.make_listing(factories.make_voice(reader)))
    licence_letters.tell_too_late(order, "The voice was withdrawn before the payment arrived.")


def _tell_of_renewal(letter: str, tries_again: bool, reader: Creator) -> None:
    standing = StandingRenewal(
        licence=factories.make_licence(buyer=reader.user),
        by=reader.user,
        words="(agreed)",
        why_off="You switched it off.",
    )
    found = RenewalRound(
        standing=standing,
        term_ends_at=DAY,
        price_minor=123_456,
        currency="USD",
        charge_at=DAY if tries_again else None,
    )
    renewal_letters.tell(standing, letter, found)


for each in renewal_letters.LETTERS:
    SENT[f"renewal {each}"] = partial(_tell_of_renewal, each, True)
SENT["renewal declined for good"] = partial(_tell_of_renewal, "declined", False)


def _plan_of(reader: Creator) -> PlanSubscription:
    own = personal_organization(reader.user)
    return PlanSubscription(plan="pro", buyer=reader.user, organization=own)


def _tell_of_plan(letter: str, reader: Creator) -> None:
    plan_letters.tell(_plan_of(reader), letter, until=timezone.now())


for each in plan_letters.LETTERS:
    SENT[f"plan {each}"] = partial(_tell_of_plan, each)


@_kind("plan to confirm")
def _confirm_plan(reader: Creator) -> None:
    plan_letters.tell_to_confirm(_plan_of(reader), reader.user, "Pro", Money(4_900, "USD"))


def _not_begun(letter: Callable[..., None], reader: Creator) -> None:
    letter(_plan_of(reader), "Pro")


for each, spoken in (("spoken", True), ("refunded", False)):
    letter = partial(plan_letters.tell_not_credited, is_spoken=spoken)
    SENT[f"plan not credited, {each}"] = partial(_not_begun, letter)
    letter = partial(plan_letters.tell_not_begun, used=Money(4_900, "USD"), is_spoken=spoken)
    SENT[f"plan not begun, {each}"] = partial(_not_begun, letter)


@_kind("plan twice")
def _surplus(reader: Creator) -> None:
    plan_letters.tell_surplus(reader.user, "pro")


def _tell_of_top_up(letter: tuple[str, str], said: dict[str, object], reader: Creator) -> None:
    own = personal_organization(reader.user)
    top_ups._tell(StandingTopUp(by=reader.user, organization=own), *letter, **said)


for name, letter, said in (
    ("on", top_ups._ON, {"words": "(agreed)"}),
    ("capped", top_ups._CAPPED, {"most": Money(5_000, "USD")}),
    ("confirm", top_ups._CONFIRM, {"amount": Money(5_000, "USD"), "days": 7}),
    ("refused", top_ups._REFUSED, {"why": "The card was declined."}),
    ("goes back", top_ups._GOES_BACK, {"why": top_ups.DISPUTED}),
):
    SENT[f"top-up {name}"] = partial(_tell_of_top_up, letter, said)


@_kind("credit low")
def _low(reader: Creator) -> None:
    credit._warn(personal_organization(reader.user).pk, Money(123_456, "USD"))


@_kind("credit given back")
def _given_back(reader: Creator) -> None:
    silenced_speech._tell(personal_organization(reader.user), Money(5_000, "USD"))


def _tell_of_invoice(kind: str, description: str, reader: Creator) -> None:
    invoice = Invoice(
        kind=kind,
        number="X-1",
        organization=personal_organization(reader.user),
        description=description,
        currency="USD",
        net_minor=4_000,
        tax_minor=900,
    )
    invoices._tell(invoice)


for kind in Invoice.Kind:
    SENT[f"invoice {kind}"] = partial(_tell_of_invoice, kind, "TL-1")


@_kind("number unknown, a buyer's")
def _buyers_number(reader: Creator) -> None:
    own = personal_organization(reader.user)
    vat_checks._tell(BillingDetails(organization=own, name="Kim GmbH", vat_number="DE1"))


@_kind("number unknown, a creator's")
def _sellers_number(reader: Creator) -> None:
    seller_numbers._tell(SellerDetails(creator=reader, vat_number="DE1"))


def _tell_of_review(state: str, reader: Creator) -> None:
    review_letters.tell_of_decision(_review_by(reader.user, state=state))


def _review_by(writer: User, **fields: str) -> Review:
    voice = factories.make_voice()
    own = personal_organization(writer)
    return Review(voice=voice, writer=writer, organization=own, note="Hm.", answer="Hm.", **fields)


for state in review_letters._DECIDED:
    SENT[f"review {state}"] = partial(_tell_of_review, state)


@_kind("review answered")
def _answered(reader: Creator) -> None:
    review_letters.tell_of_answer(_review_by(reader.user))


@_kind("review deleted")
def _deleted(reader: Creator) -> None:
    review_letters.tell_of_removal(_review_by(reader.user), factories.make_user())


@_kind("answer taken down")
def _lost_answer(reader: Creator) -> None:
    review = Review(voice=factories.make_voice(reader), writer=factories.make_user())
    review_letters.tell_of_lost_answer(review, "Hm.")


@_kind("biography sent back")
def _biography(reader: Creator) -> None:
    profile_letters.tell_of_sent_back(Biography(creator=reader, note="Hm."))


@_kind("new voices")
def _new_voices(reader: Creator) -> None:
    voice = factories.make_voice()
    profile_letters.tell_of_voices(reader.user, [Listing(voice=voice)] * 2, "token")


def _tell_of_suspicion(state: str, reader: Creator) -> None:
    own = personal_organization(reader.user)
    policy_letters.tell(Suspicion(organization=own, kind=Suspicion.Kind.BURST, state=state))


for state in policy_letters.LETTERS:
    SENT[f"suspicion {state}"] = partial(_tell_of_suspicion, state)


def _tell_of_takedown(text: str, reader: Creator) -> None:
    takedowns._write(reader.user.email, text, voice="Kim", note="Hm.")


SENT["takedown upheld"] = partial(_tell_of_takedown, takedowns.CLAIMANT[Takedown.State.UPHELD])
SENT["takedown rejected"] = partial(_tell_of_takedown, takedowns.CLAIMANT[Takedown.State.REJECTED])
SENT["voice taken down"] = partial(_tell_of_takedown, takedowns.UPLOADER)


@_kind("uses taken out")
def _uses(reader: Creator) -> None:
    listing = factories.make_listing(factories.make_voice(reader), consent=False)
    consented._tell(listing, ["audiobook", "game"])


@_kind("uses taken out, none left")
def _no_uses(reader: Creator) -> None:
    consented._tell(Listing(voice=factories.make_voice(reader), uses=[]), ["audiobook"])


@_kind("uses awaited")
def _wait_for_uses(reader: Creator) -> None:
    listing = factories.make_listing(factories.make_voice(reader), consent=False)
    consented.wait_for_uses(listing)


@_kind("erased")
def _erased(reader: Creator) -> None:
    address, language = reader.user.email, reader.user.language
    User.objects.filter(pk=reader.user.pk).update(email="erased@example.com", language="")
    privacy_letters.tell_of_erasure(address, language, "https://timbre.example/x")


@_kind("speaker erased")
def _speaker_erased(reader: Creator) -> None:
    privacy_letters.tell_of_erased_speaker(factories.make_voice(reader))


@_kind("team invitation")
def _invite(reader: Creator) -> None:
    owner = factories.make_user()
    team = organizations.create_organization(name="Voices", by=owner)
    organizations.invite(organization=team, email=reader.user.email, role="developer", by=owner)


@_kind("speaker invitation")
def _invite_speaker(reader: Creator) -> None:
    voice = factories.make_voice()
    invitations.invite_speaker(
        voice=voice, legal_name="Kim Doe", email=reader.user.email, by=voice.creator.user
    )


def _in_finance(reader: Creator) -> None:
    reader.user.groups.add(Group.objects.get_or_create(name=FINANCE)[0])


@_kind("finance, unpaid creator")
def _unpaid(reader: Creator) -> None:
    _in_finance(reader)
    transfers._tell_finance(reader, ValueError("-"))


@_kind("finance, too little")
def _too_little(reader: Creator) -> None:
    _in_finance(reader)
    transfer = Transfer(amount_minor=5_000, currency="USD")
    finance_letters.tell(partial(transfers._too_little, transfer, "-"))


@_kind("finance, reconciliation")
def _reconciliation(reader: Creator) -> None:
    _in_finance(reader)
    found = differences.Difference("ch_1", Money(1, "USD"), Money(2, "USD"))
    words = partial(reconciliation._words, DAY, DAY, [found] * (reconciliation.TOLD + 1))
    finance_letters.tell(words)


def _of_credit(words: Callable[[], tuple[str, str]], reader: Creator) -> None:
    _in_finance(reader)
    finance_letters.tell(words)


GIVEN = stripe_api.GivenCredit("cbtxn_1", "adjustment", Money(1, "USD"), DAY)
SENT["finance, credit by hand"] = partial(_of_credit, partial(given_credit._words, "-", GIVEN))
for minor in (1, -1):
    moved = partial(provider_credit._words, "-", "in_1", Money(minor, "USD"))
    SENT[f"finance, credit moved by {minor} for nothing"] = partial(_of_credit, moved)


@_kind("finance, balances")
def _balances(reader: Creator) -> None:
    _in_finance(reader)
    sums = [Money(minor, "USD") for minor in (1, 2, 3)]
    found = proof.Difference(LedgerAccount(kind="-", currency="USD"), *sums)
    finance_letters.tell(partial(proof._words, [found] * (proof.TOLD + 1)))
