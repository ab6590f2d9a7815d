"""A voice without consent in force says nothing, not even a clip."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marketplace import storage
from marketplace.consent import withdrawal
from marketplace.listings.clips import choose_preview
from marketplace.refusals import Refused
from marketplace.voices.models import Preview, Voice
from synthesis.tasks import learning
from tests import factories

pytestmark = pytest.mark.django_db


def _withdrawn() -> Voice:
    voice = factories.make_listing().voice
    withdrawal.revoke(consent=voice.consents.get(), by=None)
    return voice


def _taken_down() -> Voice:
    voice = factories.make_listing().voice
    withdrawal.silence(voice=voice, by=None, reason="takedown")
    return voice


SILENT = pytest.mark.parametrize("make", [_withdrawn, _taken_down])


@SILENT
def test_its_creator_makes_no_clip_of_it(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = make()
    version = voice.versions.get()
    with pytest.raises(Refused) as refusal:
        choose_preview(version=version, text="What I like to hear.", by=voice.creator.user)
    assert refusal.value.code == "consent_missing"
    monkeypatch.setattr(learning, "engine_for", lambda _: pytest.fail("it speaks"))
    Preview.objects.update(storage_key="")
    learning.make_previews(version.pk)


@SILENT
def test_its_clips_are_for_moderators_alone(make: Any, client: Client) -> None:
    voice = make()
    clip = Preview.objects.get(version__voice=voice)
    storage.put(clip.storage_key, b"ID3 its voice")
    address = reverse("storefront:preview", args=[clip.public_id])
    assert client.get(address).status_code == 404
    client.force_login(voice.creator.user)
    assert client.get(address).status_code == 404
    client.force_login(factories.make_moderator())
    assert client.get(address).content == b"ID3 its voice"
