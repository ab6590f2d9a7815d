"""The log holds no secret, wherever a path with one is named."""

from __future__ import annotations

import json
import logging

import pytest
from django.test import Client

from marketplace.request_log import JsonFormatter

TOKENS = (
    "/accounts/password/reset/key/1-dir6sy-61b0f3ab437f1af8d027929a601e60a6/",
    "/accounts/confirm-email/MQ:1tzXyz:s3cr3t/",
    "/v1/speech-jobs/audio/eyJ:1tz:s3cr3t",
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", TOKENS)
def test_a_path_is_logged_without_the_secret_that_it_ends_in(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        Client().get(path, follow=True)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any(json.loads(line)["logger"] == "timbre.requests" for line in lines)
    secret = path.rstrip("/").rsplit("/", 1)[1]
    assert not [line for line in lines if secret in line]


def test_a_traceback_is_logged_without_it_too() -> None:
    try:
        raise RuntimeError(f"at {TOKENS[0]}")
    except RuntimeError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "", 1, "failed at %s", (TOKENS[1],),
            (RuntimeError, error, error.__traceback__),
        )  # fmt: skip
    line = JsonFormatter().format(record)
    assert "61b0f3" not in line
    assert "s3cr3t" not in line
