from django.apps import AppConfig


class VoicesConfig(AppConfig):
    name = "marketplace.voices"
