"""`manage.py protect_voice`: put a speaker on the list of those whom nobody may enrol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.models import User
from marketplace.moderation import services
from marketplace.moderation.models import ProtectedVoice
from synthesis.refusals import AudioRefused, TooSlow


class Command(BaseCommand):
    help = "Protect a public figure, or ban a speaker, by recordings; only the embedding is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recordings", nargs="+", type=Path)
        reasons = [ProtectedVoice.Reason.PUBLIC_FIGURE, ProtectedVoice.Reason.BANNED]
        parser.add_argument("--reason", required=True, choices=[str(r) for r in reasons])
        parser.add_argument("--note", required=True, help="Who, and why.")
        parser.add_argument("--by", required=True, help="A moderator's e-mail address.")

    def handle(self, *args: Any, **options: Any) -> None:
        from synthesis.audio.decoding import decode
        from synthesis.verification import encoders
        from synthesis.verification.reading_check import speaker_of

        by = User.objects.filter(email__iexact=options["by"]).first()
        if by is None or not by.has_perm(services.DECIDE):
            raise CommandError("Only moderators can protect voices.")
        try:
            recordings = [decode(path.read_bytes()) for path in options["recordings"]]
        except (OSError, AudioRefused, TooSlow) as error:
            raise CommandError(str(error)) from None
        embedding = [float(x) for x in speaker_of(recordings).ge2e]
        protected = services.protect(
            embedding=embedding,
            reason=options["reason"],
            encoder=encoders.GE2E,
            by=by,
            note=options["note"],
        )
        enrolled = services.enrolled_matches(embedding)
        self.stdout.write(f"Protected as {protected.public_id}.")
        for voice, score in enrolled:
            self.stdout.write(
                f"Like {voice} ({voice.slug}), which is on sale or enrolled here: score {score:.1f}"
            )
