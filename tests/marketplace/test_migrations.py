"""Purchases from before teams, payments and plans had rows survive the migrations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.compliance.models import AuditEvent
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.payouts.books import proof
from marketplace.payouts.models import AccountMonth, Earning, LedgerAccount, Payment
from marketplace.webhooks.models import WebhookEndpoint
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("licensing", "0001_initial"), ("payouts", "0002_ledger_guards"),
          ("accounts", "0001_initial"), ("listings", "0002_reviewed_version"), ("api", None),
          ("webhooks", None)]  # fmt: skip


@pytest.fixture
def earlier() -> Iterator[Any]:
    """The models as they were."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield (
        MigrationExecutor(connection)
        .loader.project_state(
            [
                (app, name)
                for app, name in [*BEFORE, ("voices", "0003_engine_release")]
                if name is not None
            ]
        )
        .apps
    )
    call_command("migrate", verbosity=0)


@pytest.mark.slow  # every migration back and forth: most of a minute
def test_a_sale_of_before_keeps_its_licence_key_speech_and_earning(earlier: Any) -> None:
    def make(app: str, model: str, /, **fields: Any) -> Any:
        return earlier.get_model(app, model).objects.create(**fields)

    now = timezone.now()
    user = make("accounts", "User", email="buyer@example.com")
    maker = make("accounts", "User", email="maker@example.com")
    creator = make("creators", "Creator", user=maker, display_name="M", legal_name="M",
                   country="US", adult_declared_at=now)  # fmt: skip
    voice = make(
        "voices", "Voice", creator=creator, name="V", slug="v", gender="neutral", age="old"
    )
    enrolment = make("voices", "Enrolment", voice=voice, style_mix={"shares": {}}, state="done")
    version = make("voices", "VoiceVersion", voice=voice, enrolment=enrolment, number=1, engine="e",
                   engine_version="1", storage_key="k", sha256="0" * 64,
                   embedding=[1.0] + [0.0] * 255)  # fmt: skip
    listing = make("listings", "Listing", voice=voice, state="live", version=version, uses=["game"])
    offer = make("listings", "Offer", listing=listing, tier="personal", price_minor=1999,
                 currency="USD", characters=1000)  # fmt: skip
    terms = {"voice": "v", "voice_name": "V", "uses": ["game"], "tier": "personal",
             "characters": 1000, "price_minor": 1999, "currency": "USD", "term_months": 12}  # fmt: skip
    order = make("licensing", "Order", buyer=user, offer=offer, voice_version=version, state="paid",
                 price_minor=1999, currency="USD", commission_bps=1500, terms=terms,
                 payment_intent="pi_1")  # fmt: skip
    licence = make("licensing", "Licence", number="TL-1", order=order, buyer=user, voice=voice,
                   voice_version=version, terms=terms, characters_included=1000, starts_at=now,
                   ends_at=now + timedelta(days=365))  # fmt: skip
    key = make("licensing", "ApiKey", owner=user, licence=licence, name="App", prefix="tk_1",
               secret_hash="0" * 64)  # fmt: skip
    make("licensing", "Generation", licence=licence, api_key=key, characters_reserved=5,
         text_sha256="0" * 64, audio_format="mp3")  # fmt: skip
    accounts = [
        make("payouts", "LedgerAccount", kind=kind, currency="USD", creator=whose)
        for kind, whose in (
            ("stripe_clearing", None),
            ("commission_revenue", None),
            ("creator_pending", creator),
        )
    ]
    entry = make("payouts", "LedgerEntry", kind="sale", idempotency_key="sale-1", order=order)
    earlier.get_model("payouts", "LedgerLine").objects.bulk_create(
        earlier.get_model("payouts", "LedgerLine")(
            entry=entry, account=account, amount_minor=minor, currency="USD"
        )
        for account, minor in zip(accounts, (1999, -300, -1699), strict=True)
    )

    call_command("migrate", verbosity=0)

    found = Licence.objects.get()
    assert found.organization.personal_of is not None
    assert found.organization.personal_of.email == "buyer@example.com"
    assert len(found.terms_sha256) == 64
    moved = ApiKey.objects.get()
    assert (list(moved.licences.all()), moved.use, moved.scopes) == (
        [found],
        "game",
        ["speak", "read"],
    )
    assert Generation.objects.get().voice == found.voice
    assert Payment.objects.get().organization == found.organization
    assert Earning.objects.get().share_minor == 1699


