"""The business: one Django app per noun."""

from marketplace.celery import app as celery_app

__all__ = ("celery_app",)
