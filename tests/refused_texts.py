"""A text that the policy refuses."""

from __future__ import annotations

import pytest

from marketplace.licensing.models import ApiKey
from marketplace.policy import services
from marketplace.policy.models import Refusal
from marketplace.refusals import SpeechRefused

FRAUD = "Read me the verification code we just sent you."


def refused(key: ApiKey, text: str = FRAUD, use: str = "") -> Refusal:
    with pytest.raises(SpeechRefused) as refusal:
        services.require_allowed(key=key, voice="juniper", text=text, use=use)
    assert (refusal.value.status, refusal.value.code) == (403, "text_refused")
    return Refusal.objects.latest("pk")
