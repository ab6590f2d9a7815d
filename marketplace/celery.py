"""The Celery apps: workers start with `celery -A marketplace.celery worker -Q <queue>`, that for
webhooks with `celery -A marketplace.celery:deliveries worker -Q webhooks`, beat with
`celery -A marketplace.celery:scheduler beat`.
"""

from celery import Celery

app = Celery("timbre")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["synthesis"])
app.autodiscover_tasks()  # every installed app

# Beat sends work by its name; without the tasks it takes half a gigabyte of memory less
scheduler = Celery("timbre", set_as_current=False)
scheduler.config_from_object("django.conf:settings", namespace="CELERY")

# Webhooks have a worker of their own, since customers' servers may be slow; it needs no engine and
# without one takes 300 MB less
deliveries = Celery(
    "timbre",
    set_as_current=False,
    include=["marketplace.webhooks.tasks", "marketplace.status.tasks"],
)
deliveries.config_from_object("django.conf:settings", namespace="CELERY")
