"""The moderation desk: who may decide, what is stopped, and who is told."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.consent.models import Consent
from marketplace.creators import vault
from marketplace.licensing.models import Licence
from marketplace.moderation import services
from marketplace.moderation.models import Case, ProtectedVoice
from marketplace.refusals import Refused
from tests import factories, sounds
from tests.markup import without_gaps

pytestmark = pytest.mark.django_db


def _as_moderator(client: Client) -> Client:
    client.force_login(factories.make_moderator())
    return client


def _waiting() -> Consent:
    voice = factories.make_voice()
    consent = factories.make_consent(voice, Consent.State.REVIEW, recording_key="consents/test")
    consent.recording_sha256 = vault.put(voice.creator_id, "consents/test", sounds.OGG)
    consent.save()
    return consent


def test_a_voice_that_somebody_else_has_opens_one_case_and_stops() -> None:
    known = factories.make_voice()
    version = factories.make_version(known, factories.make_consent(known))
    impostor = factories.make_voice()
    case = services.screen(voice=impostor, embedding=list(version.embedding))
    assert case is not None
    assert (case.like_voice, case.state) == (known, "open")
    assert services.screen(voice=impostor, embedding=list(version.embedding)) == case
    assert Case.objects.count() == 1


def test_a_speaker_may_have_several_voices() -> None:
    known = factories.make_voice()
    version = factories.make_version(known, factories.make_consent(known))
    another = factories.make_voice(known.creator)
    assert services.screen(voice=another, embedding=list(version.embedding)) is None


def test_a_protected_voice_is_stopped_and_a_stranger_is_not() -> None:
    services.protect(
        embedding=factories.make_embedding(1),
        reason=ProtectedVoice.Reason.OPTED_OUT,
        encoder="test",
        by=None,
    )
    voice = factories.make_voice()
    assert services.screen(voice=voice, embedding=factories.make_embedding(2)) is None
    case = services.screen(voice=voice, embedding=factories.make_embedding(1))
    assert case is not None
    assert case.like_protected is not None


def test_what_a_moderator_allowed_is_not_stopped_again() -> None:
    services.protect(
        embedding=factories.make_embedding(1),
        reason=ProtectedVoice.Reason.OPTED_OUT,
        encoder="test",
        by=None,
    )
    voice = factories.make_voice()
    case = services.screen(voice=voice, embedding=factories.make_embedding(1))
    assert case is not None
    services.decide_case(case=case, allow=True, note="A twin.", by=factories.make_moderator())
    assert services.screen(voice=voice, embedding=factories.make_embedding(1)) is None


def test_what_was_allowed_is_asked_again_of_recordings_that_are_much_more_alike() -> None:
    voice, other = factories.make_voice(), factories.make_voice(factories.make_creator("Other"))
    case = services.open_case(voice, 4.2, like_voice=other)
    assert case is not None
    services.decide_case(case=case, allow=True, note="Alike.", by=factories.make_moderator())
    assert services.open_case(voice, 5.0, like_voice=other) is None
    again = services.open_case(voice, 8.9, like_voice=other)
    assert again is not None
    assert (again.pk != case.pk, again.state) == (True, "open")


def test_only_moderators_decide_and_they_say_why() -> None:
    services.protect(
        embedding=factories.make_embedding(1), reason="banned", encoder="test", by=None
    )
    case = services.screen(voice=factories.make_voice(), embedding=factories.make_embedding(1))
    assert case is not None
    for by, note, code in (
        (factories.make_user(), "Fine.", "not_a_moderator"),
        (factories.make_moderator(), " ", "note_missing"),
    ):
        with pytest.raises(Refused) as refusal:
            services.decide_case(case=case, allow=True, note=note, by=by)
        assert refusal.value.code == code


@pytest.mark.parametrize("name", ["moderation", "consent-audio", "decide-consent", "decide-case"])
def test_the_desk_is_shut_to_everybody_else(client: Client, name: str) -> None:
    consent = _waiting()
    args = [] if name == "moderation" else [consent.public_id]
    address = reverse(f"storefront:{name}", args=args)
    ask = client.post if name.startswith("decide") else client.get
    assert ask(address).status_code == 302
    client.force_login(consent.voice.creator.user)
    assert ask(address).status_code == 403


def test_a_moderator_sees_what_was_not_heard(client: Client) -> None:
    consent = _waiting()
    consent.scores = {"word_error_rate": 0.05, "unheard": ["political messages", "games"]}
    consent.save()
    page = without_gaps(_as_moderator(client).get(reverse("storefront:moderation")).text)
    assert (
        '<dt>Not heard</dt><dd class="failed"><strong>Failed:</strong>political messages, games'
        '<span class="quiet">(nothing may be missing)</span></dd>' in page
    )


def test_a_moderator_hears_reads_and_approves(client: Client) -> None:
    consent = _waiting()
    _as_moderator(client)
    page = client.get(reverse("storefront:moderation")).content.decode()
    assert consent.statement in page
    audio = reverse("storefront:consent-audio", args=[consent.public_id])
    assert b"".join(client.get(audio)).startswith(b"RIFF")  # as it was judged, not as it was sent
    client.post(
        reverse("storefront:decide-consent", args=[consent.public_id]),
        {"decision": "approve", "note": "Spoke with her."},
    )
    consent.refresh_from_db()
    assert consent.state == "verified"


@pytest.mark.parametrize(
    ("decision", "state"), [("suspend", "suspended"), ("revoke", "revoked"), ("resume", "active")]
)
def test_a_moderator_silences_a_licence_and_lets_it_speak_again(
    client: Client, decision: str, state: str
) -> None:
    licence = factories.make_licence()
    _as_moderator(client)
    if decision == "resume":
        client.post(
            reverse("storefront:moderate-licence"),
            {"number": licence.number, "note": "Look.", "decision": "suspend"},
        )
    client.post(
        reverse("storefront:moderate-licence"),
        {"number": licence.number, "note": "Because.", "decision": decision},
    )
    assert Licence.objects.get(pk=licence.pk).state == state