def test_endpoints_of_before_belong_to_whoever_added_them_or_to_an_owner() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("webhooks", "0002_downgraded")])
    apps = executor.loader.project_state([("webhooks", "0002_downgraded")]).apps
    owner, developer = factories.make_user("owner"), factories.make_user("developer")
    team = organizations.create_organization(name="Team", by=owner)
    model = apps.get_model("webhooks", "WebhookEndpoint")
    added, unknown = (
        model.objects.create(organization_id=team.pk, url=f"https://{name}.example/")
        for name in ("added", "unknown")
    )
    AuditEvent.objects.create(
        actor=developer,
        action="webhook.created",
        subject_type="webhooks.webhookendpoint",
        subject_id=added.pk,
    )
    call_command("migrate", verbosity=0)
    owners = dict(WebhookEndpoint.objects.values_list("pk", "owner"))
    assert owners == {added.pk: developer.pk, unknown.pk: owner.pk}


BEFORE_BALANCES = [("payouts", "0015_causes_name_their_dispute")]


def _post(apps: Any, key: str, at: str, minor: int) -> Any:
    """An entry that credits (negative: debits) the only creator's pending account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payouts_ledgerentry (kind, idempotency_key, provider_reference, at) "
            "VALUES ('credit_used', %s, '', %s) RETURNING id",
            [key, at],
        )
        entry = cursor.fetchone()[0]
    line, account = (
        apps.get_model("payouts", "LedgerLine"),
        apps.get_model("payouts", "LedgerAccount"),
    )
    line.objects.bulk_create(
        line(
            entry_id=entry,
            account=account.objects.get(kind=kind),
            amount_minor=amount,
            currency="USD",
        )
        for kind, amount in (("commission_revenue", minor), ("creator_pending", -minor))
    )
    return entry


@pytest.mark.slow  # every migration back and forth: most of a minute
def test_books_of_before_get_their_balances_and_can_go_back() -> None:
    creator = factories.make_creator()
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE_BALANCES)
    try:
        apps = executor.loader.project_state(BEFORE_BALANCES).apps
        account = apps.get_model("payouts", "LedgerAccount")
        account.objects.create(kind="commission_revenue", currency="USD")
        account.objects.create(kind="creator_pending", currency="USD", creator_id=creator.pk)
        _post(apps, "first", "2026-01-31 23:59:59+00", 500)
        entry = _post(apps, "second", "2026-01-31 23:59:59-01", 70)
        apps.get_model("payouts", "Earning").objects.create(
            creator_id=creator.pk, entry_id=entry, source="usage", voice_name="V",
            description="12,345 characters beyond a licence", gross_minor=80, share_minor=70,
            currency="USD", available_at=timezone.now(),
        )  # fmt: skip
        call_command("migrate", verbosity=0)
        kept = dict(LedgerAccount.objects.values_list("kind", "balance_minor"))
        assert kept == {"commission_revenue": None, "creator_pending": -570}
        months = dict(AccountMonth.objects.values_list("month", "minor"))
        assert months == {date(2026, 1, 1): -500, date(2026, 2, 1): -70}
        assert Earning.objects.get().characters == 12_345
        assert proof.differences() == []

        MigrationExecutor(connection).migrate(BEFORE_BALANCES)
        with pytest.raises(IntegrityError, match="more from a creator_pending"):
            _post(apps, "too much", "2026-02-02 00:00+00", -571)
    finally:
        call_command("migrate", verbosity=0)
