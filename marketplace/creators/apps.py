from django.apps import AppConfig


class CreatorsConfig(AppConfig):
    name = "marketplace.creators"
