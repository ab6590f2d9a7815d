"""What may pay for the texts of one transaction: each row is locked and asked once, and saved at the end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Model
from django.utils import timezone

from marketplace import dates
from marketplace.licensing import credit, plans
from marketplace.licensing.key_access import require_scope, require_still_usable
from marketplace.licensing.models import (
    ApiKey,
    CreditAccount,
    KeyMonth,
    Licence,
    PlanMonth,
    PlanSubscription,
)
from marketplace.licensing.speaking_rights import (
    require_consented,
    require_going_on,
    require_planned,
    require_speakable,
    require_use,
    unknown,
)
from marketplace.licensing.team_licences import not_licensed
from marketplace.listings.models import Listing
from marketplace.listings.queries import speakable
from marketplace.refusals import SpeechRefused
from marketplace.voices.models import Voice


class Payers:
    """A key's licences, plan, credit and monthly limit.

    What one text takes is missing for the next; `save` writes what all of them took. Rights are asked
    for once: all that pays is locked, and a transaction sees one moment.
    """

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self._limited: bool | None = None
        self._licences: dict[str, list[Licence]] = {}
        self._paying: list[Licence] = []
        self._uses: dict[tuple[int, str], str] = {}
        self._listings: dict[str, Listing] = {}
        self._consented: set[tuple[int, str]] = set()
        self._is_usable = False
        self._month: PlanMonth | None = None
        self._key_month: KeyMonth | None = None
        self._credit: dict[str, CreditAccount] = {}
        self._at_first: dict[Model, int] = {}

    @property
    def limited(self) -> bool:
        """Whether the key is limited to certain licences."""
        if self._limited is None:
            self._limited = self.key.licences.exists()
        return self._limited

    def licence_for(self, slug: str, *, cost: int, use: str) -> Licence | None:
        """The licence that pays for a text, locked; None if the key has none for the voice.

        It runs and allows the use, if any does. Among those, it is the first to end that holds the
        whole cost, so that no credit is spent while characters are left that were bought.
        """
        if slug not in self._licences:
            usable = self.key.organization.licences.select_related("voice").filter(voice__slug=slug)
            if self.limited:
                usable = usable.filter(api_keys=self.key)
            # In the order of `lock_payers`, and before they are compared: others spend meanwhile
            self._licences[slug] = list(
                usable.select_for_update(of=("self",), no_key=True).order_by("pk")
            )
        now = timezone.now()
        return min(self._licences[slug], key=lambda each: _rank(each, cost, use, now), default=None)

    def require_speakable(self, licence: Licence) -> None:
        """Refuse one of the licences if it may not speak now; else it pays."""
        if licence not in self._at_first:
            require_speakable(licence)
            self._paying.append(licence)
            self._at_first[licence] = licence.characters_used

    def use_of(self, licence: Licence, use: str) -> str:
        """The declared use, if a licence allows it; see `require_use`."""
        asked = (licence.pk, use)
        if asked not in self._uses:
            self._uses[asked] = require_use(licence, use)
        return self._uses[asked]

    def listing_of(self, slug: str) -> Listing:
        """The listing of a voice that the plan may pay for.

        Raises:
            SpeechRefused: voice_not_found (404), voice_not_licensed, what `require_planned` refuses,
                plan_past_due.
        """
        if slug not in self._listings:
            voice = Voice.objects.filter(slug=slug, listing__published_at__isnull=False).first()
            if voice is None:
                raise unknown(slug)
            if self.limited:
                raise not_licensed(self.key, slug)
            listing = self._planned(voice)
            if not self._listings:
                self._require_paid_up()
            self._listings[slug] = listing
        return self._listings[slug]

    def _planned(self, voice: Voice) -> Listing:
        try:
            return require_planned(voice)
        except SpeechRefused as refusal:
            if refusal.code == "voice_not_licensed":
                raise not_licensed(self.key, voice.slug) from refusal
            raise

    def require_consented(self, voice: Voice, use: str) -> None:
        """Refuse a use that the speaker's consent does not cover."""
        if (voice.pk, use) not in self._consented:
            require_consented(voice, use)
            self._consented.add((voice.pk, use))

    def month(self) -> PlanMonth:
        """The plan's month that pays now, locked."""
        if self._month is None:
            current = plans.current_month(self.key.organization)
            self._month = PlanMonth.objects.select_for_update(no_key=True).get(pk=current.pk)
            require_going_on(self._month)
            self._at_first[self._month] = self._month.characters_used
        return self._month

    def take_of_month(self, weight: int) -> None:
        """Take characters of the plan's month.

        Raises:
            SpeechRefused: quota_exceeded (402).
        """
        month = self.month()
        require_left(month, weight)
        month.characters_used += weight

    def require_usable_key(self) -> None:
        """Refuse a key that was revoked, or the like, since it was read."""
        if not self._is_usable:
            require_still_usable(self.key.pk)
            self._is_usable = True

    def spend(self, cost: int) -> None:
        """Count a cost against the key's monthly limit.

        Raises:
            SpeechRefused: spend_limit (402).
        """
        if self._key_month is None:
            month = timezone.now().date().replace(day=1)
            KeyMonth.objects.get_or_create(key=self.key, month=month)
            self._key_month = KeyMonth.objects.select_for_update(no_key=True).get(
                key=self.key, month=month
            )
            self._at_first[self._key_month] = self._key_month.characters
        limit, spent = self.key.monthly_characters, self._key_month.characters
        if limit is not None and spent + cost > limit:
            raise SpeechRefused(
                402,
                "spend_limit",
                f"This API key may spend {limit:,} characters per month and has "
                f"{max(0, limit - spent):,} left; raise its limit or wait.",
            )
        self._key_month.characters += cost

    def set_credit_aside(self, currency: str, micros: int) -> None:
        """Reserve credit.

        Raises:
            CreditShort: too little, or more than may be spent this month.
        """
        if currency not in self._credit:
            self._credit[currency] = credit.lock(self.key.organization_id, currency)
        credit.set_aside(self._credit[currency], micros)

    def save(self) -> None:
        """Write what all texts took.

        Added in the database, whose constraints refuse what a lock failed to.
        """
        for licence in self._paying:
            self._add(licence, "characters_used")
        if self._month is not None:
            self._add(self._month, "characters_used")
        if self._key_month is not None:
            self._add(self._key_month, "characters")
        for account in self._credit.values():
            account.save(update_fields=["reserved_micros", "month", "month_micros"])

    def _add(self, row: Model, column: str) -> None:
        taken = getattr(row, column) - self._at_first[row]
        type(row)._default_manager.filter(pk=row.pk).update(**{column: F(column) + taken})

    def _require_paid_up(self) -> None:
        require_paid_up(plans.subscription_of(self.key.organization))


