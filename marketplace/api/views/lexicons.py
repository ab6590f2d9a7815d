"""An account's lexicons: how its words are said."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api import idempotency
from marketplace.api.lists import BoundedList
from marketplace.api.pagination import page_of
from marketplace.api.problems import NOT_FOUND, REFUSALS
from marketplace.api.serializers import PAGE, Strict
from marketplace.api.views.account import OfKey
from marketplace.api.views.speech import IDEMPOTENCY
from marketplace.lexicons import pls, services
from marketplace.lexicons.entries import MAX_ALIAS, MAX_ENTRIES
from marketplace.lexicons.models import Lexicon, LexiconEntry, LexiconVersion
from marketplace.lexicons.queries import lexicons_of
from marketplace.licensing.models import ApiKey
from marketplace.refusals import Refused, SpeechRefused
from synthesis.text.lexicon import Entry
from synthesis.text.pronunciation import MAX_IPA, MAX_WORD

_STATUS = {"not_a_member": 403, "role_too_small": 403, "entry_not_found": 404, "lexicon_archived": 409,
           "default_taken": 409, "key_limited": 403, "rate_limited": 429}  # fmt: skip


class EntryFields(serializers.Serializer):  # type: ignore[type-arg]
    """A word, and either an alias or a pronunciation in IPA."""

    word = serializers.CharField(max_length=MAX_WORD)
    alias = serializers.CharField(required=False, allow_blank=True, max_length=MAX_ALIAS)
    ipa = serializers.CharField(required=False, allow_blank=True, max_length=MAX_IPA)
    language = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=20,
        help_text="A tag; every language if left out.",
    )
    case_sensitive = serializers.BooleanField(required=False, default=False)
    whole_words = serializers.BooleanField(required=False, default=True)


class EntryDocument(EntryFields, Strict):
    """One entry."""


class LexiconRequest(Strict):
    """A new lexicon, with its first entries."""

    name = serializers.CharField(max_length=80)
    description = serializers.CharField(required=False, allow_blank=True, max_length=300)
    default = serializers.BooleanField(required=False, default=False)
    entries = BoundedList(child=EntryFields(), required=False, max_length=MAX_ENTRIES)


class LexiconChange(Strict):
    """What changes about a lexicon; its entries have addresses of their own."""

    name = serializers.CharField(required=False, max_length=80)
    default = serializers.BooleanField(required=False)


class LexiconFile(serializers.Serializer):  # type: ignore[type-arg]
    """A file of entries, PLS or CSV."""

    file = serializers.FileField()
    replace = serializers.BooleanField(required=False, default=False)


def refused(error: Refused) -> SpeechRefused:
    """A refusal of the services as the API answers it."""
    return SpeechRefused(_STATUS.get(error.code, 422), error.code, str(error))


def lexicon_document(lexicon: Lexicon) -> dict[str, Any]:
    """A lexicon and its latest version."""
    latest = lexicon.latest
    return {
        "id": str(lexicon.public_id),
        "object": "lexicon",
        "name": lexicon.name,
        "description": lexicon.description,
        "default": lexicon.default,
        "version": str(latest.public_id),
        "version_number": latest.number,
        "entries": latest.size,
        "created_at": lexicon.created_at.isoformat(),
        "archived_at": lexicon.archived_at and lexicon.archived_at.isoformat(),
    }


def entry_document(row: LexiconEntry) -> dict[str, Any]:
    """An entry with its id, which a change replaces."""
    return {
        "id": str(row.public_id),
        "object": "lexicon_entry",
        "word": row.word,
        "alias": row.alias or None,
        "ipa": row.ipa or None,
        "language": row.language or None,
        "case_sensitive": row.case_sensitive,
        "whole_words": row.whole_words,
    }


class OfLexicons(OfKey):
    """Base view: keys that read see lexicons, keys that also speak change them."""

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(refused(exc) if isinstance(exc, Refused) else exc)

    def changing_key(self, request: Request) -> ApiKey:
        """The key of a request that changes something; the services ask for its scope."""
        assert isinstance(request.auth, ApiKey)
        return request.auth

    def lexicon(self, key: ApiKey, public_id: UUID) -> Lexicon:
        """One of the lexicons of the key's organization."""
        row = lexicons_of(key.organization, archived=True).filter(public_id=public_id).first()
        if row is None:
            raise Http404(f"There is no lexicon {public_id}.")
        return row

    def entry(self, lexicon: Lexicon, entry_id: UUID) -> LexiconEntry:
        row = lexicon.entries.filter(public_id=entry_id, removed=None).first()
        if row is None:
            raise Http404(f"There is no entry {entry_id}.")
        return row


