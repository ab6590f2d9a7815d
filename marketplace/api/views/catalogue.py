"""What clients can speak with: models, voices on sale, their terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Prefetch
from django.http import Http404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace import currencies
from marketplace.api.model_names import ELEVENLABS_NAMES, MODEL, MODELS, OPENAI_NAMES
from marketplace.api.pagination import page_of_keys
from marketplace.api.problems import INVALID, NOT_FOUND
from marketplace.api.serializers import PAGE
from marketplace.api.voice_documents import VoiceDocument, VoicePage
from marketplace.consent.queries import consented_until
from marketplace.licensing import terms
from marketplace.licensing.models import Licence
from marketplace.listings import prices
from marketplace.listings.models import Listing
from marketplace.listings.queries import listing_on_sale, named_on_sale
from marketplace.listings.search import Filters, find
from marketplace.voices.models import Preview, Voice

ALL_AT_ONCE = 1_000  # voices
LISTED, WHOLE = "listed-voices", "whole-list-of-voices"  # in the cache
_PAGED = {"limit", "page_size", "cursor", "next_page_token"}
FILTERS = ("q", "language", "gender", "age", "use", "style")
IN_CURRENCY = OpenApiParameter(
    "currency", str, description="In which prices are shown, where a voice is sold in it: EUR."
)


def asked_currency(request: Request) -> str:
    """The currency that a client asks for prices in; the platform's own if it names none.

    Raises:
        ValidationError: nothing is sold in it here.
    """
    asked = request.query_params.get("currency", "").upper() or settings.CURRENCY
    if asked not in currencies.sold_in():
        known = ", ".join(currencies.sold_in())
        raise ValidationError({"currency": f"Prices are in {known}."})
    return asked


def elevenlabs_voice(listing: Any) -> dict[str, Any]:
    """A voice in the form that the `elevenlabs` client reads."""
    voice = listing.voice
    clip = next((p for p in listing.version.previews.all() if p.storage_key), None)
    return {
        "voice_id": voice.slug,
        "name": voice.name,
        "category": "professional",
        "description": listing.headline,
        "labels": {
            "language": voice.language,
            "gender": voice.gender,
            "age": voice.age,
            "use_case": ", ".join(listing.uses),
        },
        "preview_url": settings.BASE_URL + reverse("storefront:preview", args=[clip.public_id])
        if clip
        else None,
        "samples": [],
        "available_for_tiers": [],
        "settings": None,
    }


class PublicView(APIView):
    """Public: anyone may ask, with or without a key."""

    permission_classes = (AllowAny,)
    authentication_classes = ()


def _openai_model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "timbre"}


def _elevenlabs_model(name: str) -> dict[str, Any]:
    return {
        "model_id": name,
        "name": _label(name),
        "can_be_finetuned": False,
        "can_do_text_to_speech": True,
        "can_do_voice_conversion": False,
        "can_use_style": False,
        "can_use_speaker_boost": False,
        "serves_pro_voices": True,
        "token_cost_factor": 1.0,
        "requires_alpha_access": False,
        "languages": [
            {"language_id": code, "name": label} for code, label in Voice.Language.choices
        ],
        "maximum_text_length_per_request": settings.API_TEXT_LIMIT,
    }


def _label(name: str) -> str:
    """The engine's name, and the one that stands for it."""
    return settings.PLATFORM_NAME if name == MODEL else f"{settings.PLATFORM_NAME} ({name})"


