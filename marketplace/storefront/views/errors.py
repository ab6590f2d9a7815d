"""Error pages; problem+json under /v1/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.api.problems import problem


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/v1/"):
        return problem(request, 404, "not_found", "There is nothing here.")
    return render(request, "storefront/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/v1/"):
        return problem(request, 500, "server_error", "Something broke on our side; try again.")
    return render(request, "storefront/server_error.html", status=500)
