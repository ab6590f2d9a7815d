"""Attack: a use that a speaker takes out while a buyer pays is sold all the same."""

from __future__ import annotations

import pytest

from marketplace.consent import withdrawal
from marketplace.consent.models import Consent
from marketplace.licensing import reservations
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.refusals import SpeechRefused
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_payment_for_a_use_that_was_taken_out_meanwhile_comes_too_late() -> None:
    listing = factories.make_listing()
    consent = Consent.objects.get(voice=listing.voice)
    consent.uses = ["audiobook", "app"]
    consent.save()
    order = factories.make_order(listing)
    assert order.terms["uses"] == ["audiobook"]
    withdrawal.narrow(consent=consent, uses=["app"], by=listing.voice.creator.user)
    licence = fulfil_order(order_id=order.pk, payment_intent="pi_late")
    if licence is not None:
        key, _ = factories.make_key(licence)
        with pytest.raises(SpeechRefused, match="does not allow"):
            reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "Hi", use="audiobook"))
    assert licence is None