_ANSWERS: dict[Any, Any] = {**REFUSALS, **NOT_FOUND}
_OBJECT: dict[Any, Any] = {200: OpenApiTypes.OBJECT, **_ANSWERS}


class Lexicons(OfLexicons):
    """/v1/lexicons: the organization's lexicons, and a new one."""

    @extend_schema(
        operation_id="lexicons",
        parameters=[*PAGE, OpenApiParameter("archived", bool, description="Archived ones too.")],
        responses=_OBJECT,
    )
    def get(self, request: Request) -> Response:
        archived = request.query_params.get("archived", "") in ("true", "1")
        rows = lexicons_of(self.key(request).organization, archived=archived)
        page, more = page_of(rows, request)
        return Response(
            {
                "object": "list",
                "data": [lexicon_document(row) for row in page],
                "has_more": more is not None,
                "next_cursor": more,
            }
        )

    @extend_schema(
        operation_id="create_lexicon",
        parameters=[IDEMPOTENCY],
        request=LexiconRequest,
        responses={201: OpenApiTypes.OBJECT, **_ANSWERS},
    )
    def post(self, request: Request) -> Response:
        serializer = LexiconRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        options = serializer.validated_data
        key = self.changing_key(request)

        def work() -> tuple[int, Any]:
            lexicon = services.create_lexicon(
                organization=key.organization,
                name=options["name"],
                by=key,
                description=options.get("description", ""),
                entries=[Entry(**each) for each in options.get("entries", ())],
                default=options["default"],
            )
            return 201, lexicon_document(lexicon)

        return idempotency.once(request, work)


class LexiconDetail(OfLexicons):
    """/v1/lexicons/{id}: one lexicon; DELETE archives it."""

    @extend_schema(operation_id="lexicon", responses=_OBJECT)
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(lexicon_document(self.lexicon(self.key(request), public_id)))

    @extend_schema(operation_id="change_lexicon", request=LexiconChange, responses=_OBJECT)
    def patch(self, request: Request, public_id: UUID) -> Response:
        serializer = LexiconChange(data=request.data)
        serializer.is_valid(raise_exception=True)
        options, key = serializer.validated_data, self.changing_key(request)
        lexicon = self.lexicon(key, public_id)
        with transaction.atomic():
            if "name" in options:
                lexicon = services.rename(lexicon=lexicon, name=options["name"], by=key)
            if "default" in options:
                lexicon = services.make_default(lexicon=lexicon, by=key, default=options["default"])
        return Response(lexicon_document(lexicon))

    @extend_schema(operation_id="archive_lexicon", responses={204: None, **_ANSWERS})
    def delete(self, request: Request, public_id: UUID) -> Response:
        key = self.changing_key(request)
        services.archive(lexicon=self.lexicon(key, public_id), by=key)
        return Response(status=204)


