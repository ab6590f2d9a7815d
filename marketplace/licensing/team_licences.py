"""What a person's own key is told of their team's licences, with which only a key of the team speaks."""

from __future__ import annotations

from django.utils import timezone

from marketplace.licensing.models import ApiKey, Licence
from marketplace.licensing.queries import licences_visible_to
from marketplace.licensing.speaking_rights import not_licensed as nothing_pays
from marketplace.refusals import SpeechRefused
from marketplace.voices.models import Voice
from marketplace.voices.uses import Use


def use_of_preview(key: ApiKey, voice: Voice, use: str) -> SpeechRefused:
    """The refusal of a use where a key has nothing but the free plan's previews, which are for none."""
    licence = _of_a_team(key, voice.slug, use)
    if licence is not None:
        return SpeechRefused(403, "use_not_licensed", _needs_its_key(licence))
    label = Use(use).label if use in Use.values else repr(use)
    return SpeechRefused(
        403,
        "use_not_licensed",
        f"No licence of this key allows {label} with {voice.slug!r}; the free plan speaks previews, which are "
        "for no use. Buy a licence, or leave `use` out for a preview.",
    )


def not_licensed(key: ApiKey, slug: str) -> SpeechRefused:
    """The refusal of a voice that nothing of a key's pays for."""
    licence = _of_a_team(key, slug)
    if licence is None:
        return nothing_pays(slug)
    return SpeechRefused(403, "voice_not_licensed", _needs_its_key(licence))


def _of_a_team(key: ApiKey, slug: str, use: str = "") -> Licence | None:
    """A running licence of a team of whose own key it is; None for a team's, which others use, too."""
    if key.organization.personal_of_id != key.owner_id:
        return None
    visible = licences_visible_to(key.owner).exclude(organization=key.organization_id)
    running = visible.filter(
        voice__slug=slug, state=Licence.State.ACTIVE, ends_at__gt=timezone.now()
    )
    return next((each for each in running if not use or use in each.terms["uses"]), None)


def _needs_its_key(licence: Licence) -> str:
    return (
        f"Licence {licence.number} of this voice belongs to {licence.organization}, and this key is your own: "
        f"speak with a key of {licence.organization}, made on the page of the licence."
    )
