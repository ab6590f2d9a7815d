"""The payment sandbox over HTTP: `python -m deploy.sandbox.server --port … --data …`.

It answers the `stripe` client in the shapes that the client parses, refuses parameters that the client
doesn't know, remembers idempotency keys and sends signed webhooks. Tests tell it to fail
(`POST /_sandbox/faults`) and what the outside world does (`POST /_sandbox/…`).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import fields
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox import billing, connect, pages, parameters, payments
from deploy.sandbox.faults import Faults
from deploy.sandbox.objects import Object, ObjectStore, Refusal, fits

WEBHOOK_TRIES = (0.0, 1.0, 3.0, 10.0, 30.0)  # seconds before each try
A_PAGE = 100
Handler = Callable[[Object, str], Object]
PREFIX_OF = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "balance_transactions": "balance_transaction",
    "events": "event",
    "refunds": "refund",
    "disputes": "dispute",
    "transfers": "transfer",
    "customers": "customer",
    "products": "product",
    "prices": "price",
    "subscriptions": "subscription",
    "invoices": "invoice",
}


def problem(refusal: Refusal) -> JSONResponse:
    """An error as the provider words it."""
    return JSONResponse(
        {
            "error": {
                "type": refusal.kind,
                "message": str(refusal),
                "code": refusal.code,
                "param": refusal.param,
            }
        },
        status_code=refusal.status,
    )


def sign(payload: str, secret: str) -> str:
    """The `Stripe-Signature` header of a webhook sent now."""
    now = int(time.time())
    digest = hmac.new(secret.encode(), f"{now}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


class Sandbox:
    """Routes over one object store."""

    def __init__(
        self, store: ObjectStore, base_url: str, api_key: str, webhook_url: str, secret: str
    ) -> None:
        self.store, self.base_url, self.api_key = store, base_url, api_key
        self.webhook_url, self.secret = webhook_url, secret
        self.faults = Faults()
        self._sending: set[asyncio.Task[None]] = set()

    def _api(self) -> dict[str, Handler]:
        """The addresses that Stripe's clients post to."""
        store = self.store
        return {
            "/v1/checkout/sessions": lambda form, _: payments.create_session(
                store, form, self.base_url
            ),
            "/v1/refunds": lambda form, _: payments.create_refund(store, form),
            "/v1/transfers": lambda form, _: connect.create_transfer(store, form),
            "/v1/transfers/{id}/reversals": lambda form, id: connect.reverse(store, id, form),
            "/v1/customers": lambda form, _: billing.create_customer(store, form),
            "/v1/products": lambda form, _: billing.create_product(store, form),
            "/v1/prices": lambda form, _: billing.create_price(store, form),
            "/v1/subscriptions/{id}": lambda form, id: billing.update(store, id, form),
            "/v1/billing_portal/sessions": lambda form, _: self._portal(form),
            "/v1/billing/meter_events": lambda form, _: store.make(
                "billing.meter_event", "mev", **form
            ),
            "/v2/core/accounts": lambda form, _: connect.create_account(store, form),
            "/v2/core/account_links": lambda form, _: self._account_link(form),
        }

    def _outside(self) -> dict[str, Handler]:
        """What happens at banks and on the provider's own pages."""
        store = self.store
        return {
            "/_sandbox/refunds/{id}/return": lambda _, id: payments.return_refund(store, id),
            "/_sandbox/disputes": lambda form, _: payments.open_dispute(
                store, form["charge"], form.get("reason", "fraudulent")
            ),
            "/_sandbox/disputes/{id}": lambda form, id: payments.close_dispute(
                store, id, form["status"]
            ),
            "/_sandbox/subscriptions/{id}/renew": lambda form, id: billing.renew(
                store, id, paid=form.get("paid", True)
            ),
            "/_sandbox/accounts/{id}/onboard": lambda _, id: connect.complete_onboarding(store, id),
            "/_sandbox/accounts/{id}/restrict": lambda _, id: connect.restrict(store, id),
            "/_sandbox/accounts/{id}/pay_out": lambda _, id: connect.pay_out(store, id),
            "/_sandbox/tax": lambda form, _: store.put(
                {"id": "sandbox_tax", "object": "sandbox_tax", "percent": int(form["percent"])}
            ),
        }

    def app(self) -> Starlette:
        """Every address of the sandbox."""
        store = self.store
        routes = [
            Route(path, self._post(handler), methods=["POST"])
            for path, handler in self._api().items()
        ]
        routes += [
            Route(path, self._control(handler), methods=["POST"])
            for path, handler in self._outside().items()
        ]
        for name, kind in PREFIX_OF.items():
            routes.append(Route(f"/v1/{name}", self._list(kind), methods=["GET"]))
            routes.append(Route(f"/v1/{name}/{{id}}", self._retrieve(kind), methods=["GET"]))
        routes += [
            Route(
                "/v1/checkout/sessions/{id}", self._retrieve("checkout.session"), methods=["GET"]
            ),
            Route("/v1/transfers/{id}/reversals", self._list("transfer_reversal"), methods=["GET"]),
            Route("/v2/core/accounts/{id}", self._retrieve("v2.core.account"), methods=["GET"]),
            Route(
                "/v1/subscriptions/{id}",
                self._post(lambda _, id: billing.cancel(store, id)),
                methods=["DELETE"],
            ),
            Route("/c/{kind}/{id}", self.show_page, methods=["GET"]),
            Route("/c/{kind}/{id}", self.press, methods=["POST"]),
            Route("/_sandbox/faults", self.set_faults, methods=["POST"]),
            Route("/_sandbox/forget", self.forget, methods=["POST"]),
            Route("/healthz", self.health),
        ]
        return Starlette(routes=routes)

    async def health(self, request: Request) -> Response:
        return JSONResponse({"ok": True})

    def _portal(self, form: Object) -> Object:
        session = self.store.make("billing_portal.session", "bps", **form)
        session["url"] = f"{self.base_url}/c/portal/{session['id']}"
        return self.store.put(session)

    def _account_link(self, form: Object) -> Object:
        link = self.store.make("v2.core.account_link", "link", **form)
        link["url"] = f"{self.base_url}/c/onboard/{link['id']}"
        return self.store.put(link)

    def _refuse_stranger(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            raise Refusal("Invalid API Key provided", status=401)

    async def _form(self, request: Request) -> tuple[str, Object]:
        body = await request.body()
        if request.headers.get("content-type", "").startswith("application/json"):
            return body.decode(), json.loads(body or b"{}")
        return body.decode(), parameters.parse_form(body)

    def _post(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A write: checked, done once per idempotency key, followed by its events."""

        async def view(request: Request) -> Response:
            path = request.url.path
            faulty = self.faults.concerns(path)
            if faulty and self.faults.delay:
                await asyncio.sleep(self.faults.delay)
            if faulty and self.faults.take("fail_before"):
                return problem(Refusal("Something went wrong.", status=500, kind="api_error"))
            try:
                self._refuse_stranger(request)
                raw, form = await self._form(request)
                answer = self._once(request, raw, form, handler)
            except Refusal as refusal:
                return problem(refusal)
            self._send_events()
            if faulty and self.faults.take("fail_after"):
                return problem(Refusal("Something went wrong.", status=500, kind="api_error"))
            return JSONResponse(answer)

        return view

    def _once(self, request: Request, raw: str, form: Object, handler: Handler) -> Object:
        key = request.headers.get("idempotency-key", "")
        asked = f"{request.method} {request.url.path} {raw}"
        with self.store.together():
            known = self.store.stored_answer(key) if key else None
            if known is not None:
                if known[0] != asked:
                    raise Refusal(
                        "Keys for idempotent requests can only be used with the same parameters.",
                        kind="idempotency_error",
                    )
                return known[1]
            parameters.check(f"{request.method} {request.url.path}", form)
            answer = handler(form, request.path_params.get("id", ""))
            if key:
                self.store.remember(key, asked, answer)
        return answer

    def _control(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def view(request: Request) -> Response:
            _, form = await self._form(request)
            try:
                with self.store.together():
                    answer = handler(form, request.path_params.get("id", ""))
            except Refusal as refusal:
                return problem(refusal)
            self._send_events()
            return JSONResponse(answer)

        return view

    async def set_faults(self, request: Request) -> Response:
        """Replace the faults; held webhooks go out now, newest first."""
        _, form = await self._form(request)
        held, self.faults = self.faults.held, Faults()
        for field in fields(Faults):
            if field.name in form:
                setattr(self.faults, field.name, form[field.name])
        for payload in reversed(held):
            self._send(payload)
        return JSONResponse({"ok": True})

    async def forget(self, request: Request) -> Response:
        self.store.forget_answers()
        return JSONResponse({"ok": True})

    def _retrieve(self, kind: str) -> Callable[[Request], Awaitable[Response]]:
        async def view(request: Request) -> Response:
            try:
                self._refuse_stranger(request)
                body = self.store.get(request.path_params["id"], kind)
            except Refusal as refusal:
                return problem(refusal)
            return JSONResponse(self.store.expand(body, _expansions(request)))

        return view

    def _list(self, kind: str) -> Callable[[Request], Awaitable[Response]]:
        async def view(request: Request) -> Response:
            try:
                self._refuse_stranger(request)
            except Refusal as refusal:
                return problem(refusal)
            asked = dict(request.query_params)
            if "id" in request.path_params:
                asked["transfer"] = request.path_params["id"]
            matching = self.store.all_of(kind, lambda body: fits(body, asked))
            ids = [body["id"] for body in matching]
            start = ids.index(asked["starting_after"]) + 1 if "starting_after" in asked else 0
            size = int(asked.get("limit", 10))
            page = matching[start : start + size]
            for body in page:
                self.store.expand(body, _expansions(request))
            return JSONResponse(
                {
                    "object": "list",
                    "url": request.url.path,
                    "data": page,
                    "has_more": start + size < len(matching),
                }
            )

        return view

    async def show_page(self, request: Request) -> Response:
        kind, target = request.path_params["kind"], self.store.find(request.path_params["id"])
        if target is None:
            return HTMLResponse("There is nothing here.", status_code=404)
        if kind == "onboard":
            account = self.store.get(target["account"], "v2.core.account")
            case = target["use_case"]["account_onboarding"]
            return HTMLResponse(pages.onboarding(account["display_name"], case["return_url"]))
        if kind == "portal":
            return HTMLResponse(pages.portal("Your plan", target["return_url"]))
        if target["status"] != "open":
            return RedirectResponse(target["success_url"], status_code=303)
        price = f"{target['amount_total'] / 100:,.2f} {target['currency'].upper()}"
        return HTMLResponse(pages.checkout(target["line_name"], price, target["cancel_url"] or "#"))

    async def press(self, request: Request) -> Response:
        """Press a page's button: pay, complete onboarding or cancel."""
        kind, target = request.path_params["kind"], self.store.find(request.path_params["id"])
        if target is None:
            return HTMLResponse("There is nothing here.", status_code=404)
        with self.store.together():
            if kind == "onboard":
                connect.complete_onboarding(self.store, target["account"])
                back = target["use_case"]["account_onboarding"]["return_url"]
            elif kind == "portal":
                for subscription in self.store.all_of(
                    "subscription",
                    lambda s: s["customer"] == target["customer"] and s["status"] == "active",
                ):
                    billing.update(self.store, subscription["id"], {"cancel_at_period_end": "true"})
                back = target["return_url"]
            else:
                pay = (
                    billing.subscribe if target["mode"] == "subscription" else payments.pay_session
                )
                back = pay(self.store, target)["success_url"]
        self._send_events()
        return RedirectResponse(back, status_code=303)

    def _send_events(self) -> None:
        for event in self.store.take_emitted():
            if self.faults.take("lose"):
                continue
            payload = json.dumps(event)
            for _ in range(self.faults.repeat):
                if self.faults.hold:
                    self.faults.held.append(payload)
                else:
                    self._send(payload)

    def _send(self, payload: str) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(payload))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, payload: str) -> None:
        """Send a signed webhook, retrying until the receiver accepts it."""
        async with httpx.AsyncClient(timeout=15) as client:
            for pause in WEBHOOK_TRIES:
                await asyncio.sleep(pause)
                try:
                    answer = await client.post(
                        self.webhook_url,
                        content=payload,
                        headers={
                            "Stripe-Signature": sign(payload, self.secret),
                            "Content-Type": "application/json",
                        },
                    )
                    if answer.is_success:
                        return
                except httpx.HTTPError:
                    continue


def _expansions(request: Request) -> list[str]:
    return [v for k, v in request.query_params.multi_items() if k.startswith("expand")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="SQLite file, or :memory:")
    parser.add_argument("--webhook-url", required=True)
    options = parser.parse_args()
    sandbox = Sandbox(
        ObjectStore(options.data),
        f"http://127.0.0.1:{options.port}",
        os.environ.get("STRIPE_SECRET_KEY", "sk_test_sandbox"),
        options.webhook_url,
        os.environ["STRIPE_WEBHOOK_SECRET"],
    )
    uvicorn.run(sandbox.app(), host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
