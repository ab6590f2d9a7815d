"""VAT numbers checked with the European Union's register, or with a server that answers like it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance
from marketplace.billing import details, documents, invoices, vat_checks
from marketplace.billing.models import BillingDetails, Invoice
from marketplace.billing.parties import Party, buyer
from marketplace.billing.tasks import check_vat_number
from marketplace.billing.tax import TaxPart
from marketplace.letters.models import Letter
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import Payment
from marketplace.queue import Work
from marketplace.refusals import RegisterUnavailable
from tests import factories
from tests.sandbox import buy
from tests.vat_register import FOUND, Register, own_register
from tests.work import do

pytestmark = pytest.mark.django_db
NUMBER = "DE136695976"
GIVEN = {"name": "Example GmbH", "street": "Weg 1", "city": "Berlin", "country": "DE"}


@pytest.fixture
def register() -> Iterator[Register]:
    with own_register() as found:
        yield found


def _save(by: User | None = None, number: str = NUMBER, **given: str) -> BillingDetails:
    by = by or factories.make_user()
    return details.save_details(
        organization=personal_organization(by), by=by, vat_number=number, **{**GIVEN, **given}
    )


def _checked(by: User | None = None, number: str = NUMBER, **given: str) -> BillingDetails:
    saved = _save(by, number, **given)
    vat_checks.check(details_id=saved.pk)
    saved.refresh_from_db()
    return saved


def _invoice(organization: Organization, reason: str, told: Party | None = None) -> Invoice:
    return invoices.write_invoice(
        organization=organization, charge=f"ch_{reason}", description="A licence",
        net=Money(1999, "EUR"), tax_minor=0, taxes=[TaxPart(0, None, reason, "DE")],
        supplied=(timezone.localdate(), timezone.localdate()), billed=told,
    )  # fmt: skip


def test_a_valid_number_is_kept_with_the_day_and_the_number_of_the_question(
    register: Register,
) -> None:
    found = _checked()
    assert (found.vat_check, found.vat_consultation) == ("valid", "WAPIAAAAZ1a2b3c4")
    assert found.vat_checked_at is not None
    assert found.vat_checked_at.isoformat() == "2026-11-29T12:00:00+00:00"
    assert register.asked == [
        {"path": "/rest-api/check-vat-number", "countryCode": "DE", "vatNumber": "136695976",
         "requesterMemberStateCode": "FR", "requesterNumber": "40303265045"}
    ]  # fmt: skip


def test_saving_details_queues_the_check_and_waits_for_nobody(
    register: Register, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    queued: list[Any] = []
    monkeypatch.setattr("marketplace.queue.at_once", lambda *sent, **_: queued.append(sent))
    with django_capture_on_commit_callbacks(execute=True):
        saved = _save()
    assert [(work.value, pk) for work, pk in queued] == [
        ("marketplace.billing.tasks.check_vat_number", saved.pk)
    ]
    assert saved.vat_check == ""
    assert register.asked == []


def test_without_a_setting_nobody_is_asked(register: Register, settings: Any) -> None:
    settings.VIES_URL = ""
    assert _checked().vat_check == ""
    assert vat_checks.queue_waiting(BillingDetails.objects.all(), Work.CHECK_VAT_NUMBER) == 0
    assert register.asked == []


@pytest.mark.parametrize(
    ("country", "number"), [("GB", "GB980780684"), ("CH", "CHE123456788"), ("DE", "")]
)
def test_numbers_that_the_register_can_not_have_are_not_asked_for(
    register: Register, country: str, number: str
) -> None:
    assert _checked(country=country, number=number).vat_check == ""
    assert register.asked == []


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (500, {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}),
        (200, {"actionSucceed": False, "errorWrappers": [{"error": "MS_MAX_CONCURRENT_REQ"}]}),
        (200, {**FOUND, "valid": False, "userError": "MS_UNAVAILABLE"}),
        (200, {**FOUND, "valid": False, "userError": "INVALID_REQUESTER_INFO"}),
        (200, {"valid": "yes"}),
        (200, []),
        (200, b"<html>Maintenance</html>"),
        (200, b""),
        (302, FOUND),
    ],
)
def test_a_register_that_is_away_leaves_the_number_unchecked_and_in_use(
    register: Register, status: int, says: Any
) -> None:
    register.status, register.says = status, says
    saved = _save()
    with pytest.raises(RegisterUnavailable):
        vat_checks.check(details_id=saved.pk)
    saved.refresh_from_db()
    assert (saved.vat_check, saved.vat_checked_at) == ("", None)
    assert buyer(saved.organization, None).vat_number == NUMBER
    assert not Letter.objects.exists()


def test_a_register_that_nobody_answers_for_is_asked_again_later(
    register: Register, settings: Any
) -> None:
    settings.VIES_URL = "http://127.0.0.1:9"
    saved = _save()
    with pytest.raises(RegisterUnavailable):
        vat_checks.check(details_id=saved.pk)
    assert RegisterUnavailable in check_vat_number.autoretry_for
    settings.VIES_URL = register.url
    do(Work.CHECK_VAT_NUMBER, saved.pk)
    saved.refresh_from_db()
    assert saved.vat_check == "valid"


def test_a_number_that_is_not_valid_is_on_no_invoice_and_its_people_are_told(
    register: Register,
) -> None:
    register.says = {**FOUND, "valid": False, "userError": "INVALID"}
    user = factories.make_user()
    found = _checked(user)
    assert found.vat_check == "invalid"
    [letter] = Letter.objects.all()
    assert letter.email == user.email
    told = Party(name="X", vat_number=NUMBER)
    assert buyer(found.organization, told).vat_number == ""
    other = Party(name="X", vat_number="FR40303265045")
    assert buyer(found.organization, other).vat_number == "FR40303265045"
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/billing").text
    assert f"{NUMBER} is not valid in VIES on 29 November 2026" in page


@pytest.mark.parametrize(("valid", "asks"), [(True, True), (False, False)])
def test_payment_pages_ask_for_no_number_where_the_register_does_not_know_it(
    register: Register, monkeypatch: pytest.MonkeyPatch, valid: bool, asks: bool
) -> None:
    register.says = {**FOUND, "valid": valid}
    order = factories.make_order()
    _checked(order.buyer)
    made: list[dict[str, Any]] = []
    create = stripe_api.create_checkout

    def remember(**how: Any) -> Any:
        made.append(how)
        return create(**how)

    monkeypatch.setattr(stripe_api, "create_checkout", remember)
    checkout.begin_checkout(order=order)
    assert [how["asks_tax_number"] for how in made] == [asks]


def test_an_open_payment_page_is_shown_again_whatever_was_learned_of_the_number(
    register: Register,
) -> None:
    order = factories.make_order()
    page = checkout.begin_checkout(order=order)
    register.says = {**FOUND, "valid": False}
    _checked(order.buyer)
    order.refresh_from_db()
    assert checkout.begin_checkout(order=order) == page


def test_an_invoice_without_tax_by_reverse_charge_says_how_the_number_was_checked(
    register: Register,
) -> None:
    organization = _checked().organization
    stored = _invoice(organization, "reverse_charge").buyer
    said = "valid in VIES on 29 November 2026, consultation WAPIAAAAZ1a2b3c4"
    assert (stored["vat_number"], stored["vat_checked"]) == (NUMBER, said)
    other = _invoice(organization, "zero_rated")
    assert "vat_checked" not in other.buyer
    invoices.number_documents()
    assert documents.pdf(Invoice.objects.get(reference="ch_reverse_charge"))


def test_another_number_is_checked_anew_and_the_same_one_stays_valid(register: Register) -> None:
    user = factories.make_user()
    _checked(user)
    assert _save(user, street="Weg 2").vat_check == "valid"
    changed = _save(user, number="FR40303265045", country="FR")
    assert (changed.vat_check, changed.vat_consultation, changed.vat_checked_at) == ("", "", None)


def test_one_that_was_not_valid_is_asked_for_again_when_it_is_saved_again(
    register: Register,
) -> None:
    user = factories.make_user()
    register.says = {**FOUND, "valid": False}
    _checked(user)
    BillingDetails.objects.update(vat_checked_at=timezone.now() - timedelta(hours=2))
    assert _save(user).vat_check == "invalid"  # until the register says otherwise
    register.says = FOUND
    assert _checked(user).vat_check == "valid"


def test_a_number_that_is_not_valid_is_told_once_however_often_it_is_saved(
    register: Register,
) -> None:
    user = factories.make_user()
    register.says = {**FOUND, "valid": False}
    _checked(user)
    told = Letter.objects.count()
    BillingDetails.objects.update(vat_checked_at=timezone.now())
    assert _save(user).vat_checked_at is not None  # not asked again so soon
    BillingDetails.objects.update(vat_checked_at=timezone.now() - timedelta(hours=2))
    assert _checked(user).vat_check == "invalid"
    assert Letter.objects.count() == told == 1


def test_an_answer_about_a_number_that_was_changed_meanwhile_is_dropped(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = _save()
    ask = vat_checks.vies.ask

    def slow(number: str) -> Any:
        answer = ask(number)
        BillingDetails.objects.filter(pk=saved.pk).update(vat_number="FR40303265045")
        return answer

    monkeypatch.setattr(vat_checks.vies, "ask", slow)
    vat_checks.check(details_id=saved.pk)
    saved.refresh_from_db()
    assert (saved.vat_number, saved.vat_check) == ("FR40303265045", "")


def test_lost_checks_are_queued_again(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    saved, _ = _save(), _checked()
    queued: list[Any] = []
    monkeypatch.setattr(vat_checks, "at_once", lambda *sent: queued.append(sent[1]))
    assert vat_checks.queue_waiting(BillingDetails.objects.all(), Work.CHECK_VAT_NUMBER) == 1
    assert queued == [saved.pk]


def test_finance_sees_how_a_buyers_number_was_checked(register: Register) -> None:
    licence = buy()
    _checked(licence.buyer)
    client = Client()
    finance = appoint_finance(user=factories.make_user("finance"))
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/finance/payments/{Payment.objects.get().public_id}").text
    assert f"{NUMBER}, valid in VIES on 29 November 2026" in page


def test_of_refused_numbers_an_organization_is_told_once_a_day(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.says = {**FOUND, "valid": False}
    user = factories.make_user()
    for number in (NUMBER, "DE129273398", NUMBER, "DE129273398"):
        assert _checked(user, number).vat_check == "invalid"
    assert len(register.asked) == 4
    assert Letter.objects.count() == 1
    assert _checked().vat_check == "invalid"  # somebody else's
    assert Letter.objects.count() == 2
    tomorrow = time.time() + 86_400
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: tomorrow)
    assert _checked(user, NUMBER).vat_check == "invalid"
    assert Letter.objects.count() == 3
