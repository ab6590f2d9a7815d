"""Pronunciation dictionaries as the `elevenlabs` client manages them: lexicons under other names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api import idempotency
from marketplace.api.lists import BoundedList
from marketplace.api.pagination import page_of
from marketplace.api.problems import NULL_CHARACTER
from marketplace.api.views.elevenlabs import error_shape
from marketplace.api.views.lexicons import OfLexicons, refused, version_of_lexicon
from marketplace.api.views.speech import IDEMPOTENCY
from marketplace.lexicons import pls, services
from marketplace.lexicons.entries import MAX_ENTRIES
from marketplace.lexicons.models import Lexicon, LexiconEntry, LexiconVersion
from marketplace.lexicons.queries import lexicons_of, uuid_of
from marketplace.licensing.models import ApiKey
from marketplace.refusals import Refused, SpeechRefused
from synthesis.text.lexicon import Entry

_ERRORS: dict[Any, Any] = {
    (status, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, "`detail` says what to do.")
    for status in (400, 401, 403, 404, 405, 409, 415, 422, 429)
}
_OBJECT: dict[Any, Any] = {200: OpenApiTypes.OBJECT, **_ERRORS, **NULL_CHARACTER}


class Rule(serializers.Serializer):  # type: ignore[type-arg]
    """What is said for a string: an alias, or phonemes in IPA or CMU's ARPAbet."""

    string_to_replace = serializers.CharField(max_length=80)
    type = serializers.ChoiceField(choices=["alias", "phoneme"])
    alias = serializers.CharField(required=False, max_length=200)
    phoneme = serializers.CharField(required=False, max_length=200)
    alphabet = serializers.CharField(required=False, max_length=20)
    case_sensitive = serializers.BooleanField(required=False, allow_null=True)
    word_boundaries = serializers.BooleanField(required=False, allow_null=True)

    def to_entry(self, rule: dict[str, Any]) -> Entry:
        """The entry of a validated rule.

        Raises:
            ValidationError: an alphabet or symbol that we don't know.
        """
        ipa = ""
        if rule["type"] == "phoneme":
            try:
                ipa = pls.in_ipa(rule.get("alphabet", "ipa"), rule.get("phoneme", ""))
            except ValueError as error:
                raise ValidationError({"rules": [f"{error}."]}) from error
        return Entry(
            rule["string_to_replace"],
            alias=rule.get("alias", "") if rule["type"] == "alias" else "",
            ipa=ipa,
            case_sensitive=rule.get("case_sensitive") is not False,
            whole_words=rule.get("word_boundaries") is not False,
        )


class Rules(serializers.Serializer):  # type: ignore[type-arg]
    rules = BoundedList(child=Rule(), max_length=MAX_ENTRIES)

    def entries(self) -> list[Entry]:
        return [Rule().to_entry(rule) for rule in self.validated_data["rules"]]


class DictionaryOfRules(Rules):
    """A new dictionary."""

    name = serializers.CharField(max_length=80)
    description = serializers.CharField(required=False, allow_null=True, max_length=300)
    workspace_access = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="Accepted and ignored: a team shares all of them.",
    )


class DictionaryOfFile(serializers.Serializer):  # type: ignore[type-arg]
    """A new dictionary with the entries of a PLS file."""

    name = serializers.CharField(max_length=80)
    file = serializers.FileField(required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=300)
    workspace_access = serializers.CharField(required=False, allow_blank=True)


class DictionaryChange(serializers.Serializer):  # type: ignore[type-arg]
    name = serializers.CharField(required=False, max_length=80)
    archived = serializers.BooleanField(required=False)


class RuleStrings(serializers.Serializer):  # type: ignore[type-arg]
    rule_strings = BoundedList(child=serializers.CharField(max_length=80), max_length=MAX_ENTRIES)


