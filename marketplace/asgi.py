"""ASGI entry point."""

from django.core.asgi import get_asgi_application

from marketplace.chosen_settings import require_chosen

require_chosen()
_django = get_asgi_application()

from marketplace.request_bodies import LimitedBodies  # noqa: E402  # needs the apps

application = LimitedBodies(_django)
