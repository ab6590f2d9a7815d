"""Billing details of organizations, series of numbers, and documents that never change."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from marketplace.accounts.models import Organization
from marketplace.money import Money


class CheckedNumber(models.Model):
    """A VAT number, and what the European Union's register (VIES) said of it."""

    class VatCheck(models.TextChoices):
        NONE = "", "Not checked"
        VALID = "valid", "Valid"
        INVALID = "invalid", "Not valid"

    vat_number = models.CharField(max_length=20, blank=True, help_text="With its country's prefix.")
    vat_check = models.CharField(max_length=8, blank=True, choices=VatCheck, default=VatCheck.NONE)
    vat_checked_at = models.DateTimeField(null=True)
    vat_consultation = models.CharField(
        max_length=40, blank=True, help_text="The register's number of our question: proof of it."
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @property
    def good_vat_number(self) -> str:
        """The number, for documents; "" if the register doesn't know it."""
        return "" if self.vat_check == self.VatCheck.INVALID else self.vat_number


class BillingDetails(CheckedNumber):
    """Whom an organization's invoices are made out to; without them, whoever paid."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, related_name="billing_details"
    )
    name = models.CharField(max_length=120, help_text="The company's or the person's.")
    street = models.CharField(max_length=120, blank=True)
    street_2 = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    reference = models.CharField(
        max_length=60, blank=True, help_text="The buyer's own, such as a purchase order number."
    )

    def __str__(self) -> str:
        return f"{self.name}, {self.country}"


class NumberSeries(models.Model):
    """The last number that was given out, of a kind of document in a year."""

    prefix = models.CharField(max_length=4)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["prefix", "year"], name="one_series_a_kind_and_year"),
        )


class Invoice(models.Model):
    """An invoice, or a credit note that takes part of one back; amounts in minor units.

    A self-billing invoice is one that the platform, as the buyer, writes for a creator; its
    organization is the creator's own.

    Everything but the number is final at once; the number follows within moments, so that payments
    don't wait for each other in one gapless series.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"
        SELF_BILLED = "self_billed", "Self-billing invoice"

    class Category(models.TextChoices):
        """Codes of UNCL 5305, as EN 16931 uses them."""

        STANDARD = "S", "Taxed"
        ZERO = "Z", "Zero rated"
        EXEMPT = "E", "Exempt from tax"
        REVERSE_CHARGE = "AE", "Reverse charge"
        OUTSIDE = "O", "Not subject to tax"

    PREFIXES = {  # noqa: RUF012
        Kind.INVOICE: "INV",
        Kind.CREDIT_NOTE: "CN",
        Kind.SELF_BILLED: "SB",
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    number = models.CharField(max_length=24, unique=True, null=True)  # noqa: DJ001  # many wait
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invoices"
    )
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="credit_notes"
    )
    reference = models.CharField(
        max_length=120,
        unique=True,
        help_text="The provider's charge, or its refund; of a self-billing invoice, our own.",
    )
    seller = models.JSONField()
    buyer = models.JSONField()
    description = models.CharField(max_length=240)
    supplied_from = models.DateField()
    supplied_until = models.DateField()
    currency = models.CharField(max_length=3)
    net_minor = models.PositiveBigIntegerField()
    tax_minor = models.PositiveBigIntegerField()
    tax_category = models.CharField(max_length=2, choices=Category)
    tax_percent = models.DecimalField(max_digits=14, decimal_places=4)
    tax_country = models.CharField(max_length=2, blank=True)
    home_currency = models.CharField(
        max_length=3,
        blank=True,
        help_text="The seller's national one, in which the tax has to be stated, too.",
    )
    home_tax_minor = models.PositiveBigIntegerField(null=True)
    home_rate = models.DecimalField(
        max_digits=20,
        decimal_places=10,
        null=True,
        help_text="How much of the document's currency a unit of that was worth; none: it wasn't known.",
    )
    home_rated_on = models.DateField(null=True)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["id"], condition=Q(number=None), name="invoices_without_number"),
            models.Index(
                fields=["written_at"],
                condition=Q(home_rate=None) & ~Q(home_currency=""),
                name="invoices_without_home_tax",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=["invoice", "self_billed"], corrects=None)
                | Q(kind="credit_note", corrects__isnull=False),
                name="credit_notes_correct_an_invoice",
            ),
            models.CheckConstraint(
                condition=Q(tax_category="S") | Q(tax_minor=0), name="only_taxed_sales_bear_tax"
            ),
            models.CheckConstraint(
                condition=Q(supplied_from__lte=F("supplied_until")),
                name="a_service_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(home_tax_minor=None, home_rate=None, home_rated_on=None)
                | (
                    Q(home_rate__gt=0, home_tax_minor__isnull=False, home_rated_on__isnull=False)
                    & ~Q(home_currency="")
                ),
                name="tax_at_home_has_its_rate_and_day",
            ),
        )

    def __str__(self) -> str:
        return self.number or "(being written)"

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)

    @property
    def home_tax(self) -> Money | None:
        """The tax in the seller's national currency, where it is stated in that, too."""
        if self.home_tax_minor is None:
            return None
        return Money(self.home_tax_minor, self.home_currency)

    @property
    def total(self) -> Money:
        return Money(self.net_minor + self.tax_minor, self.currency)
