"""What every purpose shares."""

from pathlib import Path

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from marketplace.currencies import known
from marketplace.settings.schedule import *
from synthesis.watermark.methods import DEFAULT as DEFAULT_WATERMARK
from synthesis.watermark.methods import VERSIONS as WATERMARKS

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

DEVELOPMENT_SECRET = "development-only-secret-never-for-production"
SECRET_KEY = env.str("SECRET_KEY", DEVELOPMENT_SECRET)
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "django.contrib.humanize",  # which pages of allauth ask for
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "marketplace.letters",
    "marketplace.accounts",
    "marketplace.compliance",
    "marketplace.webhooks",
    "marketplace.creators",
    "marketplace.voices",
    "marketplace.consent",
    "marketplace.enrolment",
    "marketplace.moderation",
    "marketplace.listings",
    "marketplace.licensing",
    "marketplace.provenance",
    "marketplace.policy",
    "marketplace.lexicons",
    "marketplace.reviews",
    "marketplace.profiles",
    "marketplace.billing",
    "marketplace.payouts",
    "marketplace.api",
    "marketplace.trials",
    "marketplace.privacy",
    "marketplace.status",
    "marketplace.storefront",
]

MIDDLEWARE = [
    "marketplace.database_connections.give_back",
    "marketplace.api.addresses.take_slashes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "marketplace.request_log.log_requests",
    "marketplace.compression.compress",
    "marketplace.storefront.chosen_language.speak_the_readers_language",
    "marketplace.unfit_texts.refuse_null_bytes",
    "marketplace.api.cross_origin.share_with_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "marketplace.unfit_texts.refuse_unfit_forms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "marketplace.accounts.middleware.note_sessions",
    "allauth.account.middleware.AccountMiddleware",
    "marketplace.content_security.content_security",
    "marketplace.storefront.method_not_allowed.answer_with_a_page",
]

ROOT_URLCONF = "marketplace.urls"
ASGI_APPLICATION = "marketplace.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "marketplace.storefront.zoned_templates.ZonedTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.storefront.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "marketplace.storefront.templatetags.presentation",
                "marketplace.storefront.templatetags.voice_cards",
                "marketplace.storefront.templatetags.written",
            ],
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL", "postgres://timbre@127.0.0.1:5433/timbre")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 0)
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6380/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "serializer": "marketplace.cached_values.Plain",
            # waits for a free connection, where Redis' own pool would refuse
            "pool_class": "redis.BlockingConnectionPool",
            "max_connections": 100,
            "timeout": 5,
        },
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "marketplace.licensing.new_passwords.NewPassword",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "marketplace.storefront.adapter.StorefrontAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "optional")
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and only there
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_RATE_LIMITS = {"signup": "20/m/ip,200/d/ip"}  # each account speaks a little for nothing
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = (
    True  # whoever had a session for five minutes does not come back unseen
)
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # else anybody could have us write to strangers
ACCOUNT_REAUTHENTICATION_REQUIRED = (
    True  # to change addresses and passwords; see `reauthentication`
)
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
MFA_ADAPTER = "marketplace.accounts.second_factors.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "marketplace.storefront.second_factor_codes.CodeForm",
    "reauthenticate": "marketplace.storefront.second_factor_codes.CodeAgainForm",
    "add_webauthn": "marketplace.storefront.passkeys.AddPasskeyForm",
    "authenticate_webauthn": "marketplace.storefront.passkeys.PasskeyForm",
    "login_webauthn": "marketplace.storefront.passkeys.PasskeySignInForm",
    "reauthenticate_webauthn": "marketplace.storefront.passkeys.PasskeyAgainForm",
}
STAFF_NEED_SECOND_FACTOR = env.bool("STAFF_NEED_SECOND_FACTOR", False)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = env.bool("MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", False)
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
CSRF_FAILURE_VIEW = "marketplace.storefront.views.errors.csrf_failure"

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20  # seconds; less than until a letter's second try
LETTERS_FOLDER = ""  # where letters are kept instead, and read at /letters; development alone
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Timbre <hello@timbre.example>")

STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("AWS_STORAGE_BUCKET_NAME", "timbre"),
            "endpoint_url": env.str("AWS_S3_ENDPOINT_URL", "") or None,
            "access_key": env.str("AWS_ACCESS_KEY_ID", "") or None,
            "secret_key": env.str("AWS_SECRET_ACCESS_KEY", "") or None,
            "region_name": env.str("AWS_S3_REGION_NAME", "us-east-1"),
            "addressing_style": env.str("AWS_S3_ADDRESSING_STYLE", "path"),
            "signature_version": "s3v4",
            "file_overwrite": True,
            "default_acl": None,
            "querystring_auth": True,
            "max_memory_size": 16 << 20,  # of what is read; what is longer goes to a temporary file
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if env.str("TIMBRE_FILE_STORAGE", ""):
    STORAGES["default"] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("TIMBRE_FILE_STORAGE")},
    }
