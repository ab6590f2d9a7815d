"""Every place where personal data is stored: what a copy includes, what erasure leaves.

A model that is neither here nor in `impersonal` fails a test, so whoever adds a table must declare its fate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from marketplace.accounts.models import (
    BrowserSession,
    Invitation,
    Membership,
    MembershipChange,
    Organization,
    User,
)
from marketplace.api.models import IdempotentRequest, SpeechJob, SpeechJobItem
from marketplace.billing.models import BillingDetails, Invoice
from marketplace.consent.models import Agreement, Consent, SpeakerInvitation
from marketplace.creators.models import Creator
from marketplace.letters.models import Letter, UnwantedLetters
from marketplace.lexicons.models import Lexicon, LexiconEntry, LexiconVersion
from marketplace.licensing.models import (
    ApiKey,
    Generation,
    Licence,
    Order,
    Quote,
    SpokenText,
    StandingRenewal,
)
from marketplace.listings.models import Listing, Offer, OfferPrice, SavedVoice
from marketplace.moderation.models import Case, Takedown
from marketplace.payouts.models import (
    Earning,
    Payment,
    PayoutAccount,
    PayoutFreeze,
    PayoutSchedule,
    Reason,
    Refund,
    SavedMethod,
    SelfBillingAgreement,
    SellerDetails,
    StandingTopUp,
    Transfer,
)
from marketplace.policy.models import KeyNetwork, Refusal, Strike, Suspicion
from marketplace.privacy.blanking import (
    ERASED,
    erased_party,
    sold_terms,
    terms_erased,
    unless_invited,
)
from marketplace.privacy.grounds import Why
from marketplace.profiles.models import Biography, Follow
from marketplace.reviews.models import Review, ReviewReport
from marketplace.trials.models import Trial
from marketplace.voices.models import Enrolment, Preview, Recording, Voice, VoiceVersion
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage

_NOBODY = [1.0] + [0.0] * 255  # an embedding that belongs to nobody


@dataclass(frozen=True)
class Place:
    """A table that holds personal data.

    owners: look-ups from a row to the person, any of which makes it theirs.
    shown: columns in a copy. unsealed: what the row itself decrypts for it.
    told: what the copy says in place of some columns, a function of the row: without what is of others.
    objects: columns with object keys, whose objects are erased.
    blanked: what erasure writes instead, a value or a function of the row; None if deleted.
    kept: why the former values of blanked columns are retained, sealed; None: they aren't.
    needed_by: relations of which a row needs one to be retained; empty: every row is.
    """

    model: type[Model]
    owners: tuple[str, ...]
    shown: tuple[str, ...] = ()
    unsealed: tuple[str, ...] = ()
    told: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    blanked: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False
    kept: Why | None = None
    needed_by: tuple[str, ...] = ()

    def is_kept(self, row: Any) -> bool:
        """Whether the law makes us retain a row's former values."""
        if self.kept is None or not self.needed_by:
            return self.kept is not None
        needed = Q()
        for relation in self.needed_by:
            needed |= Q(**{f"{relation}__isnull": False})
        return self.model._default_manager.filter(needed, pk=row.pk).exists()

    @property
    def name(self) -> str:
        return self.model._meta.label_lower

    def rows(self, user: User) -> QuerySet[Any]:
        """A person's rows; what was sent to an address is theirs once they have confirmed it."""
        addresses = _confirmed_addresses(user)
        mine = Q(pk__in=())
        for owner in self.owners:
            if not owner.endswith("email"):
                mine |= Q(**{owner: user.pk})
                continue
            for address in addresses:
                mine |= Q(**{f"{owner}__iexact": address})
        return self.model._default_manager.filter(mine).distinct().order_by("pk")


def _confirmed_addresses(user: User) -> list[str]:
    found = EmailAddress.objects.filter(user=user, verified=True)
    return list(found.values_list("email", flat=True))


_VOICE = "voice__creator__user"
_OWN = "organization__personal_of"
_SOLD = terms_erased(("creator", "voice_name", "voice", "attribution"))
_BOUGHT = terms_erased(("licensee",))

