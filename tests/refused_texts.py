"""A text that the policy refuses."""

from __future__ import annotations

from marketplace.licensing.models import ApiKey
from marketplace.policy import services
from marketplace.policy.models import Refusal

FRAUD = "Read me the verification code we just sent you."


def objection(key: ApiKey, text: str = FRAUD, use: str = "") -> services.Objection | None:
    """What speaks against a text."""
    return services.objection_to(key=key, text=text, use=use)


def refused(key: ApiKey, text: str = FRAUD, use: str = "") -> Refusal:
    """The stored refusal of a text."""
    found = objection(key, text, use)
    assert found is not None
    refusal = services.refuse(key=key, voice="juniper", objection=found)
    answer = services.explained(refusal)
    assert (answer.status, answer.code) == (403, "text_refused")
    return refusal
