"""Licensed speech: its cost is reserved before the first byte leaves.

A lock on what pays, licence or plan, keeps parallel requests from overrunning it. `settlement`
keeps what was spoken and releases the rest.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from marketplace import dates
from marketplace.accounts.models import Organization
from marketplace.licensing import credit, plans, spoken_texts, terms
from marketplace.licensing.key_access import require_scope, require_still_usable
from marketplace.licensing.models import (
    ApiKey,
    Generation,
    KeyMonth,
    Licence,
    PlanMonth,
    PlanSubscription,
)
from marketplace.licensing.speaking_rights import (
    not_licensed,
    require_consented,
    require_planned,
    require_speakable,
    require_use,
    unknown,
)
from marketplace.listings.models import Listing
from marketplace.refusals import CreditShort, SpeechRefused
from marketplace.voices.models import Voice
from synthesis.speech_request import SpeechRequest
from synthesis.text.wording import Wording

ABANDONED_AFTER = timedelta(minutes=10)  # after this, the reservation of a dead server is released

FREE_SILENCE = 5.0  # seconds of breaks in one text that cost nothing


def characters_of(text: str) -> int:
    """The cost of a text: Unicode code points after NFC."""
    return len(unicodedata.normalize("NFC", text))


def cost_of(wording: Wording) -> int:
    """The cost of what is spoken: its characters, and one for each second of longer breaks."""
    return characters_of(wording.spoken) + math.ceil(max(0.0, wording.silence - FREE_SILENCE))


def _licences_of(key: ApiKey, voice_slug: str, *, limited: bool) -> list[Licence]:
    """A key's licences for a voice: usable ones first, and among them the soonest to end.

    limited: whether the key is limited to certain licences.
    """
    usable = key.organization.licences.select_related("voice").filter(voice__slug=voice_slug)
    if limited:
        usable = usable.filter(api_keys=key)
    return sorted(
        usable,
        key=lambda licence: (
            licence.state != Licence.State.ACTIVE,
            not licence.characters_left,
            licence.ends_at,
        ),
    )


@dataclass(frozen=True)
class _Charge:
    """A request, the key that pays for it, and its cost in characters."""

    key: ApiKey
    wanted: SpeechRequest
    cost: int
    request_id: str
    background: bool

    @property
    def use(self) -> str:
        """The declared use: the request's, else the key's."""
        return self.wanted.use or self.key.use

    def generation(self, **paid: Any) -> Generation:
        text = self.wanted.wording.spoken
        generation = Generation.objects.create(
            api_key=self.key,
            characters_reserved=self.cost,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            audio_format=self.wanted.audio_format,
            lexicon_versions=list(self.wanted.lexicon_versions),
            request_id=self.request_id,
            background=self.background,
            **paid,
        )
        spoken_texts.keep_text(generation=generation, text=text)
        return generation


def reserve(
    *, key: ApiKey, wanted: SpeechRequest, request_id: str = "", background: bool = False
) -> Generation:
    """Check everything under the lock on what pays, and reserve the characters.

    A licence of the voice pays first, then credit for what exceeds it; without a licence, the
    organization's plan pays, for voices whose creators joined the plans.

    Raises:
        SpeechRefused: voice_not_found (404), voice_not_licensed, what `require_speakable`
            refuses, use_not_declared, use_not_licensed, key_revoked, key_expired,
            scope_missing, too_many_streams (429), quota_exceeded (402), spend_limit (402).
    """
    require_scope(key, ApiKey.Scope.SPEAK)
    cost = cost_of(wanted.wording)
    charge = _Charge(key, wanted, cost, request_id, background)
    limited = key.licences.exists()
    licences = _licences_of(key, wanted.voice, limited=limited)
    if licences:
        return _reserve_by_licence(charge, licences[0])
    voice = Voice.objects.filter(slug=wanted.voice, listing__published_at__isnull=False).first()
    if voice is None:
        raise unknown(wanted.voice)
    if limited:
        raise not_licensed(wanted.voice)
    return _reserve_by_plan(charge, voice)


def _require_stream(organization: Organization, *, by_plan: bool) -> None:
    """Refuse a request beyond the limit on concurrent ones: the plan's for what a plan pays."""
    reserved = Generation.objects.filter(
        api_key__organization=organization, state=Generation.State.RESERVED, background=False
    ).annotate(since=Coalesce("reopened_at", "created_at"))
    running = reserved.filter(since__gt=timezone.now() - ABANDONED_AFTER)
    limit = settings.STREAMS_PER_ORGANIZATION
    if by_plan:
        running = running.filter(licence=None)
        limit = plans.plan_of(organization).streams
    if running.count() >= limit:
        raise SpeechRefused(
            429,
            "too_many_streams",
            f"{limit} concurrent requests is the limit; wait for one to end.",
        )


