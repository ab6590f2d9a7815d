from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "marketplace.payouts"
    only_added_to = ("LedgerAccount", "LedgerEntry", "LedgerLine")  # by the application's role
    only_read = ("AccountMonth",)

    def ready(self) -> None:
        from marketplace.payouts import checks  # noqa: F401 - registers itself
