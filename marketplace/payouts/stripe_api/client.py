"""The client, and what its failures mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused

KEYS_KEPT = timedelta(hours=20)  # Stripe forgets idempotency keys after a day; before that we look


@lru_cache(maxsize=1)
def client() -> stripe.StripeClient:
    """The client for the settings' key and address."""
    addresses = {}
    if settings.STRIPE_API_BASE:
        base = settings.STRIPE_API_BASE
        addresses = {"api": base, "connect": base, "files": base, "meter_events": base}
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY or "sk_test_sandbox",
        base_addresses=addresses,  # type: ignore[arg-type]
        max_network_retries=2,
    )


def forget_client() -> None:
    """Make the next call with the settings as they are then."""
    client.cache_clear()


def noted(found: stripe.StripeObject, name: str) -> str:
    """What we wrote into an object's metadata under a name."""
    metadata: Any = getattr(found, "metadata", None)
    return str(metadata[name]) if metadata and name in metadata else ""


@contextmanager
def answers() -> Iterator[None]:
    """Turn the client's errors into ours: a plain no, or an unknown outcome."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise ProviderRefused(error.user_message or str(error), error.code or "") from error
    except stripe.StripeError as error:
        raise PaymentProviderUnavailable(str(error)) from error
