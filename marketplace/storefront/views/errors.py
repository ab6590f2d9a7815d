"""Error pages in the site's layout, which say what to do; problem+json for programs.

Pages for server errors use neither the session nor the database.
"""

from __future__ import annotations

import logging

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext

from marketplace.api.addresses import API
from marketplace.api.authentication import secret_of
from marketplace.api.problems import problem
from marketplace.storefront.context import site

NO_API_HERE = "There is nothing here: addresses of the API begin with /v1. Give your client a base that ends in it."
LEVELS = 10  # that an address may be below the page it belongs to: each is looked up among all
_PAGE = "storefront/error.html"
_LAST_RESORT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Something broke</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><h1>Something broke on our side</h1>
<p>Try again in a minute.</p></html>"""
_log = logging.getLogger(__name__)

Links = list[tuple[str, str]]  # addresses and the labels of their links


def _for_program(request: HttpRequest) -> bool:
    return request.path.startswith(API) or bool(secret_of(request))


def _page(
    request: HttpRequest, status: int, heading: str, lead: str, links: Links | None = None
) -> HttpResponse:
    """An error page for visitors and signed-in users."""
    context = {
        "heading": heading,
        "lead": lead,
        "links": links or _default_links(),
        "knows_user": True,
    }
    return render(request, _PAGE, context, status=status)


def _page_without_database(
    request: HttpRequest, status: int, heading: str, lead: str, links: Links | None = None
) -> HttpResponse:
    # an empty request, because the user of the real one would be fetched from the database
    context = {
        **site(HttpRequest()),
        "heading": heading,
        "lead": lead,
        "links": links or _default_links(),
    }
    identifier = request.META.get("timbre.request_id", "")
    response = HttpResponse(
        render_to_string(_PAGE, {**context, "request_id": identifier if status >= 500 else ""}),
        status=status,
    )
    response["Cache-Control"] = "no-store"
    return response


def _default_links() -> Links:
    return [(reverse("storefront:home"), gettext("To the front page")),
            (reverse("storefront:voices"), gettext("See the voices"))]  # fmt: skip


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 and 413: a request that can't be read."""
    if isinstance(exception, RequestDataTooBig):
        if _for_program(request):
            return problem(
                request, 413, "too_large", "The request body is too large; send less at once."
            )
        return _page_without_database(
            request,
            413,
            gettext("That is too much at once"),
            gettext(
                "What you sent is larger than we accept. Go back, shorten it, and send it again."
            ),
        )
    # Django's own exceptions may quote the request; the message of a BadRequest is ours
    sentence = str(exception) if isinstance(exception, BadRequest) else ""
    if _for_program(request):
        return problem(request, 400, "bad_request", sentence or "The request can't be read.")
    return _page_without_database(
        request,
        400,
        gettext("We can’t read that request"),
        gettext("%(problem)s Go back and try again; if you followed a link, it may be damaged.")
        % {"problem": sentence or gettext("The request can't be read.")},
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not allowed."""
    if _for_program(request):
        return problem(request, 403, "forbidden", "You may not do this.")
    if getattr(request.user, "lacks_second_factor", False):
        return _page(
            request,
            403,
            gettext("Set up a second factor first"),
            gettext(
                "The rights of staff count only for accounts with an authenticator app or a passkey."
            ),
            [(reverse("mfa_index"), gettext("Set one up"))],
        )
    return _page(
        request,
        403,
        gettext("You don’t have access"),
        gettext(
            "Your account may not see or do this. If you have another account that may, "
            "sign out and sign in with it."
        ),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without a valid token, usually opened before signing in."""
    if _for_program(request):
        return problem(request, 403, "csrf_failed", "The request has no valid CSRF token.")
    return _page_without_database(
        request,
        403,
        gettext("This form is out of date"),
        gettext(
            "Nothing was done. You may have signed in or out in another tab since the page was opened, "
            "or your browser blocks this site’s cookies. Go back, reload the page, and send it again."
        ),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing there, or nothing that this person may see."""
    if _for_program(request):
        detail = "There is nothing here." if request.path.startswith(API) else NO_API_HERE
        return problem(request, 404, "not_found", detail)
    return render(request, "storefront/not_found.html", status=404)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    """405: an address that only takes forms was opened, or the other way round."""
    if _for_program(request):
        return problem(
            request, 405, "method_not_allowed", f"This path does not take {request.method}."
        )
    links = _default_links()
    page = page_above(request.path)
    if page is not None:
        links = [(page, gettext("To the page it belongs to")), *links]
    return _page(
        request,
        405,
        gettext("This address can’t be opened by itself"),
        gettext(
            "It only takes what a form on another page sends, and nothing was sent. "
            "Open that page and use its button."
        ),
        links,
    )


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429: too many attempts to sign in or up, or to send letters."""
    return _page_without_database(
        request,
        429,
        gettext("Too many attempts"),
        gettext(
            "To keep accounts safe, this can be tried only a few times in a row. "
            "Wait a few minutes, then try again."
        ),
    )


def page_above(path: str) -> str | None:
    """The nearest address above a path, no more than `LEVELS` up; a query is left out."""
    above = path.partition("?")[0].rstrip("/")
    for _ in range(LEVELS):
        if "/" not in above.strip("/"):
            break
        above = above.rpartition("/")[0]
        for address in (above, above + "/"):
            try:
                resolve(address)
            except Resolver404:
                continue
            return address
    return None


def server_error(request: HttpRequest) -> HttpResponse:
    """500: shown without the parts that may be broken."""
    if _for_program(request):
        return problem(request, 500, "server_error", "Something broke on our side; try again.")
    try:
        return _page_without_database(
            request,
            500,
            gettext("Something broke on our side"),
            gettext(
                "It is not your fault, and it is in our log. Try again in a minute; "
                "look at your licences or payments before you pay for anything a second time."
            ),
        )
    except Exception:
        _log.exception("the error page can't be rendered")
        return HttpResponse(_LAST_RESORT, status=500)
