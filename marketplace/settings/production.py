"""A deployment that takes real money: refuses to start with anything made for development."""

import re

from django.core.exceptions import ImproperlyConfigured

from marketplace.settings.base import *
from marketplace.settings.base import (
    API_KEY_PEPPER,
    DEVELOPMENT_SECRET,
    PROVENANCE_KEY,
    SECRET_KEY,
    STRIPE_API_BASE,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
    TEMPLATE_KEY,
    env,
)

PAYMENT_SANDBOX = False
DEMO_MARKET = False


def _refuse(condition: object, message: str) -> None:
    if condition:
        raise ImproperlyConfigured(message)


_refuse(env.bool("DEBUG", False), "DEBUG must be off in production.")
_refuse(
    SECRET_KEY == DEVELOPMENT_SECRET or len(SECRET_KEY) < 40,
    "Set SECRET_KEY to 40 random characters or more; the development secret is public.",
)
_refuse(len(TEMPLATE_KEY) < 40, "Set TEMPLATE_KEY: voice templates are encrypted with it.")
_refuse(len(PROVENANCE_KEY) < 40, "Set PROVENANCE_KEY: watermarks and signatures come from it.")
_refuse(len(API_KEY_PEPPER) < 40, "Set API_KEY_PEPPER: API keys are hashed with it.")
_refuse(
    not re.match(r"(sk|rk)_live_", STRIPE_SECRET_KEY) or STRIPE_API_BASE,
    "Production needs a live STRIPE_SECRET_KEY and no STRIPE_API_BASE: "
    "the payment sandbox moves no money.",
)
_refuse(not STRIPE_WEBHOOK_SECRET, "Set STRIPE_WEBHOOK_SECRET to verify Stripe's webhooks.")
_refuse(env.bool("TIMBRE_DEMO_MARKET", False), "TIMBRE_DEMO_MARKET is for development only.")

ACCOUNT_EMAIL_VERIFICATION = "mandatory"
STAFF_NEED_SECOND_FACTOR = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
