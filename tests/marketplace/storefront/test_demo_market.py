"""The demo market tells the truth: which voices are on sale, and why others are not."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from marketplace.enrolment import enrolments
from marketplace.listings.models import Listing
from marketplace.storefront import demo
from marketplace.storefront.queries import demo_progress
from marketplace.voices.models import Enrolment, Preview
from tests import factories

pytestmark = pytest.mark.django_db
WHY = "Something went wrong on our side while learning your voice. Try again."


@pytest.fixture(autouse=True)
def _two_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "VOICES", demo.VOICES[:2])
    monkeypatch.setenv("TIMBRE_DEMO_PASSWORD", factories.PASSWORD)


def _begin() -> tuple[Enrolment, Enrolment]:
    demo.load_accounts(factories.PASSWORD)
    demo.begin_voices()
    first, second = Enrolment.objects.order_by("id")
    return first, second


def _make(enrolment: Enrolment) -> None:
    """Do the worker's part."""
    enrolments.claim_enrolment(enrolment_id=enrolment.pk)
    enrolments.finish_enrolment(
        enrolment_id=enrolment.pk, engine="kokoro", engine_version="1", template=b"template",
        embedding=[1.0] + [0.0] * 255, report={},
    )  # fmt: skip
    Preview.objects.filter(version__voice=enrolment.voice).update(storage_key="previews/clip.mp3")


def _fail(enrolment: Enrolment) -> None:
    enrolments.claim_enrolment(enrolment_id=enrolment.pk)
    enrolments.fail_enrolment(enrolment_id=enrolment.pk, code="engine_failed", message=WHY)


def _said() -> list[str]:
    out = StringIO()
    call_command("load_demo_market", timeout=0, stdout=out)
    return out.getvalue().splitlines()


def test_demo_moderators_whose_password_everybody_could_read_get_that_of_their_home() -> None:
    demo.load_accounts("timbre-demo-2026")
    moderator = demo.load_accounts(factories.PASSWORD)
    assert moderator.check_password(factories.PASSWORD)
    client = Client()
    for name in (moderator.email, "second-moderator@demo.timbre.example"):
        assert not client.login(username=name, password="timbre-demo-2026")


def test_a_demo_account_keeps_the_password_that_somebody_gave_it() -> None:
    moderator = demo.load_accounts(factories.PASSWORD)
    moderator.set_password("a-password-of-their-own")
    moderator.save()
    assert demo.load_accounts("another-password-of-the-home").check_password(
        "a-password-of-their-own"
    )


def test_all_are_on_sale_when_all_are() -> None:
    for enrolment in _begin():
        _make(enrolment)
    assert _said()[-1] == "All 2 demo voices are on sale."
    assert Listing.objects.filter(state=Listing.State.LIVE).count() == 2
    assert _said() == ["All 2 demo voices are on sale."]


def _failing_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every enrolment fail before anyone looks."""
    publish = demo.publish_ready

    def after_failures(*arguments: object) -> int:
        for enrolment in Enrolment.objects.filter(state=Enrolment.State.QUEUED):
            _fail(enrolment)
        return publish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(demo, "publish_ready", after_failures)


def test_a_voice_that_could_not_be_made_is_named_once_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, _ = _begin()
    _make(first)
    _failing_worker(monkeypatch)
    assert _said() == [
        "Juniper is on sale.",
        f"Harbour could not be made: {WHY} See the log for details.",
        "Demo voices on sale: 1 of 2",
    ]
    assert demo_progress() is None


def test_nothing_is_said_to_be_on_sale_where_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _failing_worker(monkeypatch)
    said = _said()
    assert said[-1] == "No demo voice is on sale."
    assert [line.split(":")[0] for line in said[:-1]] == [
        "Juniper could not be made", "Harbour could not be made"]  # fmt: skip


def test_what_failed_is_begun_again_at_the_next_start() -> None:
    first, second = _begin()
    _fail(first)
    _make(second)
    demo.begin_voices()
    again = Enrolment.objects.get(state=Enrolment.State.QUEUED)
    assert (again.voice, again.style_mix) == (first.voice, first.style_mix)
    demo.begin_voices()
    assert Enrolment.objects.count() == 3
    _make(again)
    assert _said()[-1] == "All 2 demo voices are on sale."


def test_a_voice_that_a_moderator_took_off_sale_is_not_counted() -> None:
    for enrolment in _begin():
        _make(enrolment)
    _said()
    Listing.objects.filter(voice__name="Harbour").update(state=Listing.State.SUSPENDED)
    assert _said() == [
        "Harbour is not on sale: suspended",
        "Demo voices on sale: 1 of 2",
    ]
    assert demo_progress() is None


def test_what_is_not_ready_in_time_is_an_error_that_counts_nothing_else() -> None:
    first, _ = _begin()
    _make(first)
    out = StringIO()
    with pytest.raises(CommandError, match="not ready after 0 s: 1 of 2"):
        call_command("load_demo_market", timeout=0, stdout=out)
    assert out.getvalue().splitlines()[-2:] == [
        "Harbour is not made yet", "Demo voices on sale: 1 of 2"]  # fmt: skip
    progress = demo_progress()
    assert progress is not None
    assert (progress.made, progress.total) == (1, 2)
