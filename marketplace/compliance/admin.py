"""Reading the audit trail."""

from __future__ import annotations

from django.contrib import admin

from marketplace.compliance.models import AuditEvent
from marketplace.read_only_admin import ReadOnly


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    """The audit trail, read-only."""

    list_display = ("at", "action", "actor", "subject_type", "subject_id")
    list_filter = ("action",)
    date_hierarchy = "at"
