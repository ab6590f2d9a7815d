"""Routes of the account: its overview, and the pages that are about nothing but it."""

from django.urls import path

from marketplace.storefront.views import account

urlpatterns = [
    path("account", account.account, name="account"),
    path("account/profile", account.profile, name="account-profile"),
    path("account/sessions", account.browser_sessions, name="sessions"),
    path("account/sessions/end", account.end_other_sessions, name="end-other-sessions"),
    path("account/sessions/<uuid:public_id>/end", account.end_session, name="end-session"),
    path("account/region", account.region, name="region"),
    path("account/emails", account.letters, name="account-letters"),
    path("account/keys", account.keys, name="account-keys"),
]
