from django.apps import AppConfig


class LexiconsConfig(AppConfig):
    name = "marketplace.lexicons"
