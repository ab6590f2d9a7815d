"""The European Union's register of VAT numbers (VIES), asked over its REST service.

https://ec.europa.eu/taxation_customs/vies/#/technical-information
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from stdnum.eu import vat as eu_vat

from marketplace.refusals import RegisterUnavailable

_PATIENCE = 8.0  # seconds
_MAX_BYTES = 50_000
_DECIDED = {
    "",
    "VALID",
    "INVALID",
}  # of what the register says; anything else is a failure of its own
_PREFIXES = {state.upper() for state in eu_vat.MEMBER_STATES} - {"GR"} | {"EL", "XI"}


@dataclass(frozen=True)
class Answer:
    """What the register said; consultation: its number of this question, "" if it gave none."""

    valid: bool
    at: datetime
    consultation: str


def knows(number: str) -> bool:
    """Whether a VAT number, with its prefix, is one that the register could have."""
    return number[:2] in _PREFIXES


def ask(number: str) -> Answer:
    """Whether a VAT number is valid today.

    A consultation number, which proves that we asked, is given to those who say who asks.

    Raises:
        RegisterUnavailable: it did not answer, or the member state's own register did not.
    """
    asked = {"countryCode": number[:2], "vatNumber": number[2:]}
    if knows(settings.SELLER_VAT_NUMBER):
        asked["requesterMemberStateCode"] = settings.SELLER_VAT_NUMBER[:2]
        asked["requesterNumber"] = settings.SELLER_VAT_NUMBER[2:]
    try:
        said = json.loads(_answer_to(asked))
    except (httpx.HTTPError, ValueError) as error:
        raise RegisterUnavailable(f"VIES did not answer: {error}") from error
    return _read(said)


def _answer_to(asked: dict[str, str]) -> bytes:
    """What the register answers, read no further than an answer can be long."""
    address, accepted = f"{settings.VIES_URL}/check-vat-number", {"Accept": "application/json"}
    with httpx.stream("POST", address, json=asked, timeout=_PATIENCE, headers=accepted) as reply:
        reply.raise_for_status()
        said = b""
        for piece in reply.iter_bytes():
            said += piece
            if len(said) > _MAX_BYTES:
                raise ValueError("too long an answer")
    return said


def _read(said: Any) -> Answer:
    if not isinstance(said, dict) or said.get("actionSucceed") is False:
        raise RegisterUnavailable(f"VIES could not say: {_problem(said)}")
    valid, error = said.get("valid"), str(said.get("userError") or "")
    if not isinstance(valid, bool) or error not in _DECIDED:
        raise RegisterUnavailable(f"VIES could not say: {error or 'no result'}")
    return Answer(
        valid, _when(said.get("requestDate")), str(said.get("requestIdentifier") or "")[:40]
    )


def _problem(said: Any) -> str:
    found = re.findall(r"[A-Z_]{4,40}", str(said)[:2_000])
    return found[0] if found else "no result"


def _when(written: Any) -> datetime:
    """When the register was asked: as it says, or now."""
    try:
        at = parse_datetime(str(written))
    except ValueError:
        at = None
    if at is None:
        return timezone.now()
    return at if timezone.is_aware(at) else timezone.make_aware(at)
