"""Where events go: endpoints of v1 for snapshots, event destinations of v2 for thin events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.sandbox.objects import ObjectStore, is_true, new_id, remembered
from deploy.sandbox.shapes import Object

ALL, ACCOUNTS = "*", "@accounts"
TARGET = "webhook_endpoint"


@dataclass(frozen=True)
class Receiver:
    """An address that events are posted to, and the secret they are signed with."""

    url: str
    secret: str


def create_endpoint(store: ObjectStore, form: Object) -> Object:
    """An endpoint for snapshots; its secret is shown now and never again."""
    secret = new_id("whsec")
    endpoint = store.make(
        "webhook_endpoint",
        "we",
        url=form["url"],
        enabled_events=form["enabled_events"],
        api_version=form.get("api_version"),
        description=form.get("description"),
        metadata=form.get("metadata", {}),
        hidden={"signs_with": secret, "connect": is_true(form.get("connect"))},
    )
    return {**endpoint, "secret": secret}


def update_endpoint(store: ObjectStore, endpoint_id: str, form: Object) -> Object:
    """Change what an endpoint receives, or where."""
    endpoint = store.get(endpoint_id, "webhook_endpoint")
    changes: Object = {
        name: form[name] for name in ("url", "enabled_events", "description") if name in form
    }
    if "disabled" in form:
        changes["status"] = "disabled" if is_true(form["disabled"]) else "enabled"
    return store.change(endpoint, **changes)


def show_destination(destination: Object, asked: list[str]) -> Object:
    """A destination as it is sent: its address and its secret only to whoever asks for them."""
    secret = remembered(destination)["signs_with"]
    shown = {
        "url": destination[TARGET]["url"] if f"{TARGET}.url" in asked else None,
        "signing_secret": secret if f"{TARGET}.signing_secret" in asked else None,
    }
    return {**destination, TARGET: shown}


def create_destination(store: ObjectStore, body: Object) -> Object:
    """A destination for thin events."""
    destination = store.make(
        "v2.core.event_destination",
        "ed_test",
        name=body["name"],
        description=body.get("description", ""),
        type=body["type"],
        event_payload=body["event_payload"],
        enabled_events=body["enabled_events"],
        events_from=body.get("events_from", ["@self"]),
        metadata=body.get("metadata", {}),
        status="enabled",
        updated="",
        webhook_endpoint={"url": body[TARGET]["url"]},
        hidden={"signs_with": new_id("whsec")},
    )
    store.change(destination, updated=destination["created"])
    return show_destination(destination, body.get("include", []))


def update_destination(store: ObjectStore, destination_id: str, body: Object) -> Object:
    """Change what a destination receives, or where."""
    destination = store.get(destination_id, "v2.core.event_destination")
    names = ("name", "description", "enabled_events", TARGET)
    store.change(destination, **{name: body[name] for name in names if name in body})
    return show_destination(destination, body.get("include", []))


def set_status(store: ObjectStore, destination_id: str, status: str) -> Object:
    """Enable or disable a destination."""
    destination = store.get(destination_id, "v2.core.event_destination")
    return show_destination(store.change(destination, status=status), [])


def receivers(store: ObjectStore, event: Object) -> Iterator[Receiver]:
    """The endpoints that were set up for an event."""
    thin = event["object"] == "v2.core.event"
    for each in store.all_of("v2.core.event_destination" if thin else "webhook_endpoint"):
        hidden, wanted = remembered(each), each["enabled_events"]
        if each["status"] != "enabled" or not {event["type"], ALL} & set(wanted):
            continue
        if thin and ACCOUNTS in each["events_from"]:  # every thin event here is about an account
            yield Receiver(each[TARGET]["url"], hidden["signs_with"])
        if not thin and hidden["connect"] == bool(event.get("account")):
            yield Receiver(each["url"], hidden["signs_with"])
