"""The Celery app; workers start with `celery -A marketplace.celery worker -Q <queue>`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.development")
app = Celery("timbre")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["synthesis"])
app.autodiscover_tasks()  # every installed app
