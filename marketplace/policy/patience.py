"""How long a text may be looked at before whoever sent it is asked to send it in parts."""

from __future__ import annotations

import time

from django.utils.translation import gettext

from marketplace.refusals import SpeechRefused

JUDGED_WITHIN = 5.0  # seconds; a text of 100,000 characters takes less than one


class Patience:
    """The time for one text, from now on; asked between its sentences, too, as one reading may take long."""

    def __init__(self) -> None:
        self._until = time.monotonic() + JUDGED_WITHIN

    def require(self) -> None:
        """Go on while there is time.

        Raises:
            SpeechRefused: text_unjudged (422), after `JUDGED_WITHIN` seconds.
        """
        if time.monotonic() > self._until:
            raise SpeechRefused(
                422,
                "text_unjudged",
                gettext("Checking this text takes too long; send it in parts."),
            )
