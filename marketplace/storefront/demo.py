"""The demo market: accounts to try, and synthetic voices made by the production code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_moderator
from marketplace.creators.services import become_creator
from marketplace.currencies import others
from marketplace.enrolment import enrolments
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, Notice
from marketplace.listings.services import OfferDraft
from marketplace.storefront.demo_accounts import DEMO_DOMAIN
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
    """A voice of the demo market and its point in style space."""

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
    language: str = field(default="en-US")


CREATORS = {
    "creator": "Mara Lindqvist",
    "studio-north": "Studio North",
    "okafor": "Okafor Voices",
    "quiet-hours": "Quiet Hours Audio",
}
STORY, TALK = (Use.AUDIOBOOK, Use.GAME, Use.VIDEO), (Use.SUPPORT, Use.APP, Use.EDUCATION)
VOICES = (  # the newest come first in the storefront: those that most visitors understand are last
    DemoVoice("Juniper", "creator", "feminine", "young", ("bright", "friendly"),
              "Bright and quick, for apps that answer at once",
              "Clear at any speed; keeps its smile through long menus.",
              {"shares": {"af_heart": 1.0}}, 1900, 14900, TALK),
    DemoVoice("Harbour", "studio-north", "masculine", "middle", ("calm", "deep"),
              "A low, unhurried narrator for long evenings",
              "Made for chapters, not for slogans.",
              {"shares": {"am_michael": 1.0}, "rate": 0.95}, 2400, 19900, STORY),
    DemoVoice("Rowan", "studio-north", "masculine", "middle", ("calm", "warm"),
              "An Englishman by the fire, with time for a story",
              "Audiobooks and documentaries, in British English.",
              {"shares": {"bm_george": 1.0}}, 2100, 16900, STORY, "en-GB"),
    DemoVoice("Alma", "okafor", "feminine", "middle", ("warm", "friendly"),
              "Spanish that sounds like a neighbour, not a menu",
              "Support lines and lessons.",
              {"shares": {"ef_dora": 1.0}}, 1500, 9900, TALK, "es"),
    DemoVoice("Margaux", "creator", "feminine", "young", ("crisp", "calm"),
              "Clear French for apps and museums",
              "Dates, prices and times as one says them in France.",
              {"shares": {"ff_siwis": 1.0}}, 1600, 10900, (*TALK, Use.AUDIOBOOK), "fr"),
    DemoVoice("Bruno", "studio-north", "masculine", "middle", ("lively", "friendly"),
              "Italian with a smile in it",
              "Recipes, tours and games.",
              {"shares": {"im_nicola": 1.0}}, 1500, 9900, STORY, "it"),
    DemoVoice("Luana", "quiet-hours", "feminine", "young", ("bright", "friendly"),
              "Brazilian Portuguese, sunny and quick",
              "For apps, videos and good news.",
              {"shares": {"pf_dora": 1.0}}, 1400, 9400, (*TALK, Use.VIDEO), "pt-BR"),
    DemoVoice("Kavya", "okafor", "feminine", "middle", ("calm", "serious"),
              "Even, well-spoken Hindi",
              "News, support and education.",
              {"shares": {"hf_alpha": 1.0}}, 1400, 9400, TALK, "hi"),
    DemoVoice("Yun", "quiet-hours", "masculine", "young", ("warm", "calm"),
              "Mandarin for long listening",
              "Stories and lessons, at an easy pace.",
              {"shares": {"zm_yunxi": 1.0}}, 1700, 11900, (*STORY, Use.EDUCATION), "zh-CN"),
    DemoVoice("Haruka", "creator", "feminine", "young", ("bright", "crisp"),
              "Japanese, neat and near",
              "Announcements, apps and games.",
              {"shares": {"jf_alpha": 1.0}}, 1700, 11900, (*TALK, Use.GAME), "ja"),
    DemoVoice("Saffron", "okafor", "feminine", "middle", ("warm", "friendly"),
              "Warm and close, like a kitchen radio",
              "For podcasts, recipes, and good news.",
              {"shares": {"af_bella": 1.0}}, 1500, 9900, (*TALK, Use.VIDEO)),
    DemoVoice("Pixel", "studio-north", "feminine", "young", ("lively", "bright"),
              "A lively sidekick with a lot to say",
              "Games, tutorials, anything with an exclamation mark.",
              {"shares": {"af_nova": 1.0}, "rate": 1.05}, 1200, 8900, STORY),
    DemoVoice("Ash", "quiet-hours", "neutral", "middle", ("calm", "serious"),
              "Neither one nor the other, and very clear",
              "A voice between voices, for interfaces that should not assume.",
              {"shares": {"am_michael": 0.5, "af_heart": 0.5}, "pitch_shift": -1.0}, 1800, 12900, TALK),
    DemoVoice("Wren", "quiet-hours", "feminine", "old", ("calm", "warm"),
              "A patient teacher who never repeats herself",
              "Education and audiobooks, at an even pace.",
              {"shares": {"af_sarah": 0.7, "af_bella": 0.3}, "pitch_shift": -2.0, "rate": 0.93},
              1600, 11900, (Use.EDUCATION, Use.AUDIOBOOK)),
    DemoVoice("Flint", "okafor", "masculine", "young", ("crisp", "serious"),
              "Crisp announcements without the shouting",
              "Support lines, stations, status updates.",
              {"shares": {"am_puck": 0.75, "af_sarah": 0.25}, "pitch_shift": 1.0, "rate": 1.04},
              1400, 9900, (*TALK, Use.ADVERTISING)),
    DemoVoice("Marlow", "creator", "masculine", "old", ("deep", "serious"),
              "Gravel and gravity, for villains and voice-overs",
              "Slow, low, and sure of itself.",
              {"shares": {"am_fenrir": 1.0}, "pitch_shift": -2.5, "rate": 0.88}, 2900, 24900, STORY),
    DemoVoice("Tansy", "quiet-hours", "feminine", "young", ("crisp", "friendly"),
              "Neat and friendly, for lessons and lists",
              "Keeps numbers, names and units apart.",
              {"shares": {"af_kore": 0.5, "af_aoede": 0.5}}, 1300, 8900, TALK),
)  # fmt: skip


def load_accounts(password: str) -> User:
    """Create the demo accounts; returns the first moderator. Existing accounts keep their passwords."""
    users: dict[str, User] = {}
    for name in ("buyer", "moderator", "second-moderator", *CREATORS):
        email = name + DEMO_DOMAIN
        user = User.objects.filter(email=email).first()
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
