"""Disputes, and the evidence that is sent to the buyer's bank."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.payouts.models import Dispute, Evidence
from marketplace.payouts.returning import evidence, ready_evidence
from marketplace.payouts.returning.evidence import Attachment
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from marketplace.storefront.views.finance.desk import acting, page_of, reading
from marketplace.storefront.views.papers import paper
from marketplace.storefront.views.requests import signed_in_user, text_of

ROWS = {
    "access_activity_log": 8,
    "uncategorized_text": 5,
}  # of the fields that hold more than a line


def _found(pk: int) -> Dispute:
    rows = Dispute.objects.select_related("payment__organization", "evidence__submitted_by")
    return get_object_or_404(rows, pk=pk)


@reading
def disputes(request: HttpRequest) -> HttpResponse:
    """Open disputes by their deadline, then those that are decided."""
    rows = Dispute.objects.select_related("payment__organization", "evidence")
    waiting = rows.filter(state=Dispute.State.OPEN).order_by("due_by", "pk")
    page = page_of(request, rows.exclude(state=Dispute.State.OPEN))
    context = {"waiting": waiting[:200], "page": page}
    return render(request, "storefront/finance_disputes.html", context)


def _show(request: HttpRequest, dispute: Dispute, typed: dict[str, str]) -> HttpResponse:
    sent = getattr(dispute, "evidence", None)
    past = dispute.due_by is not None and dispute.due_by <= timezone.now()
    closed = dispute.state != Dispute.State.OPEN or past
    return render(
        request,
        "storefront/finance_dispute.html",
        {
            "dispute": dispute,
            "payment": dispute.payment,
            "evidence": sent,
            "past": past,
            "may_send": not closed and (sent is None or sent.state != Evidence.State.SENT),
            "texts": [
                {"name": name, "label": label, "value": typed.get(name, ""), "rows": ROWS.get(name)}
                for name, label in evidence.TEXTS.items()
            ],
            "sent_texts": [evidence.TEXTS.get(name, name) for name in sent.texts] if sent else [],
            "ready": [
                {"name": name, "label": evidence.FILES[name], "file": file}
                for name, file in ready_evidence.ready_names(dispute).items()
            ],
            "uploads": [
                {"name": name, "label": label}
                for name, label in evidence.FILES.items()
                if name in ("customer_communication", "uncategorized_file")
            ],
            "longest": evidence.LONGEST_TEXT,
        },
    )


@reading
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """One dispute, with the evidence at hand."""
    found = _found(pk)
    return _show(request, found, ready_evidence.ready_texts(found))


@reading
def ready_file(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The certificate or the receipt, as the bank would get it."""
    found = _found(pk)
    file_name = ready_evidence.ready_names(found).get(name)
    if file_name is None:
        raise Http404

    def make() -> bytes:
        file = ready_evidence.ready_file(found, name)
        assert file is not None
        return file.content

    return paper(request, make, name=file_name.removesuffix(".pdf"))


def _files(request: HttpRequest, dispute: Dispute) -> dict[str, Attachment]:
    """What was uploaded, and what was ticked of the evidence at hand."""
    found = {}
    for name in set(request.POST.getlist("ready")):
        ready = ready_evidence.ready_file(dispute, name)
        if ready is not None:
            found[name] = ready
    for name in evidence.FILES:
        upload: UploadedFile[Any] | None = request.FILES.get(name)
        if upload is None:
            continue
        if (upload.size or 0) > evidence.LARGEST_TOGETHER:
            raise Refused("too_large", gettext("Together, the files may have at most 4.5 MB."))
        found[name] = Attachment((upload.name or name)[:100], upload.read())
    return found


@acting
def send_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the bank what was written and attached, once."""
    found = _found(pk)
    typed = {name: text_of(request, name) for name in evidence.TEXTS}
    try:
        evidence.submit(
            dispute=found, texts=typed, files=_files(request, found), by=signed_in_user(request)
        )
    except (Refused, ProviderRefused) as refusal:
        messages.error(request, str(refusal))
    except PaymentProviderUnavailable:
        messages.error(
            request, gettext("The payment provider did not answer. Send it again in two minutes.")
        )
    else:
        messages.success(request, gettext("The bank has the evidence."))
        return redirect("storefront:finance-dispute", pk)
    return _show(request, _found(pk), typed)
