"""Coupons: made by finance, typed by buyers, paid for by the platform and not by creators."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.licensing import coupons, renewals
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import Coupon, Licence, Order
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Offer
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import transfers
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import Dispute, LedgerAccount, Payment, Transfer
from marketplace.payouts.returning import disputes, refunds
from marketplace.payouts.waiting import what_waits
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.paid_speech import adds_up
from tests.sandbox import behave, claimed, onboarded, pay

pytestmark = pytest.mark.django_db
Kind = LedgerAccount.Kind


def _make(by: User | None = None, **changed: Any) -> Coupon:
    now = timezone.now()
    asked = {
        "code": "spring26", "percent": 50, "amount_minor": None, "uses": 10,
        "begins_at": now - timedelta(days=1), "ends_at": now + timedelta(days=30),
        "first_only": False, "by": by or appoint_finance(user=factories.make_user()), **changed,
    }  # fmt: skip
    coupon = coupons.make(**asked)
    if coupon.state == Coupon.State.PROPOSED:
        coupons.approve(coupon=coupon, by=appoint_finance(user=factories.make_user()))
        coupon.refresh_from_db()
    return coupon


def _order(code: str = "Spring26 ", buyer: User | None = None, price: int = 2_000) -> Order:
    listing = factories.make_listing(price=price)
    return place_order(
        buyer=buyer or factories.make_user(), offer=listing.offers.get(), coupon=code
    )


def _bought(**fields: Any) -> Licence:
    order = _order(**fields)
    pay(order)
    licence = checkout.confirm_payment(order=order)
    assert licence is not None
    return licence


def _balance(kind: str) -> int:
    return ledger.balance(ledger.account(kind, "USD")).minor


def _owed(licence: Licence) -> int:
    return ledger.owed_to(licence.voice.creator, Kind.CREATOR_PENDING, "USD").minor


def test_the_buyer_pays_less_and_the_creator_earns_as_without() -> None:
    _make()
    licence = _bought()
    assert Payment.objects.get().amount_minor == 1_000
    assert _owed(licence) == 1_700
    assert (_balance(Kind.COMMISSION), _balance(Kind.PROMOTIONS)) == (-300, 1_000)
    assert licence.terms["price_minor"] == 2_000
    adds_up()


def test_an_amount_leaves_something_to_pay_and_tax_is_on_what_is_paid(settings: Any) -> None:
    settings.STRIPE_TAX = True
    behave(tax_percent=20)
    _make(percent=None, amount_minor=5_000)
    licence = _bought()
    behave()
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.tax_minor) == (120, 20)
    assert (_owed(licence), _balance(Kind.PROMOTIONS)) == (1_700, 1_900)
    adds_up()


@pytest.mark.parametrize("parts", [(1_000,), (300, 700), (333, 333, 334)])
def test_refunds_give_the_platform_its_part_again(parts: tuple[int, ...]) -> None:
    _make()
    licence = _bought()
    payment = Payment.objects.get()
    for number, part in enumerate(parts):
        refunds.record_refund(payment=payment, provider_id=f"re_{number}", amount_minor=part)
        adds_up()
    assert (_owed(licence), _balance(Kind.COMMISSION), _balance(Kind.PROMOTIONS)) == (0, 0, 0)


@pytest.mark.parametrize("refunded", [0, 300])
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_takes_the_platforms_part_and_gives_it_back(won: bool, refunded: int) -> None:
    _make()
    licence = _bought()
    payment = Payment.objects.get()
    if refunded:
        refunds.record_refund(payment=payment, provider_id="re_1", amount_minor=refunded)
    before = (_owed(licence), _balance(Kind.COMMISSION), _balance(Kind.PROMOTIONS))
    payment.refresh_from_db()
    found = disputes.open_dispute(
        payment=payment, provider_id="du_1", amount_minor=1_000 - refunded, fee_minor=0,
        reason="fraudulent",
    )  # fmt: skip
    assert (_owed(licence), _balance(Kind.COMMISSION), _balance(Kind.PROMOTIONS)) == (0, 0, 0)
    adds_up()
    disputes.close_dispute(dispute=Dispute.objects.get(pk=found.pk), won=won)
    adds_up()
    paid = ledger.owed_to(licence.voice.creator, Kind.CREATOR_AVAILABLE, "USD").minor
    after = (paid, _balance(Kind.COMMISSION), _balance(Kind.PROMOTIONS))
    assert after == (before if won else (0, 0, 0))
    assert _balance(Kind.DISPUTE_COSTS) == 0


def test_an_upgrade_gives_no_credit_for_what_nobody_paid() -> None:
    _make()
    licence = _bought()
    assert renewals.unused_value(licence) in (999, 1_000)


def test_a_coupon_is_for_its_days_its_uses_and_one_purchase_of_a_buyer() -> None:
    buyer = factories.make_user()
    coupon = _make(uses=2)
    with pytest.raises(Refused) as refusal:
        _order(code="nothing")
    assert refusal.value.code == "coupon_unknown"
    _bought(buyer=buyer)
    with pytest.raises(Refused) as refusal:
        _order(buyer=buyer)
    assert refusal.value.code == "coupon_used"
    _order()
    with pytest.raises(Refused) as refusal:
        _order()
    assert refusal.value.code == "coupon_over"
    Order.objects.filter(state="pending").update(created_at=timezone.now() - timedelta(days=2))
    _order()
    Coupon.objects.update(ends_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(Refused) as refusal:
        _order()
    assert refusal.value.code == "coupon_over"
    Coupon.objects.update(
        begins_at=timezone.now() + timedelta(days=1), ends_at=timezone.now() + timedelta(days=2)
    )
    with pytest.raises(Refused) as refusal:
        _order()
    assert refusal.value.code == "coupon_unknown"
    assert Order.objects.filter(coupon=coupon).count() == 3


def test_pages_that_nobody_pays_hold_a_code_for_an_hour_and_one_use_for_each_buyer() -> None:
    _make(uses=2)
    waiting = factories.make_user()
    first = _order(buyer=waiting)
    assert first.payable_until - first.created_at == timedelta(hours=1)
    _order(buyer=waiting)
    _order()
    with pytest.raises(Refused) as refusal:
        _order()
    assert refusal.value.code == "coupon_over"
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    _order()


def _tries(client: Client, offer: Offer, codes: list[str]) -> str:
    buy = reverse("storefront:buy", args=[offer.listing.voice.slug])
    for code in codes:
        answer = client.post(buy, {"tier": offer.tier, "coupon": code})
    return answer.content.decode()


def test_a_person_tries_few_codes_that_do_not_exist_and_good_ones_without_end(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: 3_600_000.0)
    cache.clear()
    _make()
    offer = factories.make_listing(price=2_000).offers.get()
    client.force_login(factories.make_user())
    _tries(client, offer, ["SPRING26"] * 12)
    assert "Too many codes" not in _tries(client, offer, [f"NONE{n}" for n in range(10)])
    placed = Order.objects.count()
    assert "Too many codes" in _tries(client, offer, ["NONE10", "SPRING26"])
    assert Order.objects.count() == placed


def test_several_accounts_on_one_line_try_few_codes_together(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: 7_200_000.0)
    cache.clear()
    offer = factories.make_listing(price=2_000).offers.get()
    for account in range(4):
        client.force_login(factories.make_user())
        assert "Too many" not in _tries(client, offer, [f"N{account}NE{n}" for n in range(10)])
    client.force_login(factories.make_user())
    assert "Too many codes" in _tries(client, offer, ["NONE"])


def test_a_coupon_for_a_first_licence_is_for_no_second_and_a_withdrawn_one_for_nobody() -> None:
    finance = appoint_finance(user=factories.make_user())
    coupon = _make(finance, first_only=True)
    licence = factories.make_licence()
    with pytest.raises(Refused) as refusal:
        _order(buyer=licence.buyer)
    assert refusal.value.code == "coupon_first_only"
    coupons.withdraw(coupon=coupon, by=finance)
    with pytest.raises(Refused) as refusal:
        _order()
    assert refusal.value.code == "coupon_over"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"code": "ab"}, "code"),
        ({"percent": 91}, "worth"),
        ({"percent": None}, "worth"),
        ({"amount_minor": 100}, "worth"),
        ({"uses": 0}, "uses"),
        ({"ends_at": timezone.now() - timedelta(days=2)}, "dates"),
    ],
)
def test_a_coupon_that_makes_no_sense_is_not_made(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        _make(**changed)
    assert refusal.value.code == code
    assert not Coupon.objects.exists()


def test_only_finance_makes_coupons_each_code_once() -> None:
    for by in (factories.make_user(), factories.make_moderator()):
        with pytest.raises(Refused) as refusal:
            _make(by)
        assert refusal.value.code == "not_allowed"
    _make()
    with pytest.raises(Refused) as refusal:
        _make()
    assert refusal.value.code == "code_taken"


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["signed_in_at"] = time.time()
    session.save()
    return client


def test_finance_makes_and_withdraws_one_in_the_admin() -> None:
    client = _signed_in(appoint_finance(user=factories.make_user()))
    now = timezone.now()
    form = {
        "code": "winter", "percent": "", "amount": "5.00", "uses": "3",
        "begins_at_0": f"{now:%Y-%m-%d}", "begins_at_1": f"{now:%H:%M}",
        "ends_at_0": f"{now + timedelta(days=9):%Y-%m-%d}", "ends_at_1": "12:00",
        "first_only": "on",
    }  # fmt: skip
    page = "/admin/licensing/coupon/add/"
    assert client.get(page).status_code == 200
    refused = client.post(page, {**form, "percent": "10"})
    assert "Give a percentage or an amount." in refused.text
    assert client.post(page, form).status_code == 302
    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.amount_minor, coupon.first_only) == ("WINTER", 500, True)
    listed = client.get("/admin/licensing/coupon/")
    assert "WINTER" in listed.text
    client.post(
        "/admin/licensing/coupon/", {"action": "withdraw", "_selected_action": str(coupon.pk)}
    )
    coupon.refresh_from_db()
    assert coupon.withdrawn_at is not None
    assert _signed_in(factories.make_moderator()).get(page).status_code == 403


def test_the_code_is_typed_on_the_order(client: Client) -> None:
    _make()
    listing, buyer = factories.make_listing(price=2_000), factories.make_user()
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    page = f"/voices/{listing.voice.slug}"
    assert 'name="coupon"' in client.get(f"{page}/buy").text
    wrong = client.post(f"{page}/buy", {"tier": "personal", "coupon": "NOTHING"})
    assert "There is no such code." in wrong.text
    assert not Order.objects.exists()
    client.post(f"{page}/buy", {"tier": "personal", "coupon": "SPRING26"})
    order = Order.objects.get()
    assert (order.price_minor, order.due.minor) == (2_000, 1_000)


def test_of_two_pages_with_one_code_the_second_that_is_paid_is_refunded() -> None:
    _make()
    buyer = factories.make_user()
    first, second = _order(buyer=buyer), _order(buyer=buyer)
    for order in (first, second):
        pay(order)
    assert checkout.confirm_payment(order=first) is not None
    assert checkout.confirm_payment(order=second) is None
    second.refresh_from_db()
    assert second.state == Order.State.TOO_LATE
    assert Licence.objects.count() == 1


def test_no_more_are_bought_with_a_code_than_it_is_good_for_however_many_pages_are_open() -> None:
    _make(uses=1, first_only=True)
    orders = [_order(buyer=buyer) for buyer in [factories.make_user()] * 3]
    for order in orders:
        pay(order)
    assert [checkout.confirm_payment(order=order) is not None for order in orders].count(True) == 1


def test_a_creator_is_paid_more_than_the_buyer_paid() -> None:
    _make(percent=80)
    licence = _bought(price=5_000)
    account = onboarded(licence)
    sent = transfers.send_transfer(transfer_id=claimed(licence).pk)
    assert (sent.state, sent.amount_minor) == (Transfer.State.PAID, 4_250)
    account.refresh_from_db()
    assert account.transfers_active


def _proposed(by: User | None = None, **changed: Any) -> Coupon:
    """A coupon as one person makes it."""
    now = timezone.now()
    asked = {
        "code": "summer26", "percent": None, "amount_minor": 5_000, "uses": 11,
        "begins_at": now - timedelta(days=1), "ends_at": now + timedelta(days=30),
        "first_only": False, "by": by or appoint_finance(user=factories.make_user()), **changed,
    }  # fmt: skip
    return coupons.make(**asked)


@pytest.mark.parametrize(
    ("worth", "state"),
    [
        ({"uses": 10}, "good"),
        ({"uses": 11}, "proposed"),
        ({"amount_minor": None, "percent": 10, "uses": 1}, "proposed"),
        ({"amount_minor": None, "percent": 10, "most_minor": 5_000, "uses": 10}, "good"),
        ({"amount_minor": None, "percent": 5, "uses": 1}, "good"),
    ],
)
def test_a_coupon_that_may_cost_much_waits_for_a_second_person(
    worth: dict[str, Any], state: str
) -> None:
    assert _proposed(**worth).state == state


def test_several_small_coupons_of_one_person_are_added_up() -> None:
    finance = appoint_finance(user=factories.make_user())
    states = [_proposed(finance, code=f"CODE{n}", uses=4).state for n in range(3)]
    assert states == ["good", "good", "proposed"]
    Coupon.objects.update(created_at=timezone.now() - coupons.ALONE_WITHIN - timedelta(days=1))
    assert _proposed(finance, code="CODE4", uses=4).state == "good"


def test_nobody_uses_a_coupon_that_waits_and_its_maker_is_no_second_person() -> None:
    maker, other = (appoint_finance(user=factories.make_user()) for _ in range(2))
    coupon = _proposed(maker)
    with pytest.raises(Refused) as refusal:
        _order(code="summer26")
    assert refusal.value.code == "coupon_unknown"
    for by, code in ((maker, "second_person"), (factories.make_moderator(), "not_allowed")):
        with pytest.raises(Refused) as refusal:
            coupons.approve(coupon=coupon, by=by)
        assert refusal.value.code == code
    coupons.approve(coupon=coupon, by=other)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.approved_by) == (Coupon.State.GOOD, other)
    assert _order(code="summer26", price=8_000).discount_minor == 5_000
    coupons.withdraw(coupon=coupon, by=maker)
    with pytest.raises(InvalidTransition):
        coupons.approve(coupon=coupon, by=other)


def test_a_percentage_takes_off_no_more_than_its_limit() -> None:
    _proposed(amount_minor=None, percent=50, most_minor=700, uses=1)
    assert _order(code="summer26", price=2_000).discount_minor == 700
    assert (
        _order(code="summer26", price=1_000, buyer=Order.objects.get().buyer).discount_minor == 500
    )


def test_the_desk_shows_coupons_that_wait_and_the_admin_approves_them() -> None:
    coupon = _proposed()
    client = _signed_in(appoint_finance(user=factories.make_user()))
    assert "Coupons for a second person" in client.get("/finance").text
    assert what_waits().coupons == 1
    form = {"action": "approve", "_selected_action": str(coupon.pk)}
    client.post("/admin/licensing/coupon/", form)
    coupon.refresh_from_db()
    assert coupon.state == Coupon.State.GOOD
    answer = client.post("/admin/licensing/coupon/", form, follow=True)
    assert "can&#x27;t become good" in answer.text or "can’t become good" in answer.text


def _refused_code(code: str = "Spring26", **whom: Any) -> str:
    with pytest.raises(Refused) as refusal:
        place_order(offer=factories.make_listing(price=2_000).offers.get(), coupon=code, **whom)
    return refusal.value.code


def test_a_person_uses_a_code_once_for_all_their_teams_and_a_team_for_all_its_people() -> None:
    _make()
    owner, member = factories.make_user(), factories.make_user()
    team = organizations.create_organization(name="Team", by=owner)
    team.memberships.create(user=member, role="admin")
    _bought(buyer=owner)
    assert _refused_code(buyer=owner, organization=team) == "coupon_used"
    assert _refused_code(buyer=member, organization=team) == "coupon_used"
    another = organizations.create_organization(name="Another", by=owner)
    assert _refused_code(buyer=owner, organization=another) == "coupon_used"
    stranger = factories.make_user()
    assert place_order(
        offer=factories.make_listing().offers.get(), coupon="SPRING26", buyer=stranger
    ).discount_minor


def test_who_left_a_team_counts_all_the_same_and_so_does_a_first_licence() -> None:
    _make(first_only=True)
    owner, member = factories.make_user(), factories.make_user()
    team = organizations.create_organization(name="Team", by=owner)
    joined = team.memberships.create(user=member, role="admin")
    team.membership_changes.create(user=member, role="admin", by=owner)
    pay(order := place_order(
        offer=factories.make_listing().offers.get(), buyer=owner, organization=team
    ))  # fmt: skip
    checkout.confirm_payment(order=order)
    joined.delete()
    assert _refused_code(buyer=member) == "coupon_first_only"


def _second_pair() -> tuple[User, User, Coupon]:
    """Who made a coupon, who approved it, and the coupon."""
    maker, other = (appoint_finance(user=factories.make_user()) for _ in range(2))
    coupon = _proposed(maker)
    coupons.approve(coupon=coupon, by=other)
    return maker, other, coupon


def test_who_made_or_approved_a_coupon_does_not_use_it_nor_do_their_teams() -> None:
    maker, other, coupon = _second_pair()
    friend = factories.make_user()
    team = organizations.create_organization(name="Team", by=friend)
    team.memberships.create(user=other, role="finance")
    assert _refused_code(coupon.code, buyer=maker) == "coupon_own"
    assert _refused_code(coupon.code, buyer=other) == "coupon_own"
    assert _refused_code(coupon.code, buyer=friend, organization=team) == "coupon_own"
    assert _order(code=coupon.code, price=8_000).discount_minor


def test_an_order_whose_team_its_coupons_maker_joined_meanwhile_is_refunded() -> None:
    maker, _, coupon = _second_pair()
    friend = factories.make_user()
    team = organizations.create_organization(name="Team", by=friend)
    order = place_order(
        offer=factories.make_listing(price=8_000).offers.get(), coupon=coupon.code,
        buyer=friend, organization=team,
    )  # fmt: skip
    team.memberships.create(user=maker, role="finance")
    pay(order)
    assert checkout.confirm_payment(order=order) is None
    order.refresh_from_db()
    assert order.state == Order.State.TOO_LATE


def test_of_two_pages_of_one_person_for_two_teams_the_second_that_is_paid_is_refunded() -> None:
    _make()
    owner = factories.make_user()
    teams = [organizations.create_organization(name=name, by=owner) for name in ("A", "B")]
    orders = [
        place_order(
            offer=factories.make_listing(price=2_000).offers.get(), coupon="SPRING26",
            buyer=owner, organization=team,
        )
        for team in teams
    ]  # fmt: skip
    for order in orders:
        pay(order)
    granted = [checkout.confirm_payment(order=order) is not None for order in orders]
    assert granted == [True, False]


def test_a_term_that_was_paid_in_full_after_a_discounted_one_is_worth_its_price() -> None:
    _make()
    licence = _bought()
    begun = timezone.now() - timedelta(days=364)
    Licence.objects.filter(pk=licence.pk).update(
        starts_at=begun, ends_at=begun + timedelta(days=365), characters_used=1_000
    )
    licence.refresh_from_db()
    again = renewals.order_renewal(licence=licence, by=licence.buyer)
    fulfil_order(order_id=again.pk, payment_intent="pi_again")
    licence.refresh_from_db()
    assert licence.characters_left == again.terms["characters"]
    assert renewals.unused_value(licence) == again.due.minor == 2_000


def test_what_is_left_of_a_discounted_term_is_credited_as_it_was_paid_beside_a_whole_one() -> None:
    _make()
    licence = _bought()
    again = renewals.order_renewal(licence=licence, by=licence.buyer)
    fulfil_order(order_id=again.pk, payment_intent="pi_again")
    licence.refresh_from_db()
    assert renewals.unused_value(licence) in (2_999, 3_000)
    Licence.objects.filter(pk=licence.pk).update(characters_used=500)
    licence.refresh_from_db()
    assert renewals.unused_value(licence) in (2_499, 2_500)
