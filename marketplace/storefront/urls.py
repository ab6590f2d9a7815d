"""Routes of the pages, by audience."""

from django.urls import include, path

app_name = "storefront"
urlpatterns = [
    path("", include("marketplace.storefront.routes.anyone")),
    path("", include("marketplace.storefront.routes.account")),
    path("", include("marketplace.storefront.routes.buyers")),
    path("", include("marketplace.storefront.routes.creators")),
    path("", include("marketplace.storefront.routes.speakers")),
    path("", include("marketplace.storefront.routes.moderators")),
    path("", include("marketplace.storefront.routes.finance")),
]
