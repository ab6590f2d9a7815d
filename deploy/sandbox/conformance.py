"""Holds the sandbox to the provider's own objects: `python -m deploy.sandbox.conformance`.

Every address of a sandbox is used once, and every answer and event is compared with the client's
declarations, and with the examples that the provider publishes where they are at hand.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.routing import Route
from starlette.testclient import TestClient

from deploy.sandbox.comparison import Comparison
from deploy.sandbox.objects import ObjectStore
from deploy.sandbox.server import Sandbox
from deploy.sandbox.shapes import Object

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "stripe" / "fixtures3.json"
KEY = "sk_test_conformance"
UNCOMPARED = ("/healthz", "/c/", "/_sandbox/faults", "/_sandbox/behaviours", "/_sandbox/tax",
              "/_sandbox/forget", "/_sandbox/clear")  # fmt: skip


class Visit:
    """A client of one sandbox that compares whatever it is answered."""

    def __init__(self, comparison: Comparison) -> None:
        self.sandbox = Sandbox(ObjectStore(":memory:"), "http://sandbox.test", KEY, None)
        self.app, self.comparison = self.sandbox.app(), comparison
        self.client = TestClient(
            self.app, follow_redirects=False, headers={"Authorization": f"Bearer {KEY}"}
        )
        self.used: set[tuple[str, str]] = set()

    def ask(self, method: str, path: str, **sent: Any) -> Object:
        """An answer, compared if it is one of the provider's; of a refused card, the payment.

        Raises:
            RuntimeError: the sandbox refused.
        """
        answer = self.client.request(method, path, **sent)
        if answer.status_code == 402:
            self.comparison.check(answer.json()["error"]["payment_intent"])
            return dict(answer.json()["error"]["payment_intent"])
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.text}")
        self._remember(method, path.partition("?")[0])
        if answer.status_code == 303:
            return {}
        body: Object = answer.json()
        if not path.startswith(UNCOMPARED):
            self.comparison.check(body)
        return body

    def post(self, path: str, /, **form: Any) -> Object:
        """Post a form of v1, or JSON for v2 and the controls."""
        if path.startswith("/v1/"):
            return self.ask("POST", path, data=dict(_flat(form)))
        return self.ask("POST", path, json=form)

    def _remember(self, method: str, path: str) -> None:
        for route in self.routes():
            if method in (route.methods or ()) and route.path_regex.match(path):
                self.used.add((method, route.path))
                return

    def routes(self) -> list[Route]:
        return [route for route in self.app.routes if isinstance(route, Route)]

    def unused(self) -> list[str]:
        """The addresses that were not used, as differences."""
        return [
            f"{method} {route.path} was not used"
            for route in self.routes()
            for method in sorted((route.methods or set()) - {"HEAD"})
            if (method, route.path) not in self.used and not route.path.startswith(UNCOMPARED)
        ]


def _flat(form: Object, within: str = "") -> Iterator[tuple[str, str]]:
    """A form as the client encodes it: `a[b][0][c]=d`."""
    for name, value in form.items():
        path = f"{within}[{name}]" if within else name
        if isinstance(value, list):
            yield from _flat({str(place): each for place, each in enumerate(value)}, path)
        elif isinstance(value, dict):
            yield from _flat(value, path)
        else:
            yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _session(visit: Visit, *, intent: Object | None = None, **more: Any) -> Object:
    data = {"currency": "usd", "unit_amount": 1999, "product_data": {"name": "A licence"}}
    return visit.post(
        "/v1/checkout/sessions",
        mode="payment",
        client_reference_id="1",
        customer_email="buyer@example.com",
        line_items=[{"quantity": 1, "price_data": data}],
        payment_intent_data=intent or {"transfer_group": "1", "metadata": {"reference": "1"}},
        success_url="https://example.com/ok",
        cancel_url="https://example.com/no",
        **more,
    )


def _pay(visit: Visit, session: Object) -> Object:
    """Press the page's button; returns the charge, or nothing where there is none yet."""
    visit.ask("POST", f"/c/pay/{session['id']}")
    done = visit.ask(
        "GET", f"/v1/checkout/sessions/{session['id']}?expand[0]=payment_intent.latest_charge"
    )
    intent = done["payment_intent"]
    return (intent or {}).get("latest_charge") or {}


