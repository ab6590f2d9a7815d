from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"

    def ready(self) -> None:
        """Note in every session when it was signed in."""
        from django.contrib.auth.signals import user_logged_in

        from marketplace.accounts.reauthentication import note_sign_in

        user_logged_in.connect(note_sign_in)
