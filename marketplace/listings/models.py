"""Listings and the offers on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.attempts import Attempted
from marketplace.currencies import sold_in
from marketplace.in_line import InLine
from marketplace.listings.rating import UNRATED, Rating
from marketplace.money import Money
from marketplace.states import Moves, Stateful
from marketplace.voices.embeddings import RotatedVectorField
from marketplace.voices.models import Preview, Voice, VoiceVersion
from marketplace.voices.uses import Use


class Notice(models.IntegerChoices):
    """Days that licences go on after their speaker withdraws."""

    NONE = 0, gettext_lazy("None: silent at once")
    MONTH = 30, gettext_lazy("1 month")
    YEAR = 365, gettext_lazy("1 year")
    TWO_YEARS = 730, gettext_lazy("2 years")


class Listing(Stateful):
    """A voice put on sale; live only after a moderator has heard it."""

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("Draft")
        SUBMITTED = "submitted", gettext_lazy("Waiting for review")
        LIVE = "live", pgettext_lazy("listing", "Live")
        REJECTED = "rejected", gettext_lazy("Sent back")
        SUSPENDED = "suspended", gettext_lazy("Suspended")
        EXCLUSIVE = "exclusive", gettext_lazy("Licensed exclusively")

    MOVES: ClassVar[Moves] = {
        State.DRAFT: {State.SUBMITTED},
        State.SUBMITTED: {
            State.LIVE,
            State.EXCLUSIVE,
            State.REJECTED,
            State.DRAFT,
            State.SUSPENDED,
        },
        State.LIVE: {State.DRAFT, State.SUSPENDED, State.EXCLUSIVE},
        State.REJECTED: {State.DRAFT, State.SUBMITTED},
        State.SUSPENDED: {State.LIVE, State.EXCLUSIVE, State.SUBMITTED},
        State.EXCLUSIVE: {State.LIVE, State.DRAFT, State.SUBMITTED, State.SUSPENDED},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    voice = models.OneToOneField(Voice, on_delete=models.PROTECT, related_name="listing")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    version = models.ForeignKey(
        VoiceVersion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What was submitted and heard; a voice learned again is reviewed again.",
    )
    uses = ArrayField(models.CharField(max_length=16, choices=Use), default=list)
    headline = models.CharField(max_length=100, blank=True)
    attribution = models.CharField(
        max_length=120, blank=True, help_text="What credits must say; none: nothing."
    )
    in_plans = models.BooleanField(
        default=False, help_text="Subscribers of the platform's plans may speak with it."
    )
    plan_rate = models.DecimalField(
        max_digits=3,
        decimal_places=1,
        default=1,
        help_text="What a character weighs in a subscriber's month; and takes of their plan.",
    )
    notice_days = models.PositiveSmallIntegerField(choices=Notice, default=Notice.NONE)
    exclusive_until = models.DateTimeField(
        null=True, help_text="It is sold to nobody else until then; none: to anybody."
    )
    review_note = models.TextField(blank=True)
    reviewed = models.JSONField(
        null=True, help_text="What a moderator approved last, as the public sees it."
    )
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    search_text = models.TextField(default="", blank=True)
    words = models.GeneratedField(
        expression=SearchVector("search_text", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    from_price_minor = models.PositiveIntegerField(
        null=True, help_text="The lowest price at which anybody may buy; kept with the offers."
    )
    spoken_week = models.PositiveBigIntegerField(
        default=0, help_text="Characters that buyers had spoken in the last 7 days."
    )
    spoken_quarter = models.PositiveBigIntegerField(default=0, help_text="The same, in 90 days.")
    stars = ArrayField(
        models.PositiveIntegerField(),
        default=list,
        help_text="How many reviews have 1, 2, up to 5 stars; empty: there is none.",
    )
    rating_rank = models.FloatField(
        default=UNRATED, help_text="By what the best rated come first; follows from the stars."
    )
    published_at = models.DateTimeField(null=True)
    first_published_at = models.DateTimeField(
        null=True, help_text="When it went on sale for the first time: later it is no news."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(plan_rate__gte=1, plan_rate__lte=5), name="a_plan_rate_is_1_to_5"
            ),
        )
        permissions = (("moderate_listing", "Can approve, send back and suspend listings"),)
        indexes = (
            GinIndex(name="listing_says", fields=["words"]),
            models.Index(name="newest_on_sale", fields=["state", "-published_at", "-id"]),
            models.Index(name="cheapest_on_sale", fields=["state", "from_price_minor", "-id"]),
            models.Index(
                name="best_rated_on_sale", fields=["state", "-rating_rank", "-published_at", "-id"]
            ),
        )

    def __str__(self) -> str:
        return self.voice.name

    @property
    def rating(self) -> Rating:
        """What the reviews of its voice come to."""
        return Rating.of(self.stars)

    @property
    def is_exclusive(self) -> bool:
        """Whether an exclusive licence is in force, whatever else became of the listing."""
        return self.exclusive_until is not None and self.exclusive_until > timezone.now()


class Offer(models.Model):
    """A tier of licence with its price; an exclusive one is a private offer to one buyer."""

    class Tier(models.TextChoices):
        PERSONAL = "personal", gettext_lazy("Personal")
        COMMERCIAL = "commercial", gettext_lazy("Commercial")
        BROADCAST = "broadcast", gettext_lazy("Broadcast")
        EXCLUSIVE = "exclusive", gettext_lazy("Exclusive")  # on request, for one buyer

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="offers")
    tier = models.CharField(max_length=12, choices=Tier)
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    characters = models.PositiveIntegerField(help_text="Included in the price.")
    overage_minor = models.PositiveIntegerField(
        null=True, blank=True, help_text="For 1,000 characters beyond; none: no more are sold."
    )
    term_months = models.PositiveSmallIntegerField(default=12)
    territory = ArrayField(
        models.CharField(max_length=2), default=list, help_text="ISO 3166 codes; none: worldwide."
    )
    withdrawn = models.BooleanField(
        default=False, help_text="No longer sold, but kept for what was ordered of it."
    )

    class Meta:
        ordering = ("price_minor",)
        constraints = (
            models.UniqueConstraint(
                fields=["listing", "tier"],
                condition=~Q(tier="exclusive"),
                name="one_public_offer_a_tier",
            ),
            models.CheckConstraint(condition=Q(price_minor__gte=100), name="no_offer_under_one"),
            models.CheckConstraint(
                condition=Q(term_months__gte=1, term_months__lte=120),
                name="a_term_ends_within_ten_years",
            ),
        )

    def __str__(self) -> str:
        return f"{self.listing} {self.tier}"

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def abroad(self) -> Iterable[OfferPrice]:
        """Its prices in other currencies, as `listings.queries.public` has read them, or read now."""
        known: list[OfferPrice] | None = getattr(self, "known_prices", None)
        return self.prices.all() if known is None else known

    def price_in(self, currency: str) -> Money | None:
        """What it costs in a currency; None if it isn't sold in it."""
        if currency == self.currency:
            return self.price
        there = (each for each in self.abroad if each.currency == currency and each.is_sold)
        found = next(there, None)
        return found.price if found else None

    @property
    def price_per_thousand(self) -> Money:
        """Effective price of 1,000 characters, rounded up."""
        return self.per_thousand(self.price)

    def per_thousand(self, price: Money) -> Money:
        """What 1,000 characters cost at a price of it, rounded up."""
        return Money(-(-price.minor * 1000 // self.characters), price.currency)


class OfferPrice(models.Model):
    """What an offer costs in another currency than its own, frozen when its listing was saved."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    price_minor = models.PositiveIntegerField()
    rate = models.DecimalField(
        max_digits=18,
        decimal_places=8,
        null=True,
        help_text="Of the offer's own currency, if it was converted; none: its creator typed it.",
    )
    rated_on = models.DateField(null=True, help_text="The day of that rate.")

    class Meta:
        ordering = ("currency",)
        constraints = (
            models.UniqueConstraint(fields=["offer", "currency"], name="one_price_a_currency"),
            models.CheckConstraint(condition=Q(price_minor__gte=1), name="no_price_of_nothing"),
            models.CheckConstraint(
                condition=Q(rate__isnull=True, rated_on__isnull=True)
                | Q(rate__gt=0, rated_on__isnull=False),
                name="a_rate_has_a_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.offer}: {self.price}"

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def is_sold(self) -> bool:
        """Whether the platform still sells in this currency."""
        return self.currency in sold_in()


class ExchangeRate(models.Model):
    """What one euro was worth on a day: for proposing prices and stating VAT, never for charging."""

    currency = models.CharField(max_length=3)
    per_euro = models.DecimalField(max_digits=18, decimal_places=8)
    dated = models.DateField()
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dated", "currency"], name="one_rate_a_day"),
            models.CheckConstraint(condition=Q(per_euro__gt=0), name="a_rate_is_above_nothing"),
        )

    def __str__(self) -> str:
        return f"{self.per_euro} {self.currency} on {self.dated}"


class SavedVoice(models.Model):
    """A voice on somebody's shortlist."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_voices"
    )
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "voice"), name="a_voice_is_saved_once"),
        )
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.voice_id} for {self.user_id}"


