"""The demo market: accounts to try, and synthetic voices made by the production code."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_moderator
from marketplace.creators.services import become_creator
from marketplace.currencies import others
from marketplace.enrolment import enrolments, previews
from marketplace.enrolment.scripts import Line
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, Notice
from marketplace.listings.services import OfferDraft
from marketplace.storefront.demo_accounts import DEMO_DOMAIN, FORMER_PASSWORD
from marketplace.voices import services as voices
from marketplace.voices.models import Enrolment, Voice
from marketplace.voices.queries import current_version
from marketplace.voices.uses import Use


@dataclass(frozen=True)
class Standing:
    """The state of the demo market: which voices are on sale, and why the others are not."""

    on_sale: list[str]
    missing: dict[str, str]


@dataclass(frozen=True)
class DemoVoice:
    """A voice of the demo market, its point in style space, and what its clips say."""

    name: str
    creator: str
    gender: str
    age: str
    styles: tuple[str, ...]
    headline: str
    description: str
    mix: dict[str, Any]
    personal: int
    commercial: int
    uses: tuple[Use, ...]
    lines: tuple[Line, ...]
    language: str = "en-US"


CREATORS = {
    "creator": "Mara Lindqvist",
    "studio-north": "Studio North",
    "okafor": "Okafor Voices",
    "quiet-hours": "Quiet Hours Audio",
}


def _read() -> tuple[DemoVoice, ...]:
    rows = tomllib.loads(Path(__file__).with_name("demo_voices.toml").read_text("utf-8"))["voice"]
    return tuple(_voice_of(row) for row in rows)


def _voice_of(row: dict[str, Any]) -> DemoVoice:
    mix: dict[str, Any] = {
        name: row.pop(name) for name in ("shares", "pitch_shift", "rate") if name in row
    }
    row["styles"] = tuple(row["styles"])
    row["uses"] = tuple(Use(use) for use in row["uses"])
    row["lines"] = tuple(Line(text, Use(use)) for use, text in row["lines"])
    return DemoVoice(mix=mix, **row)


VOICES = _read()


def load_accounts(password: str) -> User:
    """Create the demo accounts; returns the first moderator.

    Existing accounts keep their passwords, except the one that everybody could read.
    """
    users: dict[str, User] = {}
    for name in ("buyer", "moderator", "second-moderator", *CREATORS):
        email = name + DEMO_DOMAIN
        user = User.objects.filter(email=email).first()
        if user is not None and user.check_password(FORMER_PASSWORD):
            user.set_password(password)
            user.save(update_fields=["password"])
        users[name] = user or get_user_model().objects.create_user(email, password)
    for name, display_name in CREATORS.items():
        become_creator(
            user=users[name], display_name=display_name, legal_name=display_name, country="SE"
        )
    appoint_moderator(user=users["second-moderator"])
    return appoint_moderator(user=users["moderator"])


def begin_voices() -> None:
    """Start every missing demo voice, and restart those that failed before."""
    for demo in VOICES:
        user = User.objects.get(email=demo.creator + DEMO_DOMAIN)
        with transaction.atomic():
            voice = Voice.objects.filter(creator__user=user, name=demo.name).first()
            if voice is not None and _failure(voice) is None:
                continue
            voice = voice or voices.create_voice(
                creator=user.creator,
                name=demo.name,
                language=demo.language,
                gender=demo.gender,
                age=demo.age,
                styles=demo.styles,
                description=demo.description,
                synthetic=True,
            )
            previews.set_lines(voice=voice, lines=demo.lines)
            enrolments.start_style_enrolment(voice=voice, style_mix=demo.mix, by=user)


def _voice(demo: DemoVoice) -> Voice:
    return Voice.objects.select_related("creator__user").get(
        creator__user__email=demo.creator + DEMO_DOMAIN, name=demo.name
    )


def _failure(voice: Voice) -> str | None:
    """Why a voice could not be made; None if it was made or may still be."""
    last = voice.enrolments.order_by("-id").first()
    if last is None or last.state != Enrolment.State.FAILED or voice.versions.exists():
        return None
    return last.error + (" See the log for details." if last.error_code == "engine_failed" else "")


def publish_ready(moderator: User, say: Callable[[str], None]) -> int:
    """Offer, submit and approve every demo voice whose clips are ready; returns how many are left."""
    left = 0
    for demo in VOICES:
        voice = _voice(demo)
        listing = Listing.objects.filter(voice=voice).first()
        if listing is not None and listing.state != Listing.State.DRAFT:
            continue
        if _failure(voice) is not None:
            continue
        version = current_version(voice)
        if version is None or any(not p.storage_key for p in version.previews.all()):
            left += 1
            continue
        _publish(demo, voice, moderator)
        say(f"{voice.name} is on sale.")
    return left


def _publish(demo: DemoVoice, voice: Voice, moderator: User) -> None:
    by = voice.creator.user
    also = dict.fromkeys(others())  # at converted prices
    listing = listings.draft_listing(
        voice=voice,
        headline=demo.headline,
        uses=list(demo.uses),
        offers=[
            OfferDraft(
                "personal", demo.personal, 50_000, overage_minor=-(-demo.personal // 50), also=also
            ),
            OfferDraft(
                "commercial",
                demo.commercial,
                1_000_000,
                overage_minor=-(-demo.commercial // 1_000),
                also=also,
            ),
        ],
        notice_days=Notice.MONTH,
        in_plans=True,
        by=by,
    )
    listings.submit_listing(listing=listing, by=by)
    listings.approve_listing(listing=listing, by=moderator)


def standing() -> Standing:
    """The demo voices that are on sale, and why the others are not."""
    result = Standing([], {})
    for demo in VOICES:
        voice = _voice(demo)
        listing = Listing.objects.filter(voice=voice).first()
        if listing is not None and listing.state == Listing.State.LIVE:
            result.on_sale.append(voice.name)
        elif listing is not None and listing.state != Listing.State.DRAFT:
            result.missing[voice.name] = f"is not on sale: {listing.get_state_display().lower()}"
        elif (failure := _failure(voice)) is not None:
            result.missing[voice.name] = f"could not be made: {failure}"
        else:
            result.missing[voice.name] = "is not made yet"
    return result
