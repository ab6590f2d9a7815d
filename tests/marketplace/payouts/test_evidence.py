"""Evidence against a dispute, through the real client: checked, sent once, and on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.compliance.models import AuditEvent
from marketplace.licensing.models import Generation
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.models import Dispute, Evidence, Payment
from marketplace.payouts.returning import evidence, ready_evidence
from marketplace.payouts.returning.evidence import Attachment
from marketplace.refusals import PaymentProviderUnavailable, Refused
from tests import factories
from tests.money import dispute as dispute_of
from tests.money import sell
from tests.sandbox import buy, tell

pytestmark = pytest.mark.django_db
PDF = Attachment("mail.pdf", b"%PDF-1.7 what they wrote")
TEXTS = {"uncategorized_text": "They spoke with it every day.", "customer_name": " "}


@pytest.fixture(autouse=True)
def calm() -> None:
    tell("behaviours")
    tell("faults")


def _finance() -> User:
    return appoint_finance(user=factories.make_user())


def _disputed() -> Dispute:
    """A dispute that the provider told us of."""
    payment = Payment.objects.get(order=buy().order)
    told = tell("disputes", charge=payment.charge)
    provider_events.HANDLERS["charge.dispute.created"](told["id"])
    return Dispute.objects.get(provider_id=told["id"])


def _submit(dispute: Dispute, by: User | None = None) -> Evidence:
    return evidence.submit(
        dispute=dispute,
        texts=TEXTS,
        files={"customer_communication": PDF},
        by=by or _finance(),
    )


def test_the_bank_gets_texts_and_files_and_the_trail_says_who_sent_them() -> None:
    finance, dispute = _finance(), _disputed()
    sent = _submit(dispute, finance)
    reported = stripe_api.fetch_dispute(dispute.provider_id)
    assert (reported.submissions, reported.status) == (1, "under_review")
    assert (sent.state, sent.submitted_by) == (Evidence.State.SENT, finance)
    assert list(sent.texts) == ["uncategorized_text"]
    event = AuditEvent.objects.get(action="dispute.evidence_sent")
    assert (event.actor, event.subject_id) == (finance, dispute.pk)
    assert event.details["files_sha256"] == {"customer_communication": PDF.sha256}
    assert "every day" not in str(event.details)


def test_it_is_sent_once() -> None:
    dispute = _disputed()
    _submit(dispute)
    with pytest.raises(Refused) as refusal:
        _submit(dispute)
    assert refusal.value.code == "sent"


def test_what_is_in_doubt_is_looked_up_before_another_attempt() -> None:
    dispute = _disputed()
    tell("faults", fail_after=3, only=f"/v1/disputes/{dispute.provider_id}")
    with pytest.raises(PaymentProviderUnavailable):
        _submit(dispute)
    tell("faults")
    with pytest.raises(Refused) as refusal:
        _submit(dispute)
    assert refusal.value.code == "being_sent"
    Evidence.objects.update(begun_at=timezone.now() - evidence.IN_DOUBT)
    assert _submit(dispute).state == Evidence.State.SENT
    assert stripe_api.fetch_dispute(dispute.provider_id).submissions == 1


def test_the_deadline_is_the_bank_s_and_nothing_is_sent_after_it() -> None:
    dispute = _disputed()
    assert dispute.due_by is not None
    assert timedelta(days=8) < dispute.due_by - timezone.now() < timedelta(days=10)
    Dispute.objects.update(due_by=timezone.now())
    with pytest.raises(Refused) as refusal:
        _submit(dispute)
    assert refusal.value.code == "past_due"
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (Attachment("mail.pdf", b"<html>"), "file_kind"),
        (Attachment("scan.png", b"\x89PNG\r\n\x1a\n" + bytes(4_500_000)), "too_large"),
    ],
)
def test_a_file_of_another_kind_or_too_large_is_refused(file: Attachment, code: str) -> None:
    dispute = dispute_of(sell(factories.make_creator()))
    with pytest.raises(Refused) as refusal:
        evidence.submit(
            dispute=dispute, texts={}, files={"uncategorized_file": file}, by=_finance()
        )
    assert refusal.value.code == code


def test_nobody_but_finance_sends_it_and_nobody_about_their_own_sale() -> None:
    payment = sell(factories.make_creator())
    disputed = dispute_of(payment)
    with pytest.raises(Refused, match="Only finance"):
        _submit(disputed, factories.make_moderator())
    assert payment.order is not None
    with pytest.raises(Refused, match="You can't decide"):
        _submit(disputed, appoint_finance(user=payment.order.buyer))


def test_certificate_receipt_and_the_record_of_speech_are_at_hand() -> None:
    payment = sell(factories.make_creator())
    assert payment.order is not None and payment.order.granted is not None
    key, _ = factories.make_key(payment.order.granted)
    spoken = Generation.objects.create(
        licence=payment.order.granted, voice=payment.order.granted.voice,
        voice_version=payment.order.granted.voice_version, api_key=key, state="settled",
        characters_reserved=12, characters_spoken=12, text_sha256="0" * 64, audio_format="mp3",
    )  # fmt: skip
    disputed = dispute_of(payment)
    names = ready_evidence.ready_names(disputed)
    assert set(names) == {"receipt", "service_documentation"}
    for name in names:
        file = ready_evidence.ready_file(disputed, name)
        assert file is not None and file.content.startswith(b"%PDF-")
    assert ready_evidence.ready_file(disputed, "customer_communication") is None
    record = ready_evidence.ready_texts(disputed)["access_activity_log"]
    assert str(spoken.public_id) in record
    assert key.prefix in record


def test_on_its_page_finance_ticks_writes_and_sends(client: Client) -> None:
    disputed = _disputed()
    client.force_login(_finance(), backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("storefront:finance-dispute", args=[disputed.pk])
    shown = client.get(page).text
    assert "Answer by" in shown
    assert "The licence certificate" in shown
    address = reverse("storefront:finance-evidence", args=[disputed.pk])
    form = {"ready": ["service_documentation"], "uncategorized_text": "They used it."}
    wrong = SimpleUploadedFile("mail.pdf", b"MZ")
    again = client.post(address, {**form, "uncategorized_file": wrong}).text
    assert "is not a PDF" in again
    assert "They used it." in again  # what was typed is still there
    right = SimpleUploadedFile("mail.pdf", b"%PDF-1.7")
    done = client.post(address, {**form, "uncategorized_file": right}, follow=True).text
    assert "The bank has the evidence." in done
    assert "Send it to the bank" not in done
    assert set(Evidence.objects.get().files) == {"service_documentation", "uncategorized_file"}