def _rank(
    licence: Licence, cost: int, use: str, now: datetime
) -> tuple[bool, bool, bool, bool, bool, datetime]:
    """Which of several licences pays for a text: the one with the smallest rank."""
    short = cost > licence.characters_left
    return (
        licence.state != Licence.State.ACTIVE or licence.silent_from <= now,
        bool(use) and use not in licence.terms["uses"],
        short,
        short and not licence.terms.get("overage_minor"),
        not licence.characters_left,
        licence.ends_at,
    )


def require_rights(*, key: ApiKey, voice_slugs: Collection[str]) -> None:
    """Refuse voices that nothing of a key's pays for, before what they shall say is read.

    Raises:
        SpeechRefused: scope_missing, voice_not_found (404), voice_not_licensed, what
            `require_planned` refuses, plan_past_due.
    """
    require_scope(key, ApiKey.Scope.SPEAK)
    payers, wanted = Payers(key), set(voice_slugs)
    licences = key.licences if payers.limited else key.organization.licences
    wanted -= set(
        licences.filter(voice__slug__in=wanted, organization=key.organization_id).values_list(
            "voice__slug", flat=True
        )
    )
    if wanted and not payers.limited:
        planned = speakable(Listing.objects.filter(voice__slug__in=wanted, in_plans=True))
        wanted -= set(planned.values_list("voice__slug", flat=True))
    for slug in sorted(wanted):
        payers.listing_of(slug)


def require_paid_up(subscription: PlanSubscription | None) -> None:
    """Refuse speech by a plan whose payment is due.

    Raises:
        SpeechRefused: plan_past_due (402).
    """
    if subscription is not None and subscription.state == PlanSubscription.State.PAST_DUE:
        raise SpeechRefused(402, "plan_past_due", "The plan's payment is due; pay it to continue.")


def require_left(month: PlanMonth, weight: int) -> None:
    """Refuse more characters than are left of a month.

    Raises:
        SpeechRefused: quota_exceeded (402).
    """
    if weight > month.characters_left:
        raise SpeechRefused(
            402,
            "quota_exceeded",
            f"The text takes {weight} characters of your plan; {month.characters_left} of "
            f"{month.characters_included} are left until {dates.in_words(month.ends_at)}.",
        )
