"""Quotes, orders and licences."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy, gettext_noop

from marketplace.accounts.models import Organization
from marketplace.licensing.models.coupons import Coupon
from marketplace.listings.models import Listing, Offer
from marketplace.money import Money
from marketplace.states import Moves, Stateful
from marketplace.voices.models import Voice, VoiceVersion

PAYABLE = timedelta(hours=23)
EXCLUSIVE_PAYABLE = timedelta(hours=1)
COUPON_PAYABLE = timedelta(hours=1)  # a code with few uses is held for who pays


class Order(Stateful):
    """A buyer's intent to pay for an offer at the price shown."""

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("Waiting for payment")
        PAID = "paid", gettext_lazy("Paid")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")
        TOO_LATE = "too_late", gettext_lazy("Paid too late, refunded")

    MOVES: ClassVar[Moves] = {
        State.PENDING: {State.PAID, State.CANCELLED, State.TOO_LATE},
        State.PAID: set(),
        State.CANCELLED: {State.PAID, State.TOO_LATE},
        State.TOO_LATE: set(),
    }

    class Kind(models.TextChoices):
        # in the site's own language, as invoices name them; pages ask gettext
        NEW = "new", gettext_noop("New licence")
        RENEWAL = "renewal", gettext_noop("Renewal")
        UPGRADE = "upgrade", gettext_noop("Upgrade")

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
    used_before = models.PositiveBigIntegerField(
        null=True, help_text="Characters of the licence to be changed that were used when ordered."
    )
    voice_version = models.ForeignKey(VoiceVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    price_minor = models.PositiveIntegerField()
    coupon = models.ForeignKey(Coupon, null=True, on_delete=models.PROTECT, related_name="orders")
    discount_minor = models.PositiveIntegerField(
        default=0, help_text="What the coupon takes off the price, paid by the platform."
    )
    currency = models.CharField(max_length=3)
    commission_bps = models.PositiveSmallIntegerField()
    terms = models.JSONField()
    checkout_session = models.CharField(max_length=120, blank=True, db_index=True)
    payment_intent = models.CharField(max_length=120, blank=True)
    renewal_words = models.TextField(
        blank=True,
        help_text="What its buyer agreed to so that the licence renews by itself; else empty.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True, help_text="When its whole payment had gone back.")
    returned_minor = models.PositiveIntegerField(
        default=0, help_text="Of what was due, what went back for good."
    )
    returning_minor = models.PositiveIntegerField(
        default=0, help_text="Of what was due, what is asked back or disputed."
    )

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def due(self) -> Money:
        """What its buyer pays, without tax."""
        return Money(self.price_minor - self.discount_minor, self.currency)

    @property
    def credited_minor(self) -> int:
        """What an upgrade took off the price of its tier for the unused value of its licence."""
        is_upgrade = self.kind == self.Kind.UPGRADE
        return int(self.terms["price_minor"]) - self.price_minor if is_upgrade else 0

    @property
    def granted(self) -> Licence | None:
        """The licence that this paid order made or changed; None: it was paid too late."""
        return None if self.state == self.State.TOO_LATE else self.changes or self.licence

    @property
    def payable_until(self) -> datetime:
        """When its payment page closes; exclusive ones and coupons keep other buyers waiting."""
        if self.terms["tier"] == Offer.Tier.EXCLUSIVE:
            return self.created_at + EXCLUSIVE_PAYABLE
        return self.created_at + (PAYABLE if self.coupon_id is None else COUPON_PAYABLE)

    def __str__(self) -> str:
        return f"Order {self.public_id}"


class Licence(Stateful):
    """The right to have a voice speak, as a frozen snapshot of what was bought."""

    class State(models.TextChoices):
        ACTIVE = "active", gettext_lazy("Active")
        PAUSED = "paused", gettext_lazy("Paused for payment")
        SUSPENDED = "suspended", gettext_lazy("Suspended")
        EXPIRED = "expired", gettext_lazy("Expired")
        REVOKED = "revoked", gettext_lazy("Revoked")
        REFUNDED = "refunded", gettext_lazy("Refunded")

    MOVES: ClassVar[Moves] = {
        State.ACTIVE: {State.PAUSED, State.SUSPENDED, State.EXPIRED, State.REVOKED, State.REFUNDED},
        State.PAUSED: {State.ACTIVE, State.SUSPENDED, State.EXPIRED, State.REVOKED, State.REFUNDED},
        State.SUSPENDED: {State.ACTIVE, State.EXPIRED, State.REVOKED, State.REFUNDED},
        State.EXPIRED: {State.ACTIVE, State.SUSPENDED, State.REVOKED, State.REFUNDED},
        State.REVOKED: {State.SUSPENDED},  # an appeal was won of the dispute that had ended it
        State.REFUNDED: set(),
    }

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
    cause = models.TextField(
        blank=True, help_text="Of its suspension, separated by spaces: each is ended by itself."
    )
    reason = models.CharField(
        max_length=200, blank=True, help_text="Why it was moved to its state, for its buyer."
    )
    terms = models.JSONField()
    terms_sha256 = models.CharField(max_length=64, help_text="Of the terms as canonical JSON.")
    characters_included = models.PositiveBigIntegerField()
    characters_used = models.PositiveBigIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    grace_ends_at = models.DateTimeField(
        null=True, help_text="Until when it speaks although its renewal is announced, but not paid."
    )

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

    @property
    def silent_from(self) -> datetime:
        """When its speech ends: with its term, or with the grace for a renewal by itself."""
        return max(self.ends_at, self.grace_ends_at or self.ends_at)

    def __str__(self) -> str:
        return self.number


class Quote(Stateful):
    """A buyer's request for an exclusive licence; the creator names a price or declines."""

    class State(models.TextChoices):
        ASKED = "asked", gettext_lazy("Waiting for the creator")
        OFFERED = "offered", gettext_lazy("Offered")
        DECLINED = "declined", gettext_lazy("Declined")
        ACCEPTED = "accepted", gettext_lazy("Accepted")

    MOVES: ClassVar[Moves] = {
        State.ASKED: {State.OFFERED, State.DECLINED},
        State.OFFERED: {State.ACCEPTED, State.DECLINED},
        State.DECLINED: set(),
        State.ACCEPTED: {State.ACCEPTED, State.DECLINED},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="quotes")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="quotes")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    offer = models.OneToOneField(
        Offer,
        null=True,
        on_delete=models.PROTECT,
        related_name="quote",
        help_text="What its buyer alone may order, once accepted.",
    )
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