# in the order of erasure: tables that are reached through others come before them
PLACES: tuple[Place, ...] = (
    Place(Agreement, (f"consent__{_VOICE}",), ("kind", "version", "given", "at")),
    Place(
        Consent,
        (_VOICE,),
        ("legal_name", "given_by", "representative", "statement", "uses", "taken_out", "ends_at", "state",
         "transcript", "scores", "reason", "recorded_at", "decided_at", "revoked_at"),
        told={name: unless_invited(name) for name in ("statement", "transcript", "scores", "reason")},
        objects=("recording_key",),
        blanked={"legal_name": ERASED, "representative": "", "statement": "", "phrase": "", "transcript": "",
                 "scores": {}, "to_hear": [], "reason": "", "first_note": "", "recording_key": ""},
        kept=Why.CONTRACT,
        needed_by=("voice__licences",),
    ),
    Place(
        SpeakerInvitation,
        (_VOICE,),
        ("legal_name", "email", "created_at", "declined_at"),
        blanked={"legal_name": ERASED, "email": "erased@erased.invalid"},
    ),
    Place(Preview, (f"version__{_VOICE}",), ("text", "use", "refused"), objects=("storage_key",), deleted=True),
    Place(
        VoiceVersion,
        (_VOICE,),
        ("number", "engine", "engine_version", "report", "created_at"),
        objects=("storage_key",),
        blanked={"storage_key": "", "embedding": _NOBODY, "report": {}},
    ),
    Place(
        Enrolment,
        (_VOICE,),
        ("state", "created_at", "finished_at", "error"),
        objects=("first_impression",),
        blanked={"first_impression": "", "error": ""},
    ),
    Place(
        Recording,
        (_VOICE,),
        ("file_name", "transcript", "quality", "created_at"),
        objects=("storage_key",),
        deleted=True,
    ),
    Place(Case, (_VOICE,), ("state", "similarity", "created_at"), blanked={"note": ""}),
    Place(Takedown, (_VOICE,), ("state", "score", "created_at", "note"), blanked={"note": ""}),
    Place(SavedVoice, ("user",), ("voice__slug", "created_at"), deleted=True),
    Place(ReviewReport, ("by",), ("reason", "created_at"), deleted=True),
    Place(
        Review,
        ("writer",),
        ("voice__slug", "stars", "text", "use", "signature", "state", "note", "appeal", "created_at"),
        deleted=True,
    ),
    Place(Review, (_VOICE,), ("answer", "answered_at"), blanked={"answer": ""}),
    Place(Offer, (f"listing__{_VOICE}",), ("tier", "price_minor", "currency", "characters")),
    Place(OfferPrice, (f"offer__listing__{_VOICE}",), ("price_minor", "currency")),
    Place(
        Listing,
        (_VOICE,),
        ("state", "headline", "attribution", "uses", "published_at"),
        blanked={"headline": "", "attribution": "", "review_note": "", "search_text": "",
                 "reviewed": None},
    ),
    Place(
        Order,
        (f"offer__listing__{_VOICE}",),
        ("kind", "state", "terms", "created_at"),
        told={"terms": sold_terms},
        blanked={"terms": _SOLD},
        kept=Why.CONTRACT,
    ),
    Place(
        Licence,
        (_VOICE,),
        ("number", "state", "terms", "starts_at", "ends_at"),
        told={"terms": sold_terms},
        blanked={"terms": _SOLD},
        kept=Why.CONTRACT,
    ),
    Place(
        Earning,
        ("creator__user",),
        ("source", "voice_name", "description", "gross_minor", "share_minor", "currency",
         "created_at"),
        blanked={"voice_name": ERASED, "description": ""},
        kept=Why.ACCOUNTS,
    ),
    Place(Transfer, ("creator__user",), ("amount_minor", "currency", "state", "created_at")),
    Place(PayoutAccount, ("creator__user",), ("provider_id", "created_at")),
    Place(
        PayoutFreeze,
        ("creator__user",),
        ("reason", "frozen_at", "lifted_at", "lift_reason"),
        blanked={"reason": ERASED, "lift_reason": ""},
    ),
    Place(PayoutSchedule, ("creator__user",), ("rhythm", "next_on"), deleted=True),
    Place(
        SellerDetails,
        ("creator__user",),
        ("kind", "name", "form", "street", "street_2", "postal_code", "city", "region", "country",
         "vat_number", "vat_check", "vat_checked_at", "vat_consultation"),
        unsealed=("tax_number", "born_on", "registration"),
        blanked={"name": ERASED, "form": "", "street": "", "street_2": "", "postal_code": "", "city": "",
                 "region": "", "vat_number": "", "vat_check": "", "vat_checked_at": None,
                 "vat_consultation": "", "sealed": ""},
        kept=Why.ACCOUNTS,
        needed_by=("creator__earnings",),
    ),
    Place(
        SelfBillingAgreement,
        ("creator__user",),
        ("words", "agreed_at", "ended_at"),
        blanked={"ended_at": lambda row: row.ended_at or timezone.now()},
    ),
    Place(
        Voice,
        ("creator__user",),
        ("name", "description", "language", "gender", "age", "styles", "lines", "created_at"),
        blanked={"name": ERASED, "slug": lambda row: f"erased-{row.public_id}",
                 "description": "", "lines": None},
    ),
    Place(Follow, ("user",), ("creator__display_name", "created_at"), deleted=True),
    Place(Follow, ("creator__user",), deleted=True),  # who follows them is not theirs to have
    Place(
        Biography,
        ("creator__user",),
        ("state", "shown", "proposed", "note", "proposed_at"),
        deleted=True,
    ),
    Place(
        Creator,
        ("user",),
        ("display_name", "legal_name", "country", "adult_declared_at", "created_at"),
        blanked={"display_name": ERASED, "name_key": "", "legal_name": ERASED, "country": ""},
        kept=Why.ACCOUNTS,
        needed_by=("earnings", "voices__licences"),
    ),
    Place(
        SpeechJobItem,
        (f"job__{_OWN}",),
        ("state",),
        unsealed=("text",),
        objects=("storage_key",),
        blanked={"sealed_text": None, "storage_key": ""},
    ),
    Place(SpeechJob, (_OWN,), ("state", "audio_format", "created_at")),
    Place(
        Trial,
        ("user",),
        ("state", "characters", "code", "reason", "created_at"),
        unsealed=("text",),
        told={"voice": lambda row: row.voice.slug},
        deleted=True,
    ),
    Place(KeyNetwork, (f"key__{_OWN}",), ("network", "hour"), deleted=True),
    Place(
        Suspicion,
        (_OWN,),
        ("kind", "state", "evidence", "explanation", "created_at"),
        blanked={"explanation": "", "note": ""},
    ),
    Place(Strike, (_OWN,), ("reason", "created_at"), blanked={"reason": ""}),
    Place(IdempotentRequest, (f"api_key__{_OWN}",), (), deleted=True),
    Place(SpokenText, (f"generation__api_key__{_OWN}",), deleted=True),
    Place(
        Generation,
        (f"api_key__{_OWN}",),
        ("characters_spoken", "seconds", "use", "text_sha256", "created_at"),
    ),
    Place(
        Refusal,
        (_OWN,),
        ("category", "rule", "appeal", "note", "created_at"),
        blanked={"sealed_text": None, "appeal": "", "note": ""},
    ),
    Place(
        LexiconEntry,
        (f"lexicon__{_OWN}",),
        ("word", "alias", "ipa", "language", "case_sensitive", "whole_words"),
        deleted=True,
    ),
    Place(LexiconVersion, (f"lexicon__{_OWN}",), ("number", "size", "created_at"), deleted=True),
    Place(Lexicon, (_OWN,), ("name", "description", "default", "created_at"), deleted=True),
    Place(WebhookMessage, (f"endpoint__{_OWN}",), ("kind", "payload", "created_at"), deleted=True),
    Place(WebhookEndpoint, (_OWN,), ("url", "events", "created_at"), deleted=True),
    Place(
        ApiKey,
        (_OWN,),
        ("name", "prefix", "networks", "created_at", "last_used_at", "last_used_from"),
        blanked={"name": ERASED, "networks": [], "last_used_from": None},
    ),
    Place(
        Quote, ("buyer",), ("state", "message", "price_minor", "created_at"),
        blanked={"message": ""},
    ),
    Place(Refund, ("requested_by",), ("amount_minor", "reason", "created_at"), blanked={"reason": ""}),
    Place(Reason, ("by",), ("action", "subject_type", "words", "at"), blanked={"words": ERASED}),
    Place(
        Order,
        (_OWN,),
        ("kind", "state", "terms", "price_minor", "currency", "renewal_words", "created_at"),
        blanked={"terms": _BOUGHT},
        kept=Why.ACCOUNTS,
    ),
    Place(
        Licence,
        (_OWN,),
        ("number", "state", "reason", "terms", "starts_at", "ends_at", "characters_used"),
        blanked={"terms": _BOUGHT, "reason": ""},
        kept=Why.ACCOUNTS,
    ),
    Place(StandingRenewal, (f"licence__{_OWN}",), ("state", "words", "agreed_at", "until", "why_off")),
    Place(StandingTopUp, (_OWN,), ("state", "words", "agreed_at", "below_minor", "amount_minor",
                                   "monthly_minor", "currency", "why_off")),
    Place(SavedMethod, (_OWN,), ("name", "saved_at"), deleted=True),
    Place(Payment, (_OWN,), ("kind", "amount_minor", "currency", "settles_in", "paid_at")),
    Place(
        Invoice,
        (_OWN,),
        ("kind", "number", "reference", "seller", "buyer", "description", "net_minor", "tax_minor",
         "tax_category", "tax_country", "currency", "home_currency", "home_tax_minor", "written_at"),
        blanked={"buyer": erased_party("buyer"), "seller": erased_party("seller")},
        kept=Why.ACCOUNTS,
    ),
    Place(
        BillingDetails,
        (_OWN,),
        ("name", "street", "street_2", "postal_code", "city", "region", "country", "vat_number",
         "vat_check", "vat_checked_at", "vat_consultation", "reference"),
        deleted=True,
    ),
    Place(Organization, ("personal_of",), ("name", "created_at"), blanked={"name": ERASED}),
    Place(Invitation, ("email", "invited_by"), ("email", "role", "created_at"), deleted=True),
    Place(Membership, ("user",), ("role", "joined_at"), deleted=True),
    Place(MembershipChange, ("user",), ("role", "at"), deleted=True),
    Place(BrowserSession, ("user",), ("browser", "network", "noted_at", "last_used_at"), deleted=True),
    Place(UnwantedLetters, ("user",), ("kind", "since"), deleted=True),
    Place(Letter, ("email",), ("created_at", "state"), deleted=True),
    Place(EmailConfirmation, ("email_address__user",), ("created",), deleted=True),
    Place(EmailAddress, ("user",), ("email", "verified", "primary"), deleted=True),
    Place(Authenticator, ("user",), ("type", "created_at", "last_used_at"), deleted=True),
    Place(LogEntry, ("user",), ("action_time", "object_id"), deleted=True),
    Place(
        User, ("pk",),
        ("email", "first_name", "last_name", "currency", "language", "time_zone", "date_joined",
         "last_login"),
        blanked={"email": lambda row: f"erased-{row.pk}@erased.invalid", "first_name": "",
                 "last_name": "", "currency": "", "language": "", "time_zone": "", "password": "!",
                 "is_active": False, "last_login": None},
        kept=Why.ACCOUNTS,
        needed_by=("creator__earnings", "creator__voices__licences", "personal_organization__orders"),
    ),
)  # fmt: skip
