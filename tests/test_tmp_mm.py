from hypothesis import settings, HealthCheck, Phase
import pytest
from tests.marketplace.payouts.test_money_machine import Market


class TestQuick(Market.TestCase):
    pytestmark = [pytest.mark.django_db]
    settings = settings(
        derandomize=False,
        max_examples=60,
        stateful_step_count=50,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )


del Market
