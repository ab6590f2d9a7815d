"""What the admin pages of finance have in common."""

from __future__ import annotations

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model
from django.http import HttpRequest

from marketplace.read_only_admin import ReadOnly


class WithActions(ReadOnly):
    """Rows that finance acts on but never edits."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("payouts.refund_payment"))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in self.model._meta.fields]


class ReasonForm(ActionForm):
    """The field for the reason beside the list of actions."""

    reason = forms.CharField(required=False, max_length=500, label="Why (the creator reads it)")
