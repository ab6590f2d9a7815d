"""Licensed speech: its cost is reserved before the first byte leaves.

A lock on what pays, licence or plan, keeps parallel requests from overrunning it. `settlement`
keeps what was spoken and releases the rest.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from marketplace.licensing import credit, free_places, plans, recorded, spoken_texts, terms
from marketplace.licensing.key_access import require_scope
from marketplace.licensing.key_uses import use_among
from marketplace.licensing.models import ApiKey, Generation, Licence, PlanMonth
from marketplace.licensing.payers import Payers, require_left, require_paid_up
from marketplace.licensing.speaking_rights import (
    require_consented,
    require_going_on,
    require_planned,
    require_speakable,
)
from marketplace.licensing.team_licences import use_of_preview
from marketplace.listings.models import Listing
from marketplace.refusals import CreditShort, SpeechRefused
from synthesis.speech_request import SpeechRequest
from synthesis.text.wording import Wording

ABANDONED_AFTER = timedelta(minutes=10)  # after this, the reservation of a dead server is released,
SILENT_AFTER = timedelta(minutes=2)  # unless a worker has been heard of since

FREE_SILENCE = 5.0  # seconds of breaks in one text that cost nothing


def characters_of(text: str) -> int:
    """The cost of a text: Unicode code points after NFC."""
    return len(unicodedata.normalize("NFC", text))


def cost_of(wording: Wording) -> int:
    """The cost of what is spoken: its characters, and one for each second of longer breaks."""
    return characters_of(wording.spoken) + math.ceil(max(0.0, wording.silence - FREE_SILENCE))


@dataclass(frozen=True)
class _Charge:
    """A request, what pays for it, and its cost in characters."""

    payers: Payers
    wanted: SpeechRequest
    cost: int
    request_id: str
    background: bool

    @property
    def key(self) -> ApiKey:
        return self.payers.key

    @property
    def use(self) -> str:
        """The declared use: the request's, else the key's."""
        return self.wanted.use or self.key.use

    def use_among(self, allowed: Sequence[str]) -> str:
        """The use of what is allowed; see `key_uses.use_among`."""
        return use_among(allowed, asked=self.wanted.use, key=self.key)

    def generation(self, **paid: Any) -> Generation:
        """The record of what is reserved; not stored yet."""
        return Generation(
            api_key=self.key,
            characters_reserved=self.cost,
            text_sha256=recorded.digest_of(self.wanted.wording),
            audio_format=self.wanted.audio_format,
            lexicon_versions=list(self.wanted.lexicon_versions),
            request_id=self.request_id,
            background=self.background,
            **paid,
        )


def reserve(
    *, key: ApiKey, wanted: SpeechRequest, request_id: str = "", background: bool = False
) -> Generation:
    """Check everything under the lock on what pays, and reserve the characters.

    A licence of the voice pays first (`Payers.licence_for`), then credit for what exceeds it;
    without a licence, the organization's plan pays, for voices whose creators joined the plans.

    Raises:
        SpeechRefused: voice_not_found (404), voice_not_licensed, what `require_speakable`
            refuses, use_not_declared, use_not_licensed, key_revoked, key_expired,
            scope_missing, too_many_streams (429), quota_exceeded (402), spend_limit (402).
    """
    require_scope(key, ApiKey.Scope.SPEAK)
    cost = cost_of(wanted.wording)
    with transaction.atomic():
        payers = Payers(key)
        made = _reserved(_Charge(payers, wanted, cost, request_id, background))
        payers.save()
        _store([(made, wanted)])
    return made


def reserve_each(
    *, key: ApiKey, requests: Sequence[SpeechRequest], request_id: str = ""
) -> list[Generation]:
    """Reserve the characters of texts that are spoken in the background: of all of them, or of none.

    All that may pay is locked, and nothing is stored before the last text is found to be paid.

    Raises:
        SpeechRefused: what `reserve` refuses; of several texts, the message says for which.
    """
    require_scope(key, ApiKey.Scope.SPEAK)
    costs = [cost_of(wanted.wording) for wanted in requests]
    made = []
    with transaction.atomic():
        lock_payers(key=key, voice_slugs={wanted.voice for wanted in requests})
        payers = Payers(key)
        for position, (wanted, cost) in enumerate(zip(requests, costs, strict=True)):
            try:
                made.append(_reserved(_Charge(payers, wanted, cost, request_id, background=True)))
            except SpeechRefused as refusal:
                if len(requests) == 1:
                    raise
                message = f"Item {position}: {refusal}"
                raise SpeechRefused(refusal.status, refusal.code, message) from refusal
        payers.save()
        _store(list(zip(made, requests, strict=True)))
    return made


def _reserved(charge: _Charge) -> Generation:
    """What is reserved for a text, still to be stored."""
    licence = charge.payers.licence_for(charge.wanted.voice, cost=charge.cost, use=charge.use)
    return _reserve_by_plan(charge) if licence is None else _reserve_by_licence(charge, licence)


def _store(made: Sequence[tuple[Generation, SpeechRequest]]) -> None:
    Generation.objects.bulk_create(generation for generation, _ in made)
    spoken_texts.keep_texts((each, wanted.wording.spoken) for each, wanted in made)


def _require_stream(key: ApiKey, *, month: PlanMonth | None = None) -> None:
    """Refuse a request beyond the limit on concurrent ones: for what a plan pays, that of its month.

    Nobody gets more than half of what workers speak at once, nor pages more than half of the limit:
    their keys are everybody's.
    """
    theirs = _running().filter(api_key__organization=key.organization)
    running = theirs.values_list("licence", "api_key__origins")
    most = max(1, settings.SPEECH_THREADS // 2)
    limit, free = settings.STREAMS_PER_ORGANIZATION, False
    alike = every = list(running)
    if month is not None:
        plan = plans.PLANS[month.plan]
        limit, free = plan.streams, plan.preview
        alike = [each for each in every if each[0] is None]
    counted = [(len(every), most), (len(alike), limit)]
    if key.origins:
        of_pages = [each for each in alike if each[1]]
        counted.append((len(of_pages), max(1, min(limit, most) // 2)))
    for number, limit in counted:
        if number >= limit:
            raise SpeechRefused(
                429,
                "too_many_streams",
                f"{limit} concurrent requests is the limit; wait for one to end.",
            )
    if free:
        free_places.require_one(_running().filter(preview=True))


def _running() -> QuerySet[Generation]:
    """What is being spoken now, to somebody who listens."""
    now = timezone.now()
    reserved = Generation.objects.filter(state=Generation.State.RESERVED, background=False)
    return reserved.annotate(since=Coalesce("reopened_at", "created_at")).filter(
        Q(since__gt=now - ABANDONED_AFTER) | Q(heartbeat_at__gt=now - SILENT_AFTER)
    )


def lock_payers(*, key: ApiKey, voice_slugs: Collection[str]) -> None:
    """Lock all that may pay for speech with these voices, in the transaction that reserves it.

    In one order for everybody: who reserves for one voice after another would else wait for
    somebody who waits for them.
    """
    licences = key.organization.licences.filter(voice__slug__in=voice_slugs).order_by("pk")
    locked = list(licences.select_for_update(of=("self",), no_key=True).select_related("voice"))
    if set(voice_slugs) - {licence.voice.slug for licence in locked}:
        month = plans.current_month(key.organization)
        PlanMonth.objects.select_for_update(no_key=True).get(pk=month.pk)


def _reserve_by_licence(charge: _Charge, licence: Licence) -> Generation:
    payers, cost = charge.payers, charge.cost
    payers.require_speakable(licence)
    use = payers.use_of(licence, charge.use_among(licence.terms["uses"]))
    payers.require_usable_key()
    if not charge.background:
        _require_stream(charge.key)
    payers.spend(cost)
    beyond = max(0, cost - licence.characters_left)
    price = licence.terms.get("overage_minor")
    micros = credit.per_character(price) if beyond and price else 0
    if beyond:
        try:
            if not price:
                raise CreditShort("its terms allow no more")
            payers.set_credit_aside(terms.overage_currency(licence.terms), beyond * micros)
        except CreditShort as short:
            raise SpeechRefused(
                402,
                "quota_exceeded",
                f"The text has {cost} characters; licence {licence.number} has "
                f"{licence.characters_left} of {licence.characters_included} left, and {short}.",
            ) from short
    licence.characters_used += cost - beyond
    return charge.generation(
        licence=licence,
        voice=licence.voice,
        voice_version_id=licence.voice_version_id,
        use=use,
        overage_characters=beyond,
        overage_micros=micros,
    )


def _reserve_by_plan(charge: _Charge) -> Generation:
    payers = charge.payers
    listing = payers.listing_of(charge.wanted.voice)
    assert listing.version is not None
    month = payers.month()
    preview = plans.PLANS[month.plan].preview
    use = _use_by_plan(charge, listing, preview=preview)
    payers.require_usable_key()
    if not charge.background:
        _require_stream(charge.key, month=month)
    payers.take_of_month(weight_of(charge.cost, listing))
    payers.spend(charge.cost)
    return charge.generation(
        plan_month=month,
        voice=listing.voice,
        voice_version=listing.version,
        use=use,
        preview=preview,
    )


def _use_by_plan(charge: _Charge, listing: Listing, *, preview: bool) -> str:
    """The declared use, if a plan allows it; previews are for none, so with them it may be left out."""
    if preview and charge.wanted.use:
        raise use_of_preview(charge.key, listing.voice, charge.wanted.use)
    allowed = [use for use in plans.USES if use in listing.uses]
    use = charge.use_among(allowed)
    if not use and not preview:
        raise SpeechRefused(
            422, "use_not_declared", f"Say what the speech is for: one of {', '.join(allowed)}."
        )
    if use and use not in allowed:
        raise SpeechRefused(
            403, "use_not_licensed", f"Plans allow {', '.join(allowed)} with this voice."
        )
    if use:
        charge.payers.require_consented(listing.voice, use)
    return use


def weight_of(characters: int, listing: Listing) -> int:
    """What characters take of a plan with a voice, rounded up."""
    return -(-characters * int(listing.plan_rate * 10) // 10)


def _spend(key: ApiKey, cost: int) -> None:
    """Count the cost of one text against the key's monthly limit, under a lock on its row."""
    payers = Payers(key)
    payers.spend(cost)
    payers.save()


