"""Copy into tests/marketplace/licensing/."""
import pytest
from django.utils import timezone
from marketplace.api import jobs
from marketplace.licensing import plans, reservations
from marketplace.policy.going_on import require_may_go_on_by_now as require_speakable_by_now
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import disputes
from marketplace.policy.models import Suspicion
from marketplace.refusals import SpeechRefused
from tests import factories
from tests.paid_speech import Subscriber, planned
pytestmark = pytest.mark.django_db(transaction=True)

def _job():
    listing, sub = planned(), Subscriber("pro")
    month = sub.pays(timezone.now(), 4900)
    job = jobs.create_job(key=sub.key, requests=[factories.wanted(listing.voice.slug, "x" * 1000)])
    return listing, sub, month, job.items.get()

def test_a_disputed_plan_speaks_no_queued_text():
    listing, sub, month, item = _job()
    paid = Payment.objects.get(plan_month=month)
    disputes.open_dispute(payment=paid, provider_id="dp_1", amount_minor=paid.amount_minor, fee_minor=0, reason="fraudulent")
    with pytest.raises(SpeechRefused):
        require_speakable_by_now(generation_id=item.generation_id)

def test_a_disputed_plan_has_the_limits_of_the_free_one():
    listing, sub, month, _ = _job()
    paid = Payment.objects.get(plan_month=month)
    disputes.open_dispute(payment=paid, provider_id="dp_1", amount_minor=paid.amount_minor, fee_minor=0, reason="fraudulent")
    reservations.reserve(key=sub.key, wanted=factories.wanted(listing.voice.slug, "a"))
    with pytest.raises(SpeechRefused):  # 15 go through, previews all, outside free_places
        reservations.reserve(key=sub.key, wanted=factories.wanted(listing.voice.slug, "b"))

def test_a_stopped_organization_speaks_no_queued_text():
    _, sub, _, item = _job()
    Suspicion.objects.create(organization=sub.organization, kind=Suspicion.Kind.BURST, state=Suspicion.State.STOPPED, evidence={}, seen_at=timezone.now())
    with pytest.raises(SpeechRefused):
        require_speakable_by_now(generation_id=item.generation_id)
