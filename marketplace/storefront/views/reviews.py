"""Reviews of a voice: read on its page, written by licensees, answered by its creator, reported."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.accounts.models import User
from marketplace.licensing.queries import licences_visible_to
from marketplace.refusals import Refused
from marketplace.reviews import moderation, services
from marketplace.reviews.models import Review
from marketplace.reviews.queries import (
    may_review,
    review_by,
    reviews_to_answer_for,
    shown_reviews,
)
from marketplace.storefront.forms import ReviewForm
from marketplace.storefront.views.requests import attempt, signed_in_user, text_of
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.models import Voice

A_PAGE = 10
_SHOWN_AGAIN = ("stars", "use", "text", "signature")


def reviews_of(request: HttpRequest, voice: Voice) -> dict[str, Any]:
    """What the page of a voice shows of its reviews, and what a member may do with them."""
    pages = Paginator(shown_reviews().filter(voice=voice), A_PAGE)
    shown = {"reviews": pages.get_page(request.GET.get("reviews"))}
    if not request.user.is_authenticated:
        return shown
    user = signed_in_user(request)
    mine = review_by(user, voice)
    return {
        **shown,
        "my_review": mine,
        "may_review": mine is None and may_review(user, voice),
        "answers": voice.creator.user_id == user.pk,
    }


def _voice_for(user: User, slug: str) -> Voice:
    """A voice that somebody has a licence of, or wrote about; 404 for any other."""
    voice = get_object_or_404(Voice.objects.select_related("creator"), slug=slug)
    is_licensee = licences_visible_to(user).filter(voice=voice).exists()
    if not is_licensee and review_by(user, voice) is None:
        raise Http404
    return voice


def _on_page(voice: Voice) -> str:
    return reverse("storefront:voice", args=[voice.slug]) + "#reviews"


@sign_in_first
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """Write about a voice, change it, or read why it is not shown."""
    by = signed_in_user(request)
    voice = _voice_for(by, slug)
    mine, problem = review_by(by, voice), ""
    initial = {name: getattr(mine, name) for name in _SHOWN_AGAIN} if mine else None
    form = ReviewForm(request.POST or None, initial=initial)
    try:
        if request.method == "POST" and form.is_valid():
            services.write_review(voice=voice, draft=form.draft(), by=by)
            messages.success(request, gettext("Your review is on the page of the voice."))
            return redirect(_on_page(voice))
        if request.method != "POST":
            services.require_may_review(by, voice)
    except Refused as refusal:
        if request.method == "POST":
            form.add_error(None, str(refusal))
        else:
            problem = str(refusal)
    others = reviews_to_answer_for(by, voice)
    context = {"voice": voice, "mine": mine, "form": form, "problem": problem, "others": others}
    return render(request, "storefront/review.html", context)


def _mine(request: HttpRequest, slug: str) -> Review:
    reviews = Review.objects.filter(writer=signed_in_user(request)).select_related("voice")
    return get_object_or_404(reviews, voice__slug=slug)


@sign_in_first
@require_POST
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete one's review, or that of somebody in a team that one sees to."""
    by = signed_in_user(request)
    found = (
        _of_team(by, slug, named) if (named := request.POST.get("review")) else _mine(request, slug)
    )
    return attempt(
        request,
        lambda: services.remove_review(review=found, by=by),
        back=reverse("storefront:review", args=[slug]),
        done=gettext("The review is deleted.") if named else gettext("Your review is deleted."),
    )


def _of_team(by: User, slug: str, named: str) -> Review:
    others = reviews_to_answer_for(by, _voice_for(by, slug))
    try:
        return get_object_or_404(others, public_id=uuid.UUID(named))
    except ValueError as unknown:
        raise Http404 from unknown


@sign_in_first
@require_POST
def appeal(request: HttpRequest, slug: str) -> HttpResponse:
    """Appeal against a decision on one's review."""
    mine, by = _mine(request, slug), signed_in_user(request)
    reason = text_of(request, "reason")
    return attempt(
        request,
        lambda: moderation.appeal(review=mine, reason=reason, by=by),
        back=reverse("storefront:review", args=[slug]),
        done=gettext("Another moderator will look at it and write to you."),
    )


@sign_in_first
@require_POST
def answer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Answer a review of one's voice."""
    by = signed_in_user(request)
    theirs = Review.objects.select_related("voice__creator").filter(voice__creator__user=by)
    found = get_object_or_404(theirs, public_id=public_id)
    words = text_of(request, "answer")
    return attempt(
        request,
        lambda: services.answer_review(review=found, answer=words, by=by),
        back=_on_page(found.voice),
        done=gettext("Your answer is published."),
    )


@sign_in_first
@require_POST
def report(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Tell the moderators what is wrong with a review."""
    found = get_object_or_404(shown_reviews().select_related("voice"), public_id=public_id)
    reason, by = request.POST.get("reason", ""), signed_in_user(request)
    return attempt(
        request,
        lambda: moderation.report_review(review=found, reason=reason, by=by),
        back=_on_page(found.voice),
        done=gettext("Thank you. A moderator will look at it."),
    )
