"""Finance makes and withdraws coupons."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.accounts.models import User
from marketplace.licensing import coupons
from marketplace.licensing.models import Coupon
from marketplace.money import Money
from marketplace.read_only_admin import ReadOnly
from marketplace.refusals import InvalidTransition, Refused


class CouponForm(forms.ModelForm[Coupon]):
    """What a coupon is worth, for whom, and when."""

    amount = forms.DecimalField(
        required=False, min_value=0, max_digits=9, label="Amount, such as 5.00 (or a percentage)"
    )
    most = forms.DecimalField(
        required=False, min_value=0, max_digits=9, label="The most that a percentage takes off"
    )

    class Meta:
        model = Coupon
        fields = ("code", "percent", "most", "amount", "uses", "begins_at", "ends_at", "first_only")

    def clean(self) -> dict[str, Any]:
        """Make the coupon, or say why it can't be made."""
        given = super().clean() or {}
        if self.errors:
            return given
        amount, most = (_minor(given.get(field)) for field in ("amount", "most"))
        begins: datetime = given["begins_at"]
        try:
            self.instance = coupons.make(
                code=given["code"],
                percent=given.get("percent"),
                amount_minor=amount,
                most_minor=most,
                uses=given["uses"],
                begins_at=begins,
                ends_at=given["ends_at"],
                first_only=given["first_only"],
                by=self.made_by,
            )
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return given

    made_by: User

    def _post_clean(self) -> None:
        """Nothing: the service has made the row."""


def _minor(written: Decimal | None) -> int | None:
    return None if written is None else Money.parse(written, settings.CURRENCY).minor


@admin.register(Coupon)
class CouponAdmin(ReadOnly):
    """Coupons and how often they were used."""

    form = CouponForm
    list_display = (
        "code",
        "worth",
        "state",
        "uses",
        "used",
        "begins_at",
        "ends_at",
        "first_only",
        "created_by",
        "approved_by",
        "withdrawn_at",
    )
    list_filter = ("state",)
    actions = ("approve", "withdraw")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(coupons.RIGHT))

    def has_view_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        return bool(request.user.has_perm(coupons.RIGHT))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(coupons.RIGHT))

    def get_form(
        self, request: HttpRequest, obj: Coupon | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.made_by = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Coupon, form: Any, change: bool) -> None:
        """Nothing: the service has made the row."""

    @admin.display(description="Used")
    def used(self, coupon: Coupon) -> int:
        return coupon.orders.filter(state="paid").count()

    def log_addition(self, request: HttpRequest, obj: Coupon, message: Any) -> Any:
        """Say what a large one waits for, beside the admin's own record."""
        if obj.state == Coupon.State.PROPOSED:
            messages.info(request, f"{obj} is large: it is good once a second person approves it.")
        return super().log_addition(request, obj, message)

    @admin.action(description="Approve, as the second person")
    def approve(self, request: HttpRequest, chosen: QuerySet[Coupon]) -> None:
        """Make coupons good that somebody else made."""
        assert isinstance(request.user, User)
        for coupon in chosen:
            try:
                coupons.approve(coupon=coupon, by=request.user)
            except (Refused, InvalidTransition) as refusal:
                messages.error(request, f"{coupon}: {refusal}")
            else:
                messages.success(request, f"{coupon} is good from now on.")

    @admin.action(description="Withdraw")
    def withdraw(self, request: HttpRequest, chosen: QuerySet[Coupon]) -> None:
        """Take coupons back."""
        assert isinstance(request.user, User)
        for coupon in chosen:
            coupons.withdraw(coupon=coupon, by=request.user)
        messages.success(request, "Nobody can use them from now on.")