def lock_payers(*, key: ApiKey, voice_slugs: Collection[str]) -> None:
    """Lock all that may pay for speech with these voices, in the transaction that reserves it.

    In one order for everybody: who reserves for one voice after another would else wait for
    somebody who waits for them.
    """
    licences = key.organization.licences.filter(voice__slug__in=voice_slugs).order_by("pk")
    locked = list(licences.select_for_update(of=("self",)).select_related("voice"))
    if set(voice_slugs) - {licence.voice.slug for licence in locked}:
        month = plans.current_month(key.organization)
        PlanMonth.objects.select_for_update().get(pk=month.pk)


def _reserve_by_licence(charge: _Charge, chosen: Licence) -> Generation:
    key, cost = charge.key, charge.cost
    with transaction.atomic():
        licence = (
            Licence.objects.select_for_update(of=("self",))
            .select_related("voice")
            .get(pk=chosen.pk)
        )
        require_speakable(licence)
        use = require_use(licence, charge.use)
        require_still_usable(key.pk)
        if not charge.background:
            _require_stream(key.organization, by_plan=False)
        _spend(key, cost)
        beyond = max(0, cost - licence.characters_left)
        price = licence.terms.get("overage_minor")
        micros = credit.per_character(price) if beyond and price else 0
        if beyond:
            try:
                if not price:
                    raise CreditShort("its terms allow no more")
                credit.reserve(
                    organization_id=key.organization_id,
                    currency=terms.overage_currency(licence.terms),
                    micros=beyond * micros,
                )
            except CreditShort as short:
                raise SpeechRefused(
                    402,
                    "quota_exceeded",
                    f"The text has {cost} characters; licence {licence.number} has "
                    f"{licence.characters_left} of {licence.characters_included} left, and {short}.",
                ) from short
        Licence.objects.filter(pk=licence.pk).update(
            characters_used=F("characters_used") + cost - beyond
        )
        return charge.generation(
            licence=licence,
            voice=licence.voice,
            voice_version_id=licence.voice_version_id,
            use=use,
            overage_characters=beyond,
            overage_micros=micros,
        )


def _reserve_by_plan(charge: _Charge, voice: Voice) -> Generation:
    key = charge.key
    listing = require_planned(voice)
    assert listing.version is not None
    _require_paid_up(key.organization)
    allowed = [use for use in plans.USES if use in listing.uses]
    if not charge.use:
        raise SpeechRefused(
            422, "use_not_declared", f"Say what the speech is for: one of {', '.join(allowed)}."
        )
    if charge.use not in allowed:
        raise SpeechRefused(
            403, "use_not_licensed", f"Plans allow {', '.join(allowed)} with this voice."
        )
    require_consented(voice, charge.use)
    weight = weight_of(charge.cost, listing)
    month_pk = plans.current_month(key.organization).pk
    with transaction.atomic():
        month = PlanMonth.objects.select_for_update().get(pk=month_pk)
        _require_going_on(month)
        require_still_usable(key.pk)
        if not charge.background:
            _require_stream(key.organization, by_plan=True)
        _require_left(month, weight)
        _spend(key, charge.cost)
        PlanMonth.objects.filter(pk=month.pk).update(characters_used=F("characters_used") + weight)
        return charge.generation(
            plan_month=month,
            voice=voice,
            voice_version=listing.version,
            use=charge.use,
            preview=plans.PLANS[month.plan].preview,
        )


