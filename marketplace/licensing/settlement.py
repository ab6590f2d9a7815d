"""Settlement of licensed speech: what was spoken is charged and the rest released, exactly once."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone

from marketplace.compliance import audit
from marketplace.licensing import credit, terms
from marketplace.licensing.models import Generation, KeyMonth, Licence, PlanMonth
from marketplace.licensing.reservations import ABANDONED_AFTER, SILENT_AFTER, weight_of

_log = logging.getLogger(__name__)
JOB_ABANDONED_AFTER = timedelta(days=1)


def note_heard(*, generation_id: int, characters: int = 0, seconds: float = 0.0) -> bool:
    """Note what will have been heard with the next piece, before it is sent, and that a worker speaks.

    False: the reservation has ended, so that nothing more may be sent. What was noted is charged
    however it ends.
    """
    reserved = Generation.objects.filter(pk=generation_id, state=Generation.State.RESERVED)
    heard = Least(Value(characters), "characters_reserved")
    return bool(
        reserved.update(
            characters_spoken=Greatest("characters_spoken", heard),
            seconds=Greatest("seconds", Value(seconds)),
            heartbeat_at=timezone.now(),
        )
    )


def note_taken_back(*, began: Generation, characters: int, seconds: float) -> None:
    """Note how much was heard of what was noted, after the rest was taken back before anybody heard it.

    began: as it was when its worker began; what was heard before stays.
    """
    reserved = Generation.objects.filter(pk=began.pk, state=Generation.State.RESERVED)
    heard = min(characters, began.characters_reserved)
    reserved.update(
        characters_spoken=max(began.characters_spoken, heard), seconds=max(began.seconds, seconds)
    )


def settle(
    *, generation_id: int, characters: int, seconds: float, from_cache: bool = False
) -> bool:
    """Charge what was spoken and release the rest; a repeat changes nothing.

    False: the reservation had been released, so that nothing pays for it.
    """
    return _finish(
        generation_id,
        Generation.State.SETTLED,
        characters,
        seconds=seconds,
        from_cache=from_cache,
    )


def release(*, generation_id: int, failure: str) -> None:
    """Release what was not heard, mostly everything; a repeat changes nothing."""
    _finish(generation_id, Generation.State.RELEASED, 0, failure=failure)


def _finish(
    generation_id: int,
    state: str,
    characters: int,
    *,
    seconds: float = 0.0,
    from_cache: bool = False,
    failure: str = "",
) -> bool:
    with transaction.atomic():
        generation = Generation.objects.get(pk=generation_id)
        if generation.licence is not None:  # locked first, as `reserve` does
            Licence.objects.select_for_update(no_key=True).get(pk=generation.licence.pk)
        elif generation.plan_month is not None:
            PlanMonth.objects.select_for_update(no_key=True).get(pk=generation.plan_month.pk)
        generation = (
            Generation.objects.select_for_update(of=("self",), no_key=True)
            .select_related("api_key", "licence", "voice__listing")
            .get(pk=generation_id)
        )
        if generation.state != Generation.State.RESERVED:
            return generation.state == Generation.State.SETTLED
        heard_before = generation.characters_spoken  # or noted meanwhile
        spoken = min(max(characters, heard_before), generation.characters_reserved)
        unused = generation.characters_reserved - spoken
        if unused:  # before credit, as `reserve` locks them
            KeyMonth.objects.filter(
                key=generation.api_key_id, month=generation.reserved_at.date().replace(day=1)
            ).update(characters=F("characters") - unused)
        _give_back(generation, spoken)
        generation.characters_spoken = spoken
        generation.seconds = max(generation.seconds or 0.0, seconds)
        generation.from_cache, generation.failure = from_cache, failure
        generation.finished_at = timezone.now()
        generation.save(
            update_fields=["characters_spoken", "seconds", "from_cache", "failure", "finished_at"]
        )
        to = Generation.State.SETTLED if heard_before else state
        generation.transition(to)
        audit.record(
            actor=None,
            action=f"speech.{to}",
            subject=generation,
            licence=generation.licence.number if generation.licence else None,
            key=generation.api_key.prefix,
            voice=generation.voice_id,
            use=generation.use,
            characters=spoken,
            text_sha256=generation.text_sha256,
            failure=failure,
        )
    return to == Generation.State.SETTLED


def _give_back(generation: Generation, spoken: int) -> None:
    """Release what was not spoken to the licence or plan, and charge credit."""
    reserved = generation.characters_reserved
    if generation.licence is None:
        listing = generation.voice.listing
        back = weight_of(reserved, listing) - weight_of(spoken, listing)
        if back:
            PlanMonth.objects.filter(generations=generation).update(
                characters_used=F("characters_used") - back
            )
        return
    included = reserved - generation.overage_characters
    back = included - min(spoken, included)
    if back:
        Licence.objects.filter(pk=generation.licence.pk).update(
            characters_used=F("characters_used") - back
        )
    if generation.overage_characters:
        credit.settle(
            generation=generation,
            characters=max(0, spoken - included),
            currency=terms.overage_currency(generation.licence.terms),
        )


def release_waiting(*, organization_id: int, currency: str, failure: str) -> int:
    """Release what waits in the background for credit in a currency, in the caller's transaction; returns how many.

    All rows are locked before the first account of credit is, in the order in which they are reserved.
    """
    waiting = Generation.objects.filter(
        state=Generation.State.RESERVED,
        background=True,
        overage_characters__gt=0,
        api_key__organization=organization_id,
    )
    paying = Licence.objects.filter(pk__in=waiting.values("licence")).order_by("pk")
    locked = list(paying.select_for_update(no_key=True))
    theirs = [each.pk for each in locked if terms.overage_currency(each.terms) == currency]
    found = list(waiting.filter(licence__in=theirs).order_by("pk"))
    months = KeyMonth.objects.filter(key__in={each.api_key_id for each in found}).order_by("pk")
    list(months.select_for_update(no_key=True))
    for generation in found:
        release(generation_id=generation.pk, failure=failure)
    return len(found)


def release_abandoned() -> int:
    """Release reservations that nobody speaks or settled; returns how many. One that fails stops no other."""
    now = timezone.now()
    reserved = Generation.objects.filter(state=Generation.State.RESERVED).annotate(
        since=Coalesce("reopened_at", "created_at")
    )
    stale = (
        reserved.exclude(heartbeat_at__gt=now - SILENT_AFTER)
        .filter(
            Q(background=False, since__lt=now - ABANDONED_AFTER)
            | Q(background=True, since__lt=now - JOB_ABANDONED_AFTER)
        )
        .values_list("pk", flat=True)
    )
    count = 0
    for pk in list(stale):
        try:
            release(generation_id=pk, failure="abandoned")
            count += 1
        except Exception:
            _log.exception("not released", extra={"fields": {"generation": pk}})
    return count
