"""A deployment that takes real money: refuses to start with anything made for development."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from marketplace.settings.base import *
from marketplace.settings.base import (
    API_KEY_PEPPER,
    BASE_URL,
    DEVELOPMENT_SECRET,
    PROVENANCE_KEY,
    REDIS_URL,
    SECRET_KEY,
    SELLER_CITY,
    SELLER_REGISTRATION,
    SELLER_STREET,
    SELLER_VAT_NUMBER,
    STRIPE_API_BASE,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRETS,
    TEMPLATE_KEY,
    env,
)

MAIL_SCHEMES = ("smtp", "smtps", "smtp+tls", "smtp+ssl")
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
_refuse(not STRIPE_WEBHOOK_SECRETS, "Set STRIPE_WEBHOOK_SECRET to verify Stripe's webhooks.")
_refuse(
    len({SECRET_KEY, TEMPLATE_KEY, PROVENANCE_KEY, API_KEY_PEPPER}) < 4,
    "SECRET_KEY, TEMPLATE_KEY, PROVENANCE_KEY and API_KEY_PEPPER must be four different secrets.",
)
_refuse(
    not (SELLER_STREET and SELLER_CITY and (SELLER_VAT_NUMBER or SELLER_REGISTRATION)),
    "Set SELLER_NAME, SELLER_STREET, SELLER_CITY, SELLER_COUNTRY and SELLER_VAT_NUMBER or "
    "SELLER_REGISTRATION: invoices name who sells.",
)
_refuse(not BASE_URL.startswith("https://"), "Set BASE_URL to the site's https:// address.")
_refuse(
    env.str("EMAIL_URL", "").partition(":")[0] not in MAIL_SCHEMES,
    "Set EMAIL_URL to a mail server (smtp+tls://user:password@host:587): letters confirm accounts.",
)
_refuse(
    not urlsplit(REDIS_URL).password and urlsplit(REDIS_URL).scheme != "unix",
    "Give REDIS_URL a password: whoever writes to the broker starts work as the platform.",
)
_refuse(env.bool("TIMBRE_DEMO_MARKET", False), "TIMBRE_DEMO_MARKET is for development only.")

ACCOUNT_EMAIL_VERIFICATION = "mandatory"
STAFF_NEED_SECOND_FACTOR = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
