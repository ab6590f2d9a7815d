"""What clips say: scripts by use, chosen by a creator, reviewed before anybody hears them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.enrolment import previews
from marketplace.enrolment.scripts import LANGUAGES, SCRIPTS, USES, is_ours, usual_lines
from marketplace.listings import clips, facts
from marketplace.listings.models import Listing
from marketplace.listings.queries import listing_on_sale
from marketplace.policy import services as policy
from marketplace.policy.sounds import heard_texts
from marketplace.queue import Work
from marketplace.refusals import Refused
from marketplace.storefront.demo import VOICES
from marketplace.voices.models import Preview, Voice, VoiceVersion
from marketplace.voices.uses import ORDINARY_USES, Use
from synthesis.tasks import learning
from synthesis.text.wording import Wording
from tests import factories

pytestmark = pytest.mark.django_db
OTHERS = ["novel", "museum"]


def _made(language: str = "en-US", **fields: Any) -> VoiceVersion:
    """A version whose usual clips are spoken."""
    voice = factories.make_voice(synthetic=True, language=language, **fields)
    version = factories.make_version(voice, None)
    version.previews.all().delete()
    previews.begin_previews(version=version)
    for clip in version.previews.all():
        previews.keep_preview(preview_id=clip.pk, audio=b"ID3", seconds=4.0, waveform=[0.5])
    return version


def _said(version: VoiceVersion) -> list[tuple[str, str]]:
    return [(clip.use, clip.text) for clip in version.previews.all()]


def test_every_ordinary_use_has_a_script_in_every_language_of_the_voices() -> None:
    assert set(ORDINARY_USES) <= set(USES)
    assert {tag[:2] for tag in Voice.Language.values} == set(LANGUAGES)
    for script in SCRIPTS:
        for language in Voice.Language.values:
            assert previews.checked_text(script.text(language)) == script.text(language)
    assert len({script.key for script in SCRIPTS}) == len(SCRIPTS)
    assert all(len(usual_lines(language)) == 3 for language in Voice.Language.values)


def test_a_new_voice_says_the_usual_and_each_clip_knows_its_use() -> None:
    version = _made("fr")
    assert [use for use, _ in _said(version)] == ["audiobook", "support", "game"]
    assert all(is_ours(text, "fr") for _, text in _said(version))
    assert not is_ours(_said(version)[0][1], "en-US")


def test_chosen_scripts_are_spoken_by_this_version_and_the_next() -> None:
    version = _made("es")
    clips.choose_scripts(version=version, keys=OTHERS, by=version.voice.creator.user)
    chosen = [("audiobook", "La carta"), ("education", "Acérquese")]
    assert [(use, text.split(" ")[0]) for use, text in _said(version)] == [
        (use, words.split(" ")[0]) for use, words in chosen
    ]
    version.voice.refresh_from_db()
    newer = factories.make_version(version.voice, None)
    newer.previews.all().delete()
    previews.begin_previews(version=newer)
    assert _said(newer) == _said(version)


def test_a_clip_whose_words_stay_keeps_its_sound_and_one_that_goes_loses_it(
    django_capture_on_commit_callbacks: Any,
) -> None:
    version = _made()
    story, order, _ = version.previews.all()
    own = previews.set_own_preview(
        version=version, text="My own words.", use="app", by=version.voice.creator.user
    )
    with django_capture_on_commit_callbacks() as queued:
        clips.choose_scripts(version=version, keys=["story", "day"], by=version.voice.creator.user)
    kept, new, last = version.previews.all()
    assert (kept.storage_key, kept.public_id) == (story.storage_key, story.public_id)
    assert (new.use, new.storage_key) == ("app", "")
    assert (last.pk, last.use) == (own.pk, "app")
    work = [call.args for call in queued]  # type: ignore[attr-defined]
    assert (Work.DELETE_OBJECT, order.storage_key) in [each[:2] for each in work]
    assert (Work.DELETE_OBJECT, story.storage_key) not in [each[:2] for each in work]


@pytest.mark.parametrize("state", ["live", "submitted", "rejected"])
def test_other_scripts_send_a_listing_back_to_review_and_the_same_ones_do_not(state: str) -> None:
    version = _made()
    listing = factories.make_listing(version.voice, state=state)
    Listing.objects.filter(pk=listing.pk).update(version=version)
    same = ["story", "order", "lantern"]
    clips.choose_scripts(version=version, keys=same, by=version.voice.creator.user)
    listing.refresh_from_db()
    assert listing.state == state
    clips.choose_scripts(version=version, keys=OTHERS, by=version.voice.creator.user)
    listing.refresh_from_db()
    assert listing.state == "draft"
    assert listing_on_sale(version.voice.slug) is None


@pytest.mark.parametrize("keys", [[], ["nothing"], [script.key for script in SCRIPTS]])
def test_no_script_an_unknown_one_and_too_many_are_refused(keys: list[str]) -> None:
    version = _made()
    before = _said(version)
    with pytest.raises(Refused) as refusal:
        clips.choose_scripts(version=version, keys=keys, by=version.voice.creator.user)
    assert refusal.value.code == "scripts"
    assert _said(version) == before


def test_what_a_voice_says_by_itself_is_judged_unless_it_is_our_script(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise Refused("policy", "Not this.")

    monkeypatch.setattr(policy, "require_fit", refuse)
    version = _made()
    ours = version.previews.first()
    theirs = Preview.objects.create(version=version, position=5, text="Words of somebody else.")
    assert ours is not None
    assert learning._may_be_heard(ours, "en-US")
    assert not learning._may_be_heard(theirs, "en-US")
    theirs.refresh_from_db()
    assert theirs.refused == "Not this."


def test_the_creator_ticks_scripts_in_the_studio() -> None:
    version = _made("ja")
    voice = version.voice
    client = Client()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("storefront:studio-voice", args=[voice.public_id])).text
    assert page.count('name="script"') == len(SCRIPTS)
    assert 'value="story" checked' in page
    assert 'value="novel" checked' not in page
    assert "その手紙は四十年ものあいだ" in page
    address = reverse("storefront:choose-scripts", args=[voice.public_id])
    client.post(address, {"script": OTHERS})
    assert [use for use, _ in _said(version)] == ["audiobook", "education"]
    answer = client.post(address, {"script": []}, HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "scripts")


def test_a_page_names_a_clips_use_only_where_the_listing_allows_it(client: Client) -> None:
    listing = factories.make_listing()
    Listing.objects.filter(pk=listing.pk).update(uses=["audiobook", "support"])
    assert listing.version is not None
    listing.version.previews.update(use="support")
    address = reverse("storefront:voice", args=[listing.voice.slug])
    assert '<p class="use">Support lines</p>' in client.get(address).text
    listing.version.previews.update(use="game")
    assert 'class="use"' not in client.get(address).text


def test_who_looks_for_a_use_hears_the_clip_for_it(client: Client) -> None:
    listing = factories.make_listing()
    Listing.objects.filter(pk=listing.pk).update(uses=["audiobook", "support"])
    version = listing.version
    assert version is not None
    version.previews.update(use="audiobook")
    second = Preview.objects.create(
        version=version, position=1, text="Please hold.", use="support", storage_key="previews/b"
    )
    address = reverse("storefront:preview", args=[second.public_id])
    played = f'data-play="{address}"'
    found = client.get("/voices", {"use": "support"}).text
    assert played in found
    assert 'data-says="Support lines: Please hold."' in found
    assert played not in client.get("/voices").text
    assert played not in client.get("/voices", {"use": "audiobook"}).text


def test_the_use_of_a_clip_is_a_fact_that_moderators_read() -> None:
    version = _made()
    listing = factories.make_listing(version.voice)
    Listing.objects.filter(pk=listing.pk).update(version=version)
    listing = Listing.objects.get(pk=listing.pk)
    words = dict(facts.in_words(facts.facts_of(listing)))["Clips"]
    assert words.startswith("Audiobooks: “Every story needs a voice.")


def test_what_the_demo_voices_say_is_fit_to_be_heard_and_in_a_use_that_they_allow() -> None:
    for demo in VOICES:
        assert 2 <= len(demo.lines) <= 3, demo.name
        assert {line.use for line in demo.lines} <= set(demo.uses), demo.name
        for line in demo.lines:
            assert previews.checked_text(line.text) == line.text
            heard = heard_texts(Wording.of(line.text, demo.language), demo.language)
            policy.require_fit(line.text, heard)


def test_the_demo_market_has_thirty_voices_whose_first_ten_show_what_there_is() -> None:
    assert len(VOICES) == 30
    assert len({demo.name for demo in VOICES}) == 30
    first = VOICES[:10]
    languages = {tag[:2] for tag in Voice.Language.values}
    assert {demo.language[:2] for demo in first} == languages
    assert {use for demo in first for use in demo.uses} >= {*ORDINARY_USES, Use.ADVERTISING}
    assert len({line.text for demo in VOICES for line in demo.lines}) >= 60