def _rule(row: LexiconEntry) -> dict[str, Any]:
    said = (
        {"type": "alias", "alias": row.alias}
        if row.alias
        else {"type": "phoneme", "phoneme": row.ipa, "alphabet": "ipa"}
    )
    return {
        "string_to_replace": row.word,
        "case_sensitive": row.case_sensitive,
        "word_boundaries": row.whole_words,
        **said,
    }


def _described(lexicon: Lexicon) -> dict[str, Any]:
    latest = lexicon.latest
    return {
        "id": str(lexicon.public_id),
        "latest_version_id": str(latest.public_id),
        "latest_version_rules_num": latest.size,
        "name": lexicon.name,
        "description": lexicon.description or None,
        "permission_on_resource": "admin",
        "created_by": str(lexicon.created_by_id),
        "creation_time_unix": int(lexicon.created_at.timestamp()),
        "archived_time_unix": lexicon.archived_at and int(lexicon.archived_at.timestamp()),
    }


def _created(lexicon: Lexicon) -> dict[str, Any]:
    described = _described(lexicon)
    described["version_id"] = described.pop("latest_version_id")
    described["version_rules_num"] = described.pop("latest_version_rules_num")
    return described


class OfDictionaries(OfLexicons):
    """Base view: lexicons by their ids, errors as the client reads them."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Http404):
            exc = SpeechRefused(404, "pronunciation_dictionary_not_found", str(exc))
        answer = error_shape(refused(exc) if isinstance(exc, Refused) else exc)
        if answer is None:
            raise exc
        answer.exception = True
        return answer

    def named(self, key: ApiKey, dictionary_id: str) -> Lexicon:
        return self.lexicon(key, uuid_of(dictionary_id))


def _valid(serializer: Any) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer


class Dictionaries(OfDictionaries):
    """GET /v1/pronunciation-dictionaries: the organization's dictionaries."""

    @extend_schema(
        operation_id="elevenlabs_dictionaries",
        parameters=[
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": 100}),
            OpenApiParameter(
                "sort", str, description="Accepted and ignored: the newest come first."
            ),
            OpenApiParameter("sort_direction", str, description="Accepted and ignored."),
            OpenApiParameter("include_archived", bool),
        ],
        responses=_OBJECT,
    )
    def get(self, request: Request) -> Response:
        archived = request.query_params.get("include_archived", "").lower() in ("true", "1")
        rows = lexicons_of(self.key(request).organization, archived=archived)
        page, more = page_of(rows, request)
        return Response(
            {
                "pronunciation_dictionaries": [_described(row) for row in page],
                "next_cursor": more,
                "has_more": more is not None,
            }
        )


class AddFromRules(OfDictionaries):
    """POST /v1/pronunciation-dictionaries/add-from-rules."""

    @extend_schema(
        operation_id="elevenlabs_dictionary_of_rules",
        parameters=[IDEMPOTENCY],
        request=DictionaryOfRules,
        responses=_OBJECT,
    )
    def post(self, request: Request) -> Response:
        serializer = _valid(DictionaryOfRules(data=request.data))
        entries, options = serializer.entries(), serializer.validated_data
        return _create(request, self.changing_key(request), options, entries)


