"""What a key's organization has bought and used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDay, TruncMonth
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.api.pagination import page_of
from marketplace.api.problems import NOT_FOUND, REFUSALS
from marketplace.api.serializers import PAGE, LicenceDocument, LicencePage
from marketplace.api.views.elevenlabs import ElevenLabsView
from marketplace.licensing import plans
from marketplace.licensing.key_access import require_scope
from marketplace.licensing.models import ApiKey, Generation, Licence

MAX_SPAN = timedelta(days=400)
GROUPS: dict[str, Any] = {
    "day": TruncDay("created_at", tzinfo=UTC),
    "month": TruncMonth("created_at", tzinfo=UTC),
}
FIELDS = {
    "licence": "licence__number",
    "plan": "plan_month__plan",
    "key": "api_key__prefix",
    "use": "use",
}


class OfKey(APIView):
    """Base view for keys with the read scope."""

    permission_classes = (IsAuthenticated,)

    def key(self, request: Request) -> ApiKey:
        assert isinstance(request.auth, ApiKey)
        require_scope(request.auth, ApiKey.Scope.READ)
        return request.auth


def licences_for(key: ApiKey) -> Any:
    """The licences a key may speak with, newest first."""
    mine = Licence.objects.filter(organization=key.organization_id).order_by("-pk")
    return mine.filter(api_keys=key) if key.licences.exists() else mine


class Licences(OfKey):
    """GET /v1/licences: the licences the key may speak with."""

    @extend_schema(
        operation_id="licences", parameters=PAGE, responses={200: LicencePage, **REFUSALS}
    )
    def get(self, request: Request) -> Response:
        page, more = page_of(licences_for(self.key(request)), request)
        return Response(
            {
                "object": "list",
                "data": LicenceDocument(page, many=True).data,
                "has_more": more is not None,
                "next_cursor": more,
            }
        )


class LicenceDetail(OfKey):
    """GET /v1/licences/{number}: one of them."""

    @extend_schema(
        operation_id="licence", responses={200: LicenceDocument, **REFUSALS, **NOT_FOUND}
    )
    def get(self, request: Request, number: str) -> Response:
        licence = licences_for(self.key(request)).filter(number=number).first()
        if licence is None:
            raise Http404(f"There is no licence {number}.")
        return Response(LicenceDocument(licence).data)


def _day(request: Request, name: str, default: date) -> date:
    text = request.query_params.get(name)
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError({name: ["Write the date as 2026-11-25."]}) from error


def _paid_through(key: ApiKey) -> Q:
    """What licences paid, and plans too for a key that is not limited to licences."""
    paid = Q(licence__in=licences_for(key).order_by())
    if not key.licences.exists():
        paid |= Q(plan_month__organization=key.organization_id)
    return paid


class Usage(OfKey):
    """GET /v1/usage: characters and seconds by day, month, licence, plan, key or use."""

    @extend_schema(
        operation_id="usage",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE),
            OpenApiParameter("to", OpenApiTypes.DATE, description="The last day, included."),
            OpenApiParameter("group", str, enum=[*GROUPS, *FIELDS]),
        ],
        responses={200: OpenApiTypes.OBJECT, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        key = self.key(request)
        today = timezone.now().date()
        since = _day(request, "from", today.replace(day=1))
        until = _day(request, "to", today)
        if since > until or until - since > MAX_SPAN or since.year < 2000 or until.year > 9000:
            raise ValidationError(
                {"from": [f"A time of at most {MAX_SPAN.days} days before `to`."]}
            )
        group = request.query_params.get("group", "day")
        rows = Generation.objects.filter(
            _paid_through(key),
            created_at__gte=datetime.combine(since, datetime.min.time(), UTC),
            created_at__lt=datetime.combine(until, datetime.min.time(), UTC) + timedelta(days=1),
        ).exclude(state=Generation.State.RELEASED)
        if group in GROUPS:
            field, rows = "of", rows.annotate(of=GROUPS[group])
        elif group in FIELDS:
            field = FIELDS[group]
        else:
            raise ValidationError({"group": [f"One of {', '.join([*GROUPS, *FIELDS])}."]})
        usage_rows = (
            rows.order_by(field)
            .values(field)
            .annotate(
                characters=Sum("characters_spoken"), seconds=Sum("seconds"), requests=Count("pk")
            )
        )
        data = [
            {
                group: row[field].date().isoformat() if field == "of" else row[field],
                "characters": row["characters"],
                "seconds": round(row["seconds"], 1),
                "requests": row["requests"],
            }
            for row in usage_rows
        ]
        return Response(
            {
                "object": "list",
                "from": since.isoformat(),
                "to": until.isoformat(),
                "group": group,
                "data": data,
                "characters": sum(row["characters"] for row in data),
            }
        )


class Subscription(ElevenLabsView, OfKey):
    """GET /v1/user/subscription: how many characters are left, for the `elevenlabs` client."""

    @extend_schema(
        operation_id="elevenlabs_subscription", responses={200: OpenApiTypes.OBJECT, **REFUSALS}
    )
    def get(self, request: Request) -> Response:
        return Response(subscription_of(self.key(request)))


class AccountOfKey(ElevenLabsView, OfKey):
    """GET /v1/user: whose key it is, for the `elevenlabs` client; no names."""

    @extend_schema(operation_id="elevenlabs_user", responses={200: OpenApiTypes.OBJECT, **REFUSALS})
    def get(self, request: Request) -> Response:
        key = self.key(request)
        return Response(
            {
                "user_id": str(key.organization.public_id),
                "workspace_id": str(key.organization.public_id),
                "subscription": subscription_of(key),
                "is_new_user": False,
                "can_use_delayed_payment_methods": False,
                "is_onboarding_completed": True,
                "is_onboarding_checklist_completed": True,
                "is_api_key_hashed": True,
                "xi_api_key_preview": key.prefix,
                "created_at": int(key.organization.created_at.timestamp()),
                "seat_type": "workspace_member",
            }
        )


def subscription_of(key: ApiKey) -> dict[str, Any]:
    """What a key may speak with, in the form that the `elevenlabs` client reads; voices can't be added by it."""
    active = licences_for(key).filter(state=Licence.State.ACTIVE)
    sums = active.order_by().aggregate(
        used=Sum("characters_used"), limit=Sum("characters_included")
    )
    used, limit, tier, resets = sums["used"] or 0, sums["limit"] or 0, "licences", None
    if not key.licences.exists():
        standing = plans.Standing(key.organization)
        month = standing.month
        used, limit = used + month.characters_used, limit + month.characters_included
        tier, resets = standing.plan.code, int(month.ends_at.timestamp())
    is_paid = active.exists() or tier in (plans.BASIC.code, plans.PRO.code)
    return {
        "tier": tier,
        "status": "active" if is_paid else "free",
        "character_count": used,
        "character_limit": limit,
        "next_character_count_reset_unix": resets,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "voice_slots_used": 0,
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": 0,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": False,
        "can_use_professional_voice_cloning": False,
        "current_overage": {"amount": "0", "currency": settings.CURRENCY.lower()},
        "open_invoices": [],
        "has_open_invoices": False,
    }
