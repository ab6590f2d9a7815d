from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "marketplace.privacy"

    def ready(self) -> None:
        """Tell teams which of their owners asked to be erased."""
        from marketplace.accounts.owners import asking_who_goes
        from marketplace.privacy.going import who_goes

        asking_who_goes.connect(who_goes)
