"""Attack: the sums of a batch's say-as elements are counted by a pattern that a comment ends early."""

from __future__ import annotations

import random
import time

import pytest

from tests import factories
from tests.api_client import api_client

pytestmark = pytest.mark.django_db


def _document(draw: random.Random, said: int) -> str:
    def number() -> str:
        return "".join(draw.choice("123456789") for _ in range(62)) + "." + "".join(
            draw.choice("123456789") for _ in range(40)
        )

    inside = "".join(
        f'<say-as interpret-as="cardinal"><!--</say-as-->{number()}</say-as>' for _ in range(said)
    )
    return f'<speak xml:lang="zh-CN">{inside}</speak>'


def test_a_batch_has_no_more_to_put_into_words_than_a_document_whatever_its_comments_say() -> None:
    licence = factories.make_licence()
    _, secret = factories.make_key(licence)
    client, draw = api_client(secret), random.Random()
    client.post("/v1/speech-batches", {"voice": "x", "items": [{"input": _document(draw, 1)}]}, format="json")
    body = {"voice": "nobody", "items": [{"input": _document(draw, 3)} for _ in range(100)]}
    began = time.process_time()
    answer = client.post("/v1/speech-batches", body, format="json")
    took = time.process_time() - began
    print(answer.status_code, answer.json(), f"{took:.2f} s of CPU, {len(str(body))} characters")
    assert took < 1.0
