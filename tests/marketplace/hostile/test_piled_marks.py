"""Letters with thousands of marks on them, which normalizing sorts in quadratic time, keep nobody waiting."""

from __future__ import annotations

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from marketplace.accounts.organizations import personal_organization
from marketplace.lexicons import services as lexicons
from marketplace.lexicons.entries import tidied
from marketplace.lexicons.models import LexiconEntry
from marketplace.licensing import api_keys, key_origins
from marketplace.refusals import Refused
from marketplace.voices import services as voices
from marketplace.voices.models import Recording
from synthesis.enrolment.utterances import MAX_TRANSCRIPT
from synthesis.text.lexicon import Entry
from synthesis.text.marks import MAX_MARKS, has_few_marks, with_few_marks
from synthesis.transcription.error_rate import words
from tests import factories
from tests.api_client import api_client
from tests.processor_time import within

pytestmark = pytest.mark.django_db
PILE = "a" + "\u0315\u0300" * 60_000  # sorting it takes ten seconds


@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/logout/"],
)
def test_a_form_with_a_pile_of_marks_is_refused_before_any_view_reads_it(path: str) -> None:
    client = Client()
    client.get(path)
    form = {"login": "a@example.com", "email": "a@example.com", "password": "x", "password1": "x"}
    with within(1.0):
        answer = client.post(path, {**form, "next": f"//{PILE}.example/"})
    assert answer.status_code == 400
    assert "marks on it" in answer.text
    assert client.post(path, {**form, "next": "/voices"}).status_code != 400


def test_an_address_to_go_on_to_is_not_parsed_beyond_any_addresss_length() -> None:
    request = RequestFactory().get("/")
    with context.request_context(request):
        with within(1.0):
            assert not get_adapter().is_safe_url(f"//{PILE}.example/")
        assert get_adapter().is_safe_url("/voices")
        assert not get_adapter().is_safe_url("//evil.example/")


def test_an_origin_is_not_parsed_beyond_an_origins_length() -> None:
    with within(1.0), pytest.raises(Refused) as refusal:
        key_origins.read_origins([f"https://{PILE}.example"])
    assert refusal.value.code == "origins"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry(PILE, alias="b"), "entry_word"),
        (Entry("a", alias=PILE), "entry_alias"),
        (Entry("a", ipa=PILE), "entry_alias"),
    ],
)
def test_an_entry_of_a_lexicon_is_not_composed_before_its_length_is_asked_for(
    entry: Entry, code: str
) -> None:
    with within(1.0), pytest.raises(Refused) as refusal:
        tidied(entry)
    assert refusal.value.code == code


def test_a_word_in_parts_may_be_longer_than_it_is_once_composed() -> None:
    assert tidied(Entry("e\u0301" * 60, alias="b")).word == "é" * 60


def test_a_file_for_a_lexicon_is_refused_over_the_api_and_nothing_of_it_is_stored() -> None:
    user = factories.make_user()
    mine = personal_organization(user)
    lexicon = lexicons.create_lexicon(organization=mine, name="x", by=user)
    _, secret = api_keys.create_key(organization=mine, name="x", by=user)
    client = api_client(secret)
    file = SimpleUploadedFile("a.csv", f"word,alias\nb,c\n{PILE},b\n".encode(), "text/csv")
    address = f"/v1/lexicons/{lexicon.public_id}/import"
    with within(1.0):
        answer = client.post(address, {"file": file}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (422, "entry_word")
    assert not LexiconEntry.objects.exists()


def test_a_transcript_is_no_longer_than_anybody_says_in_an_utterance() -> None:
    voice = factories.make_voice()

    def add(transcript: str) -> Recording:
        return voices.add_recording(
            voice=voice, file_name="a", data=b"RIFF", transcript=transcript, by=voice.creator.user
        )

    with pytest.raises(Refused) as refusal:
        add("x" * (MAX_TRANSCRIPT + 1))
    assert refusal.value.code == "transcript_too_long"
    assert not voice.recordings.exists()
    assert len(add("x" * MAX_TRANSCRIPT).transcript) == MAX_TRANSCRIPT


def test_words_of_a_transcript_that_was_stored_before_are_found_in_little_time() -> None:
    with within(1.0):
        assert len(words(f"one {PILE} two")) == 3


@pytest.mark.parametrize(
    ("text", "few"),
    [
        ("plain", True),
        ("e" + "\u0301" * MAX_MARKS, True),
        ("e" + "\u0301" * (MAX_MARKS + 1), False),
        ("—" * 100 + "…", True),
        ("ค" + "\u0e49" * (MAX_MARKS + 1), False),
        ("हिन्दी में", True),
    ],
)
def test_marks_are_counted_letter_by_letter(text: str, few: bool) -> None:
    assert has_few_marks(text) is few
    assert has_few_marks(with_few_marks(text))
    assert (with_few_marks(text) == text) is few
