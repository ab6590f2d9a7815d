"""Databases of the benchmark's own, beside the configured one and gone when it ends."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from celery import current_app
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

PREFIX = "timbre_bench_money"


def connect_to(name: str) -> None:
    """Let all that follows in this process use another database of the same server."""
    connection.close()
    connection.settings_dict["NAME"] = name


@contextmanager
def own_databases(count: int) -> Iterator[list[str]]:
    """The names of new databases, of which the first has every table; the rest are made by `copy`."""
    configured = connection.settings_dict["NAME"]
    names = [f"{PREFIX}_{number}" for number in range(1, count + 1)]
    try:
        _recreate(names[0])
        connect_to(names[0])
        call_command("migrate", verbosity=0)
        yield names
    finally:
        connect_to(configured)
        for name in names:
            _drop(name)


def copy(configured: str, first: str, others: Sequence[str]) -> None:
    """Copy the first database, from a connection to the configured one."""
    connect_to(configured)
    for name in others:
        _recreate(name, template=first)


def _recreate(name: str, template: str = "template1") -> None:
    _drop(name)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def nobody_else_works() -> Iterator[None]:
    """Queue and cache stay within this process, so that no worker acts on what is measured."""
    broker = current_app.conf.broker_url
    logging.disable(logging.INFO)
    current_app.conf.update(broker_url="memory://")
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    files = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    try:
        with override_settings(
            CACHES={"default": memory},
            STORAGES={"default": files, "staticfiles": plain},
            ALLOWED_HOSTS=["localhost"],
        ):
            yield
    finally:
        current_app.conf.update(broker_url=broker)
        logging.disable(logging.NOTSET)
