"""Every route."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path

from marketplace.api.metrics import metrics
from marketplace.api.urls import unknown
from marketplace.api.views.catalogue import NewerVoices
from marketplace.api.views.openapi import openapi
from marketplace.payouts.views import stripe_webhook
from marketplace.storefront.views.authenticate_again import changes_ask_again

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one sign-in, with its limits and factors
admin.site.admin_view = changes_ask_again(admin.site.admin_view)  # type: ignore[method-assign]
urlpatterns = [
    path("v1/account/", include("marketplace.privacy.urls")),
    path("v1/", include("marketplace.api.urls")),
    path("v2/voices", NewerVoices.as_view()),  # where newer `elevenlabs` clients list them
    re_path(r"^v2/", unknown),
    path("openapi.json", openapi, name="openapi"),
    path("webhooks/stripe", stripe_webhook, name="stripe-webhook"),
    path("metrics", metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("marketplace.storefront.urls")),
]
handler400 = "marketplace.storefront.views.errors.bad_request"
handler403 = "marketplace.storefront.views.errors.forbidden"
handler404 = "marketplace.storefront.views.errors.not_found"
handler429 = "marketplace.storefront.views.errors.too_many_requests"  # allauth looks for it
handler500 = "marketplace.storefront.views.errors.server_error"
