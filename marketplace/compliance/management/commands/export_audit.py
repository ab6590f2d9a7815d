"""`manage.py export_audit`: the audit trail as JSON lines, with its hashes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.compliance.models import AuditEvent


class Command(BaseCommand):
    help = "Write events as JSON lines, oldest first; --action and --subject filter them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--action", help="What an action begins with, e.g. consent.")
        parser.add_argument("--subject", help="e.g. licensing.licence:12")

    def handle(self, *args: Any, **options: Any) -> None:
        events = AuditEvent.objects.select_related("link").order_by("pk")
        if options["first"]:
            events = events.filter(at__date__gte=options["first"])
        if options["last"]:
            events = events.filter(at__date__lte=options["last"])
        if options["action"]:
            events = events.filter(action__startswith=options["action"])
        if options["subject"]:
            kind, _, number = options["subject"].partition(":")
            events = events.filter(subject_type=kind, subject_id=int(number))
        for event in events.iterator():
            link = getattr(event, "link", None)
            row = {
                "id": event.pk, "at": event.at.isoformat(), "actor": event.actor_id,
                "action": event.action, "subject": [event.subject_type, event.subject_id],
                "details": event.details, "sha256": link.sha256 if link else None,
            }  # fmt: skip
            self.stdout.write(json.dumps(row, ensure_ascii=False))
