"""What clients read of voices on sale."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.api.serializers import Page
from marketplace.listings import prices
from marketplace.listings.rating import Rating
from marketplace.money import Money


class RatingDocument(serializers.Serializer):  # type: ignore[type-arg]
    """What the reviews of licensees come to; null where there is none."""

    average = serializers.FloatField(min_value=1, max_value=5, help_text="Stars, to two decimals.")
    count = serializers.IntegerField(
        min_value=1, help_text="How many reviews that the public sees."
    )


class VoiceDocument(serializers.Serializer):  # type: ignore[type-arg]
    """A voice on sale."""

    id = serializers.CharField(source="voice.slug")
    name = serializers.CharField(source="voice.name")
    creator = serializers.CharField(source="voice.creator.display_name")
    language = serializers.CharField(source="voice.language")
    gender = serializers.CharField(source="voice.gender")
    age = serializers.CharField(source="voice.age")
    styles = serializers.ListField(child=serializers.CharField(), source="voice.styles")
    uses = serializers.ListField(child=serializers.CharField())
    synthetic = serializers.BooleanField(source="voice.synthetic")
    notice_days = serializers.IntegerField()
    from_price_minor = serializers.SerializerMethodField()
    currency = serializers.SerializerMethodField()
    currencies = serializers.SerializerMethodField()
    rating = serializers.SerializerMethodField()

    def _lowest(self, listing: Any) -> Money | None:
        """The lowest price in the currency that was asked for, else in the listing's own."""
        asked = self.context.get("currency", settings.CURRENCY)
        return prices.lowest(listing.offers.all(), asked)

    def get_from_price_minor(self, listing: Any) -> int | None:
        price = self._lowest(listing)
        return price.minor if price else None

    def get_currency(self, listing: Any) -> str:
        price = self._lowest(listing)
        return price.currency if price else settings.CURRENCY

    def get_currencies(self, listing: Any) -> list[str]:
        return prices.sold_in(listing)

    @extend_schema_field(RatingDocument(allow_null=True))
    def get_rating(self, listing: Any) -> dict[str, Any] | None:
        rating: Rating = listing.rating
        if not rating.count:
            return None
        return {"average": round(rating.mean, 2), "count": rating.count}


class VoicePage(Page):
    data = VoiceDocument(many=True)  # type: ignore[assignment]