def _payments(visit: Visit) -> Object:
    """One-off payments in all their forms; returns a plain charge."""
    charge = _pay(visit, _session(visit))
    visit.post("/_sandbox/tax", percent=20)
    _pay(
        visit, _session(visit, automatic_tax={"enabled": True}, tax_id_collection={"enabled": True})
    )
    visit.post(f"/v1/checkout/sessions/{_session(visit)['id']}/expire")
    visit.post(f"/_sandbox/sessions/{_session(visit)['id']}/expire")
    visit.post("/_sandbox/behaviours", asynchronous_payments=True)
    for paid in (True, False):
        session = _session(visit)
        _pay(visit, session)
        visit.post(f"/_sandbox/sessions/{session['id']}/settle", paid=paid)
    visit.post(
        "/_sandbox/behaviours", late_balance_transactions=True, settles_in="eur", pending_days=2,
        automatic_payouts=True,
    )  # fmt: skip
    late = _pay(visit, _session(visit))
    visit.post(f"/_sandbox/charges/{late['id']}/book")
    visit.post("/_sandbox/balance/settle")
    visit.post("/_sandbox/behaviours")
    visit.post(f"/_sandbox/charges/{charge['id']}/warn")
    return charge


def _returns(visit: Visit, charge: Object) -> None:
    """Refunds and disputes."""
    part = {"payment_intent": charge["payment_intent"], "amount": 500, "metadata": {"refund": "1"}}
    refund = visit.post("/v1/refunds", **part)
    visit.post(f"/_sandbox/refunds/{refund['id']}/return")
    visit.post("/_sandbox/behaviours", refunds="wait")
    refund = visit.post("/v1/refunds", **part)
    visit.post(f"/_sandbox/refunds/{refund['id']}/settle")
    visit.post("/_sandbox/behaviours")
    for statuses in (
        ("needs_response", "lost", "appeal_under_review", "won"),
        ("warning_needs_response", "needs_response", "won"),
        ("prevented",),
    ):
        disputed = _pay(visit, _session(visit))
        found = visit.post("/_sandbox/disputes", charge=disputed["id"], status=statuses[0])
        if statuses[0].endswith("needs_response"):
            proof = visit.ask(
                "POST",
                "/v1/files",
                data={"purpose": "dispute_evidence"},
                files={"file": ("licence.pdf", b"%PDF-1.7")},
            )
            evidence = {"service_documentation": proof["id"], "uncategorized_text": "Used."}
            visit.post(f"/v1/disputes/{found['id']}", evidence=evidence, submit=True)
        for status in statuses[1:]:
            visit.post(f"/_sandbox/disputes/{found['id']}", status=status)


def _subscription(visit: Visit, price: str) -> Object:
    return visit.post(
        "/v1/checkout/sessions",
        mode="subscription",
        customer_email="buyer@example.com",
        line_items=[{"price": price, "quantity": 1}],
        subscription_data={"metadata": {"plan": "basic"}},
        success_url="https://example.com/ok",
    )


