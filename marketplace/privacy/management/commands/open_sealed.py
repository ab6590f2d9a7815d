"""`manage.py open_sealed`: sealed details of an event in the audit trail, for an auditor."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent
from marketplace.privacy.sealed_details import open_details
from marketplace.refusals import KeyDestroyed, Refused, Tampered


class Command(BaseCommand):
    help = "Print an event's sealed details; who opened them and why is in the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "event", type=int, help="The event's number, as export_audit writes it."
        )
        parser.add_argument("--by", required=True, help="An auditor's e-mail address.")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        event = AuditEvent.objects.filter(pk=options["event"]).first()
        by = User.objects.filter(email__iexact=options["by"]).first()
        if event is None or by is None:
            raise CommandError("Name an event of the audit trail and an auditor's address.")
        try:
            details = open_details(event=event, by=by, reason=options["reason"])
        except (Refused, KeyDestroyed, Tampered) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(details, indent=1))
