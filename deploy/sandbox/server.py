"""The payment sandbox over HTTP: `python -m deploy.sandbox.server --port … --data …`.

It answers the `stripe` client with complete objects, refuses parameters that the client doesn't know,
remembers idempotency keys and sends signed webhooks. Tests tell it to fail (`POST /_sandbox/faults`),
how to behave (`POST /_sandbox/behaviours`) and what the outside world does (`POST /_sandbox/…`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox import (
    checkout,
    connect,
    endpoints,
    files,
    lists,
    pages,
    parameters,
    routes,
    subscriptions,
)
from deploy.sandbox.behaviours import Behaviours
from deploy.sandbox.delivery import Delivery
from deploy.sandbox.endpoints import Receiver
from deploy.sandbox.faults import Faults
from deploy.sandbox.objects import ObjectStore, Refusal, published, remembered
from deploy.sandbox.routes import Handler
from deploy.sandbox.shapes import Object

View = Callable[[Request], Awaitable[Response]]


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


def _chosen(kind: type[Any], form: Object) -> Any:
    """Faults or behaviours with the values that were given, the others as they are at first."""
    names = {field.name for field in fields(kind)}
    unknown = sorted(set(form) - names)
    if unknown:
        raise Refusal(f"There is no {', '.join(unknown)} among {', '.join(sorted(names))}.")
    return kind(**form)


class Sandbox:
    """Routes over one object store."""

    def __init__(
        self, store: ObjectStore, base_url: str, api_key: str, receiver: Receiver | None
    ) -> None:
        self.store, self.base_url, self.api_key = store, base_url, api_key
        self.delivery = Delivery(store, receiver)

    @property
    def faults(self) -> Faults:
        return self.delivery.faults

    def app(self) -> Starlette:
        """Every address of the sandbox."""
        store, found = self.store, []
        for path, handler in routes.writes(store, self.base_url).items():
            found.append(Route(path, self._post(handler), methods=["POST"]))
        for path, handler in routes.controls(store).items():
            found.append(Route(f"/_sandbox{path}", self._control(handler), methods=["POST"]))
        for path, kind in routes.LISTED.items():
            found.append(Route(path, self._list(kind), methods=["GET"]))
            found.append(Route(f"{path}/{{id}}", self._retrieve(kind), methods=["GET"]))
        for path, read in routes.reads(store).items():
            found.append(Route(path, self._show(read), methods=["GET"]))
        found += [
            Route(
                "/v1/transfers/{id}/reversals",
                self._list("transfer_reversal", of="transfer"),
                methods=["GET"],
            ),
            Route(
                "/v1/customers/{id}/balance_transactions",
                self._list("customer_balance_transaction", of="customer"),
                methods=["GET"],
            ),
            Route("/v1/tax/calculations/{id}", self._retrieve("tax.calculation"), methods=["GET"]),
            Route(
                "/v1/subscriptions/{id}",
                self._post(lambda _, id: subscriptions.cancel(store, id)),
                methods=["DELETE"],
            ),
            Route("/c/{kind}/{id}", self.show_page, methods=["GET"]),
            Route("/c/{kind}/{id}", self.press, methods=["POST"]),
            Route("/_sandbox/faults", self._control(self._set_faults), methods=["POST"]),
            Route("/_sandbox/behaviours", self._control(self._set_behaviours), methods=["POST"]),
            Route("/_sandbox/tax", self._control(self._set_tax), methods=["POST"]),
            Route("/_sandbox/clear", self._control(self._clear), methods=["POST"]),
            Route("/_sandbox/forget", self._control(self._forget), methods=["POST"]),
            Route("/healthz", self.health),
        ]
        return Starlette(routes=found)

    async def health(self, request: Request) -> Response:
        return JSONResponse({"ok": True})

    def _refuse_stranger(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            raise Refusal("Invalid API Key provided", status=401)

    async def _form(self, request: Request) -> tuple[str, Object]:
        body, kind = await request.body(), request.headers.get("content-type", "")
        if kind.startswith("application/json"):
            return body.decode(), json.loads(body or b"{}")
        if kind.startswith("multipart/form-data"):  # whose boundary differs each time
            form = files.parse_multipart(body, kind)
            return json.dumps(form, sort_keys=True), form
        return body.decode(), parameters.parse_form(body)

    def _post(self, handler: Handler) -> View:
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
            self.delivery.send_emitted()
            if faulty and self.faults.take("fail_after"):
                return problem(Refusal("Something went wrong.", status=500, kind="api_error"))
            return JSONResponse(answer, status_code=402 if "error" in answer else 200)

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
            answer: Object = published(handler(form, request.path_params.get("id", "")))
            if key:
                self.store.remember(key, asked, answer)
        return answer

    def _control(self, handler: Handler) -> View:
        async def view(request: Request) -> Response:
            _, form = await self._form(request)
            try:
                with self.store.together():
                    answer = handler(form, request.path_params.get("id", ""))
            except Refusal as refusal:
                return problem(refusal)
            self.delivery.send_emitted()
            return JSONResponse(published(answer))

        return view

    def _set_faults(self, form: Object, _: str) -> Object:
        self.delivery.set_faults(_chosen(Faults, form))
        return {"ok": True}

    def _set_behaviours(self, form: Object, _: str) -> Object:
        self.store.behaviours = _chosen(Behaviours, form)
        return {"ok": True}

    def _set_tax(self, form: Object, _: str) -> Object:
        self.store.behaviours.tax_percent = int(form["percent"])
        return {"ok": True}

    def _clear(self, _: Object, __: str) -> Object:
        self.store.clear()
        return {"ok": True}

    def _forget(self, form: Object, _: str) -> Object:
        self.store.forget_answers(str(form.get("of", "")))
        return {"ok": True}

    def _read(self, answer: Callable[[Request], Object]) -> View:
        async def view(request: Request) -> Response:
            try:
                self._refuse_stranger(request)
                return JSONResponse(published(answer(request)))
            except Refusal as refusal:
                return problem(refusal)

        return view

    def _show(self, read: Callable[[], Object]) -> View:
        return self._read(lambda _: read())

    def _sent(self, body: Object, request: Request) -> Object:
        """An object as a request asks for it: with what is expanded or included."""
        asked = _values(request, "include")
        if body["object"] == "v2.core.account":
            return connect.included(body, asked)
        if body["object"] == "v2.core.event_destination":
            return endpoints.show_destination(body, asked)
        return self.store.expand(body, _values(request, "expand"))

    def _retrieve(self, kind: str) -> View:
        return self._read(
            lambda request: self._sent(self.store.get(request.path_params["id"], kind), request)
        )

    def _list(self, kind: str, of: str = "") -> View:
        """A list; of: the field of the object whose address it is under."""

        def page(request: Request) -> Object:
            asked = request.query_params.multi_items()
            if of:
                asked.append((of, request.path_params["id"]))
            found = lists.page(self.store, kind, request.url.path, asked)
            return {**found, "data": [self._sent(body, request) for body in found["data"]]}

        return self._read(page)

    async def show_page(self, request: Request) -> Response:
        kind, target = request.path_params["kind"], self.store.find(request.path_params["id"])
        if target is None:
            return HTMLResponse("There is nothing here.", status_code=404)
        if kind == "onboard":
            account = self.store.get(target["account"], "v2.core.account")
            case = target["use_case"]["account_onboarding"]
            return HTMLResponse(pages.onboarding(account["display_name"], case["return_url"]))
        if kind in ("portal", "invoice"):
            return HTMLResponse(_billing_page(kind, target))
        if target["status"] != "open":
            return RedirectResponse(target["success_url"], status_code=303)
        name = remembered(target)["name"]
        if target["mode"] == "setup":
            return HTMLResponse(pages.card(name, target["cancel_url"] or "#"))
        price = pages.price(target["amount_total"], target["currency"])
        said = (target["custom_text"].get("submit") or {}).get("message", "")
        return HTMLResponse(pages.checkout(name, price, target["cancel_url"] or "#", said))

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
                subscriptions.end_all(self.store, target["customer"])
                back = target["return_url"]
            elif kind == "invoice":
                back = request.url.path
                subscriptions.confirm(self.store, target)
            else:
                back = checkout.press(self.store, target)["success_url"]
        self.delivery.send_emitted()
        return RedirectResponse(back, status_code=303)


def _billing_page(kind: str, target: Object) -> str:
    if kind == "portal":
        return pages.portal("Your plan", target["return_url"])
    due = pages.price(target["amount_due"], target["currency"])
    return pages.invoice(due, is_open=target["status"] == "open")


def _values(request: Request, name: str) -> list[str]:
    return [value for key, value in request.query_params.multi_items() if key.startswith(name)]


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
        Receiver(options.webhook_url, os.environ["STRIPE_WEBHOOK_SECRET"]),
    )
    uvicorn.run(sandbox.app(), host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
