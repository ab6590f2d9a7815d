"""`manage.py open_retained`: show an auditor with a reason what an erased row said."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.models import User
from marketplace.privacy import services
from marketplace.privacy.models import RetainedRecord
from marketplace.refusals import Refused


class Command(BaseCommand):
    help = (
        "Print sealed records of an erased row; who opened them and why goes into the audit trail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", help="e.g. consent.consent:12")
        parser.add_argument("--by", required=True, help="An auditor's e-mail address.")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        kind, _, number = options["subject"].partition(":")
        by = User.objects.filter(email__iexact=options["by"]).first()
        if by is None or not number.isdecimal():
            raise CommandError("Name a row, as in consent.consent:12, and an auditor's address.")
        records = RetainedRecord.objects.filter(subject_type=kind, subject_id=int(number))
        if not records:
            raise CommandError("Nothing of it has been retained.")
        for record in records:
            try:
                contents = services.open_retained(record=record, by=by, reason=options["reason"])
            except Refused as refusal:
                raise CommandError(str(refusal)) from None
            self.stdout.write(json.dumps({"until": str(record.until), **contents}, indent=1))
