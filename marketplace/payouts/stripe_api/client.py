"""The Stripe client, and the translation of its errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused

# Stripe forgets idempotency keys after a day; older requests look the object up first
KEYS_KEPT = timedelta(hours=20)


@lru_cache(maxsize=1)
def client() -> stripe.StripeClient:
    """The client for the key and address of the settings."""
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
    """Drop the client, so that the next call reads the settings again."""
    client.cache_clear()


def metadata_value(obj: stripe.StripeObject, name: str) -> str:
    """The value that we stored in an object's metadata under a name."""
    metadata: Any = getattr(obj, "metadata", None)
    return str(metadata[name]) if metadata and name in metadata else ""


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the client's errors into ours: a plain no, or an unknown outcome."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise ProviderRefused(error.user_message or str(error), error.code or "") from error
    except stripe.StripeError as error:
        raise PaymentProviderUnavailable(str(error)) from error
