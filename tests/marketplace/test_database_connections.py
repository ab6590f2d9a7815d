"""A request gives its database connection back before its answer is sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse

from marketplace import database_connections
from marketplace.settings import base


def test_it_is_given_back_around_everything_else() -> None:
    assert base.MIDDLEWARE[0] == "marketplace.database_connections.give_back"


@pytest.mark.django_db(transaction=True)
def test_the_thread_that_asked_the_database_is_the_one_that_closes() -> None:
    connections["default"].close()

    def ask() -> None:
        connections["default"].ensure_connection()

    async def view(_request: HttpRequest) -> HttpResponse:
        await sync_to_async(ask)()
        return HttpResponse("page")

    async def is_open() -> bool:
        respond: Any = database_connections.give_back(view)
        await respond(HttpRequest())
        return await sync_to_async(lambda: connections["default"].connection is not None)()

    assert not asyncio.run(is_open())
