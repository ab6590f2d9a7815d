"""`manage.py open_trial`: show an auditor with a reason which line a visitor tried."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.models import User
from marketplace.refusals import Refused
from marketplace.trials import services
from marketplace.trials.models import Trial


class Command(BaseCommand):
    help = "Print the line of a trial; who opened it and why goes into the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("trial", help="The id, as in the address of its page, or a watermark.")
        parser.add_argument("--by", required=True, help="An auditor's e-mail address.")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            trial = _trial(options["trial"])
            by = User.objects.get(email__iexact=options["by"])
            text = services.open_text(trial=trial, by=by, reason=options["reason"])
        except (Trial.DoesNotExist, ValidationError):
            raise CommandError("There is no such trial.") from None
        except User.DoesNotExist:
            raise CommandError("No account has this address.") from None
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(text)


def _trial(named: str) -> Trial:
    """A trial by its id, or by the eight digits of its watermark, which an examination tells."""
    if len(named) == 8:
        try:
            return Trial.objects.get(mark__payload=int(named, 16))
        except ValueError:
            raise Trial.DoesNotExist from None
    return Trial.objects.get(public_id=named)
