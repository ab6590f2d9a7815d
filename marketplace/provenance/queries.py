"""Queries on provenance: what anyone may know about a mark, but never the buyer or the text."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.urls import reverse

from marketplace import dates
from marketplace.consent.queries import last_given
from marketplace.licensing.certificates import plan_rights, rights_summary, verification_link
from marketplace.licensing.models import Generation
from marketplace.provenance.models import Mark

NEARLY_ALL = 0.9  # of the speech in a clip: from here on, it is not said to be marked in parts
UNHEARD = 0.1  # seconds more than were listened to, from which a clip was heard in part


def is_in_parts(findings: dict[str, Any] | None) -> bool:
    """Whether a clip with these findings is said to be marked in parts, on its page and in its report."""
    told = findings or {}
    part = told.get("share", 1.0) < NEARLY_ALL or is_heard_in_part(told)
    return bool(told.get("marks")) and part


def is_heard_in_part(findings: dict[str, Any] | None) -> bool:
    """Whether a clip holds something that wasn't listened to: a later part, further sounds, other channels."""
    told = findings or {}
    seconds = told.get("seconds", 0.0)
    rest = told.get("length", seconds) - seconds > UNHEARD
    return bool(rest or told.get("sounds", 1) > 1 or told.get("one_channel"))


def manifest_of(generation: Generation) -> dict[str, Any]:
    """The facts of a generation, machine-readable: consent, licence, voice, engine, mark."""
    version, licence = generation.voice_version, generation.licence
    consent = version.enrolment.consent
    mark = Mark.objects.filter(generation=generation).first()
    return {
        "ai_generated": True,
        "generation": str(generation.public_id),
        "spoken_at": generation.created_at.isoformat(timespec="seconds"),
        "voice": generation.voice.slug,
        "voice_version": version.number,
        "voice_of_a_person": not generation.voice.synthetic,
        "consent": None
        if consent is None
        else {"id": str(consent.public_id), "statement_version": consent.statement_version},
        "licence": licence.number if licence is not None else None,
        "rights": rights_summary(licence) if licence is not None else plan_rights(generation),
        "engine": f"{version.engine} {version.engine_version}",
        "watermark": mark.shown if mark is not None else None,
        "generator": settings.PLATFORM_NAME,
    }


def manifest_path(generation: Generation) -> str:
    """The path of a generation's manifest."""
    return reverse("api:manifest", args=[generation.public_id])


def credentials_of(read: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is told of the manifest in a clip, from what `credentials.read` read.

    It is `ours` if one of our certificates signed it and our records know what it claims. Anybody can sign
    claims about anyone under our name, so those of others are not repeated.
    """
    if read is None or not read["readable"]:
        return read
    ours = bool(read["own"] and read["claims"] and _known(read["claims"]))
    return {
        "readable": True,
        "intact": read["intact"],
        "ours": ours,
        "issuer": read["issuer"],
        "claims": read["claims"] if ours else None,
    }


def _known(claims: dict[str, str]) -> bool:
    """Whether the generation that a manifest claims exists, with that voice and licence."""
    try:
        public_id = uuid.UUID(claims["generation"])
    except ValueError:
        return False
    generation = Generation.objects.filter(public_id=public_id).first()
    if generation is None:
        return False
    licence = generation.licence.number if generation.licence is not None else ""
    return (claims["voice"], claims["licence"]) == (generation.voice.slug, licence)


def origin_of(mark: Mark) -> dict[str, Any]:
    """The origin that a mark stands for."""
    voice, generation = mark.voice, mark.generation
    consent = last_given(voice)
    origin: dict[str, Any] = {
        "watermark": mark.shown,
        "kind": mark.kind,
        "voice": voice.slug,
        "voice_name": voice.name,
        "voice_of_a_person": not voice.synthetic,
        "consent": None if consent is None else consent.state,
        "made_at": mark.created_at.isoformat(timespec="seconds"),
    }
    if mark.kind == Mark.Kind.TRIAL:
        origin["made_as"] = f"a trial of {voice.name}, on {dates.in_words(mark.created_at)}"
    if generation is not None:
        licence = generation.licence
        origin |= {
            "generation": str(generation.public_id),
            "manifest": str(settings.BASE_URL) + manifest_path(generation),
            "licence": licence.number if licence is not None else None,
            "licence_state": licence.state if licence is not None else None,
            "licence_page": verification_link(licence) if licence is not None else None,
        }
    return origin
