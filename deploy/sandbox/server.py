"""The payment sandbox over HTTP: `python -m deploy.sandbox.server --port … --data …`.

Checkout Sessions with a hosted page, payment intents, charges, balance transactions, signed
webhooks and idempotency keys, in the shapes that the `stripe` client parses.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import html
import json
import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.sandbox.objects import ObjectStore, new_id

WEBHOOK_TRIES = (0.0, 1.0, 3.0, 10.0, 30.0)  # seconds before each

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Sandbox checkout</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;background:#f4f5f2;color:#1d211c;display:grid;
place-items:center;min-height:100vh;margin:0}}main{{background:#fff;padding:2.5rem;border-radius:14px;
box-shadow:0 10px 40px #0002;max-width:26rem;width:calc(100% - 2rem);box-sizing:border-box}}
.note{{background:#fff3cd;padding:.6rem .9rem;border-radius:8px;font-size:.9rem}}
h1{{font-size:1.2rem;margin:1.2rem 0 .2rem}}p.price{{font-size:2rem;margin:.2rem 0 1.5rem}}
button{{font:inherit;font-weight:600;width:100%;padding:.8rem;border:0;border-radius:9px;
background:#1f6f54;color:#fff;cursor:pointer}}button:focus-visible{{outline:3px solid #9bd8c1}}
a{{display:block;text-align:center;margin-top:1rem;color:#44504a}}</style>
<main><p class="note"><strong>Payment sandbox.</strong> No money moves and no card is needed.</p>
<h1>{name}</h1><p class="price">{price}</p>
<form method="post"><button>Pay {price}</button></form><a href="{cancel}">Cancel</a></main></html>"""


def parse_form(body: bytes) -> dict[str, Any]:
    """Stripe's form encoding (`a[b][0][c]=d`) as nested dicts and lists."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        keys = re.findall(r"[^\[\]]+", name)
        here: Any = root
        for key in keys[:-1]:
            here = here.setdefault(key, {})
        here[keys[-1]] = value

    def lists(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        if node and all(key.isdigit() for key in node):
            return [lists(node[key]) for key in sorted(node, key=int)]
        return {key: lists(value) for key, value in node.items()}

    tidy: dict[str, Any] = lists(root)
    return tidy


def problem(status: int, kind: str, message: str, param: str | None = None) -> JSONResponse:
    """An error as the provider words it."""
    return JSONResponse(
        {"error": {"type": kind, "message": message, "param": param}}, status_code=status
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

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/checkout/sessions", self.create_session, methods=["POST"]),
                Route("/v1/checkout/sessions/{id}", self.retrieve("checkout.session")),
                Route("/v1/payment_intents/{id}", self.retrieve("payment_intent")),
                Route("/v1/charges/{id}", self.retrieve("charge")),
                Route("/v1/balance_transactions/{id}", self.retrieve("balance_transaction")),
                Route("/v1/events/{id}", self.retrieve("event")),
                Route("/c/pay/{id}", self.show_page, methods=["GET"]),
                Route("/c/pay/{id}", self.pay, methods=["POST"]),
                Route("/healthz", self.health),
            ]
        )

    async def health(self, request: Request) -> Response:
        return JSONResponse({"ok": True})

    def _refuse_stranger(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return problem(401, "invalid_request_error", "Invalid API Key provided")
        return None

    async def create_session(self, request: Request) -> Response:
        refusal = self._refuse_stranger(request)
        if refusal is not None:
            return refusal
        body = await request.body()
        key = request.headers.get("idempotency-key", "")
        known = self.store.answered(key) if key else None
        if known is not None:
            if known[0] != body.decode():
                return problem(
                    400,
                    "idempotency_error",
                    "Keys for idempotent requests can only be used with the same parameters.",
                )
            return JSONResponse(known[1], headers={"idempotent-replayed": "true"})
        form = parse_form(body)
        for needed in ("line_items", "success_url"):
            if needed not in form:
                return problem(
                    400, "invalid_request_error", f"Missing required param: {needed}.", needed
                )
        session = self.store.open_session(form, self.base_url)
        if key:
            self.store.remember(key, body.decode(), session)
        return JSONResponse(session)

    def retrieve(self, kind: str) -> Any:
        async def view(request: Request) -> Response:
            refusal = self._refuse_stranger(request)
            if refusal is not None:
                return refusal
            found = self.store.get(request.path_params["id"])
            if found is None or found["object"] != kind:
                return problem(404, "invalid_request_error", f"No such {kind}.", "id")
            paths = [v for k, v in request.query_params.multi_items() if k.startswith("expand")]
            return JSONResponse(self.store.expand(found, paths))

        return view

    async def show_page(self, request: Request) -> Response:
        session = self.store.get(request.path_params["id"])
        if session is None or session["object"] != "checkout.session":
            return HTMLResponse("There is no such checkout.", status_code=404)
        if session["status"] == "complete":
            return RedirectResponse(session["success_url"], status_code=303)
        price = f"{session['amount_total'] / 100:,.2f} {session['currency'].upper()}"
        return HTMLResponse(
            PAGE.format(
                name=html.escape(session["line_name"]),
                price=price,
                cancel=html.escape(session["cancel_url"] or "#"),
            )
        )

    async def pay(self, request: Request) -> Response:
        session = self.store.get(request.path_params["id"])
        if session is None or session["object"] != "checkout.session":
            return HTMLResponse("There is no such checkout.", status_code=404)
        first = session["status"] != "complete"
        session = self.store.pay_session(session["id"])
        notify = BackgroundTask(self.notify, "checkout.session.completed", session)
        return RedirectResponse(
            session["success_url"], status_code=303, background=notify if first else None
        )

    async def notify(self, kind: str, body: dict[str, Any]) -> None:
        """Send a signed webhook, again while the receiver doesn't take it."""
        event = self.store.put(
            {
                "id": new_id("evt"),
                "object": "event",
                "type": kind,
                "created": int(time.time()),
                "livemode": False,
                "api_version": "2026-07-29.dahlia",
                "data": {"object": body},
            }
        )
        payload = json.dumps(event)
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
