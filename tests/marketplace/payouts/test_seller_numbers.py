"""Creators' VAT numbers, checked with the European Union's register as buyers' are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.billing import documents, invoices
from marketplace.billing.models import Invoice
from marketplace.creators.models import Creator
from marketplace.letters.models import Letter
from marketplace.payouts.creators import self_billing, seller_details, seller_numbers, statements
from marketplace.payouts.models import SellerDetails
from marketplace.payouts.queries import month_bounds, statement
from marketplace.payouts.tasks import check_seller_vat_number
from marketplace.queue import Work
from marketplace.refusals import RegisterUnavailable
from tests import factories
from tests.money import pay_everything, sell
from tests.vat_register import FOUND, Register, own_register
from tests.work import do

pytestmark = pytest.mark.django_db
NUMBER = "DE136695976"
COMPANY = {
    "kind": "company", "name": "Stimmen", "form": "GmbH", "street": "Hauptstr. 1", "city": "Bonn",
    "country": "DE", "vat_number": NUMBER, "tax_number": "12/345", "registration": "HRB 7",
}  # fmt: skip
GOOD = f"{NUMBER}, valid in VIES on 29 November 2026, consultation WAPIAAAAZ1a2b3c4"
BAD = f"{NUMBER}, not valid in VIES on 29 November 2026"


@pytest.fixture
def register(settings: Any) -> Iterator[Register]:
    settings.SELLER_COUNTRY, settings.SELF_BILLING_VAT_PERCENT = "DE", 19.0
    with own_register() as found:
        yield found


def _save(creator: Creator, **more: str) -> SellerDetails:
    return seller_details.save_details(creator=creator, by=creator.user, **{**COMPANY, **more})


def _checked(creator: Creator | None = None, **more: str) -> SellerDetails:
    saved = _save(creator or factories.make_creator(), **more)
    do(Work.CHECK_SELLER_VAT_NUMBER, saved.pk)
    saved.refresh_from_db()
    return saved


def _unknown(register: Register) -> None:
    register.says = {**FOUND, "valid": False, "userError": "INVALID", "requestIdentifier": ""}


def _self_billed(creator: Creator) -> Invoice:
    self_billing.agree(creator=creator, by=creator.user)
    sell(creator, price=14_000)
    pay_everything(creator)
    now = timezone.now()
    self_billing.write_documents(month_bounds(now.year, now.month)[1] + timedelta(hours=5))
    invoices.number_documents()
    return Invoice.objects.get(kind="self_billed")


def _text(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def _page(address: str, creator: Creator | None = None) -> str:
    client = Client()
    user = creator.user if creator else appoint_finance(user=factories.make_user("finance"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return " ".join(client.get(address).text.split())


def test_saving_details_has_the_number_checked_and_waits_for_nobody(
    register: Register, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[Any] = []
    monkeypatch.setattr("marketplace.queue.at_once", lambda *sent, **_: queued.append(sent))
    with django_capture_on_commit_callbacks(execute=True):
        saved = _save(factories.make_creator())
    assert (Work.CHECK_SELLER_VAT_NUMBER, saved.pk) in queued
    assert saved.vat_check == ""
    assert register.asked == []


def test_a_valid_number_is_kept_with_its_proof_and_shown_to_finance_and_on_statements(
    register: Register,
) -> None:
    found = _checked()
    assert [asked["vatNumber"] for asked in register.asked] == ["136695976"]
    assert (found.vat_check, found.vat_consultation) == ("valid", "WAPIAAAAZ1a2b3c4")
    assert f"VAT number {GOOD}" in _page(f"/finance/creators/{found.creator_id}")
    shown = _page("/studio/payouts/details", found.creator)
    assert "DE136695976 is valid in VIES on 29 November 2026" in shown
    assert "Your VAT number is checked with the European Union’s register." in shown
    now = timezone.now()
    written = statements.as_pdf(statement(found.creator, now.year, now.month, "USD"))
    assert f"Your VAT number {GOOD}" in _text(written)


def test_a_self_billing_invoice_says_how_the_number_of_its_creator_was_checked(
    register: Register,
) -> None:
    document = _self_billed(_checked().creator)
    assert (document.tax_category, document.seller["vat_number"]) == ("S", NUMBER)
    said = "valid in VIES on 29 November 2026, consultation WAPIAAAAZ1a2b3c4"
    assert document.seller["vat_checked"] == said
    assert f"VAT number {NUMBER} ({said})" in _text(documents.pdf(document))


def test_a_number_that_is_not_valid_is_on_no_document_states_no_vat_and_its_creator_is_told(
    register: Register,
) -> None:
    _unknown(register)
    found = _checked()
    assert found.vat_check == "invalid"
    [letter] = Letter.objects.all()
    assert letter.email == found.creator.user.email
    assert f"VAT number {BAD}" in _page(f"/finance/creators/{found.creator_id}")
    assert "It is left out of the invoices" in _page("/studio/payouts/details", found.creator)
    document = _self_billed(found.creator)
    assert (document.tax_category, document.tax_minor) == ("O", 0)
    assert "vat_number" not in document.seller
    assert "vat_checked" not in document.seller
    assert NUMBER not in _text(documents.pdf(document))


def test_a_register_that_is_away_leaves_the_number_unchecked_and_in_use(
    register: Register,
) -> None:
    register.status = 500
    saved = _save(factories.make_creator())
    with pytest.raises(RegisterUnavailable):
        seller_numbers.check(details_id=saved.pk)
    assert RegisterUnavailable in check_seller_vat_number.autoretry_for
    saved.refresh_from_db()
    assert (saved.vat_check, saved.vat_checked_at) == ("", None)
    document = _self_billed(saved.creator)
    assert (document.tax_category, document.seller["vat_number"]) == ("S", NUMBER)
    assert "vat_checked" not in document.seller


def test_without_a_setting_or_outside_the_union_nobody_is_asked(
    register: Register, settings: Any
) -> None:
    assert _checked(country="CH", vat_number="CHE107787577").vat_check == ""
    settings.VIES_URL = ""
    assert _checked().vat_check == ""
    assert seller_numbers.queue_waiting() == 0
    assert register.asked == []


def test_another_number_is_checked_anew_and_the_same_one_stays_valid(register: Register) -> None:
    creator = factories.make_creator()
    _checked(creator)
    assert _save(creator, street="Weg 2").vat_check == "valid"
    changed = _save(creator, country="FR", vat_number="FR40303265045")
    assert (changed.vat_check, changed.vat_consultation, changed.vat_checked_at) == ("", "", None)


def test_lost_checks_are_queued_again_each_to_its_own_table(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, _ = _save(factories.make_creator()), _checked()
    queued: list[Any] = []
    monkeypatch.setattr("marketplace.billing.vat_checks.at_once", lambda *sent: queued.append(sent))
    do(Work.CHECK_WAITING_SELLERS)
    assert queued == [(Work.CHECK_SELLER_VAT_NUMBER, saved.pk)]
    do(Work.CHECK_WAITING_VAT_NUMBERS)
    assert len(queued) == 1


def test_of_refused_numbers_a_creator_is_told_once_a_day(register: Register) -> None:
    _unknown(register)
    creator = factories.make_creator()
    for number in (NUMBER, "DE129273398", NUMBER):
        assert _checked(creator, vat_number=number).vat_check == "invalid"
    assert Letter.objects.filter(email=creator.user.email).count() == 1
