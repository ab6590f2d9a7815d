"""Teams: who is in them, who is invited."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.accounts import organizations
from marketplace.accounts.models import Invitation, Membership
from marketplace.accounts.organizations import Right, organizations_of
from marketplace.rate_limit import count_visitor
from marketplace.refusals import Refused, SpeechRefused
from marketplace.storefront import invited
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.refused_pages import with_wait
from marketplace.storefront.views.requests import chosen_organization, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first

TOKENS_PER_MINUTE = 30  # of invitations, that one network may try


@sign_in_first
@never_cache
def teams(request: HttpRequest) -> HttpResponse:
    """The user's teams and their members."""
    user = signed_in_user(request)
    if request.method == "POST":
        try:
            organizations.create_organization(name=request.POST.get("name", ""), by=user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("storefront:teams")
    mine = (
        organizations_of(user)
        .filter(personal_of=None)
        .prefetch_related("memberships__user", "invitations")
    )
    managed = organizations.ids_where(user, Right.MEMBERS)
    return render(
        request,
        "storefront/teams.html",
        {
            "teams": [(team, team.pk in managed) for team in mine],
            "roles": Membership.Role.choices,
        },
    )


@sign_in_first
@require_POST
@authenticate_again
def invite(request: HttpRequest) -> HttpResponse:
    """Invite an address."""
    try:
        organizations.invite(
            organization=chosen_organization(request),
            email=request.POST.get("email", ""),
            role=request.POST.get("role", ""),
            by=signed_in_user(request),
        )
        messages.success(request, gettext("The invitation is on its way."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:teams")


@sign_in_first
@require_POST
def withdraw_invitation(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(
        Invitation.objects.select_related("organization"),
        public_id=public_id,
        organization__memberships__user=request.user,
    )
    try:
        organizations.withdraw_invitation(invitation=invitation, by=signed_in_user(request))
        messages.success(
            request,
            gettext("The invitation of %(email)s is withdrawn.") % {"email": invitation.email},
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:teams")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Accept an invitation; of a visitor, it is remembered until they have signed in or up.

    The token comes after '#', so that no log has it, and is posted by a form.
    """
    status = 200
    if request.method == "POST":
        try:
            invitation = _invitation_of(request)
            invited.keep(request, invitation)
            if not request.user.is_authenticated:
                return redirect("storefront:join-team")
            membership = organizations.accept_invitation(
                invitation=invitation, by=signed_in_user(request)
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        except SpeechRefused as refusal:
            messages.error(request, str(refusal))
            status = refusal.status
        else:
            invited.forget(request)
            messages.success(
                request,
                gettext("Welcome to %(organization)s.") % {"organization": membership.organization},
            )
            return redirect("storefront:teams")
    waiting = {"waiting": invited.waiting(request)}
    return with_wait(render(request, "storefront/join.html", waiting, status=status))


def _invitation_of(request: HttpRequest) -> Invitation:
    """The invitation of a token that was sent; without one, that which waits in the session."""
    token = request.POST.get("token", "")
    known = None if token.strip() else invited.waiting(request)
    if known is None:
        count_visitor("invitation", request, TOKENS_PER_MINUTE)
        known = organizations.invitation_with(token=token)
    return known


@sign_in_first
@require_POST
@authenticate_again
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a member's role or remove them."""
    membership = get_object_or_404(
        Membership.objects.select_related("organization"),
        pk=pk,
        organization__memberships__user=request.user,
    )
    try:
        if "remove" in request.POST:
            organizations.remove_member(membership=membership, by=signed_in_user(request))
        else:
            organizations.change_role(
                membership=membership, role=request.POST.get("role", ""), by=signed_in_user(request)
            )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("storefront:teams")