def _plans(visit: Visit) -> None:
    """Subscriptions from the first price to the end."""
    prices = [
        visit.post(
            "/v1/prices",
            currency="usd",
            unit_amount=amount,
            recurring={"interval": "month"},
            lookup_key=f"plan_{amount}",
            product=visit.post("/v1/products", name="A plan")["id"],
        )["id"]
        for amount in (990, 4900)
    ]
    visit.post("/_sandbox/behaviours", authentication=True)
    for passed in (False, True):
        session = _subscription(visit, prices[0])
        visit.ask("POST", f"/c/pay/{session['id']}")
        session = visit.post(f"/_sandbox/sessions/{session['id']}/authenticate", passed=passed)
    subscription = session["subscription"]
    visit.post("/_sandbox/behaviours", renewals_wait=True, plan_discount=25)
    visit.post(f"/_sandbox/subscriptions/{subscription}/announce")
    renewed = visit.post(f"/_sandbox/subscriptions/{subscription}/renew")
    visit.post(f"/_sandbox/invoices/{renewed['latest_invoice']}/collect", paid=False)
    visit.post("/_sandbox/behaviours")
    for price in reversed(prices):
        switched = visit.post(f"/_sandbox/subscriptions/{subscription}/switch", price=price)
        visit.ask("GET", f"/v1/invoices/{switched['latest_invoice']}?expand[0]=payments")
    visit.post("/v1/billing_portal/configurations", features={"invoice_history": {"enabled": True}})
    visit.post(
        "/v1/billing_portal/sessions",
        customer=switched["customer"],
        return_url="https://example.com",
    )
    visit.post(f"/_sandbox/subscriptions/{subscription}/pass", seconds=60)
    visit.post("/_sandbox/behaviours", off_session="authenticate")
    visit.post(
        f"/v1/subscriptions/{subscription}", items=[{"price": price}], billing_cycle_anchor="now",
        proration_behavior="always_invoice", payment_behavior="pending_if_incomplete",
    )  # fmt: skip
    visit.post(f"/_sandbox/subscriptions/{subscription}/forget_pending")
    visit.post("/_sandbox/behaviours")
    dearer = {"items": [{"price": prices[1]}], "billing_cycle_anchor": "now"}
    visit.post(
        "/v1/invoices/create_preview", subscription=subscription, subscription_details=dearer
    )
    visit.post(f"/v1/subscriptions/{subscription}", **dearer)
    visit.post(f"/v1/subscriptions/{subscription}", cancel_at_period_end=True)
    visit.ask("DELETE", f"/v1/subscriptions/{subscription}")
    customer = visit.post("/v1/customers", email="buyer@example.com")["id"]
    credit = f"/v1/customers/{customer}/balance_transactions"
    visit.post(credit, amount=-500, currency="usd")
    visit.ask("GET", credit)
    payload = {"stripe_customer_id": customer, "value": "25"}
    visit.post("/v1/billing/meter_events", event_name="characters", payload=payload)


def _off_session(visit: Visit) -> None:
    """Cards that are saved, and charged while their owners are away."""
    saving = {"setup_future_usage": "off_session", "metadata": {"reference": "1"}}
    paid = _pay(visit, _session(visit, customer_creation="always", intent=saving))
    intent = visit.ask("GET", f"/v1/payment_intents/{paid['payment_intent']}")
    setup = visit.post(
        "/v1/checkout/sessions", mode="setup", currency="usd", customer=intent["customer"],
        success_url="https://example.com/ok",
    )  # fmt: skip
    visit.ask("POST", f"/c/pay/{setup['id']}")
    visit.ask("GET", f"/v1/checkout/sessions/{setup['id']}?expand[0]=setup_intent.payment_method")
    line = {"amount": 1999, "reference": "1", "tax_behavior": "exclusive"}
    customer = intent["customer"]
    tax = visit.post("/v1/tax/calculations", currency="usd", customer=customer, line_items=[line])[
        "id"
    ]
    visit.ask("GET", f"/v1/tax/calculations/{tax}")
    payment = {
        "amount": 1999, "currency": "usd", "customer": customer, "confirm": True,
        "payment_method": intent["payment_method"], "off_session": True,
        "hooks": {"inputs": {"tax": {"calculation": tax}}},
    }  # fmt: skip
    for outcome in ("succeed", "decline", "authenticate"):
        visit.post("/_sandbox/behaviours", off_session=outcome)
        made = visit.post("/v1/payment_intents", **payment)
    visit.post(f"/v1/payment_intents/{made['id']}/cancel")
    visit.post("/_sandbox/behaviours", off_session="process")
    for arrives in (True, False):
        made = visit.post("/v1/payment_intents", **payment)
        visit.post(f"/_sandbox/payment_intents/{made['id']}/settle", paid=arrives)
    visit.post("/_sandbox/behaviours")
    visit.post(f"/v1/payment_methods/{intent['payment_method']}/detach")


