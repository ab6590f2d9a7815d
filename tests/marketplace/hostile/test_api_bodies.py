"""Whatever is sent to an address of the API, the answer says what is wrong; it is never a server error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from marketplace.api.models import SpeechJob
from marketplace.lexicons.services import create_lexicon
from marketplace.licensing.models import ApiKey
from marketplace.policy.models import Refusal
from tests import factories
from tests.refused_texts import FRAUD, refused

pytestmark = pytest.mark.django_db
STRINGS = [
    "²", "٣", "10e9", str(10**12), "9" * 5_000, "-1", "1e400", "NaN", "a" * 300 + "@example.com",
    "a@b.example\r\nBcc: c@d.example", "\0", "\ud800", "x" * 6_000, "", " ", "<speak>", "../../etc",
    "\u202e\u0301" * 100,
]  # fmt: skip
VALUES: list[Any] = [
    *STRINGS, 10**12, 10**40, -1, 1.5, True, None, [], {}, ["²"], {"id": "\0"}, [[[[]]]], [None] * 120,
    {"a": {"b": {"c": []}}},
]  # fmt: skip
BODIES = [
    b"", b"null", b"[]", b'"text"', b"1", b"{", b"\xff\xfe", b'{"a":' * 50_000, b"[" * 100_000,
    b'{"input": "\\ud800"}', b'{"input": "\\u0000"}', b"1" * 10_000, b'{"speed": 1e999}', b"NaN",
    b'{"speed": Infinity}', b'{"speed": NaN, "input": "a", "voice": "b", "model": "timbre-1"}',
]  # fmt: skip
TYPES = [
    "application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "application/json; charset=utf-7", "²", "",
]  # fmt: skip


def routes(prefix: str) -> Iterator[str]:
    """Templates of all addresses that begin so."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for each in patterns:
            here = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, here)
            else:
                yield here

    return (route for route in walk(get_resolver().url_patterns, "") if route.startswith(prefix))


API = sorted({route for route in (*routes("v1/"), *routes("v2/")) if "^" not in route})


@pytest.fixture
def key() -> tuple[ApiKey, str]:
    key, secret = factories.make_key(factories.make_licence(factories.make_listing()))
    return key, secret


@pytest.fixture
def client(key: tuple[ApiKey, str], settings: Any) -> Client:
    settings.API_REQUESTS_PER_MINUTE = 10**6
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {key[1]}"})


@pytest.fixture
def names(key: tuple[ApiKey, str]) -> dict[str, list[str]]:
    """Names of what there is, for the parameters of addresses."""
    mine = key[0]
    lexicon = create_lexicon(organization=mine.organization, name="Words", by=mine)
    job = SpeechJob.objects.create(api_key=mine, organization=mine.organization, audio_format="mp3")
    refusal: Refusal = refused(mine, FRAUD)
    ids = [str(lexicon.public_id), str(job.public_id), str(refusal.public_id)]
    licence = mine.licences.get()
    return {
        "uuid": ids,
        "str": [licence.voice.slug, licence.number, ids[0]],
        "int": ["1", "99999999999999999999"],
    }


def _addresses(route: str, names: dict[str, list[str]]) -> list[str]:
    """The address with each name of the right kind in all its places."""
    kinds = re.findall(r"<(?:(\w+):)?\w+>", route)
    most = max((len(names[kind or "str"]) for kind in kinds), default=1)
    found = []
    for number in range(most):
        filled = re.sub(
            r"<(?:(\w+):)?\w+>",
            lambda match, n=number: names[match[1] or "str"][n % len(names[match[1] or "str"])],
            route,
        )
        found.append("/" + filled)
    return list(dict.fromkeys(found))


def _fields() -> list[str]:
    """Every name that a request of the API has."""
    from marketplace.api import serializers as wire
    from marketplace.api.views import dictionaries, lexicons, policy, provenance

    found: dict[str, None] = {}
    for module in (wire, dictionaries, lexicons, policy, provenance):
        for each in vars(module).values():
            if isinstance(each, type) and hasattr(each, "_declared_fields"):
                found |= dict.fromkeys(each._declared_fields)
    return list(found)


def _valid(key: ApiKey) -> dict[str, Any]:
    return {
        "input": "Hello.", "text": "Hello.", "model": "timbre-1",
        "voice": key.licences.get().voice.slug, "name": "Words", "reason": "A film.",
    }  # fmt: skip


def _worked(answer: Any, what: object) -> None:
    assert answer.status_code < 500, (what, answer.status_code, answer.content[:300])
    if answer.status_code >= 400 and answer.content:
        json.loads(answer.content)


