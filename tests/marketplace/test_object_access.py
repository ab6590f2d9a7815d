"""Every address in the URL map, with every method, as everybody whose thing it is not.

What somebody else's address answers says nothing about the thing, and changes nothing. An
address that is new fails here until it says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketplace.accounts.services import appoint_auditor, appoint_finance
from marketplace.listings.models import Listing
from marketplace.trials import services as trials
from tests import factories
from tests.api_client import api_client
from tests.somebody_elses import FINANCE, MODERATOR, World, make_account_key, make_world

pytestmark = pytest.mark.django_db
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OF_A_PAGE = ("GET", "POST")  # what our pages answer to; that they answer to no other takes minutes
CLOSED = {401, 403, 404, 405}

# Things that anybody may see, by the address that names them
PUBLIC = {
    "storefront": {
        "voice", "verify", "examination", "examination-report", "ask-exclusive", "buy", "letter",
        "erasure", "try-voice", "help-page", "creator", "report-review",
        "share-voice", "share-creator", "follow", "stop-letters", "sitemap-part",
    },
    "api": {
        "tts", "tts-stream", "tts-timed", "tts-timed-stream", "tts-socket", "tts-multi-socket", "voice",
        "voice-terms", "examination", "job-audio", "manifest", "model",
    },
    "account": set(),
}  # fmt: skip
# Bound to the link that opened the session, or to the signed-in user, not to an id
OF_THE_SESSION = {
    "speaker-record", "speaker-recording", "my-voice-report", "statement", "trial", "trial-audio", "sample",
}  # fmt: skip
# What moderators may see of others
FOR_MODERATORS = {"recording-audio", "preview", "consent-evidence"}
FINANCE_DESK = {
    "finance", "finance-differences", "finance-payments", "finance-refunds", "finance-disputes",
    "finance-events", "finance-transfers", "finance-creators", "finance-entries",
    "finance-propose", "finance-months", "finance-close", "finance-journal",
}  # fmt: skip
MODERATION = {"moderation", "estate-consent", "moderate-licence", "moderate-listing"}


def _patterns(resolver: URLResolver, app: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each, each.namespace or app)
        else:
            yield app, each


def _addresses(app: str) -> dict[str, URLPattern]:
    return {str(p.name): p for named, p in _patterns(get_resolver()) if named == app and p.name}


def _names_a_thing(pattern: URLPattern) -> bool:
    return bool(pattern.pattern.regex.groups)


SIGN_IN = ("/accounts/login/", "/admin/login/")
WRITES = ("INSERT", "UPDATE", "DELETE")
# Written about whoever asks: their session, when and where their key was used
ABOUT_THE_ASKER = (
    '"django_session"',
    '"accounts_browsersession"',
    '"policy_keynetwork"',
    '"licensing_apikey" SET "last_used_at"',
)


def _asked(ask: Callable[[], Any]) -> tuple[Any, list[str]]:
    """The answer, and what was written; it is all undone."""
    written: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        about_the_asker = any(part in sql for part in ABOUT_THE_ASKER)
        if sql.lstrip().upper().startswith(WRITES) and not about_the_asker:
            written.append(sql[:80])
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(note):
            answer = ask()
            if answer.streaming:
                b"".join(answer)  # its end closes no connection, as `close` alone would
        transaction.set_rollback(True)
    return answer, written


def _is_closed(answer: Any) -> bool:
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith(SIGN_IN)
    return answer.status_code in CLOSED or to_sign_in


def _open_doors(client: Any, addresses: dict[str, str], methods: tuple[str, ...]) -> list[str]:
    """What of these addresses shows or changes anything for this client."""
    doors = []
    for name, address in addresses.items():
        for method in methods:
            answer, written = _asked(partial(client.generic, method, address))
            harmless = method == "OPTIONS" and answer.status_code == 200 and not written
            if not harmless and (written or not _is_closed(answer)):
                doors.append(f"{method} {name} {answer.status_code} {written}")
    return doors


@pytest.fixture(params=[OF_A_PAGE, pytest.param(METHODS, marks=pytest.mark.slow)], ids=len)
def methods(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Those that a page answers to; in the slow run all."""
    return tuple(request.param)