DESIGN_PAGE = False  # /design for everybody; staff sees it anyway
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "static_root"))
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 60 * 1024 * 1024)
CREATOR_AUDIO_BYTES = env.int("CREATOR_AUDIO_BYTES", 5 << 30)
CREATOR_RECORDINGS_WAITING = env.int("CREATOR_RECORDINGS_WAITING", 40)
CREATOR_VOICES_UNLEARNED = env.int("CREATOR_VOICES_UNLEARNED", 50)
VOICE_AUDIO_SECONDS = env.int("VOICE_AUDIO_SECONDS", 3600)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("zh-hans", "简体中文")]  # of pages
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [BASE_DIR / "marketplace" / "locale"]
FORMAT_MODULE_PATH = "marketplace.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["marketplace.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.api.parsers.TextJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "marketplace.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Timbre API",
    "DESCRIPTION": "Licensed voices over HTTP, for the clients of OpenAI and ElevenLabs too.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {"AudioFormat": "marketplace.api.serializers.FORMATS"},
}
REQUESTS_AT_ONCE = env.int("REQUESTS_AT_ONCE", 12)  # of one line, in each process of the web
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", 120)
SPEECH_THREADS = env.int("SPEECH_THREADS", 32)  # requests that the workers speak at once
STREAMS_PER_ORGANIZATION = env.int("STREAMS_PER_ORGANIZATION", max(1, SPEECH_THREADS // 2))
API_TEXT_LIMIT = env.int("API_TEXT_LIMIT", 4096)

WEBHOOKS_MAY_BE_PRIVATE = env.bool("WEBHOOKS_MAY_BE_PRIVATE", False)

SESSION_ENGINE = "marketplace.accounts.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

PLATFORM_NAME = env.str("PLATFORM_NAME", "Timbre")
# Who sells, as invoices name them
SELLER_NAME = env.str("SELLER_NAME", PLATFORM_NAME)
SELLER_STREET = env.str("SELLER_STREET", "")
SELLER_POSTAL_CODE = env.str("SELLER_POSTAL_CODE", "")
SELLER_CITY = env.str("SELLER_CITY", "")
SELLER_COUNTRY = env.str("SELLER_COUNTRY", "US")
SELLER_VAT_NUMBER = env.str("SELLER_VAT_NUMBER", "")
SELLER_REGISTRATION = env.str("SELLER_REGISTRATION", "")  # number in a register of companies
SELLER_EMAIL = env.str("SELLER_EMAIL", "")
SELF_BILLING_VAT_PERCENT = env.float("SELF_BILLING_VAT_PERCENT", 0.0)  # of the seller's country
# The European Union's register of VAT numbers, empty: numbers are checked by their form alone
VIES_URL = env.str("VIES_URL", "").rstrip("/")
if VIES_URL and not VIES_URL.startswith("https://"):
    raise ImproperlyConfigured("VIES_URL is an https:// address.")
COMMISSION_BPS = env.int("COMMISSION_BPS", 1500)
# Of plans and credit, and of every offer's first price; payouts/checks.py says which can't be
CURRENCY = env.str("CURRENCY", "USD")
# Others that offers may have prices in: those that the payment provider settles in
CURRENCIES = env.list("CURRENCIES", default=[])
if unknown := set(CURRENCIES) - {CURRENCY, *known()}:
    raise ImproperlyConfigured(f"CURRENCIES: licences can't be sold in {', '.join(unknown)}.")
RATES_URL = env.str("RATES_URL", "")  # of reference rates, for manage.py load_rates
HOLD_DAYS = env.int("HOLD_DAYS", 14)
HOLD_DAYS_NEW_CREATOR = env.int("HOLD_DAYS_NEW_CREATOR", 30)
MIN_PRICE_MINOR = env.int("MIN_PRICE_MINOR", 250)  # below it, the fee takes all of the commission
PLAN_BASIC_PRICE = env.str("PLAN_BASIC_PRICE", "9.90")  # a month, in units of CURRENCY
PLAN_PRO_PRICE = env.str("PLAN_PRO_PRICE", "49.00")
RENEWAL_CHARGE_DAYS = env.int("RENEWAL_CHARGE_DAYS", 3)  # before the end of a term
REFUND_ALONE_MINOR = env.int("REFUND_ALONE_MINOR", 500_00)  # more needs a second person
COUPON_ALONE_MINOR = env.int("COUPON_ALONE_MINOR", 500_00)  # that cost more need a second person
TAX_DETAILS_FROM_MINOR = env.int("TAX_DETAILS_FROM_MINOR", 2000_00)  # paid to a creator in a year
PAYOUT_MINIMUM_MINOR = env.int("PAYOUT_MINIMUM_MINOR", 25_00)
CONSENT_PHRASE_SECONDS = 600
CONSENT_TRIES_PER_DAY = env.int("CONSENT_TRIES_PER_DAY", 3)
TEMPLATE_KEY = env.str("TEMPLATE_KEY", "")
TEMPLATE_KMS_KEY = env.str("TEMPLATE_KMS_KEY", "")  # wraps creators' keys instead of the above
TEMPLATE_KMS_ENDPOINT = env.str("TEMPLATE_KMS_ENDPOINT", "")
API_KEY_PEPPER = env.str("API_KEY_PEPPER", "")
AUDIT_HEADS_FOLDER = env.str("AUDIT_HEADS_FOLDER", "")
SPOKEN_TEXT_DAYS = env.int("SPOKEN_TEXT_DAYS", 30)
# Lines that visitors may try, by network or, if they are signed in, by account
TRIALS_PER_MINUTE = env.int("TRIALS_PER_MINUTE", 10)
TRIALS_PER_DAY = env.int("TRIALS_PER_DAY", 60)
TRIALS_PER_MINUTE_SIGNED_IN = env.int("TRIALS_PER_MINUTE_SIGNED_IN", 20)
TRIALS_PER_DAY_SIGNED_IN = env.int("TRIALS_PER_DAY_SIGNED_IN", 300)
TRIALS_AT_ONCE = env.int("TRIALS_AT_ONCE", 2)  # of all visitors
REFUSED_TEXT_DAYS = env.int("REFUSED_TEXT_DAYS", 30)
PROVENANCE_KEY = env.str("PROVENANCE_KEY", "")
PROVENANCE_FORMER_KEYS = env.list("PROVENANCE_FORMER_KEYS", default=[])
C2PA_CERTIFICATE = env.str("C2PA_CERTIFICATE", "")  # paths of PEM files
C2PA_PRIVATE_KEY = env.str("C2PA_PRIVATE_KEY", "")
C2PA_FORMER_CERTIFICATES = env.list(
    "C2PA_FORMER_CERTIFICATES", default=[]
)  # what they sign stays ours
C2PA_ALGORITHM = env.str("C2PA_ALGORITHM", "es256")
C2PA_TIMESTAMPS = env.str("C2PA_TIMESTAMPS", "")  # of a time stamping authority
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
# One for each endpoint at Stripe: payments, connected accounts, thin events
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRET", default=[])
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
# Where our forms may lead, for browsers: Stripe's own pages, or the sandbox
PAYMENT_PAGES = STRIPE_API_BASE or (
    "https://checkout.stripe.com https://billing.stripe.com https://connect.stripe.com"
)
STRIPE_METER_EVENT = env.str("STRIPE_METER_EVENT", "")
STRIPE_TAX = env.bool("STRIPE_TAX", False)
STRIPE_TAX_CODE = env.str("STRIPE_TAX_CODE", "txcd_10000000")  # electronically supplied services
AUDIO_CACHE_BYTES = env.int("TIMBRE_AUDIO_CACHE_BYTES", 256 << 20)
AI_NOTICE = env.str("TIMBRE_AI_NOTICE", "visible")  # or "audible", before all that is spoken
TEXT_CLASSIFIERS = env.list("TEXT_CLASSIFIERS", default=["marketplace.policy.rules.Rules"])
WATERMARK = env.str("WATERMARK", DEFAULT_WATERMARK)
if WATERMARK not in WATERMARKS:
    raise ImproperlyConfigured(f"WATERMARK is one of {', '.join(WATERMARKS)}.")
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
WARM_ENGINE = env.bool("TIMBRE_WARM", False)
ENROL_STEPS = env.int("TIMBRE_ENROL_STEPS", 0)
DEMO_MARKET = env.bool("TIMBRE_DEMO_MARKET", False)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "marketplace.request_log.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "phonemizer": {"level": "ERROR"},
        "faster_whisper": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
