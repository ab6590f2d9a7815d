"""`manage.py open_spoken_text`: show an auditor with a reason what a request said."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.models import User
from marketplace.licensing import spoken_texts
from marketplace.licensing.models import Generation
from marketplace.refusals import Refused


class Command(BaseCommand):
    help = "Print what a request said; who opened it and why goes into the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("generation", help="The request's id, as in responses and manifests.")
        parser.add_argument("--by", required=True, help="An auditor's e-mail address.")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            generation = Generation.objects.get(public_id=options["generation"])
            by = User.objects.get(email__iexact=options["by"])
            text = spoken_texts.open_text(generation=generation, by=by, reason=options["reason"])
        except (Generation.DoesNotExist, ValidationError):
            raise CommandError("There is no such request.") from None
        except User.DoesNotExist:
            raise CommandError("No account has this address.") from None
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(text)
