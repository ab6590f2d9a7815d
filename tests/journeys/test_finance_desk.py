"""The finance desk and a creator's payouts in a real browser: they fit a phone, and every control has a name."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.payouts.books import adjustments
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.creators import freezes, seller_details
from marketplace.payouts.models import (
    LedgerAccount,
    PayoutAccount,
    ProviderEvent,
    Reconciliation,
    Refund,
)
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, sign_in
from tests.money import dispute, pay_everything, sell

pytestmark = IN_A_BROWSER
NAMELESS = """() => [...document.querySelectorAll(
    'main a, main button, main input:not([type=hidden]), main select, main textarea')].filter(e =>
    !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
    .map(e => e.outerHTML)"""


def _look(page: Any, addresses: list[str]) -> None:
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for address in addresses:
            page.goto(address)
            found = page.evaluate("document.documentElement.scrollWidth")
            assert found <= width, f"{address} is {found} px wide"
            assert page.locator("h1").count() == 1
            assert page.evaluate(NAMELESS) == [], address


def test_the_desk_fits_a_phone_and_its_controls_have_names(page: Any, live_server: Any) -> None:
    finance, other = (appoint_finance(user=factories.make_user()) for _ in range(2))
    creator = factories.make_creator("Ada")
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    payment, disputed = sell(creator, price=10_000, tax=1_900), sell(creator, price=5_000)
    pay_everything(creator)
    case = dispute(disputed)
    Refund.objects.create(
        payment=payment, state="proposed", amount_minor=60_00, requested_by=other, reason="A slip."
    )
    ProviderEvent.objects.create(
        event_id="evt_1", kind="invoice.paid", object_id="in_1234567890", error="No such invoice"
    )
    found = {"object": "ch_1", "currency": "USD", "ledger_minor": 0, "provider_minor": 100}
    now = timezone.now()
    Reconciliation.objects.create(since=now, until=now, compared=7, differences=[found])
    kinds = LedgerAccount.Kind
    adjustments.propose(
        currency="USD", dated=now.date(), reason="The bank's charges", document="Statement 11",
        postings=[Posting(kinds.OTHER_COSTS, debit_minor=1250), Posting(kinds.BANK, credit_minor=1250)],
        by=other,
    )  # fmt: skip
    freezes.freeze(creator=creator, reason="A bank asked.", by=finance)
    sign_in(page, finance, live_server.url)
    names = ("finance", "finance-payments", "finance-refunds", "finance-disputes", "finance-creators",
             "finance-transfers", "finance-events", "finance-differences", "finance-entries",
             "finance-propose", "finance-months")  # fmt: skip
    _look(
        page,
        [
            *(reverse(f"storefront:{name}") for name in names),
            reverse("storefront:finance-payment", args=[payment.public_id]),
            reverse("storefront:finance-dispute", args=[case.pk]),
            reverse("storefront:finance-creator", args=[creator.pk]),
            reverse("storefront:finance-book-difference", args=["ch_1", "USD"]),
        ],
    )
    assert page.problems == []


def test_payouts_and_details_fit_too_and_a_price_says_what_it_earns(
    page: Any,
    live_server: Any,
) -> None:
    listing = factories.make_listing()
    creator = listing.voice.creator
    sell(creator, price=10_000)
    seller_details.save_details(
        creator=creator, by=creator.user, kind="person", name="Ada Lovelace", street="1 Main St",
        city="London", country="GB",
    )  # fmt: skip
    sign_in(page, creator.user, live_server.url)
    _look(page, [reverse("storefront:payouts"), reverse("storefront:seller-details")])
    page.goto(reverse("storefront:studio-voice", args=[listing.voice.public_id]))
    price = page.locator("input[name=personal_price]")
    price.fill("19.99")
    assert price.locator("+ output").inner_text().startswith("You earn $16.99 per sale")
    assert page.problems == []
