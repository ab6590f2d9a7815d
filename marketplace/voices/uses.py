"""The uses that speech may be licensed for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext, gettext_noop


class Use(models.TextChoices):
    """The uses a licence may allow, named one by one; there is no "everything".

    Labels are in the site's own language, as terms and statements name them; pages and letters ask `told`.
    """

    AUDIOBOOK = "audiobook", gettext_noop("Audiobooks")
    GAME = "game", gettext_noop("Games")
    SUPPORT = "support", gettext_noop("Support lines")
    APP = "app", gettext_noop("Apps and assistants")
    VIDEO = "video", gettext_noop("Video and podcasts")
    EDUCATION = "education", gettext_noop("Education")
    ADVERTISING = "advertising", gettext_noop("Advertising")
    POLITICAL = "political", gettext_noop("Political messages")
    ADULT = "adult", gettext_noop("Adult content")
    ADVICE = "advice", gettext_noop("Medical or legal advice")
    TRAINING = "training", gettext_noop("Training of models")


SENSITIVE_USES = frozenset(  # not allowed unless the creator opts in
    {Use.ADVERTISING, Use.POLITICAL, Use.ADULT, Use.ADVICE, Use.TRAINING}
)
ORDINARY_USES = tuple(use for use in Use if use not in SENSITIVE_USES)


def told(use: str) -> str:
    """What a use is called in the language of the page."""
    return gettext(str(Use(use).label))


def told_choices() -> list[tuple[str, str]]:
    """Every use with what it is called in the language of the page."""
    return [(use.value, told(use)) for use in Use]