@pytest.fixture(autouse=True)
def _no_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be spoken is answered as it is where every worker is busy."""
    from marketplace.api import speaking
    from synthesis.refusals import SpeechFailed

    async def first(*_: object) -> None:
        raise SpeechFailed("empty_text")

    async def abandon(*_: object) -> None:
        return None

    monkeypatch.setattr(speaking, "_first", first)
    monkeypatch.setattr(speaking, "_abandon", abandon)


def _send_hostile_bodies(
    client: Client, address: str, bodies: Sequence[bytes], types: Sequence[str]
) -> None:
    for body in bodies:
        answer = client.post(address, data=body, content_type="application/json")
        _worked(answer, (address, body[:40]))
    for method in ("put", "patch", "delete"):
        answer = getattr(client, method)(address, data=b"[", content_type="application/json")
        _worked(answer, (method, address))
    for kind in types:
        for body in (b'{"input": "a"}', b"--x\r\n\r\n--x--"):
            _worked(client.post(address, data=body, content_type=kind), (address, kind, body))


def test_no_body_is_a_server_error(client: Client, names: dict[str, list[str]]) -> None:
    for turn, route in enumerate(API):
        bodies, types = BODIES[turn % 4 :: 4], TYPES[turn % 4 :: 4]
        _send_hostile_bodies(client, _addresses(route, names)[0], bodies, types)


@pytest.mark.slow
@pytest.mark.parametrize("route", API)
def test_no_body_at_all_is_a_server_error(
    route: str, client: Client, names: dict[str, list[str]]
) -> None:
    for address in _addresses(route, names):
        _send_hostile_bodies(client, address, BODIES, TYPES)


def _send_hostile_values(
    routes: Sequence[str], client: Client, key: ApiKey, names: dict[str, list[str]],
    values: Sequence[Any],
) -> None:  # fmt: skip
    fields, good = _fields(), _valid(key)
    for route, value in product(routes, values):
        bodies = [dict.fromkeys(fields, value)]
        if "<" not in route:
            bodies += _beside_good_ones(good, value)
        for body in bodies:
            address = _addresses(route, names)[0]
            answer = client.post(address, json.dumps(body), "application/json")
            _worked(answer, (address, body))


def _beside_good_ones(good: dict[str, Any], value: Any) -> list[dict[str, Any]]:
    """Bodies that are right but for a value, or a value inside a list."""
    return [
        {**good, "entries": [{"word": value, "alias": value, "ipa": value, "language": value}]},
        {**good, "rules": [{"type": "alias", "string_to_replace": value, "alias": value}]},
        {**good, "items": [{"input": value, "voice": value, "use": value}]},
        {"items": [{"input": "Hello."}], "voice": value, "lexicon": value},
        {"input": value, "voice": good["voice"]},
        {"text": "Hello.", "pronunciation_dictionary_locators":
            [{"pronunciation_dictionary_id": value, "version_id": value}]},
        {"text": "Hello.", "voice_settings": {"speed": value}, "seed": value},
        *({**good, name: value} for name in ("input", "voice", "speed", "lexicon", "use", "name")),
    ]  # fmt: skip


def test_no_value_is_a_server_error(
    client: Client, key: tuple[ApiKey, str], names: dict[str, list[str]]
) -> None:
    few = ["²", 10**40, "\0", "\ud800", "a" * 300 + "@example.com", []]
    for turn, route in enumerate(API):
        _send_hostile_values([route], client, key[0], names, few[turn % 3 :: 3])


@pytest.mark.slow
@pytest.mark.parametrize("route", API)
def test_no_value_at_all_is_a_server_error(
    route: str, client: Client, key: tuple[ApiKey, str], names: dict[str, list[str]]
) -> None:
    _send_hostile_values([route], client, key[0], names, VALUES)


@pytest.mark.slow
@pytest.mark.parametrize("route", API)
def test_no_query_header_or_name_is_a_server_error(
    route: str, client: Client, names: dict[str, list[str]]
) -> None:
    queries = ("limit", "cursor", "output_format", "as", "language", "q", "sort", "from", "to", "by",
               "page_size", "next_page_token", "gender", "start_unix", "end_unix", "day", "group",
               "uses", "search", "sort_direction", "archived", "price")  # fmt: skip
    hostile = {**names, "str": [*(s for s in STRINGS if s and len(s) < 2_000 and s != " ")]}
    addresses = _addresses(route, hostile) if "<str" in route else _addresses(route, names)
    for address in addresses:
        quoted = re.sub(r"[\x00-\x20\ud800-\udfff?#]", "%EF%BF%BD", address)
        _worked(client.get(quoted), quoted)
        _worked(client.post(quoted, b"{}", "application/json"), quoted)
    for value in ("²", "10000000000000", "-1", "", "%00", "%ED%A0%80", "9" * 400, "NaN", "٣", "'"):
        for name in queries:
            _worked(
                client.get(f"{_addresses(route, names)[0]}?{name}={value}"), (route, name, value)
            )
    for value in ("²", "k" * 300, "\x7f", "k"):
        for header in ("Idempotency-Key", "Timbre-Use", "Accept", "Authorization", "xi-api-key"):
            answer = client.post(
                _addresses(route, names)[0], b'{"name": "a"}', "application/json",
                headers={header: value},
            )  # fmt: skip
            _worked(answer, (route, header, value))


@pytest.mark.parametrize(
    "route", ["v1/provenance/detect", "v1/pronunciation-dictionaries/add-from-file"]
)
def test_no_form_is_a_server_error(route: str, client: Client) -> None:
    for content in (b"", b"\0", b"<?xml version='1.0'?><lexicon>", b"\xff" * 1_000, b"[" * 10_000):
        for name in ("a.wav", "a.pls", "a.csv", "²", "x" * 300, "a\r\nb", ""):
            form = {"file": SimpleUploadedFile(name or "-", content), "name": "a"}
            cache.clear()
            if route.endswith("detect"):  # it would wait for a worker
                form["file"] = "no file"
            _worked(client.post("/" + route, form), (route, content[:20], name))
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n for n in range(20_000)
    )
    cache.clear()  # a clip a minute more than the few that may be examined
    many = client.post("/" + route, parts + b"--x--\r\n", "multipart/form-data; boundary=x")
    assert many.status_code in (400, 413, 422), many.status_code
