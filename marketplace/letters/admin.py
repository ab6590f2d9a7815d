"""Letters that don't arrive, for operators: the recipient, and what the mail server said."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.letters import services
from marketplace.letters.models import Letter
from marketplace.read_only_admin import ReadOnly
from marketplace.refusals import InvalidTransition


@admin.register(Letter)
class LetterAdmin(ReadOnly):
    """Letters without their text, which operators may not read."""

    list_display = ("created_at", "email", "state", "tries", "problem")
    list_filter = ("state",)
    fields = ("email", "state", "tries", "next_try_at", "problem", "created_at")
    actions = ("try_again",)

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Letter]) -> None:
        for letter in chosen:
            try:
                services.try_again(letter=letter)
            except InvalidTransition as refusal:
                self.message_user(request, str(refusal), messages.WARNING)