def take_turn(*, generation_id: int) -> None:
    """Count what waited behind another part of its request as the one that is spoken now."""
    Generation.objects.filter(pk=generation_id).update(background=False, reopened_at=timezone.now())


def reopen(*, generation_id: int, waits: bool = False) -> bool:
    """Reserve the unspoken part of a settled generation again; False if all of it was spoken.

    Even then it is one of the concurrent requests while it is spoken once more.

    A request that broke off and is repeated stays one record, and each of its characters is paid
    once: by the licence, credit or plan month that paid for what was heard.

    waits: for its turn, behind another part of its request.

    Raises:
        SpeechRefused: quota_exceeded (402), and what `reserve` refuses.
    """
    paid = Generation.objects.select_related("api_key__organization").get(pk=generation_id)
    month: PlanMonth | None = None
    if paid.licence_id is None:  # before the lock: it may begin a month
        current = plans.current_month(paid.api_key.organization)
    with transaction.atomic():
        if paid.licence_id is not None:
            licence = (
                Licence.objects.select_for_update(of=("self",), no_key=True)
                .select_related("voice")
                .get(pk=paid.licence_id)
            )
            require_speakable(licence)
        else:
            assert paid.plan_month_id is not None  # the database wants a licence or a plan
            month = PlanMonth.objects.select_for_update(no_key=True).get(pk=paid.plan_month_id)
        generation = (
            Generation.objects.select_for_update(of=("self",), no_key=True)
            .select_related("api_key__organization", "voice")
            .get(pk=generation_id)
        )
        missing = generation.characters_reserved - generation.characters_spoken
        if generation.state != Generation.State.SETTLED:
            return False
        if not waits:
            _require_stream(generation.api_key, month=month)
        if generation.use:
            require_consented(generation.voice, generation.use)
        if month is None:
            _reopen_by_licence(generation, licence, missing)
        else:
            _reopen_by_plan(generation, month, current, missing)
        generation.reopened_at, generation.background = timezone.now(), waits
        generation.save(update_fields=["reopened_at", "background"])
        generation.transition(Generation.State.RESERVED)
    return missing > 0


