"""Payments are listed for those who may buy, each with a receipt."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from marketplace.accounts.models import Membership, User
from marketplace.accounts.organizations import create_organization
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.orders import place_order
from marketplace.money import Money
from marketplace.payouts.incoming.sales import Charge, record_sale
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import refunds
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid() -> Payment:
    """A team's licence with tax, partly refunded."""
    owner = factories.make_user("owner")
    team = create_organization(name="Anvil Games", by=owner)
    order = place_order(buyer=owner, offer=factories.make_listing().offers.get(), organization=team)
    licence = fulfil_order(order_id=order.pk, payment_intent="pi_1")
    charge = Charge("ch_1", "pi_1", Money(2399, "USD"), Money(400, "USD"), Money(88, "USD"))
    payment = record_sale(order=order, licence=licence, charge=charge)
    refunds.record_refund(payment=payment, provider_id="re_1", amount_minor=600)
    return payment


def _member(payment: Payment, role: str) -> Client:
    user: User = factories.make_user(role)
    Membership.objects.create(organization=payment.organization, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def test_a_receipt_says_who_paid_what_for_what_and_what_went_back(paid: Payment) -> None:
    finance = _member(paid, Membership.Role.FINANCE)
    page = finance.get(reverse("storefront:payments")).content.decode()
    assert paid.order is not None
    assert paid.order.granted.number in page
    answer = finance.get(reverse("storefront:receipt", args=[paid.public_id]))
    assert answer["Content-Type"] == "application/pdf"
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for words in ("Anvil Games", paid.order.granted.number, "$19.99", "$4.00", "$23.99", "$6.00"):
        assert words in text


def test_who_may_not_buy_sees_no_payments(paid: Payment) -> None:
    stranger = Client()
    stranger.force_login(factories.make_user())
    receipt = reverse("storefront:receipt", args=[paid.public_id])
    for client in (_member(paid, Membership.Role.DEVELOPER), stranger):
        assert (
            "Nothing has been paid yet"
            in client.get(reverse("storefront:payments")).content.decode()
        )
        assert client.get(receipt).status_code == 404
    assert Client().get(receipt).status_code == 302


def test_prepaid_credit_is_named_where_no_licence_is(paid: Payment) -> None:
    client = _member(paid, Membership.Role.FINANCE)
    Payment.objects.create(
        kind=Payment.Kind.CREDITS, organization=paid.organization, payment_intent="pi_2",
        charge="ch_2", amount_minor=1000, currency="USD",
    )  # fmt: skip
    assert "Prepaid credit" in client.get(reverse("storefront:payments")).content.decode()
