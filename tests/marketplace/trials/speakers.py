"""Voices on sale that really speak, for tests of trials."""

from __future__ import annotations

from marketplace.creators import vault
from marketplace.listings.models import Listing
from synthesis.template import VoiceTemplate
from tests import factories


def make_speaking(template: VoiceTemplate, language: str = "en-US") -> Listing:
    """A listing on sale whose version has a template that the engine can speak with."""
    listing = factories.make_listing(factories.make_voice(language=language))
    version = listing.version
    assert version is not None
    version.engine, version.engine_version = template.engine, template.version
    version.sha256 = vault.put(listing.voice.creator_id, version.storage_key, template.to_bytes())
    version.save()
    return listing