def _reopen_by_licence(generation: Generation, licence: Licence, missing: int) -> None:
    beyond = generation.overage_characters - credit.charged(generation)
    if missing - beyond > licence.characters_left:
        raise SpeechRefused(
            402, "quota_exceeded", f"Licence {licence.number} has too few characters left."
        )
    _spend(generation.api_key, missing)
    if beyond:
        try:
            credit.reserve(
                organization_id=generation.api_key.organization_id,
                currency=terms.overage_currency(licence.terms),
                micros=beyond * generation.overage_micros,
            )
        except CreditShort as short:
            raise SpeechRefused(
                402,
                "quota_exceeded",
                f"The rest of the text goes {beyond} characters beyond licence {licence.number}, "
                f"and {short}.",
            ) from short
    Licence.objects.filter(pk=licence.pk).update(
        characters_used=F("characters_used") + missing - beyond
    )


def _reopen_by_plan(
    generation: Generation, month: PlanMonth, current: PlanMonth, missing: int
) -> None:
    listing = require_planned(generation.voice)
    require_paid_up(plans.subscription_of(generation.api_key.organization))
    require_going_on(month)
    if month.pk != current.pk:
        raise SpeechRefused(
            402,
            "quota_exceeded",
            "The month of your plan that paid for what you heard has ended; send the request with "
            "a new Idempotency-Key.",
        )
    whole = weight_of(generation.characters_reserved, listing)
    weight = whole - weight_of(generation.characters_spoken, listing)
    require_left(month, weight)
    _spend(generation.api_key, missing)
    PlanMonth.objects.filter(pk=month.pk).update(characters_used=F("characters_used") + weight)
