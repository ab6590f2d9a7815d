"""Routes under /v1/account/."""

from django.urls import path

from marketplace.privacy import api_views

app_name = "account"
urlpatterns = [
    path("copies", api_views.Copies.as_view(), name="copies"),
    path("copies/<uuid:public_id>", api_views.Copy.as_view(), name="copy"),
    path("erasure", api_views.Erasure.as_view(), name="erasure"),
]