class Models(PublicView):
    """GET /v1/models: the engine under its own name and those that other services' clients send."""

    @extend_schema(operation_id="models", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        if "xi-api-key" in request.headers:  # the `elevenlabs` client expects a bare list
            return Response([_elevenlabs_model(name) for name in (MODEL, *ELEVENLABS_NAMES)])
        data = [_openai_model(name) for name in (MODEL, *OPENAI_NAMES)]
        return Response({"object": "list", "data": data})


class ModelDetail(PublicView):
    """GET /v1/models/{name}: the engine, by any of its names."""

    @extend_schema(operation_id="model", responses={200: OpenApiTypes.OBJECT, **NOT_FOUND})
    def get(self, request: Request, name: str) -> Response:
        if name not in MODELS:
            raise Http404(f"There is no model {name!r}; the engine is {MODEL}.")
        return Response(_openai_model(name))


class AudioModels(PublicView):
    """GET /v1/audio/models: the same, in the form that Open WebUI reads."""

    @extend_schema(operation_id="audio_models", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        models = [{"id": name, "name": _label(name)} for name in (MODEL, *OPENAI_NAMES)]
        return Response({"object": "list", "data": models, "models": models})


class AudioVoices(PublicView):
    """GET /v1/audio/voices: the newest 1,000 voices on sale, in the form that speech clients read.

    The list is up to a minute old. GET /v1/voices has every voice, a page at a time.
    """

    @extend_schema(operation_id="audio_voices", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        data = cache.get(LISTED)
        if data is None:
            newest = named_on_sale().order_by("-published_at", "-pk")[:ALL_AT_ONCE]
            data = VoiceDocument(sorted(newest, key=lambda each: each.voice.slug), many=True).data
            data = [dict(each) for each in data]
            cache.set(LISTED, data, 60)
        voices = [{"id": voice["id"], "name": voice["name"]} for voice in data]
        return Response({"object": "list", "data": data, "voices": voices})


def _found(params: Mapping[str, str]) -> Sequence[int]:
    """The keys of the listings on sale that fit a request's filters."""
    filters = Filters(
        words=(params.get("q") or params.get("search") or "")[:100],
        language=params.get("language", ""),
        gender=params.get("gender", ""),
        age=params.get("age", ""),
        use=params.get("use", ""),
        style=params.get("style", ""),
        sort="newest",
    )
    return find(filters).keys


def _listed(keys: Sequence[int]) -> list[Listing]:
    """The listings with these keys, the newest first, with what a list says of them."""
    spoken = Preview.objects.exclude(storage_key="").order_by("version_id", "position")
    heard = spoken.distinct("version_id").only("public_id", "version", "storage_key")
    return list(
        named_on_sale()
        .filter(pk__in=keys)
        .select_related("version")
        .defer("version__embedding", "version__report")
        .prefetch_related(Prefetch("version__previews", heard))
        .order_by("-pk")
    )


def _page(page: Sequence[Listing], more: str | None, total: int, currency: str) -> dict[str, Any]:
    data = VoiceDocument(page, many=True, context={"currency": currency}).data
    return {
        "object": "list",
        "data": [dict(each) for each in data],
        "has_more": more is not None,
        "next_cursor": more,
        "voices": [elevenlabs_voice(listing) for listing in page],
        "total_count": total,
        "next_page_token": more,
    }


def _whole(currency: str) -> dict[str, Any]:
    """Up to `ALL_AT_ONCE` voices at once; put together once a minute, because anybody may ask for it."""
    key = f"{WHOLE}-{currency}"
    whole: dict[str, Any] | None = cache.get(key)
    if whole is None:
        found = _found({})
        newest = sorted(found, reverse=True)[:ALL_AT_ONCE]
        whole = _page(_listed(newest), None, len(found), currency)
        cache.set(key, whole, 60)
    return whole


class Voices(PublicView):
    """GET /v1/voices: voices on sale, filtered, a page at a time.

    The `elevenlabs` client, which knows neither pages nor filters at this address, gets up to `ALL_AT_ONCE`;
    that list is up to a minute old.
    """

    whole_for_elevenlabs = True

    @extend_schema(
        operation_id="voices",
        parameters=[*(OpenApiParameter(name, str) for name in FILTERS), IN_CURRENCY, *PAGE],
        responses={200: VoicePage, **INVALID},
    )
    def get(self, request: Request) -> Response:
        params, currency = request.query_params, asked_currency(request)
        chosen = {name for name in (*FILTERS, "search", *_PAGED) if name in params}
        if self.whole_for_elevenlabs and "xi-api-key" in request.headers and not chosen:
            return Response(_whole(currency))
        found = _found(params)
        page, more = page_of_keys(found, request)
        return Response(_page(_listed(page), more, len(found), currency))


class NewerVoices(Voices):
    """GET /v2/voices: the same, where newer `elevenlabs` clients ask for it page by page."""

    whole_for_elevenlabs = False

    @extend_schema(
        operation_id="voices_v2",
        parameters=[IN_CURRENCY],
        responses={200: VoicePage, **INVALID},
    )
    def get(self, request: Request) -> Response:
        return super().get(request)


def _listing(voice_id: str) -> Listing:
    listing = listing_on_sale(voice_id)
    if listing is None:
        raise Http404(f"There is no voice called {voice_id!r}.")
    return listing


class VoiceDetail(PublicView):
    """GET /v1/voices/{id}: one voice on sale."""

    @extend_schema(
        operation_id="voice",
        parameters=[IN_CURRENCY],
        responses={200: VoiceDocument, **NOT_FOUND, **INVALID},
    )
    def get(self, request: Request, voice_id: str) -> Response:
        listing, context = _listing(voice_id), {"currency": asked_currency(request)}
        return Response(
            {**VoiceDocument(listing, context=context).data, **elevenlabs_voice(listing)}
        )


class VoiceTerms(PublicView):
    """GET /v1/voices/{id}/terms: the rate card, for machines."""

    @extend_schema(
        operation_id="voice_terms",
        parameters=[IN_CURRENCY],
        responses={200: OpenApiTypes.OBJECT, **NOT_FOUND, **INVALID},
    )
    def get(self, request: Request, voice_id: str) -> Response:
        listing, currency = _listing(voice_id), asked_currency(request)
        until = consented_until(listing.voice)
        offers = [
            {
                "tier": offer.tier,
                "price_minor": price.minor,
                "currency": price.currency,
                "characters": offer.characters,
                "prices_minor": prices.in_every_currency(offer),
                "overage_minor_per_1000": offer.overage_minor,
                "overage_currency": offer.currency,
                "term_months": offer.term_months,
                "territory": offer.territory or ["*"],
            }
            for offer in listing.offers.all()
            for price in [prices.shown(offer, currency)]
        ]
        return Response(
            {
                "object": "rate_card",
                "voice": listing.voice.slug,
                "terms_version": terms.VERSION,
                "uses": listing.uses,
                "forbidden_uses": terms.forbidden_uses(listing.uses),
                "never": list(terms.NEVER),
                "attribution": listing.attribution,
                "notice_days": listing.notice_days,
                "consent_ends": until.date().isoformat() if until else None,
                "outputs_after_term": terms.OUTPUTS_AFTER_TERM,
                "creator_share_bps": 10_000 - settings.COMMISSION_BPS,
                "synthetic": listing.voice.synthetic,
                "offers": offers,
                "licence_states": list(Licence.State.values),
            }
        )