class Entries(OfLexicons):
    """/v1/lexicons/{id}/entries: its entries, and another one."""

    @extend_schema(operation_id="lexicon_entries", parameters=PAGE, responses=_OBJECT)
    def get(self, request: Request, public_id: UUID) -> Response:
        lexicon = self.lexicon(self.key(request), public_id)
        page, more = page_of(lexicon.latest.entries, request)
        return Response(
            {
                "object": "list",
                "version": str(lexicon.latest.public_id),
                "data": [entry_document(row) for row in page],
                "has_more": more is not None,
                "next_cursor": more,
            }
        )

    @extend_schema(
        operation_id="create_lexicon_entry",
        parameters=[IDEMPOTENCY],
        request=EntryDocument,
        responses={201: OpenApiTypes.OBJECT, **_ANSWERS},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        entry = _entry_of(request)
        key = self.changing_key(request)
        lexicon = self.lexicon(key, public_id)

        def work() -> tuple[int, Any]:
            version = services.revise(lexicon=lexicon, by=key, add=[entry])
            return 201, _added(version)

        return idempotency.once(request, work)


def _entry_of(request: Request) -> Entry:
    serializer = EntryDocument(data=request.data)
    serializer.is_valid(raise_exception=True)
    return Entry(**serializer.validated_data)


def _added(version: LexiconVersion) -> dict[str, Any]:
    """The one entry that a version added."""
    row = version.entries.filter(added=version.number).get()
    return entry_document(row) | {"version": str(version.public_id)}


class EntryDetail(OfLexicons):
    """/v1/lexicons/{id}/entries/{entry_id}: one entry; a change gives it another id."""

    @extend_schema(operation_id="lexicon_entry", responses=_OBJECT)
    def get(self, request: Request, public_id: UUID, entry_id: UUID) -> Response:
        lexicon = self.lexicon(self.key(request), public_id)
        return Response(entry_document(self.entry(lexicon, entry_id)))

    @extend_schema(operation_id="replace_lexicon_entry", request=EntryDocument, responses=_OBJECT)
    def put(self, request: Request, public_id: UUID, entry_id: UUID) -> Response:
        entry, key = _entry_of(request), self.changing_key(request)
        lexicon = self.lexicon(key, public_id)
        row = self.entry(lexicon, entry_id)
        version = services.revise(lexicon=lexicon, by=key, add=[entry], remove=[row.public_id])
        return Response(_added(version))

    @extend_schema(operation_id="remove_lexicon_entry", responses={204: None, **_ANSWERS})
    def delete(self, request: Request, public_id: UUID, entry_id: UUID) -> Response:
        key = self.changing_key(request)
        lexicon = self.lexicon(key, public_id)
        row = self.entry(lexicon, entry_id)
        services.revise(lexicon=lexicon, by=key, remove=[row.public_id])
        return Response(status=204)


class LexiconImport(OfLexicons):
    """POST /v1/lexicons/{id}/import: entries of a PLS or CSV file."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="import_lexicon",
        parameters=[IDEMPOTENCY],
        request={"multipart/form-data": LexiconFile},
        responses=_OBJECT,
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        serializer = LexiconFile(data=request.data)
        serializer.is_valid(raise_exception=True)
        key, options = self.changing_key(request), serializer.validated_data
        lexicon = self.lexicon(key, public_id)
        entries = pls.parse_file(pls.content_of(options["file"]))

        def work() -> tuple[int, Any]:
            services.revise(lexicon=lexicon, by=key, add=entries, replace=options["replace"])
            return 200, lexicon_document(lexicon)

        return idempotency.once(request, work)


class LexiconExport(OfLexicons):
    """GET /v1/lexicons/{id}/export: a version as PLS or CSV."""

    @extend_schema(
        operation_id="export_lexicon",
        parameters=[
            OpenApiParameter("as", str, enum=["pls", "csv"], description="`pls` if left out."),
            OpenApiParameter("version", OpenApiTypes.UUID, description="The latest if left out."),
        ],
        responses={
            (200, pls.PLS_TYPE): OpenApiResponse(OpenApiTypes.STR, "Pronunciation Lexicon 1.0."),
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "Every column."),
            **_ANSWERS,
        },
    )
    def get(self, request: Request, public_id: UUID) -> HttpResponse:
        key = self.key(request)
        lexicon = self.lexicon(key, public_id)
        wanted = request.query_params.get("version", "")
        version = version_of_lexicon(lexicon, wanted)
        kind = request.query_params.get("as") or "pls"
        if kind not in ("pls", "csv"):
            raise serializers.ValidationError({"as": ["One of pls, csv."]})
        return pls.download(version, kind)


def version_of_lexicon(lexicon: Lexicon, wanted: str) -> LexiconVersion:
    """A version of a lexicon by its id, the latest if none is named."""
    if not wanted:
        return lexicon.latest
    try:
        version = lexicon.versions.filter(public_id=UUID(wanted)).first()
    except ValueError:
        version = None
    if version is None:
        raise Http404(f"There is no version {wanted[:80]} of this lexicon.")
    return version
