"""A reading that a check refused needs two moderators, at every door."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib import admin
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent
from marketplace.consent import checks, evidence, readings
from marketplace.consent.models import Consent
from marketplace.consent.queries import consent_in_force
from marketplace.consent.vetting import vetting_of
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.markup import without_gaps

pytestmark = pytest.mark.django_db
# of a clone that read none of the words
HOPELESS = {
    "score": 0.2, "second_score": 0.1, "least_alike_part": -1.0, "speaker_threshold": 5.8,
    "live": 0.02, "synthetic": 0.98, "replay": 0.0, "spliced": 0.1, "end_spliced": 0.1,
    "word_error_rate": 0.9, "phrase_words": 0, "phrase_length": 8, "unheard": ["audiobooks"],
}  # fmt: skip
GOOD = {
    "score": 4.0, "second_score": 4.0, "least_alike_part": 5.0, "speaker_threshold": 5.8,
    "live": 0.9, "synthetic": 0.05, "replay": 0.05, "spliced": 0.1, "end_spliced": 0.1,
    "word_error_rate": 0.0, "phrase_words": 8, "phrase_length": 8, "unheard": [],
}  # fmt: skip


def _waiting(scores: dict[str, Any], code: str = "", **fields: object) -> Consent:
    return factories.make_consent(
        factories.make_voice(), Consent.State.REVIEW, scores=scores, reason_code=code,
        recording_key="consents/test", **fields,
    )  # fmt: skip


def test_what_every_check_refused_is_not_approved_by_one_moderator() -> None:
    consent, moderator = _waiting(HOPELESS, "words_mismatch"), factories.make_moderator()
    consent = readings.approve(consent=consent, by=moderator, note="I believe it.")
    assert (consent.state, consent.first_approved_by) == ("second", moderator)
    assert consent_in_force(consent.voice) is None
    with pytest.raises(Refused) as refusal:
        readings.approve(consent=consent, by=moderator, note="I still do.")
    assert refusal.value.code == "second_person"
    consent.refresh_from_db()
    assert consent.state == "second"


def test_a_second_moderator_gives_their_own_reason_and_both_are_on_record() -> None:
    consent = _waiting(HOPELESS, "words_mismatch")
    first, second = factories.make_moderator(), factories.make_moderator()
    readings.approve(consent=consent, by=first, note="I met her.")
    with pytest.raises(Refused) as refusal:
        readings.approve(consent=consent, by=second, note="  ")
    assert refusal.value.code == "note_missing"
    consent = readings.approve(consent=consent, by=second, note="So did I.")
    assert (consent.state, consent.decided_by) == ("verified", second)
    events = AuditEvent.objects.filter(subject_id=consent.pk, action__endswith="_by_hand")
    assert list(events.order_by("id").values_list("action", "actor")) == [
        ("consent.second_by_hand", first.pk),
        ("consent.verified_by_hand", second.pk),
    ]
    assert {event.details["failed"] for event in events} == {9}


@pytest.mark.parametrize("who", ["the first", "the second"])
def test_either_moderator_may_refuse_what_was_approved_once(who: str) -> None:
    consent = _waiting(HOPELESS, "words_mismatch")
    first = factories.make_moderator()
    readings.approve(consent=consent, by=first, note="I met her.")
    by = first if who == "the first" else factories.make_moderator()
    consent = readings.reject(consent=consent, by=by, note="It is a clone.")
    assert (consent.state, consent.reason) == ("refused", "It is a clone.")
    with pytest.raises(InvalidTransition):
        readings.approve(consent=consent, by=factories.make_moderator(), note="No.")


@pytest.mark.parametrize("name", sorted(GOOD.keys() - {"speaker_threshold", "phrase_length"}))
def test_a_single_failed_check_is_enough(name: str) -> None:
    consent = _waiting({**GOOD, name: HOPELESS[name]})
    if name in ("replay", "spliced", "end_spliced"):
        consent = _waiting({**GOOD, name: 9.0})
    assert len(checks.failed_checks(consent)) >= 1
    assert checks.needs_second(consent)


@pytest.mark.parametrize(
    "code", ["words_mismatch", "speaker_mismatch", "synthetic_suspected", "too_short", "anything"]
)
def test_a_finding_against_a_reading_counts_even_without_a_score_that_says_it(code: str) -> None:
    assert checks.needs_second(_waiting({}, code))


@pytest.mark.parametrize("code", ["", "minor"])
def test_where_no_check_failed_one_moderator_is_enough(code: str) -> None:
    consent = _waiting(GOOD, code)
    consent = readings.approve(
        consent=consent, by=factories.make_moderator(), note="Compared by ear."
    )
    assert consent.state == "verified"


def test_a_reading_that_no_machine_compared_takes_two_moderators(client: Client) -> None:
    alone = {name: GOOD[name] for name in ("live", "synthetic", "replay", "phrase_words")}
    consent = _waiting(alone, "not_compared", compared=False)
    assert checks.failed_checks(consent) == []
    first, second = factories.make_moderator(), factories.make_moderator()
    client.force_login(first)
    page = client.get(reverse("storefront:moderation")).text
    assert "Approve as the first of two moderators" in page
    assert "Approve against the checks" not in page
    consent = readings.approve(consent=consent, by=first, note="Compared by ear.")
    assert consent.state == "second"
    assert consent_in_force(consent.voice) is None
    with pytest.raises(Refused) as refusal:
        readings.approve(consent=consent, by=first, note="Compared once more.")
    assert refusal.value.code == "second_person"
    consent = readings.approve(consent=consent, by=second, note="I hear the same person.")
    assert consent.state == "verified"
    assert "Two moderators of the platform compared it by ear" in vetting_of(consent).words


def test_the_limits_of_the_day_of_the_reading_count() -> None:
    lenient = _waiting({**GOOD, "score": 2.0, "second_score": 2.0, "speaker_threshold": 3.5})
    assert not checks.needs_second(lenient)


def test_the_database_refuses_one_person_as_both() -> None:
    moderator = factories.make_moderator()
    consent = _waiting(HOPELESS, first_approved_by=moderator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(state="verified", decided_by=moderator)


def test_no_admin_page_changes_a_consent() -> None:
    assert not admin.site.is_registered(Consent)


def test_the_desk_puts_refusal_first_and_says_what_failed(client: Client) -> None:
    consent = _waiting(HOPELESS, "words_mismatch")
    client.force_login(factories.make_moderator())
    page = without_gaps(client.get(reverse("storefront:moderation")).text)
    card = page[page.index(consent.legal_name) : page.index("</form>", page.index("data-case"))]
    assert card.index("Refuse</button>") < card.index("Approve against the checks</button>")
    assert (
        '<dt>Random words heard</dt><dd class="failed"><strong>Failed:</strong>0 of 8'
        '<span class="quiet">(at least 7)</span>' in card
    )
    assert '<strong>Failed:</strong>0.98<span class="quiet">(at most 0.5)</span>' in card
    assert '<dd class="passed"><strong>Passed:</strong>' in card


def test_through_the_desk_it_takes_two_people(client: Client) -> None:
    consent = _waiting(HOPELESS, "words_mismatch")
    address = reverse("storefront:decide-consent", args=[consent.public_id])
    for state in ("second", "second"):
        if consent.first_approved_by is None:
            client.force_login(factories.make_moderator())
        client.post(address, {"decision": "approve", "note": "I met her."})
        consent.refresh_from_db()
        assert consent.state == state
    client.force_login(factories.make_moderator())
    assert "I met her." in client.get(reverse("storefront:moderation")).text
    client.post(address, {"decision": "approve", "note": "So did I."})
    consent.refresh_from_db()
    assert consent.state == "verified"


@pytest.mark.parametrize(
    ("scores", "code", "machine", "moderators", "words"),
    [
        (GOOD, "minor", "passed", 1, "A moderator of the platform listened to it"),
        (HOPELESS, "words_mismatch", "failed", 2, "checks did not accept the reading"),
    ],
)
def test_evidence_and_public_page_say_how_it_was_checked(
    scores: dict[str, Any], code: str, machine: str, moderators: int, words: str, client: Client
) -> None:
    consent = factories.approve(_waiting(scores, code))
    claims = evidence.claims_of(consent)["checked"]
    assert (claims["machine"], claims["platform"]) == (machine, ("moderator",) * moderators)
    decided_by = consent.decided_by
    assert decided_by is not None
    assert decided_by.email not in str(claims)
    listing = factories.make_listing(consent=False)
    Consent.objects.filter(pk=consent.pk).update(voice=listing.voice)
    page = without_gaps(client.get(reverse("storefront:voice", args=[listing.voice.slug])).text)
    assert words in page
    assert ("every check was passed" in page) is (machine == "passed")


def test_who_refused_a_reading_is_not_among_those_who_approved_it() -> None:
    consent = readings.reject(
        consent=_waiting(HOPELESS, "words_mismatch"), by=factories.make_moderator(), note="A clone."
    )
    assert vetting_of(consent).platform == ()


def test_what_only_the_machine_checked_names_nobody(client: Client) -> None:
    listing = factories.make_listing()
    consent = listing.voice.consents.get()
    Consent.objects.filter(pk=consent.pk).update(scores=GOOD)
    consent.refresh_from_db()
    assert vetting_of(consent).platform == ()
    page = client.get(reverse("storefront:voice", args=[listing.voice.slug])).text
    assert "moderator" not in page


def test_a_demonstration_says_so_and_how_it_was_let_through(client: Client) -> None:
    listing = factories.make_listing(consent=False)
    consent = factories.approve(_waiting(HOPELESS, "synthetic_suspected", demonstration=True))
    Consent.objects.filter(pk=consent.pk).update(voice=listing.voice)
    page = without_gaps(client.get(reverse("storefront:voice", args=[listing.voice.slug])).text)
    assert "Demonstration</span>" in page
    assert "Two moderators of the platform listened to it" in page


@pytest.mark.django_db(transaction=True)
def test_two_approvals_of_one_moderator_at_once_are_one() -> None:
    consent, moderator = _waiting(HOPELESS, "words_mismatch"), factories.make_moderator()
    refused: list[str] = []

    def approve() -> None:
        try:
            readings.approve(
                consent=Consent.objects.get(pk=consent.pk),
                by=User.objects.get(pk=moderator.pk),
                note="I met her.",
            )
        except Refused as refusal:
            refused.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    consent.refresh_from_db()
    assert (consent.state, refused) == ("second", ["second_person"] * 3)