@pytest.fixture
def world(settings: Any) -> World:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60  # a walk may take minutes
    return make_world()


def _pages(world: World, *, of: set[str]) -> dict[str, str]:
    return {
        name: reverse(f"storefront:{name}", kwargs=kwargs)
        for name, (owner, kwargs) in world.pages.items()
        if owner in of
    }


def _client(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_every_address_that_names_a_thing_says_whose_it_is(world: World) -> None:
    known = {
        "storefront": set(world.pages) | OF_THE_SESSION,
        "api": set(world.api),
        "account": set(world.api),
    }
    for app, names in known.items():
        named = {name for name, pattern in _addresses(app).items() if _names_a_thing(pattern)}
        assert named - names - PUBLIC[app] == set(), app


def test_the_owner_finds_each_of_their_things(world: World) -> None:
    people = {
        "creator": world.creator, "buyer": world.buyer, "moderator": world.moderator,
        "finance": world.finance,
    }  # fmt: skip
    missing = []
    for name, (owner, kwargs) in world.pages.items():
        ask = partial(
            _client(people[owner]).generic, path=reverse(f"storefront:{name}", kwargs=kwargs)
        )
        if name == "upgrade":
            ask = partial(
                ask, data="tier=personal", content_type="application/x-www-form-urlencoded"
            )
        statuses = {_asked(partial(ask, method))[0].status_code for method in ("GET", "POST")}
        if statuses <= CLOSED:
            missing.append(f"{name} {statuses}")
    assert missing == []


def test_a_visitor_sees_and_changes_nothing_of_anybody(
    world: World, methods: tuple[str, ...]
) -> None:
    everything = _pages(world, of={"creator", "buyer", MODERATOR, FINANCE})
    assert _open_doors(Client(), everything, methods) == []


def test_a_line_that_somebody_tried_is_open_to_nobody_else(
    world: World, methods: tuple[str, ...]
) -> None:
    trial = trials.ask(
        slug=Listing.objects.filter(state="live").latest("pk").voice.slug,
        line="Good evening.", holder="0" * 64, asked_from="0" * 64, user=world.buyer,
    )  # fmt: skip
    addresses = {
        name: reverse(f"storefront:{name}", args=[trial.public_id])
        for name in ("trial", "trial-audio")
    }
    people = (world.buyer, world.creator, world.moderator, world.finance)
    for client in (Client(), *map(_client, people)):
        assert _open_doors(client, addresses, methods) == []


@pytest.mark.parametrize("who", ["stranger", "rival", "finance", "auditor"])
def test_a_member_sees_and_changes_nothing_of_anybody_else(
    world: World, who: str, methods: tuple[str, ...]
) -> None:
    user = factories.make_creator("A Rival").user if who == "rival" else factories.make_user(who)
    appointments = {"finance": appoint_finance, "auditor": appoint_auditor}
    if who in appointments:
        user = appointments[who](user=user)
    others = {"creator", "buyer", MODERATOR} | ({FINANCE} if who != "finance" else set())
    assert _open_doors(_client(user), _pages(world, of=others), methods) == []


def test_a_creator_sees_and_changes_nothing_of_their_buyers(
    world: World, methods: tuple[str, ...]
) -> None:
    of_buyer = _pages(world, of={"buyer", MODERATOR, FINANCE})
    del of_buyer["answer-quote"]  # the creator's to answer
    assert _open_doors(_client(world.creator), of_buyer, methods) == []


def test_a_buyer_sees_and_changes_nothing_of_the_creator(
    world: World, methods: tuple[str, ...]
) -> None:
    assert (
        _open_doors(
            _client(world.buyer), _pages(world, of={"creator", MODERATOR, FINANCE}), methods
        )
        == []
    )


def test_a_moderator_sees_what_they_decide_on_and_nothing_else(
    world: World, methods: tuple[str, ...]
) -> None:
    others = _pages(world, of={"creator", "buyer", FINANCE})
    for name in FOR_MODERATORS:
        del others[name]
    assert _open_doors(_client(world.moderator), others, methods) == []


def test_only_moderators_enter_the_desk(world: World, methods: tuple[str, ...]) -> None:
    desk = {name: reverse(f"storefront:{name}") for name in MODERATION}
    for user in (world.buyer, world.creator, appoint_finance(user=factories.make_user())):
        assert _open_doors(_client(user), desk, methods) == []
    assert _client(world.moderator).get(desk["moderation"]).status_code == 200


def test_only_finance_enters_its_desk(world: World, methods: tuple[str, ...]) -> None:
    desk = {name: reverse(f"storefront:{name}") for name in FINANCE_DESK}
    named = {name for name in _addresses("storefront") if name.startswith("finance")}
    assert named - set(world.pages) == FINANCE_DESK
    for user in (world.buyer, world.creator, world.moderator):
        assert _open_doors(_client(user), desk, methods) == []
    for name in FINANCE_DESK - {"finance-close"}:
        assert _client(world.finance).get(desk[name]).status_code == 200, name


# The body that the owner's own request succeeds with
BODIES: dict[str, Any] = {
    "lexicon": {"name": "Renamed"},
    "lexicon-entries": {"word": "Vox", "alias": "voks"},
    "lexicon-entry": {"word": "Vox", "alias": "voks"},
    "dictionary": {"name": "Renamed"},
    "dictionary-set-rules": {
        "rules": [{"string_to_replace": "Vox", "type": "alias", "alias": "voks"}]
    },
    "dictionary-add-rules": {
        "rules": [{"string_to_replace": "Vox", "type": "alias", "alias": "voks"}]
    },
    "dictionary-remove-rules": {"rule_strings": ["Timbre"]},
    "key": {"allowed_origins": ["https://app.example.com"]},
    "appeal": {"reason": "It is a line of a play."},
}


def _api(world: World) -> dict[str, str]:
    found = {}
    for app in ("api", "account"):
        for name in _addresses(app):
            if name in world.api and name not in PUBLIC[app]:
                found[f"{app}:{name}"] = reverse(f"{app}:{name}", kwargs=world.api[name])
    return found


def _send(client: Any, method: str, name: str, address: str) -> Any:
    body = BODIES.get(name.split(":")[1])
    if method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        return getattr(client, method.lower())(address)
    if name == "api:lexicon-import":
        file = SimpleUploadedFile("words.csv", b"word,alias\nVox,voks\n", "text/csv")
        return getattr(client, method.lower())(address, {"file": file}, format="multipart")
    return getattr(client, method.lower())(address, body or {}, format="json")


def _open_api_doors(client: Any, addresses: dict[str, str]) -> list[str]:
    doors = []
    for name, address in addresses.items():
        for method in METHODS[:-1]:
            answer, written = _asked(partial(_send, client, method, name, address))
            if written or answer.status_code not in CLOSED:
                doors.append(f"{method} {name} {answer.status_code} {written}")
    return doors


def test_a_key_of_somebody_else_finds_nothing(world: World) -> None:
    stranger, strange = factories.make_key()
    for secret in (strange, make_account_key(stranger.owner)):
        assert _open_api_doors(api_client(secret), _api(world)) == []


def test_without_a_key_there_is_nothing(world: World) -> None:
    assert _open_api_doors(api_client("tk_none"), _api(world)) == []


def test_the_right_key_finds_each_thing(world: World) -> None:
    missing = []
    for name, address in _api(world).items():
        own = name.startswith("account:") or name == "api:key"
        client = api_client(world.account_secret if own else world.secret)
        statuses = {
            _asked(partial(_send, client, method, name, address))[0].status_code
            for method in METHODS[:-1]
        }
        if statuses <= CLOSED | {400, 422}:
            missing.append(f"{name} {statuses}")
    assert missing == []


def test_nobody_but_staff_sees_any_page_of_the_admin(world: World) -> None:
    addresses = {}
    for app, pattern in _patterns(get_resolver()):
        if app == "admin" and pattern.name and pattern.name not in ("login", "logout", "jsi18n"):
            kwargs = {
                group: "auth" if group == "app_label" else 1
                for group in pattern.pattern.regex.groupindex
            }
            addresses[pattern.name] = reverse(f"admin:{pattern.name}", kwargs=kwargs)
    assert len(addresses) > 50
    for client in (Client(), _client(world.buyer), _client(world.creator)):
        assert _open_doors(client, addresses, ("GET", "POST")) == []
