"""Whether speech that was accepted may still be spoken: what pays for it, its voice, and who asked."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext

from marketplace.licensing.models import ApiKey, Generation
from marketplace.licensing.speaking_rights import require_still_speakable
from marketplace.policy import letters, page_keys
from marketplace.policy.models import Suspicion
from marketplace.refusals import SpeechRefused


def require_not_stopped(key: ApiKey) -> Collection[int | None]:
    """Refuse a key that is stopped, with its organization, or as one that it replaces.

    Returns what else slows it down: keys, or None for its organization.

    Raises:
        SpeechRefused: stopped_for_review (403).
    """
    found = page_keys.suspicions_of(key)
    if Suspicion.State.STOPPED in found.values():
        raise SpeechRefused(
            403,
            "stopped_for_review",
            gettext(
                "We saw unusual use, and it continued. A moderator is looking at it; if you can "
                "explain it, do so at %(page)s."
            )
            % {"page": letters.page()},
        )
    return found.keys()


def require_may_go_on(generation: Generation) -> None:
    """Refuse reserved speech, at the moment when it is spoken, that may not be by now.

    What was accepted of a key goes on when the key is revoked or expires, but not when it is stopped.

    Raises:
        SpeechRefused: stopped_for_review (403), and what `require_still_speakable` refuses.
    """
    require_still_speakable(generation)
    require_not_stopped(generation.api_key)


def require_may_go_on_by_now(*, generation_id: int) -> None:
    """The same while it is spoken, of rows as they are by now: what was silenced meanwhile breaks off.

    Raises:
        SpeechRefused: as `require_may_go_on`.
    """
    rows = Generation.objects.select_related("licence__voice", "voice", "plan_month", "api_key")
    require_may_go_on(rows.get(pk=generation_id))
