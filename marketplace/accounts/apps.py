from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"

    def ready(self) -> None:
        """Note in every session when it was signed in; survive second factors that can't be read."""
        from allauth.mfa.models import Authenticator
        from django.contrib.auth.signals import user_logged_in

        from marketplace.accounts import readable_factors
        from marketplace.accounts.reauthentication import note_sign_in

        user_logged_in.connect(note_sign_in)
        Authenticator.wrap = readable_factors.wrap
