"""The payment sandbox answers as Stripe does: complete objects, the right types, the same refusals."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from deploy.sandbox import pages, shapes
from deploy.sandbox.comparison import Comparison
from deploy.sandbox.conformance import PUBLISHED, report
from deploy.sandbox.objects import ObjectStore
from deploy.sandbox.server import Sandbox

KEY = "sk_test_sandbox"


def _client() -> TestClient:
    sandbox = Sandbox(ObjectStore(":memory:"), "http://sandbox.test", KEY, None)
    return TestClient(sandbox.app(), headers={"Authorization": f"Bearer {KEY}"})


def test_every_answer_and_event_is_one_that_the_client_declares() -> None:
    found = report(Path("/nowhere"))
    assert found.differences == set()
    assert found.objects > 500
    assert found.fields > 15_000


def test_every_answer_and_event_has_the_fields_and_types_that_stripe_publishes() -> None:
    if not PUBLISHED.is_file():
        pytest.skip(f"Stripe's published objects are not in {PUBLISHED}.")
    found = report(PUBLISHED)
    assert found.differences == set()
    assert len(found.kinds & set(found.published)) >= 27


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"currency": ...}, "refund.currency is missing"),
        ({"surprise": 1}, "refund.surprise is unknown"),
        ({"amount": "100"}, "refund.amount is text, which the client doesn't take"),
        ({"amount": True}, "refund.amount is boolean, which the client doesn't take"),
        ({"amount": None}, "refund.amount is null, which the client doesn't take"),
        ({"metadata": []}, "refund.metadata is list, which the client doesn't take"),
        ({"reason": 1}, "refund.reason is number, which the client doesn't take"),
        ({"destination_details": {"type": 1}}, "refund.destination_details.type is number"),
    ],
)
def test_a_difference_is_found(change: dict[str, Any], difference: str) -> None:
    fields = {"id": "re_1", "object": "refund", "created": 1, "amount": 1, "currency": "usd"}
    body = shapes.complete("refund", fields) | change
    comparison = Comparison({})
    comparison.check({name: value for name, value in body.items() if value is not ...})
    assert [found for found in comparison.differences if found.startswith(difference)]


@pytest.mark.parametrize(
    ("published", "difference"),
    [
        ({"arn": None}, "refund.arn is missing"),
        ({"status": 7}, "refund.status is text, published is number"),
        ({"metadata": {}}, "refund.reason is null, published is nothing"),
    ],
)
def test_a_difference_from_what_is_published_is_found(
    published: dict[str, Any], difference: str
) -> None:
    fields = {"id": "re_1", "object": "refund", "created": 1, "amount": 1, "currency": "usd"}
    comparison = Comparison({"refund": published})
    comparison.check(shapes.complete("refund", fields | {"status": "succeeded"}))
    assert difference in comparison.differences


def test_an_object_within_another_is_compared_too() -> None:
    fields = {"id": "evt_1", "created": 1, "livemode": False, "type": "refund.created",
              "data": {"object": {"object": "refund"}}}  # fmt: skip
    comparison = Comparison({})
    comparison.check(shapes.complete("event", fields | {"object": "event"}))
    assert "refund.amount is missing" in comparison.differences


def test_an_object_that_lacks_a_field_is_never_made() -> None:
    with pytest.raises(shapes.IncompleteObject, match=r"refund\.amount"):
        ObjectStore(":memory:").make("refund", "re", currency="usd")
    with pytest.raises(shapes.IncompleteObject, match="surprise"):
        ObjectStore(":memory:").make("refund", "re", currency="usd", amount=1, surprise=1)


def test_a_parameter_that_the_client_does_not_know_is_refused_at_any_depth() -> None:
    onboarding = {"refresh_url": "https://example.com", "surprise": 1}
    answer = _client().post(
        "/v2/core/account_links",
        json={
            "account": "acct_1",
            "use_case": {"type": "account_onboarding", "account_onboarding": onboarding},
        },
    )
    assert answer.status_code == 400
    told = answer.json()["error"]["message"]
    assert told == "Received unknown parameter: use_case[account_onboarding][surprise]"


def test_a_value_that_the_client_does_not_know_is_refused() -> None:
    answer = _client().post("/v2/core/accounts", json={"dashboard": "large"})
    assert answer.status_code == 400
    told = answer.json()["error"]["message"]
    assert told == "Invalid dashboard: must be one of express, full, none"


def test_what_the_sandbox_remembers_is_shown_to_nobody() -> None:
    client = _client()
    client.post(
        "/v2/core/accounts",
        json={"identity": {"country": "us"}, "configuration": {"recipient": {}}},
    )
    for path in ("/v2/core/accounts", "/v2/core/events", "/v1/events"):
        assert "_sandbox" not in client.get(path).text


def test_a_fault_or_a_behaviour_that_does_not_exist_is_refused() -> None:
    client = _client()
    for path in ("faults", "behaviours"):
        answer = client.post(f"/_sandbox/{path}", json={"surprise": True})
        assert answer.status_code == 400
        assert "surprise" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("amount", "expires_in", "code"),
    [
        (49, 3_600, "amount_too_small"),
        (100_000_000, 3_600, "amount_too_large"),
        (1_000, 600, None),
        (1_000, 90_000, None),
    ],
)
def test_a_page_that_stripe_would_not_open_is_refused(
    amount: int, expires_in: int, code: str | None
) -> None:
    answer = _client().post(
        "/v1/checkout/sessions",
        data={
            "success_url": "https://example.com",
            "expires_at": str(int(time.time()) + expires_in),
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][product_data][name]": "A licence",
            "line_items[0][price_data][unit_amount]": str(amount),
        },
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def test_a_page_has_browsers_ask_for_no_icon() -> None:
    assert '<link rel="icon" href="data:,">' in pages.checkout("Ash", "9.00 EUR", "/cancel")


def test_a_price_is_written_with_the_digits_of_its_currency() -> None:
    assert [pages.price(1500, currency) for currency in ("usd", "jpy", "kwd")] == [
        "15.00 USD", "1,500 JPY", "1.500 KWD",
    ]  # fmt: skip


def test_a_list_of_v2_is_read_page_by_page_and_by_its_object() -> None:
    client = _client()
    accounts = [
        client.post("/v2/core/accounts", json={"identity": {"country": "us"}}).json()["id"]
        for _ in range(5)
    ]
    seen, url = [], "/v2/core/events?limit=2&types[0]=v2.core.account.created"
    while url:
        found = client.get(url).json()
        seen += [event["related_object"]["id"] for event in found["data"]]
        url = found["next_page_url"]
    assert seen == accounts[::-1]
    [event] = client.get(f"/v2/core/events?object_id={accounts[2]}").json()["data"]
    assert event["related_object"]["id"] == accounts[2]
    long_ago = client.get("/v2/core/events?created[lt]=2020-01-01T00:00:00Z").json()
    assert long_ago["data"] == []
