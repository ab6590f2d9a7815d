from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "marketplace.consent"
