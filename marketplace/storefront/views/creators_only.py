"""Pages of creators: whoever is not one yet is led to becoming one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from marketplace.creators.models import Creator


def creator_of(request: HttpRequest) -> Creator | None:
    """The signed-in user as a creator."""
    return Creator.objects.filter(user=request.user.pk).first()


def creators_only(
    view: Callable[[HttpRequest, Creator], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give a view the creator who is signed in."""

    @wraps(view)
    def led(request: HttpRequest) -> HttpResponseBase:
        creator = creator_of(request)
        if creator is None:
            return redirect("storefront:become-creator")
        return view(request, creator)

    return led
