"""The uses that speech may be licensed for."""

from __future__ import annotations

from django.db import models


class Use(models.TextChoices):
    """The uses a licence may allow, named one by one; there is no "everything"."""

    AUDIOBOOK = "audiobook", "Audiobooks"
    GAME = "game", "Games"
    SUPPORT = "support", "Support lines"
    APP = "app", "Apps and assistants"
    VIDEO = "video", "Video and podcasts"
    EDUCATION = "education", "Education"
    ADVERTISING = "advertising", "Advertising"
    POLITICAL = "political", "Political messages"
    ADULT = "adult", "Adult content"
    ADVICE = "advice", "Medical or legal advice"
    TRAINING = "training", "Training of models"


SENSITIVE_USES = frozenset(  # not allowed unless the creator opts in
    {Use.ADVERTISING, Use.POLITICAL, Use.ADULT, Use.ADVICE, Use.TRAINING}
)
ORDINARY_USES = tuple(use for use in Use if use not in SENSITIVE_USES)
