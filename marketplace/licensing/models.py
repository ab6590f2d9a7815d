"""Orders, licences, keys and usage."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from marketplace.accounts.models import Organization
from marketplace.listings.models import Offer, Use
from marketplace.money import Money
from marketplace.states import Stateful
from marketplace.voices.models import Voice, VoiceVersion


class Order(Stateful):
    """A buyer's intent to pay for an offer, with the price as it was shown."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for payment"
        PAID = "paid", "Paid"
        CANCELLED = "cancelled", "Cancelled"

    class Kind(models.TextChoices):
        NEW = "new", "New licence"
        RENEWAL = "renewal", "Renewal"
        UPGRADE = "upgrade", "Upgrade"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.NEW)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="orders")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="orders")
    changes = models.ForeignKey(
        "Licence",
        null=True,
        on_delete=models.PROTECT,
        related_name="change_orders",
        help_text="The licence that this renews or upgrades.",
    )
    voice_version = models.ForeignKey(VoiceVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    commission_bps = models.PositiveSmallIntegerField()
    terms = models.JSONField()
    checkout_session = models.CharField(max_length=120, blank=True, db_index=True)
    payment_intent = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def granted(self) -> Licence:
        """The licence that this order made or changed."""
        return self.changes or self.licence

    def __str__(self) -> str:
        return f"Order {self.public_id}"


class Licence(Stateful):
    """The right to have a voice speak: a frozen snapshot of what was bought."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused for payment"
        SUSPENDED = "suspended", "Suspended"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"
        REFUNDED = "refunded", "Refunded"

    ENDED = (State.EXPIRED, State.REVOKED, State.REFUNDED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=24, unique=True)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="licence")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="licences"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="licences"
    )
    voice = models.ForeignKey(Voice, on_delete=models.PROTECT, related_name="licences")
    voice_version = models.ForeignKey(VoiceVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    cause = models.CharField(
        max_length=20, blank=True, help_text="Of its suspension: who may end it."
    )
    terms = models.JSONField()
    terms_sha256 = models.CharField(max_length=64, help_text="Of the terms as canonical JSON.")
    characters_included = models.PositiveIntegerField()
    characters_used = models.PositiveIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(characters_used__lte=F("characters_included")),
                name="a_quota_is_never_overrun",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_licence_ends_after_it_starts"
            ),
        )

    @property
    def characters_left(self) -> int:
        return self.characters_included - self.characters_used

    def __str__(self) -> str:
        return self.number


class ApiKey(models.Model):
    """A secret that speaks with an organization's licences; only a keyed hash of it is kept."""

    class Scope(models.TextChoices):
        SPEAK = "speak", "Speak"
        READ = "read", "Read licences and usage"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="api_keys",
        help_text="Who made it.",
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="api_keys"
    )
    licences = models.ManyToManyField(
        Licence, related_name="api_keys", help_text="What it may speak with; none: everything."
    )
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=12, choices=Scope), default=list)
    use = models.CharField(
        max_length=16, choices=Use, blank=True, help_text="What it is for, unless a call says."
    )
    networks = ArrayField(
        models.CharField(max_length=50), default=list, help_text="CIDR; none: from anywhere."
    )
    monthly_characters = models.PositiveIntegerField(
        null=True, help_text="Spend limit in a calendar month (UTC); none: as much as there is."
    )
    rotated_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="rotated_to"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class KeyMonth(models.Model):
    """Characters a key has spent in a month; its row is locked while a request reserves."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="months")
    month = models.DateField(help_text="Its first day.")
    characters = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key", "month"], name="one_row_a_key_and_month"),
        )


class Generation(Stateful):
    """One piece of licensed speech: characters reserved before the first byte, then settled."""

    class State(models.TextChoices):
        RESERVED = "reserved", "Being spoken"
        SETTLED = "settled", "Spoken"
        RELEASED = "released", "Not spoken"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="generations")
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="generations")
    use = models.CharField(max_length=16, choices=Use, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.RESERVED)
    characters_reserved = models.PositiveIntegerField()
    characters_spoken = models.PositiveIntegerField(default=0)
    text_sha256 = models.CharField(max_length=64)
    audio_format = models.CharField(max_length=8)
    seconds = models.FloatField(default=0.0)
    from_cache = models.BooleanField(default=False)
    failure = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
