"""A stranger, signed out, clicks Buy: from there to a licence in a real browser, without a dead end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from playwright.sync_api import expect

from marketplace.accounts import organizations
from marketplace.licensing.models import Licence, Order, Quote
from marketplace.listings.models import Listing
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, launch
from tests.mailbox import delivered
from tests.tones import speak_tones

pytestmark = IN_A_BROWSER
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
NEWCOMER = "stranger@example.com"
SPEAKS_WITHIN = 150_000  # milliseconds, the first time: the worker is imported


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread
        driver, browser = launch()
        yield browser
        browser.close()
        driver.stop()


@pytest.fixture
def visit(chromium: Any, live_server: Any, settings: Any) -> Iterator[Callable[[str], Any]]:
    """Open a separate browser, desktop or phone, that records errors."""
    settings.BASE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    cache.clear()
    contexts = []

    def open_page(size: str) -> Any:
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "response",
            lambda r: page.problems.append(f"{r.status} {r.url}") if r.status >= 400 else None,
        )
        return page

    yield open_page
    for context in contexts:
        context.close()


def _fits(page: Any) -> bool:
    width = page.evaluate("document.documentElement.scrollWidth")
    return bool(width <= page.viewport_size["width"])


def _sign_up(page: Any) -> None:
    page.locator("main").get_by_role("link", name="sign up").click()
    page.get_by_label("E-mail").fill(NEWCOMER)
    page.get_by_label("Password").fill(factories.PASSWORD)
    assert _fits(page)
    page.get_by_role("button", name="Sign up").click()


def _sign_in(page: Any, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    assert _fits(page)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _confirm_by_the_letter(page: Any) -> None:
    letter = next(found for found in delivered() if found.to == [NEWCOMER])
    link = re.search(r"/accounts/confirm-email/\S+", str(letter.body))
    assert link is not None
    page.goto(link[0])
    page.get_by_role("button", name="Confirm").click()


def _order(page: Any) -> None:
    """From the page of a voice to its order, and on to signing in."""
    page.get_by_role("button", name="Buy a licence").click()
    page.get_by_role("heading", name="Your order").wait_for()
    assert _fits(page)
    page.get_by_role("button", name="Sign in and pay $49.99").click()


def _buy_and_pay(page: Any, voice: str) -> None:
    page.get_by_text(f"You were about to buy the personal licence of {voice}").wait_for()
    assert _fits(page)
    assert not Order.objects.exists()
    page.get_by_role("button", name="Pay $49.99").click()
    page.wait_for_url("**/c/pay/**")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/thank-you")
    page.get_by_role("heading", name=f"{voice} is ready to speak").wait_for()
    assert _fits(page)


@pytest.fixture
def listing(transactional_db: None) -> Listing:
    return factories.make_listing(price=4999)


@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_clicks_buy_signs_up_confirms_and_holds_a_licence(
    visit: Callable[[str], Any], listing: Listing, settings: Any, size: str
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    page, voice = visit(size), listing.voice
    page.goto(f"/voices/{voice.slug}")
    _order(page)
    page.get_by_text(f"You are about to buy the personal licence of {voice.name}").wait_for()
    _sign_up(page)
    page.get_by_text(f"We sent an e-mail to {NEWCOMER}.").wait_for()
    assert _fits(page)
    _confirm_by_the_letter(page)
    _buy_and_pay(page, voice.name)
    assert Licence.objects.get().buyer.email == NEWCOMER
    assert page.problems == []


def test_a_stranger_whose_address_waits_to_be_confirmed_buys_at_once(
    visit: Callable[[str], Any], listing: Listing
) -> None:
    page = visit("phone")
    page.goto(f"/voices/{listing.voice.slug}")
    _order(page)
    _sign_up(page)
    page.get_by_text(f"We sent an e-mail to {NEWCOMER}.").wait_for()
    _buy_and_pay(page, listing.voice.name)
    _confirm_by_the_letter(page)
    assert Licence.objects.get().buyer.email == NEWCOMER
    assert page.problems == []


def test_a_stranger_on_a_phone_buys_and_hears_the_voice_on_the_page_that_thanks(
    visit: Callable[[str], Any], listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_tones(monkeypatch)
    page, text = visit("phone"), "Good morning, and welcome."
    page.goto(f"/voices/{listing.voice.slug}")
    assert _fits(page)
    bar = page.locator(".buy-bar")
    foot = bar.bounding_box()
    assert foot["y"] + foot["height"] <= page.viewport_size["height"] + 1
    bar.get_by_role("link", name="Buy").click()
    page.get_by_role("button", name="Sign in and pay $49.99").click()
    _sign_up(page)
    _buy_and_pay(page, listing.voice.name)
    secret = page.locator("#secret").inner_text()
    for program in ("#in-shell", "#in-python", "#in-js"):
        assert secret in page.locator(program).inner_text()
    page.get_by_label("What to say").fill(text)
    page.get_by_role("button", name="Speak").click()
    page.locator("[data-heard] audio").wait_for(timeout=SPEAKS_WITHIN)
    page.wait_for_function("document.querySelector('[data-heard] audio').duration > 0.5")
    assert page.locator("[data-left]").inner_text() == f"{1_000 - len(text)}"
    assert _fits(page)
    assert Licence.objects.get().characters_used == len(text)
    page.reload()
    assert secret not in page.content()
    assert page.problems == []


@pytest.mark.parametrize("size", SIZES)
def test_long_names_burst_no_page(
    visit: Callable[[str], Any], size: str, transactional_db: None
) -> None:
    name = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewis"
    buyer, creator = factories.make_user("w" * 40), factories.make_creator(name)
    listing = factories.make_listing(factories.make_voice(creator, name=name), price=4999)
    organizations.create_organization(name=name, by=buyer)
    licence = factories.make_licence(listing, buyer)
    key, _ = factories.make_key(licence)
    page = visit(size)
    page.goto("/accounts/login/")
    _sign_in(page, buyer.email)
    page.wait_for_url(re.compile(r"^(?!.*login)"))
    voice = f"/voices/{listing.voice.slug}"
    for address in (
        "/voices", voice, f"{voice}/buy", f"/creators/{creator.pk}/x", "/licences",
        f"/licences/{licence.public_id}", f"/keys/{key.public_id}/revoke", "/teams", "/webhooks",
    ):  # fmt: skip
        page.goto(address)
        assert _fits(page), address


@pytest.mark.parametrize("size", SIZES)
def test_a_buyer_with_an_account_signs_in_and_holds_a_licence(
    visit: Callable[[str], Any], listing: Listing, size: str
) -> None:
    page, buyer = visit(size), factories.make_user("buyer")
    page.goto(f"/voices/{listing.voice.slug}")
    _order(page)
    _sign_in(page, buyer.email)
    _buy_and_pay(page, listing.voice.name)
    assert Licence.objects.get().buyer == buyer
    assert page.problems == []


def test_a_stranger_chooses_a_plan(visit: Callable[[str], Any], transactional_db: None) -> None:
    page = visit("desktop")
    page.goto("/plans")
    page.get_by_role("button", name="Choose Pro").click()
    _sign_up(page)
    page.get_by_text("You were about to subscribe to the plan Pro").wait_for()
    page.get_by_role("button", name="Subscribe for $").click()
    page.wait_for_url("**/c/pay/**")
    assert page.problems == []


@pytest.mark.parametrize("size", SIZES)
def test_what_a_stranger_typed_for_exclusivity_survives_signing_in(
    visit: Callable[[str], Any], listing: Listing, size: str
) -> None:
    page, buyer = visit(size), factories.make_user("buyer")
    typed = 'A radio play, "Night & Day",\nin <six> parts.'
    page.goto(f"/voices/{listing.voice.slug}")
    page.get_by_text("Need this voice exclusively?").click()
    page.get_by_label("What do you need it for?").fill(typed)
    page.get_by_role("button", name="Ask for a quote").click()
    _sign_in(page, buyer.email)
    page.get_by_text('A radio play, "Night & Day",').wait_for()
    assert _fits(page)
    assert page.get_by_role("link", name="Not now").get_attribute("href") == (
        f"/voices/{listing.voice.slug}"
    )
    page.get_by_role("button", name="Ask for a quote").click()
    page.get_by_role("heading", name="Requests you sent").wait_for()
    asked = Quote.objects.get()
    assert asked.message.replace("\r\n", "\n") == typed
    assert asked.buyer == buyer
    assert page.problems == []


def test_a_member_adds_a_passkey_and_signs_in_with_it(
    visit: Callable[[str], Any], transactional_db: None
) -> None:
    page, member = visit("desktop"), factories.make_user("member")
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
               "hasUserVerification": True, "isUserVerified": True}  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/accounts/login/")
    _sign_in(page, member.email)
    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Passkeys", exact=True).click()
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(lambda url: not url.endswith("/add/"))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.goto("/accounts/login/?next=/licences")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r":\d+/licences$"))
    page.get_by_role("heading", level=1).wait_for()
    page.goto("/accounts/2fa/webauthn/")
    page.get_by_text("Last used").wait_for()
    assert page.problems == []
