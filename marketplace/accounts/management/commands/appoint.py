"""`manage.py appoint EMAIL --as finance`: let a user into the part of the admin they work in."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_auditor, appoint_finance, appoint_moderator

POSTS = {"auditor": appoint_auditor, "finance": appoint_finance, "moderator": appoint_moderator}


class Command(BaseCommand):
    help = "Give a user the rights of an auditor, of finance or of a moderator, and nothing more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--as", dest="post", choices=sorted(POSTS), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"{options['email']} has no account; they must sign up first.")
        POSTS[options["post"]](user=user)
        self.stdout.write(
            f"{user.email} now has the {options['post']} role; the admin is at /admin/."
        )
