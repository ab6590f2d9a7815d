"""ASGI entry point; it starts only with the settings that DJANGO_SETTINGS_MODULE names."""

from django.core.asgi import get_asgi_application

_django = get_asgi_application()

from marketplace.api.text_streams.application import TextStreams  # noqa: E402  # needs the apps
from marketplace.request_bodies import LimitedBodies  # noqa: E402

application = LimitedBodies(TextStreams(_django))
