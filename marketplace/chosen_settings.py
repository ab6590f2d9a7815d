"""Which settings a process runs with: those that it was told, never a guess."""

import os

from django.core.exceptions import ImproperlyConfigured


def require_chosen() -> None:
    """Refuse to guess the purpose: what is for development would take real money without a word.

    Raises:
        ImproperlyConfigured: DJANGO_SETTINGS_MODULE is not set.
    """
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        raise ImproperlyConfigured(
            "Set DJANGO_SETTINGS_MODULE to marketplace.settings.production, or to "
            "marketplace.settings.development on your own machine; make manage sets it for you."
        )
