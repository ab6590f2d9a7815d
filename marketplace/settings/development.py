"""`make run`: embedded parts, a payment sandbox, demonstration consents allowed."""

from marketplace.settings.base import *
from marketplace.settings.base import MIDDLEWARE, STRIPE_SECRET_KEY, env

DEBUG = env.bool("DEBUG", False)
DESIGN_PAGE = True
MIDDLEWARE = ["marketplace.storefront.one_address.lead_to_the_name", *MIDDLEWARE]
PAYMENT_SANDBOX = not STRIPE_SECRET_KEY or bool(env.str("STRIPE_API_BASE", ""))
CURRENCIES = env.list(
    "CURRENCIES", default=["USD", "EUR", "GBP", "JPY", "CNY"] if PAYMENT_SANDBOX else []
)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
LETTERS_FOLDER = "" if env.str("EMAIL_URL", "") else env.str("TIMBRE_LETTERS", "")
if LETTERS_FOLDER:
    EMAIL_BACKEND = "marketplace.letters.folder.EmailBackend"
WEBHOOKS_MAY_BE_PRIVATE = env.bool("WEBHOOKS_MAY_BE_PRIVATE", True)
SELLER_STREET = env.str("SELLER_STREET", "1 Example Street")
SELLER_CITY = env.str("SELLER_CITY", "Example City")
SELLER_REGISTRATION = env.str("SELLER_REGISTRATION", "DEMO-1")
