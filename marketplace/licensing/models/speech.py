"""Speech, and the credit that pays for speech beyond a licence."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Organization
from marketplace.licensing.models.keys import ApiKey
from marketplace.licensing.models.licences import Licence
from marketplace.licensing.models.plans import PlanMonth
from marketplace.money import Money
from marketplace.states import Moves, Stateful
from marketplace.voices.models import Voice, VoiceVersion
from marketplace.voices.uses import Use


class CreditAccount(models.Model):
    """An organization's prepaid credit in one currency, as metered; locked while a
    request reserves. Micro-units: a millionth of a minor unit.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="credit_accounts"
    )
    currency = models.CharField(max_length=3)
    balance_micros = models.BigIntegerField(default=0)
    reserved_micros = models.BigIntegerField(default=0)
    monthly_limit_minor = models.PositiveIntegerField(
        null=True, help_text="Most that may be spent in a calendar month (UTC)."
    )
    month = models.DateField(null=True, help_text="The month that is being counted.")
    month_micros = models.BigIntegerField(default=0)
    alert_minor = models.PositiveIntegerField(default=500, help_text="Write when less is left.")
    alerted = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "currency"], name="one_credit_account_a_currency"
            ),
            models.CheckConstraint(
                condition=Q(balance_micros__gte=F("reserved_micros"), reserved_micros__gte=0),
                name="credit_is_never_overdrawn",
            ),
        )

    @property
    def left(self) -> Money:
        return Money((self.balance_micros - self.reserved_micros) // 1_000_000, self.currency)


class Generation(Stateful):
    """One piece of licensed speech: its characters are reserved before the first byte, then settled."""

    class State(models.TextChoices):
        RESERVED = "reserved", gettext_lazy("Being spoken")
        SETTLED = "settled", gettext_lazy("Spoken")
        RELEASED = "released", gettext_lazy("Not spoken")

    MOVES: ClassVar[Moves] = {
        State.RESERVED: {State.SETTLED, State.RELEASED},
        State.SETTLED: {State.RESERVED},
        State.RELEASED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    licence = models.ForeignKey(
        Licence, null=True, on_delete=models.PROTECT, related_name="generations"
    )
    plan_month = models.ForeignKey(
        PlanMonth, null=True, on_delete=models.PROTECT, related_name="generations"
    )
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="generations")
    voice_version = models.ForeignKey(VoiceVersion, on_delete=models.PROTECT, related_name="+")
    preview = models.BooleanField(default=False, help_text="Free: audibly marked.")
    background = models.BooleanField(
        default=False, help_text="A job's: nobody listens, so it may wait for a day."
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="generations")
    use = models.CharField(max_length=16, choices=Use, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.RESERVED)
    characters_reserved = models.PositiveIntegerField()
    characters_spoken = models.PositiveIntegerField(default=0)
    overage_characters = models.PositiveIntegerField(
        default=0, help_text="Of those reserved, beyond the licence: paid from credit."
    )
    overage_micros = models.BigIntegerField(default=0, help_text="Price of one of them.")
    text_sha256 = models.CharField(max_length=64)
    lexicon_versions = ArrayField(
        models.CharField(max_length=36), default=list, blank=True,
        help_text="Ids of those that its text was read with.",
    )  # fmt: skip
    audio_format = models.CharField(max_length=8)
    seconds = models.FloatField(default=0.0)
    from_cache = models.BooleanField(default=False)
    failure = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    reopened_at = models.DateTimeField(
        null=True, help_text="When the rest of it was last reserved again, after it broke off."
    )
    heartbeat_at = models.DateTimeField(
        null=True, help_text="When the worker that speaks it was last heard of."
    )
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["created_at"], condition=Q(state="reserved"), name="speech_under_way"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(licence__isnull=False, plan_month__isnull=True)
                | Q(licence__isnull=True, plan_month__isnull=False),
                name="speech_is_paid_by_a_licence_or_a_plan",
            ),
        )

    @property
    def reserved_at(self) -> datetime:
        """When what is reserved of it was reserved."""
        return self.reopened_at or self.created_at


class SpokenText(models.Model):
    """The text of a request, sealed, until its retention ends."""

    generation = models.OneToOneField(
        Generation, on_delete=models.CASCADE, related_name="spoken_text"
    )
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        permissions = (("open_spokentext", "Can open what was spoken"),)


class UsageCharge(models.Model):
    """What a generation, or the rest of one that broke off, cost in credit; posted once."""

    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="charges")
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="usage_charges"
    )
    characters = models.PositiveIntegerField()
    micros = models.BigIntegerField()
    commission_bps = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    posted_at = models.DateTimeField(null=True, db_index=True)
    returned_at = models.DateTimeField(
        null=True, help_text="When it was given back, because the voice was somebody else's."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def amount(self) -> Decimal:
        """The charge in whole units of its currency, to a millionth of the minor unit."""
        return Money(self.micros, self.currency).amount / 1_000_000
