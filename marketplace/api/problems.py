"""Errors as problem+json (RFC 9457), with the `error` member that OpenAI's clients read."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from marketplace.refusals import SpeechRefused

TYPE = "https://timbre.example/problems/"
_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    402: "Payment required",
    403: "Refused",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid request",
    429: "Too many requests",
    500: "Server error",
    503: "Busy",
}


PROBLEM = "application/problem+json"


def _refusal(says: str) -> OpenApiResponse:
    return OpenApiResponse(OpenApiTypes.OBJECT, says)


REFUSALS = {
    (401, PROBLEM): _refusal("The key is missing, unknown, revoked or expired."),
    (402, PROBLEM): _refusal("Too few characters are left, or a spend limit is reached."),
    (403, PROBLEM): _refusal("The licence, the consent or the key does not allow it."),
    (404, PROBLEM): _refusal("Not found; nothing is substituted."),
    (405, PROBLEM): _refusal("The path does not allow this method."),
    (409, PROBLEM): _refusal("The first request with this Idempotency-Key is still running."),
    (400, PROBLEM): _refusal("The address holds a NUL character, or the body is not JSON."),
    (415, PROBLEM): _refusal("Send application/json."),
    (422, PROBLEM): _refusal("An option is wrong; the message names it."),
    (429, PROBLEM): _refusal("Too many requests; wait as Retry-After says."),
    (503, PROBLEM): _refusal("The engine is busy; send the request again."),
}
NULL_CHARACTER = {
    (400, PROBLEM): _refusal("The address holds a NUL character, or the body is not JSON.")
}
INVALID = {(422, PROBLEM): _refusal("An option is wrong; the message names it."), **NULL_CHARACTER}
NOT_FOUND = {(404, PROBLEM): _refusal("There is no such thing."), **NULL_CHARACTER}


def document(
    status: int, code: str, detail: str, *, param: str | None = None, request_id: str = ""
) -> dict[str, Any]:
    """The body of a problem."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {
        "type": TYPE + code,
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
        "error": {"message": detail, "type": kind, "param": param, "code": code},
    }


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> JsonResponse:
    """A problem as the response of a plain Django view."""
    body = document(
        status, code, detail, param=param, request_id=request.META.get("timbre.request_id", "")
    )
    return JsonResponse(
        body, status=status, content_type="application/problem+json", headers=headers
    )


def first_problem(detail: Any, path: str = "") -> tuple[str | None, str]:
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return first_problem(inner, "" if name == "non_field_errors" else str(name))
    if isinstance(detail, list) and detail:
        return first_problem(detail[0], path)
    return path or None, str(detail)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Map exceptions of views to problems; anything unexpected stays a server error."""
    request = context["request"]
    headers: dict[str, str] = {}
    param = None
    if isinstance(error, SpeechRefused):
        status, code, detail = error.status, error.code, str(error)
        if error.code == "rate_limited":
            headers["Retry-After"] = "60"
        elif status == 503:
            headers["Retry-After"] = "5"
    elif isinstance(error, ValidationError):
        param, detail = first_problem(error.detail)
        status, code = 422, "invalid_request"
        if param:
            detail = f"{param}: {detail}"
    elif isinstance(error, Http404):
        status, code, detail = 404, "not_found", str(error) or "There is no such thing."
    elif isinstance(error, APIException):
        status, detail = error.status_code, str(error.detail)
        code = error.default_code
        if status == 401:
            code = "api_key_missing" if code == "not_authenticated" else code
            headers["WWW-Authenticate"] = "Bearer"
    else:
        return None
    body = document(
        status, code, detail, param=param, request_id=request.META.get("timbre.request_id", "")
    )
    return Response(body, status=status, headers=headers, content_type="application/problem+json")
