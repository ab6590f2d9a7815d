"""Evidence against a dispute: checked, uploaded, and sent to the bank once.

What the bank was sent stays at the provider; here are the hash of each text, and the name, the size
and the hash of each file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from marketplace.accounts.impartiality import require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.payouts import stripe_api
from marketplace.payouts.models import Dispute, Evidence
from marketplace.payouts.returning.refunds import parties_of
from marketplace.refusals import ProviderRefused, Refused

RIGHT = "payouts.refund_payment"
TEXTS = {  # the provider's fields, and what they ask for
    "product_description": gettext_lazy("What was bought"),
    "service_date": gettext_lazy("When it was delivered"),
    "customer_name": gettext_lazy("The buyer's name"),
    "customer_email_address": gettext_lazy("The buyer's e-mail address"),
    "access_activity_log": gettext_lazy("The record of speech"),
    "uncategorized_text": gettext_lazy("What else speaks for you"),
}
FILES = {
    "service_documentation": gettext_lazy("The licence certificate"),
    "receipt": gettext_lazy("The receipt"),
    "customer_communication": gettext_lazy("What the buyer wrote"),
    "uncategorized_file": gettext_lazy("Another file"),
}
LONGEST_TEXT = 20_000  # characters of a field, by the provider's rules
LARGEST_TOGETHER = 4_500_000  # bytes of all files
KINDS = {b"%PDF-": "PDF", b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
IN_DOUBT = timedelta(minutes=2)  # after which what is being sent may be tried again


@dataclass(frozen=True)
class Attachment:
    """A file of evidence."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def submit(
    *, dispute: Dispute, texts: dict[str, str], files: dict[str, Attachment], by: User
) -> Evidence:
    """Send the bank evidence, which can be done once.

    Claim and record are separate commits around the calls. Where an answer was lost, the next
    attempt asks the provider first whether the evidence arrived.

    Raises:
        Refused: not_allowed, own_voice, own_team, decided, past_due, sent, being_sent, no_evidence,
            too_long, file_kind, too_large.
        PaymentProviderUnavailable: outcome unknown; try again.
        ProviderRefused: the message says why; it can be tried again.
    """
    if not by.has_perm(RIGHT):
        raise Refused("not_allowed", gettext("Only finance can send evidence."))
    require_impartial(by, parties_of(dispute.payment))
    texts = {name: text.strip() for name, text in texts.items() if text.strip()}
    _check(texts, files)
    evidence = _claim(dispute, texts, files, by)
    if not stripe_api.fetch_dispute(dispute.provider_id).submissions:
        try:
            _send(evidence, texts, files)
        except ProviderRefused as refusal:
            _refuse(evidence, str(refusal))
            raise
    return _record(evidence, by)


def _check(texts: dict[str, str], files: dict[str, Attachment]) -> None:
    if not texts and not files:
        raise Refused("no_evidence", gettext("Write something, or attach a file."))
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise Refused(
                "too_long",
                gettext("%(field)s: use at most %(most)s characters.")
                % {"field": TEXTS[name], "most": f"{LONGEST_TEXT:,}"},
            )
    for file in files.values():
        if not any(file.content.startswith(head) for head in KINDS):
            raise Refused(
                "file_kind",
                gettext("%(name)s is not a PDF, JPEG or PNG file.") % {"name": file.name},
            )
    if sum(len(file.content) for file in files.values()) > LARGEST_TOGETHER:
        raise Refused("too_large", gettext("Together, the files may have at most 4.5 MB."))


def _claim(
    dispute: Dispute, texts: dict[str, str], files: dict[str, Attachment], by: User
) -> Evidence:
    now = timezone.now()
    with transaction.atomic(durable=True):
        dispute = Dispute.objects.select_for_update(no_key=True).get(pk=dispute.pk)
        if dispute.state != Dispute.State.OPEN:
            raise Refused("decided", gettext("The bank has decided; it takes no more evidence."))
        if dispute.due_by is not None and dispute.due_by <= now:
            raise Refused(
                "past_due", gettext("The bank's deadline has passed; it takes no more evidence.")
            )
        evidence = Evidence.objects.filter(dispute=dispute).first()
        if evidence is not None and evidence.state == Evidence.State.SENT:
            raise Refused("sent", gettext("Evidence was sent before, and the bank takes it once."))
        if evidence is None:
            evidence = Evidence(dispute=dispute)
        elif evidence.state == Evidence.State.SENDING and now - evidence.begun_at < IN_DOUBT:
            raise Refused(
                "being_sent", gettext("Evidence is being sent just now; look again in a moment.")
            )
        evidence.texts = {name: audit.digest(text) for name, text in texts.items()}
        evidence.files = {
            name: {"name": file.name, "bytes": len(file.content), "sha256": file.sha256}
            for name, file in files.items()
        }
        evidence.submitted_by, evidence.begun_at, evidence.problem = by, now, ""
        evidence.save()
        evidence.transition(Evidence.State.SENDING)
    return evidence


def _send(evidence: Evidence, texts: dict[str, str], files: dict[str, Attachment]) -> None:
    provider_id = evidence.dispute.provider_id
    uploaded = {
        name: stripe_api.upload_evidence(
            name=file.name, content=file.content, key=f"file-{provider_id}-{name}-{file.sha256}"
        )
        for name, file in files.items()
    }
    said = hashlib.sha256(repr(sorted({**texts, **uploaded}.items())).encode()).hexdigest()
    stripe_api.submit_evidence(
        dispute=provider_id, evidence={**texts, **uploaded}, key=f"evidence-{provider_id}-{said}"
    )


def _refuse(evidence: Evidence, problem: str) -> None:
    with transaction.atomic(durable=True):
        evidence = Evidence.objects.select_for_update(no_key=True).get(pk=evidence.pk)
        if evidence.state == Evidence.State.SENDING:
            evidence.problem = problem[:200]
            evidence.save(update_fields=["problem"])
            evidence.transition(Evidence.State.REFUSED)


def _record(evidence: Evidence, by: User) -> Evidence:
    with transaction.atomic(durable=True):
        evidence = Evidence.objects.select_for_update(no_key=True).get(pk=evidence.pk)
        if evidence.state != Evidence.State.SENT:
            evidence.sent_at = timezone.now()
            evidence.save(update_fields=["sent_at"])
            evidence.transition(Evidence.State.SENT)
            audit.record(
                actor=by,
                action="dispute.evidence_sent",
                subject=evidence.dispute,
                texts_sha256=evidence.texts,
                files_sha256={name: file["sha256"] for name, file in evidence.files.items()},
            )
    return evidence
