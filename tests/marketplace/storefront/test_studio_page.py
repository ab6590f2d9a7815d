"""The page of a voice in the studio: what is done, what to read, what was chosen before."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from marketplace.consent import invitations
from marketplace.consent.models import Consent
from marketplace.enrolment.prompts import prompts_in
from marketplace.listings.models import Listing
from marketplace.storefront.forms import OffersForm
from marketplace.voices.models import Recording, Voice
from synthesis.audio.targets import NOISY_ADVICE
from tests import factories

pytestmark = pytest.mark.django_db


def _page(voice: Voice) -> str:
    client = Client()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("storefront:studio-voice", args=[voice.public_id])).text


def _done(page: str) -> str:
    found = re.search(r"(\d) of (\d) done", page)
    assert found is not None
    return found[0]


def test_the_checklist_counts_what_is_done() -> None:
    voice = factories.make_voice()
    assert _done(_page(voice)) == "0 of 5 done"
    factories.make_recording(voice)
    factories.make_consent(voice)
    assert _done(_page(voice)) == "2 of 5 done"
    listing = factories.make_listing()
    factories.make_recording(listing.voice)
    assert _done(_page(listing.voice)) == "5 of 5 done"
    Listing.objects.filter(pk=listing.pk).update(state=Listing.State.DRAFT)
    assert _done(_page(listing.voice)) == "4 of 5 done"


def test_a_synthetic_voice_needs_neither_recordings_nor_consent() -> None:
    assert _done(_page(factories.make_voice(synthetic=True))) == "0 of 3 done"


def test_every_sentence_to_read_is_on_the_page_with_the_state_of_its_take() -> None:
    voice = factories.make_voice()
    first, *others = prompts_in(voice.language)
    recording = factories.make_recording(voice)
    Recording.objects.filter(pk=recording.pk).update(line=first.key)
    page = _page(voice)
    assert re.search(rf'data-line="{first.key}"[^>]*data-state="accepted"', page)
    for prompt in others:
        assert re.search(rf'data-line="{prompt.key}"[^>]*data-state=""', page)


def test_a_refused_reading_keeps_what_was_chosen_but_no_agreement() -> None:
    voice = factories.make_voice()
    factories.make_recording(voice)
    consent = factories.make_consent(voice, Consent.State.REFUSED, uses=["game", "video"])
    page = _page(voice)
    checked = re.findall(r'name="(\w+)"\s+value="(\w+)"\s+checked', page)
    assert ("uses", "game") in checked
    assert {value for name, value in checked if name == "uses"} == set(consent.uses)
    assert not {name for name, _ in checked} & {"biometric", "replication", "terms"}


def test_the_reason_why_a_listing_was_not_saved_is_said_at_the_top() -> None:
    voice = factories.make_listing().voice
    client = Client()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(
        reverse("storefront:offers", args=[voice.public_id]),
        {"headline": "", "personal_price": "x"},
    )
    assert answer.status_code == 422
    assert answer.text.index("The listing was not saved") < answer.text.index('id="panel"')
    assert 'href="#step-listing"' in answer.text


def _signed_in(voice: Voice) -> Client:
    client = Client()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_what_is_done_in_a_step_leads_back_to_that_step_of_the_page() -> None:
    voice = factories.make_voice()
    recordings = [factories.make_recording(voice) for _ in range(2)]
    client, page = _signed_in(voice), reverse("storefront:studio-voice", args=[voice.public_id])
    removal = reverse("storefront:remove-recording", args=[recordings[0].public_id])
    challenge = reverse("storefront:challenge", args=[voice.public_id])
    agreed = {"uses": "audiobook", "years": "5"} | dict.fromkeys(
        ("biometric", "replication", "terms"), "1"
    )
    for address, form, step in (
        (removal, {}, "step-recordings"),
        (challenge, agreed, "step-consent"),
    ):
        answer = client.post(address, form)
        assert answer["Location"] == f"{page}#{step}"
        assert f'<li id="{step}"' in client.get(page).text


def test_a_step_that_was_refused_leads_to_the_top_of_the_page_where_the_reason_is() -> None:
    voice = factories.make_voice()
    page = reverse("storefront:studio-voice", args=[voice.public_id])
    answer = _signed_in(voice).post(reverse("storefront:challenge", args=[voice.public_id]), {})
    assert answer["Location"] == page


def test_every_price_that_is_typed_in_the_listing_names_its_currency() -> None:
    own, fields = settings.CURRENCY, OffersForm().fields
    amounts = {name: str(field.label) for name, field in fields.items() if "_price" in name}
    assert len(amounts) > 3
    for name, label in amounts.items():
        code = name.rpartition("_price_")[2] if "_price_" in name else own
        assert label.endswith(f" ({code})")


def test_a_creator_is_led_to_the_requests_they_received_even_if_there_are_none() -> None:
    client = _signed_in(factories.make_voice())
    assert 'href="/quotes#received"' in client.get("/studio").text
    assert '<section id="received">' in client.get("/quotes").text
    buyer = Client()
    buyer.force_login(factories.make_user())
    assert 'id="received"' not in buyer.get("/quotes").text


def test_a_button_that_cannot_be_pressed_yet_says_why() -> None:
    voice = factories.make_voice()
    page = _page(voice)
    reasons = re.findall(r'disabled aria-describedby="([\w-]+)"', page)
    assert reasons == ["why-no-statement", "why-no-voice"]
    assert len(re.findall(r"\bdisabled\b", page)) == len(reasons)
    for each in reasons:
        assert f'id="{each}">First record enough speech' in page
    factories.make_recording(voice)
    page = _page(voice)
    assert re.findall(r'disabled aria-describedby="([\w-]+)"', page) == ["why-no-voice"]
    assert "First your consent is needed" in page


HEARD = "We heard: “I agree to everything.”. Read the whole statement aloud, word for word."


def test_while_a_moderator_listens_the_page_says_so_and_gives_no_advice() -> None:
    voice = factories.make_voice()
    factories.make_recording(voice)
    factories.make_consent(voice, Consent.State.REVIEW, reason=HEARD, reason_code="words_mismatch")
    page = " ".join(_page(voice).split())
    assert "A person listens to your reading now. You can leave this page: an e-mail tells" in page
    assert "What our checks said: We heard: “I agree to everything.” <" in page
    assert "word for word" not in page.partition('id="step-consent"')[2]
    assert "You can begin here once they have answered." in page
    assert "consent is needed" not in page


def test_the_list_of_voices_says_which_wait_for_a_moderator() -> None:
    voice = factories.make_voice()
    assert "Waiting for a moderator" not in _signed_in(voice).get("/studio").text
    factories.make_consent(voice, Consent.State.SECOND)
    page = _signed_in(voice).get("/studio").text
    assert "Waiting for a moderator" in page
    assert "In the making" not in page


def test_a_creator_of_somebody_elses_voice_is_told_that_the_speakers_consent_is_needed() -> None:
    voice = factories.make_voice()
    factories.make_recording(voice)
    assert "First your consent is needed, above." in _page(voice)
    invitations.invite_speaker(
        voice=voice, legal_name="Ann Roe", email="ann@example.com", by=voice.creator.user
    )
    assert "First the speaker’s consent is needed, above." in _page(voice)


def test_every_row_of_the_checklist_is_a_step_of_the_page() -> None:
    page = _page(factories.make_voice())
    rows = re.findall(r'<a href="#(step-\w+)">', page)
    assert rows == re.findall(r'<li id="(step-\w+)"', page)


def test_a_recording_with_advice_is_not_called_good_beside_it() -> None:
    voice = factories.make_voice()
    for advice in ([], [NOISY_ADVICE]):
        recording = factories.make_recording(voice)
        recording.quality = {**recording.quality, "advice": advice}
        recording.save(update_fields=["quality"])
    verdicts = [str(recording.verdict) for recording in voice.recordings.all()]
    assert verdicts == ["Good", "Usable, a little noisy"]
    assert "Usable, a little noisy" in _page(voice)


def test_a_new_voice_is_of_no_gender_and_age_until_they_are_chosen() -> None:
    client = _signed_in(factories.make_voice())
    page = client.get("/studio/new").text
    assert re.findall(r'<option value="" selected>([^<]+)', page) == ["Choose", "Choose"]
    answer = client.post(
        "/studio/new", {"name": "Mara", "language": "en-US", "gender": "", "age": ""}
    )
    assert answer.status_code == 200
    assert answer.text.count("error-text") >= 2


@pytest.mark.parametrize(("number", "is_open"), [(5, True), (6, False)])
def test_a_long_list_of_recordings_is_folded(number: int, is_open: bool) -> None:
    voice = factories.make_voice()
    for _ in range(number):
        factories.make_recording(voice)
    found = re.search(r'<details class="all-recordings" id="all-recordings" (open)?', _page(voice))
    assert found is not None
    assert (found[1] == "open") is is_open