def weight_of(characters: int, listing: Listing) -> int:
    """What characters take of a plan with a voice, rounded up."""
    return -(-characters * int(listing.plan_rate * 10) // 10)


def _require_paid_up(organization: Organization) -> None:
    subscription = plans.subscription_of(organization)
    if subscription is not None and subscription.state == PlanSubscription.State.PAST_DUE:
        raise SpeechRefused(402, "plan_past_due", "The plan's payment is due; pay it to continue.")


def _require_going_on(month: PlanMonth) -> None:
    if month.stopped_at is not None:
        raise SpeechRefused(402, "plan_past_due", "The plan's payment was refunded; pay it again.")


def _require_left(month: PlanMonth, weight: int) -> None:
    if weight > month.characters_left:
        raise SpeechRefused(
            402,
            "quota_exceeded",
            f"The text takes {weight} characters of your plan; {month.characters_left} of "
            f"{month.characters_included} are left until {dates.in_words(month.ends_at)}.",
        )


def _spend(key: ApiKey, cost: int) -> None:
    """Count a cost against the key's monthly limit, under a lock on its row."""
    month = timezone.now().date().replace(day=1)
    KeyMonth.objects.get_or_create(key=key, month=month)
    row = KeyMonth.objects.select_for_update().get(key=key, month=month)
    limit = key.monthly_characters
    if limit is not None and row.characters + cost > limit:
        raise SpeechRefused(
            402,
            "spend_limit",
            f"This API key may spend {limit:,} characters per month and has "
            f"{max(0, limit - row.characters):,} left; raise its limit or wait.",
        )
    row.characters += cost
    row.save(update_fields=["characters"])


def reopen(*, generation_id: int) -> bool:
    """Reserve the unspoken part of a settled generation again; False if all of it was spoken.

    Even then it is one of the concurrent requests while it is spoken once more.

    A request that broke off and is repeated stays one record, and each of its characters is paid
    once: by the licence, credit or plan month that paid for what was heard.

    Raises:
        SpeechRefused: quota_exceeded (402), and what `reserve` refuses.
    """
    paid = Generation.objects.select_related("api_key__organization").get(pk=generation_id)
    if paid.licence_id is None:  # before the lock, as `reserve` does
        current = plans.current_month(paid.api_key.organization)
    with transaction.atomic():
        if paid.licence_id is not None:
            licence = (
                Licence.objects.select_for_update(of=("self",))
                .select_related("voice")
                .get(pk=paid.licence_id)
            )
            require_speakable(licence)
        else:
            assert paid.plan_month_id is not None  # the database wants a licence or a plan
            month = PlanMonth.objects.select_for_update().get(pk=paid.plan_month_id)
        generation = (
            Generation.objects.select_for_update(of=("self",))
            .select_related("api_key__organization", "voice")
            .get(pk=generation_id)
        )
        missing = generation.characters_reserved - generation.characters_spoken
        if generation.state != Generation.State.SETTLED:
            return False
        _require_stream(generation.api_key.organization, by_plan=paid.licence_id is None)
        if generation.use:
            require_consented(generation.voice, generation.use)
        if paid.licence_id is not None:
            _reopen_by_licence(generation, licence, missing)
        else:
            _reopen_by_plan(generation, month, current, missing)
        generation.reopened_at = timezone.now()
        generation.save(update_fields=["reopened_at"])
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
    require_consented(generation.voice, generation.use)
    _require_paid_up(generation.api_key.organization)
    _require_going_on(month)
    if month.pk != current.pk:
        raise SpeechRefused(
            402,
            "quota_exceeded",
            "The month of your plan that paid for what you heard has ended; send the request with "
            "a new Idempotency-Key.",
        )
    whole = weight_of(generation.characters_reserved, listing)
    weight = whole - weight_of(generation.characters_spoken, listing)
    _require_left(month, weight)
    _spend(generation.api_key, missing)
    PlanMonth.objects.filter(pk=month.pk).update(characters_used=F("characters_used") + weight)