def _creators(visit: Visit, charge: Object) -> None:
    """Connected accounts and what they are paid."""
    account = visit.post(
        "/v2/core/accounts",
        contact_email="creator@example.com",
        display_name="Creator",
        dashboard="express",
        identity={"country": "us", "entity_type": "individual"},
        configuration={"recipient": {}},
        include=["configuration.recipient", "requirements", "identity"],
    )["id"]
    onboarding = {
        "return_url": "https://example.com/ok",
        "refresh_url": "https://example.com/again",
    }
    visit.post(
        "/v2/core/account_links",
        account=account,
        use_case={"type": "account_onboarding", "account_onboarding": onboarding},
    )
    for control in ("restrict", "onboard"):
        visit.post(f"/_sandbox/accounts/{account}/{control}")
    asked = {"amount": 1000, "currency": "usd", "destination": account}
    transfer = visit.post("/v1/transfers", source_transaction=charge["id"], **asked)["id"]
    visit.post(f"/v1/transfers/{transfer}/reversals", amount=500, metadata={"reversal": "1"})
    visit.ask("GET", f"/v1/transfers/{transfer}/reversals")
    visit.post(f"/_sandbox/accounts/{account}/pay_out")


def _endpoints(visit: Visit) -> None:
    """What an operator sets up."""
    endpoint = visit.post(
        "/v1/webhook_endpoints", url="https://example.com/hook", enabled_events=["invoice.paid"]
    )["id"]
    visit.post(
        f"/v1/webhook_endpoints/{endpoint}", enabled_events=["invoice.paid", "charge.updated"]
    )
    destination = visit.post(
        "/v2/core/event_destinations",
        name="Accounts",
        type="webhook_endpoint",
        event_payload="thin",
        enabled_events=["v2.core.account.created"],
        webhook_endpoint={"url": "https://example.com/thin"},
        include=["webhook_endpoint.url", "webhook_endpoint.signing_secret"],
    )["id"]
    visit.post(
        f"/v2/core/event_destinations/{destination}", enabled_events=["v2.core.account.closed"]
    )
    for action in ("disable", "enable"):
        visit.post(f"/v2/core/event_destinations/{destination}/{action}")
    kept = {"minimum_balance_by_currency": {"usd": 500}, "schedule": {"interval": "manual"}}
    visit.post("/v1/balance_settings", payments={"payouts": kept})
    visit.post("/_sandbox/balance/pay_out")
    visit.post("/_sandbox/balance/top_up", amount=1000, currency="usd")
    visit.post("/_sandbox/balance/correct", type="reserve_hold", amount=-500, currency="usd")


def drive(comparison: Comparison) -> None:
    """Use every address of a sandbox; what was delivered is read back from its lists of events."""
    visit = Visit(comparison)
    charge = _payments(visit)
    _creators(visit, charge)
    _returns(visit, charge)
    _plans(visit)
    _off_session(visit)
    _endpoints(visit)
    listed = [
        route.path
        for route in visit.routes()
        if "GET" in (route.methods or ())
        and route.path.startswith("/v")
        and "{id}" not in route.path
    ]
    for path in listed:
        for each in visit.ask("GET", f"{path}?limit=1000").get("data", [])[:1]:
            visit.ask("GET", f"{path}/{each['id']}")
    comparison.differences.update(visit.unused())


def report(published: Path) -> Comparison:
    """Drive a sandbox and compare, with the published examples if their file is there."""
    examples: Object = {}
    if published.is_file():
        examples = json.loads(published.read_text())["resources"]
    comparison = Comparison(examples)
    drive(comparison)
    return comparison


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", type=Path, default=PUBLISHED, help="the published examples")
    found = report(parser.parse_args().fixtures)
    if not found.published:
        print("No published examples at hand: compared with the client's declarations alone.")
    alone = sorted(found.kinds - set(found.published))
    print(f"{found.objects} objects of {len(found.kinds)} kinds compared, {found.fields} fields.")
    print(f"Only declared, not published: {', '.join(alone) or 'none'}.")
    for difference in sorted(found.differences):
        print(f"  {difference}")
    print(f"{len(found.differences)} differences.")
    sys.exit(bool(found.differences))


if __name__ == "__main__":
    main()
