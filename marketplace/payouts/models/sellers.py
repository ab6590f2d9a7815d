"""What a creator says of themselves as a seller: who they are for tax, when to be paid, what they agreed to."""

from __future__ import annotations

import base64
import json
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from marketplace import storage
from marketplace.billing.models import CheckedNumber
from marketplace.creators.models import Creator


class PayoutSchedule(models.Model):
    """When a creator's money is sent; without one, as soon as it is payable."""

    class Rhythm(models.TextChoices):
        AT_ONCE = "at_once", gettext_lazy("As soon as it is payable")
        WEEKLY = "weekly", gettext_lazy("Every Monday")
        MONTHLY = "monthly", gettext_lazy("On the first of the month")
        BY_HAND = "by_hand", gettext_lazy("Only when I ask for it")

    creator = models.OneToOneField(
        Creator, on_delete=models.PROTECT, related_name="payout_schedule"
    )
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.AT_ONCE)
    next_on = models.DateField(
        null=True,
        help_text="Of a weekly or monthly one: the day (UTC) before which nothing is sent.",
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(rhythm__in=["weekly", "monthly"], next_on__isnull=False)
                | Q(rhythm__in=["at_once", "by_hand"], next_on=None),
                name="only_a_rhythm_has_a_next_day",
            ),
        )


class SellerDetails(CheckedNumber):
    """Who a creator is for tax and on their documents; numbers and the date of birth are sealed."""

    class Kind(models.TextChoices):
        PERSON = "person", gettext_lazy("A person")
        COMPANY = "company", gettext_lazy("A company")

    creator = models.OneToOneField(Creator, on_delete=models.PROTECT, related_name="seller_details")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    name = models.CharField(max_length=120, help_text="The person's or the company's, in full.")
    form = models.CharField(max_length=40, blank=True, help_text="Of a company, such as GmbH.")
    street = models.CharField(max_length=120)
    street_2 = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80)
    region = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    sealed = models.TextField(blank=True, help_text="Encrypted, in base64.")

    def __str__(self) -> str:
        return f"{self.name} {self.form}".strip()

    @property
    def _purpose(self) -> str:
        return f"seller details {self.creator_id}"

    def seal(self, *, tax_number: str, born_on: date | None, registration: str) -> None:
        """Set what is encrypted."""
        plain = json.dumps(
            {
                "tax_number": tax_number,
                "born_on": born_on.isoformat() if born_on else "",
                "registration": registration,
            }
        )
        self.sealed = base64.b64encode(storage.seal(plain.encode(), self._purpose)).decode()

    def _opened(self) -> dict[str, str]:
        if not self.sealed:
            return {}
        plain = storage.unseal(base64.b64decode(self.sealed), self._purpose)
        opened: dict[str, str] = json.loads(plain)
        return opened

    @property
    def tax_number(self) -> str:
        return self._opened().get("tax_number", "")

    @property
    def registration(self) -> str:
        """The number in the company's register."""
        return self._opened().get("registration", "")

    @property
    def born_on(self) -> date | None:
        born = self._opened().get("born_on", "")
        return date.fromisoformat(born) if born else None


class SelfBillingAgreement(models.Model):
    """A creator's agreement that the platform writes their documents, with its words."""

    creator = models.ForeignKey(
        Creator, on_delete=models.PROTECT, related_name="self_billing_agreements"
    )
    words = models.TextField(help_text="What they agreed to, as it was shown.")
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["creator"], condition=Q(ended_at=None), name="one_agreement_a_creator"
            ),
        )