class Sample(InLine, Attempted, Stateful):
    """A recording by which somebody looks for voices that sound like it; deleted within about an hour.

    holder: a digest of the secret in the session of whoever sent it, which alone sees what it finds.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Being listened to"
        HEARD = "heard", "Heard"
        REFUSED = "refused", "Can't be used"

    MOVES: ClassVar[Moves] = {
        State.QUEUED: {State.HEARD, State.REFUSED},
        State.HEARD: set(),
        State.REFUSED: set(),
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    holder = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    embedding = RotatedVectorField(dimensions=256, null=True)
    reason_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)


class ShelfChange(models.Model):
    """That a voice changed in what search looks at; written by the database, whoever changes it.

    made_in: the transaction, by which a process knows whether it has seen the change.
    """

    voice = models.BigIntegerField(null=True, help_text="The voice's key; none: any voice.")
    made_in = models.BigIntegerField(db_index=True, help_text="The transaction.")
    made_at = models.DateTimeField(db_index=True)


class DayOfPlays(models.Model):
    """How often a clip was begun on one day (UTC); the number stays when the clip gives way to another."""

    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="+")
    clip = models.ForeignKey(Preview, null=True, on_delete=models.SET_NULL, related_name="+")
    day = models.DateField()
    plays = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("clip", "day"), name="one_count_a_clip_and_day"),
        )
        indexes = (models.Index(fields=("voice", "day"), name="plays_of_a_voice"),)

    def __str__(self) -> str:
        return f"{self.plays} of {self.clip_id} on {self.day}"
