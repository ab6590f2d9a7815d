"""Disputes: inquiries, chargebacks, their decisions and appeals."""

from __future__ import annotations

from deploy.sandbox.balance import A_DAY, move
from deploy.sandbox.objects import ObjectStore, Refusal, is_true, now
from deploy.sandbox.shapes import Object

FEE = 1500
OPEN = ("needs_response", "under_review", "appeal_needs_response", "appeal_under_review")
DECIDED = ("won", "lost", "prevented", "warning_closed")


def begin(store: ObjectStore, form: Object) -> Object:
    """A bank disputes a charge: takes it back with a fee, or only inquires.

    form: charge; reason; status, `warning_needs_response` for an inquiry, `prevented` for a dispute
    that was settled before any money moved; whole, to dispute what was already refunded, too.
    """
    paid = store.get(form["charge"], "charge")
    status = form.get("status", "needs_response")
    refunded = 0 if form.get("whole") else paid["amount_refunded"]
    dispute = store.make(
        "dispute",
        "du",
        amount=paid["amount"] - refunded,
        currency=paid["currency"],
        charge=paid["id"],
        payment_intent=paid["payment_intent"],
        payment_method_details={
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if status.startswith("warning") else "chargeback",
                "network": "visa",
                "network_reason_code": "10.4",
            },
        },
        evidence_details={
            "due_by": now() + 9 * A_DAY,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=status.startswith("warning"),
        reason=form.get("reason", "fraudulent"),
        status=status,
    )
    store.emit("charge.dispute.created", dispute)
    if status in OPEN:
        _withdraw(store, dispute)
    if status in DECIDED:
        store.emit("charge.dispute.closed", dispute)
    return dispute


def _withdraw(store: ObjectStore, dispute: Object) -> None:
    movement = move(
        store, "adjustment", dispute["id"], -dispute["amount"], dispute["currency"], FEE
    )
    dispute["balance_transactions"].append(movement)
    store.change(dispute, is_charge_refundable=False)
    store.change(store.get(dispute["charge"], "charge"), disputed=True)
    store.emit("charge.dispute.funds_withdrawn", dispute)


def decide(store: ObjectStore, dispute_id: str, status: str) -> Object:
    """Move a dispute on; winning brings back the amount but not the fee.

    What is lost can be appealed and then be won; an inquiry can become a chargeback.
    """
    dispute = store.get(dispute_id, "dispute")
    before = dispute["status"]
    if before == status or (before in DECIDED and not status.startswith("appeal")):
        return dispute
    if status.startswith("appeal") and before != "lost":
        raise Refusal("Only a lost dispute can be appealed.")
    if before.startswith("warning") and status in ("won", "lost"):
        raise Refusal("An inquiry is closed, or becomes a chargeback before it is won or lost.")
    store.change(dispute, status=status)
    store.emit("charge.dispute.updated", dispute)
    if before.startswith("warning") and status in OPEN:
        _withdraw(store, dispute)
    if status == "won":
        movement = move(store, "adjustment", dispute_id, dispute["amount"], dispute["currency"])
        dispute["balance_transactions"].append(movement)
        store.put(dispute)
        store.emit("charge.dispute.funds_reinstated", dispute)
    if status in DECIDED:
        store.emit("charge.dispute.closed", dispute)
    return dispute


FILES = (
    "cancellation_policy", "customer_communication", "customer_signature",
    "duplicate_charge_documentation", "receipt", "refund_policy", "service_documentation",
    "shipping_documentation", "uncategorized_file",
)  # fmt: skip


def take_evidence(store: ObjectStore, dispute_id: str, form: Object) -> Object:
    """Keep evidence, and send it to the bank once that is asked for; then it can't be changed."""
    dispute = store.get(dispute_id, "dispute")
    if dispute["status"] not in ("needs_response", "warning_needs_response"):
        raise Refusal("This dispute takes no evidence any more.")
    if dispute["evidence_details"]["submission_count"]:
        raise Refusal("Evidence has already been submitted for this dispute.")
    given = form.get("evidence", {})
    for name in FILES:
        if given.get(name):
            store.get(given[name], "file")
    details = {**dispute["evidence_details"], "has_evidence": True}
    changes: Object = {"evidence": {**dispute["evidence"], **given}}
    if is_true(form.get("submit", True)):
        details |= {"submission_count": 1, "submission_method": "manual"}
        inquiry = dispute["status"].startswith("warning")
        changes["status"] = "warning_under_review" if inquiry else "under_review"
    store.change(dispute, evidence_details=details, **changes)
    store.emit("charge.dispute.updated", dispute)
    return dispute
