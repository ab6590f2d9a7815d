"""The test suite: development's rules, quick hashing, mail kept in memory."""

from marketplace.settings.development import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LETTERS_FOLDER = ""
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PAYMENT_SANDBOX = True
STRIPE_SECRET_KEY = "sk_test_sandbox"
STRIPE_WEBHOOK_SECRETS = ["whsec_test_sandbox", "whsec_test_thin"]
