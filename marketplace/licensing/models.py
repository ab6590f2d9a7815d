"""Orders, licences, keys and usage."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from marketplace.accounts.models import Organization
from marketplace.listings.models import Listing, Offer
from marketplace.money import Money
from marketplace.states import Stateful
from marketplace.voices.models import Voice, VoiceVersion
from marketplace.voices.uses import Use


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
    reason = models.CharField(
        max_length=200, blank=True, help_text="Why it was moved to its state, for its buyer."
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
        permissions = (("moderate_licence", "Can suspend, resume and revoke licences"),)

    @property
    def characters_left(self) -> int:
        return self.characters_included - self.characters_used

    def __str__(self) -> str:
        return self.number


class Quote(Stateful):
    """A buyer asks for a voice to themselves; the creator names a price, or declines."""

    class State(models.TextChoices):
        ASKED = "asked", "Waiting for the creator"
        OFFERED = "offered", "Offered"
        DECLINED = "declined", "Declined"
        ACCEPTED = "accepted", "Accepted"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="quotes")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="quotes")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.ASKED)
    message = models.TextField(max_length=1000)
    price_minor = models.PositiveIntegerField(null=True)
    characters = models.PositiveIntegerField(null=True)
    term_months = models.PositiveSmallIntegerField(default=12)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["listing", "organization"],
                condition=Q(state__in=["asked", "offered"]),
                name="one_open_quote_a_buyer",
            ),
        )

    @property
    def price(self) -> Money | None:
        return None if self.price_minor is None else Money(self.price_minor, self.currency)


class ApiKey(models.Model):
    """A secret that speaks with an organization's licences; only a keyed hash of it is kept."""

    class Scope(models.TextChoices):
        SPEAK = "speak", "Speak"
        READ = "read", "Read licences and usage"
        ACCOUNT = "account", "Copy or erase the account"

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


class CreditAccount(models.Model):
    """An organization's prepaid credit in one currency, as the meter knows it: locked while a
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


class PlanSubscription(Stateful):
    """An organization's platform plan, as the payment provider bills it."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAST_DUE = "past_due", "Payment is due"
        ENDED = "ended", "Ended"

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="subscriptions"
    )
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    provider_id = models.CharField(max_length=120, unique=True)
    customer = models.CharField(max_length=120)
    cancels = models.BooleanField(default=False, help_text="At the end of the period.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state__in=["active", "past_due"]),
                name="one_living_plan_an_organization",
            ),
        )


class PlanMonth(models.Model):
    """A period of a plan: what was paid for it, what was spoken in it, whether it is shared out."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="plan_months"
    )
    plan = models.CharField(max_length=12)
    invoice = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - free: none
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    characters_included = models.PositiveIntegerField()
    characters_used = models.PositiveIntegerField(default=0)
    share_minor = models.PositiveIntegerField(default=0, help_text="The creators' part of it.")
    carried_minor = models.PositiveIntegerField(
        default=0, help_text="Left over from the month before, in which nothing was spoken."
    )
    currency = models.CharField(max_length=3)
    shared_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(
        null=True, help_text="Its payment went back or is disputed: nothing is spoken by it."
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(characters_used__lte=F("characters_included")),
                name="a_plan_is_never_overrun",
            ),
            models.UniqueConstraint(
                fields=["organization", "starts_at"], name="one_plan_month_at_a_time"
            ),
        )

    @property
    def characters_left(self) -> int:
        return self.characters_included - self.characters_used


class Generation(Stateful):
    """One piece of licensed speech: characters reserved before the first byte, then settled."""

    class State(models.TextChoices):
        RESERVED = "reserved", "Being spoken"
        SETTLED = "settled", "Spoken"
        RELEASED = "released", "Not spoken"

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
    audio_format = models.CharField(max_length=8)
    seconds = models.FloatField(default=0.0)
    from_cache = models.BooleanField(default=False)
    failure = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(licence__isnull=False, plan_month__isnull=True)
                | Q(licence__isnull=True, plan_month__isnull=False),
                name="speech_is_paid_by_a_licence_or_a_plan",
            ),
        )


class SpokenText(models.Model):
    """What a request said, sealed, until its time is over."""

    generation = models.OneToOneField(
        Generation, on_delete=models.CASCADE, related_name="spoken_text"
    )
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        permissions = (("open_spokentext", "Can open what was spoken"),)


class UsageCharge(models.Model):
    """What a generation cost in credit; the ledger takes it up once."""

    generation = models.OneToOneField(Generation, on_delete=models.PROTECT, related_name="charge")
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="usage_charges"
    )
    characters = models.PositiveIntegerField()
    micros = models.BigIntegerField()
    commission_bps = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    posted_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def cents(self) -> float:
        return self.micros / 1_000_000
