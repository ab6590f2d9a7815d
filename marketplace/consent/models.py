"""A person's recorded consent to having their voice replicated and licensed."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy

from marketplace.attempts import Attempted
from marketplace.states import Moves, Stateful
from marketplace.voices.models import Voice
from marketplace.voices.uses import Use


class Consent(Attempted, Stateful):
    """One statement, shown, read aloud and checked; refused ones are kept as evidence."""

    class State(models.TextChoices):
        CHALLENGED = "challenged", gettext_lazy("To be read")
        CHECKING = "checking", gettext_lazy("Being checked")
        REVIEW = "review", gettext_lazy("With a moderator")
        SECOND = "second", gettext_lazy("With a second moderator")
        VERIFIED = "verified", gettext_lazy("Verified")
        REFUSED = "refused", gettext_lazy("Refused")
        REVOKED = "revoked", gettext_lazy("Withdrawn")
        REPLACED = "replaced", gettext_lazy("Replaced by a newer statement")

    MOVES: ClassVar[Moves] = {
        State.CHALLENGED: {State.CHECKING, State.REFUSED},
        State.CHECKING: {State.REVIEW, State.VERIFIED, State.REFUSED},
        State.REVIEW: {State.SECOND, State.VERIFIED, State.REFUSED},
        State.SECOND: {State.VERIFIED, State.REFUSED},
        State.VERIFIED: {State.VERIFIED, State.REVOKED, State.REPLACED},
        State.REFUSED: set(),
        State.REVOKED: set(),
        State.REPLACED: set(),
    }

    WITH_MODERATORS: ClassVar = (State.REVIEW, State.SECOND)
    READ: ClassVar = (State.CHECKING, *WITH_MODERATORS)
    UNDECIDED: ClassVar = (State.CHALLENGED, *READ)

    class GivenBy(models.TextChoices):
        SPEAKER = "speaker", gettext_lazy("The speaker, of age")
        GUARDIAN = "guardian", gettext_lazy("A minor, with a guardian")
        ESTATE = "estate", gettext_lazy("An estate")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="consents")
    state = models.CharField(max_length=12, choices=State, default=State.CHALLENGED)
    legal_name = models.CharField(max_length=120)
    statement_version = models.CharField(max_length=16)
    statement = models.TextField()
    phrase = models.CharField(max_length=200)
    expires_at = models.DateTimeField(help_text="The phrase must be read by then.")
    uses = ArrayField(models.CharField(max_length=16, choices=Use), default=list)
    ends_at = models.DateTimeField(null=True, help_text="Of the consent; none: a synthetic test.")
    revision = models.PositiveSmallIntegerField(default=1, help_text="Counts narrowings.")
    taken_out = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        help_text="When each use that was removed since was removed.",
    )
    compared = models.BooleanField(
        default=True, help_text="Whether the voice may be compared with the recordings."
    )
    invitation = models.ForeignKey(
        "SpeakerInvitation", null=True, on_delete=models.PROTECT, related_name="consents"
    )
    given_by = models.CharField(max_length=8, choices=GivenBy, default=GivenBy.SPEAKER)
    representative = models.CharField(
        max_length=120, blank=True, help_text="The guardian's or executor's name."
    )
    demonstration = models.BooleanField(
        default=False, help_text="Read by a synthetic clone: only in a market without real money."
    )
    recording_key = models.CharField(max_length=200, blank=True)
    recording_sha256 = models.CharField(max_length=64, blank=True)
    to_hear = models.JSONField(
        default=list, help_text="Hashes of the recordings that moderators compare with the reading."
    )
    transcript = models.TextField(blank=True)
    scores = models.JSONField(default=dict)
    reason_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The moderator; none: decided by the checks.",
    )
    first_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The first of two moderators; none: one was enough.",
    )
    first_note = models.TextField(blank=True, help_text="The first moderator's reason.")
    first_approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    recorded_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_for_abuse = models.BooleanField(
        default=False, help_text="Then no notice period holds: silent at once for everyone."
    )

    @property
    def undecided(self) -> bool:
        """Whether this statement is still to be read or decided on."""
        return self.state in self.UNDECIDED

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["voice"],
                condition=models.Q(state="verified"),
                name="one_living_consent_a_voice",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="verified")
                | models.Q(first_approved_by=None)
                | ~models.Q(decided_by=models.F("first_approved_by")),
                name="two_moderators_are_two_people",
            ),
        )

        permissions = (("decide_consent", "Can decide on consents by hand"),)

    def __str__(self) -> str:
        return f"{self.voice} · {self.get_state_display()}"


class Agreement(models.Model):
    """One of the three agreements that a person gives or withholds before a statement is shown."""

    class Kind(models.TextChoices):
        BIOMETRIC = "biometric", gettext_lazy("My voice may be compared with my recordings")
        REPLICATION = "replication", gettext_lazy("My voice may be replicated and licensed")
        TERMS = "terms", gettext_lazy("The platform's terms")

    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="agreements")
    kind = models.CharField(max_length=12, choices=Kind)
    version = models.CharField(max_length=16)
    given = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["consent", "kind"], name="each_agreement_once"),
        )


class SpeakerInvitation(models.Model):
    """A link with which the person whose voice somebody else uploaded consents or refuses."""

    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="invitations")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    legal_name = models.CharField(max_length=120)
    email = models.EmailField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    declined_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(
        null=True, help_text="The speaker had everything of theirs erased."
    )

    class Meta:
        ordering = ("-id",)