class AddFromFile(OfDictionaries):
    """POST /v1/pronunciation-dictionaries/add-from-file: with the entries of a PLS file."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="elevenlabs_dictionary_of_file",
        parameters=[IDEMPOTENCY],
        request={"multipart/form-data": DictionaryOfFile},
        responses=_OBJECT,
    )
    def post(self, request: Request) -> Response:
        options = _valid(DictionaryOfFile(data=request.data)).validated_data
        file = options.get("file")
        entries = pls.parse_file(pls.content_of(file)) if file is not None else []
        return _create(request, self.changing_key(request), options, entries)


def _create(
    request: Request, key: ApiKey, options: dict[str, Any], entries: Sequence[Entry]
) -> Response:
    def work() -> tuple[int, Any]:
        lexicon = services.create_lexicon(
            organization=key.organization,
            name=options["name"],
            by=key,
            description=options.get("description") or "",
            entries=entries,
        )
        return 200, _created(lexicon)

    return idempotency.once(request, work)


class DictionaryDetail(OfDictionaries):
    """/v1/pronunciation-dictionaries/{id}: a dictionary with its rules; its name and archive."""

    @extend_schema(operation_id="elevenlabs_dictionary", responses=_OBJECT)
    def get(self, request: Request, dictionary_id: str) -> Response:
        lexicon = self.named(self.key(request), dictionary_id)
        rules = [_rule(row) for row in lexicon.latest.entries.order_by("pk")]
        return Response(_described(lexicon) | {"rules": rules})

    @extend_schema(
        operation_id="elevenlabs_change_dictionary", request=DictionaryChange, responses=_OBJECT
    )
    def patch(self, request: Request, dictionary_id: str) -> Response:
        options = _valid(DictionaryChange(data=request.data)).validated_data
        key = self.changing_key(request)
        lexicon = self.named(key, dictionary_id)
        with transaction.atomic():
            if "name" in options:
                lexicon = services.rename(lexicon=lexicon, name=options["name"], by=key)
            if "archived" in options:
                lexicon = services.archive(lexicon=lexicon, by=key, archived=options["archived"])
        return Response(_described(lexicon))


class _RuleChange(OfDictionaries):
    http_method_names = ("post", "options")

    def revised(self, request: Request, dictionary_id: str, **changes: Any) -> Response:
        key = self.changing_key(request)
        lexicon = self.named(key, dictionary_id)

        def work() -> tuple[int, Any]:
            return 200, _version(lexicon, services.revise(lexicon=lexicon, by=key, **changes))

        return idempotency.once(request, work)


def _version(lexicon: Lexicon, version: LexiconVersion) -> dict[str, Any]:
    return {
        "id": str(lexicon.public_id),
        "version_id": str(version.public_id),
        "version_rules_num": version.size,
    }


class SetRules(_RuleChange):
    """POST /v1/pronunciation-dictionaries/{id}/set-rules: these instead of all earlier ones."""

    @extend_schema(
        operation_id="elevenlabs_set_rules",
        parameters=[IDEMPOTENCY],
        request=Rules,
        responses=_OBJECT,
    )
    def post(self, request: Request, dictionary_id: str) -> Response:
        entries = _valid(Rules(data=request.data)).entries()
        return self.revised(request, dictionary_id, add=entries, replace=True)


class AddRules(_RuleChange):
    """POST /v1/pronunciation-dictionaries/{id}/add-rules."""

    @extend_schema(
        operation_id="elevenlabs_add_rules",
        parameters=[IDEMPOTENCY],
        request=Rules,
        responses=_OBJECT,
    )
    def post(self, request: Request, dictionary_id: str) -> Response:
        entries = _valid(Rules(data=request.data)).entries()
        return self.revised(request, dictionary_id, add=entries)


class RemoveRules(_RuleChange):
    """POST /v1/pronunciation-dictionaries/{id}/remove-rules: those of these strings."""

    @extend_schema(
        operation_id="elevenlabs_remove_rules",
        parameters=[IDEMPOTENCY],
        request=RuleStrings,
        responses=_OBJECT,
    )
    def post(self, request: Request, dictionary_id: str) -> Response:
        words = _valid(RuleStrings(data=request.data)).validated_data["rule_strings"]
        return self.revised(request, dictionary_id, remove_words=words)


class DictionaryDownload(OfDictionaries):
    """GET /v1/pronunciation-dictionaries/{id}/{version_id}/download: a version as PLS."""

    @extend_schema(
        operation_id="elevenlabs_download_dictionary",
        responses={
            (200, pls.PLS_TYPE): OpenApiResponse(OpenApiTypes.STR, "Pronunciation Lexicon 1.0."),
            **_ERRORS,
            **NULL_CHARACTER,
        },
    )
    def get(self, request: Request, dictionary_id: str, version_id: str) -> HttpResponse:
        lexicon = self.named(self.key(request), dictionary_id)
        version = version_of_lexicon(lexicon, version_id)
        return pls.download(version, "pls")
