"""How an organization's words are said: its lexicons and their entries."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.lexicons import pls, services
from marketplace.lexicons.entries import MAX_ALIAS
from marketplace.lexicons.models import Lexicon
from marketplace.lexicons.queries import lexicons_of
from marketplace.refusals import Refused
from marketplace.storefront.views.refused_pages import status_of, with_wait
from marketplace.storefront.views.requests import attempt, chosen_organization, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.models import Voice
from synthesis.text.lexicon import Entry
from synthesis.text.pronunciation import MAX_IPA, MAX_WORD

PER_PAGE = 100


def _mine(request: HttpRequest, public_id: uuid.UUID) -> Lexicon:
    return get_object_or_404(
        Lexicon.objects.select_related("organization"),
        public_id=public_id,
        organization__memberships__user=signed_in_user(request),
    )


@sign_in_first
@never_cache
def lexicons(request: HttpRequest) -> HttpResponse:
    """The organization's lexicons, and a form for another one."""
    organization = chosen_organization(request)
    if request.method == "POST":
        return attempt(
            request,
            lambda: services.create_lexicon(
                organization=organization,
                name=request.POST.get("name", ""),
                by=signed_in_user(request),
                default=not organization.lexicons.filter(default=True).exists(),
            ),
            back=_list(organization.public_id),
        )
    return render(
        request,
        "storefront/lexicons.html",
        {
            "organization": organization,
            "organizations": organizations_of(signed_in_user(request)),
            "lexicons": [
                (lexicon, max(lexicon.versions.all(), key=lambda version: version.number))
                for lexicon in lexicons_of(organization)
            ],
            "may_change": may(signed_in_user(request), organization, Right.KEYS),
        },
    )


def _list(organization_id: uuid.UUID) -> str:
    return f"{reverse('storefront:lexicons')}?organization={organization_id}"


@sign_in_first
@never_cache
def lexicon(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The entries of a lexicon; a form adds one or, with the name of another, replaces it."""
    found = _mine(request, public_id)
    user = signed_in_user(request)
    given, refusal, status = _entry(request), "", 200
    if request.method == "POST":
        try:
            former = request.POST.get("replaces", "")
            services.revise(
                lexicon=found, by=user, add=[given], remove=[uuid.UUID(former)] if former else []
            )
            return redirect("storefront:lexicon", found.public_id)
        except Refused as error:
            refusal, status = str(error), status_of(error)
        except ValueError:
            refusal, status = gettext("Choose the entry again."), 422
    query = request.GET.get("q", "").strip()
    rows = found.latest.entries
    page = Paginator(rows.filter(word__icontains=query) if query else rows, PER_PAGE)
    context: dict[str, Any] = {
        "lexicon": found,
        "version": found.latest,
        "page": page.get_page(request.GET.get("page")),
        "query": query,
        "given": given,
        "refusal": refusal,
        "spoken_languages": Voice.Language.choices,
        "limits": {"word": MAX_WORD, "alias": MAX_ALIAS, "ipa": MAX_IPA},
        "may_change": may(user, found.organization, Right.KEYS) and found.archived_at is None,
    }
    return with_wait(render(request, "storefront/lexicon.html", context, status=status))


def _entry(request: HttpRequest) -> Entry:
    post = request.POST
    said = post.get("said", "")
    is_ipa = post.get("kind") == "ipa"
    return Entry(
        post.get("word", ""),
        alias="" if is_ipa else said,
        ipa=said.strip().strip("/[]") if is_ipa else "",
        language=post.get("language", ""),
        case_sensitive="case_sensitive" in post,
        whole_words="parts" not in post,
    )


@sign_in_first
@require_POST
def remove_entry(request: HttpRequest, public_id: uuid.UUID, entry_id: uuid.UUID) -> HttpResponse:
    """Take an entry out."""
    found = _mine(request, public_id)
    return attempt(
        request,
        lambda: services.revise(lexicon=found, by=signed_in_user(request), remove=[entry_id]),
        back=reverse("storefront:lexicon", args=[found.public_id]),
    )


@sign_in_first
@require_POST
def change_lexicon(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Make a lexicon the default or no longer, rename or archive it."""
    found, user = _mine(request, public_id), signed_in_user(request)
    back = reverse("storefront:lexicon", args=[found.public_id])
    if "archive" in request.POST:
        back = _list(found.organization.public_id)
        return attempt(request, lambda: services.archive(lexicon=found, by=user), back=back)
    if "name" in request.POST:
        name = request.POST["name"]
        return attempt(
            request, lambda: services.rename(lexicon=found, name=name, by=user), back=back
        )
    return attempt(
        request,
        lambda: services.make_default(
            lexicon=found, by=user, default=request.POST.get("default") == "on"
        ),
        back=back,
    )


@sign_in_first
@require_POST
def import_entries(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Add the entries of a file."""
    found = _mine(request, public_id)
    file = request.FILES.get("file")

    def work() -> None:
        if file is None:
            raise Refused("no_file", gettext("Choose a PLS or CSV file first."))
        services.revise(
            lexicon=found,
            by=signed_in_user(request),
            add=pls.parse_file(pls.content_of(file)),
            replace="replace" in request.POST,
        )

    back = reverse("storefront:lexicon", args=[found.public_id])
    return attempt(request, work, back=back, done=gettext("The file's entries are in the lexicon."))


@sign_in_first
@never_cache
def export_entries(request: HttpRequest, public_id: uuid.UUID, kind: str) -> HttpResponse:
    """The latest version as a file."""
    return pls.download(_mine(request, public_id).latest, kind)
