"""What the pages of finance have in common: who may open them, and that an action has a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.payouts import reasons
from marketplace.payouts.books.adjustments import RIGHT
from marketplace.storefront.views.authenticate_again import MARK, authenticate_again
from marketplace.storefront.views.requests import attempt, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first

A_PAGE = 50
AnyView = Callable[..., Any]
_page_or_form = require_http_methods(["GET", "HEAD", "POST"])
_finance_only = permission_required(RIGHT, raise_exception=True)


def reading(view: AnyView) -> AnyView:
    """A page that finance reads."""
    return sign_in_first(_finance_only(never_cache(require_GET(view))))


def acting(view: AnyView) -> AnyView:
    """An address that finance sends a form to; it asks again who is there."""
    guarded = sign_in_first(_finance_only(require_POST(authenticate_again(view))))
    assert getattr(guarded, MARK)
    return guarded


def reading_and_acting(view: AnyView) -> AnyView:
    """A page with a form that is sent to the same address."""
    asking = authenticate_again(view)

    @wraps(view)
    def either(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        act = asking if request.method == "POST" else view
        return act(request, *args, **kwargs)

    setattr(either, MARK, True)
    return sign_in_first(_finance_only(never_cache(_page_or_form(either))))


def act_with_reason(
    request: HttpRequest,
    *,
    action: str,
    subject: Model,
    act: Callable[[], object],
    back: str,
    done: str,
) -> HttpResponse:
    """Do something to a row with the reason that was typed, and go back with the outcome."""

    def together() -> None:
        with transaction.atomic():
            reasons.note(
                action=action,
                subject=subject,
                words=request.POST.get("reason", ""),
                by=signed_in_user(request),
            )
            act()

    return attempt(request, together, back=back, done=done)


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Any:
    """The page of a list that was asked for."""
    return Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
