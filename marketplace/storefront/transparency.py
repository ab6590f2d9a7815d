"""Public figures on moderation (Digital Services Act, art. 15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Model, QuerySet
from django.utils.translation import get_language, gettext, gettext_lazy

from marketplace.consent.models import Consent
from marketplace.licensing.models import Generation, Licence
from marketplace.moderation.models import Case, ProtectedVoice, Takedown
from marketplace.policy.models import Refusal, Strike, Suspicion
from marketplace.policy.rules import EXPLANATIONS
from marketplace.provenance.models import Examination
from marketplace.reviews.models import Review, ReviewReport

CATEGORIES = {  # of refused texts
    "sexual_minors": gettext_lazy("Sexual minors"),
    "hate": gettext_lazy("Hate"),
    "harassment": gettext_lazy("Harassment"),
    "self_harm": gettext_lazy("Self harm"),
    "fraud": gettext_lazy("Fraud"),
    "officials": gettext_lazy("Officials"),
    "political": gettext_lazy("Political"),
    "adult": gettext_lazy("Adult"),
    "advice": gettext_lazy("Advice"),
}
KEPT = 3_600  # seconds: whole tables are counted, whoever opens the page


@dataclass(frozen=True)
class Section:
    """A heading, with labelled counts."""

    heading: str
    rows: list[tuple[str, int]]


@dataclass(frozen=True)
class Counted:
    """The figures of a year. answered: the median time that moderators took, None if nothing was decided."""

    sections: list[Section]
    answered: timedelta | None


def counted(year: int) -> Counted:
    """The counts of a calendar year (UTC), as they were in the last hour."""
    key = f"transparency-{year}-{get_language()}"
    kept = cache.get(key)
    if kept is None:
        answered = median_answer_time(year)
        kept = {
            "sections": [[each.heading, each.rows] for each in report(year)],
            "seconds": None if answered is None else answered.total_seconds(),
        }
        cache.set(key, kept, KEPT)
    return Counted(
        [
            Section(heading, [(label, count) for label, count in rows])
            for heading, rows in kept["sections"]
        ],
        None if kept["seconds"] is None else timedelta(seconds=kept["seconds"]),
    )


def _by(rows: QuerySet[Any], column: str, labels: dict[str, str]) -> list[tuple[str, int]]:
    counts = dict(rows.order_by().values_list(column).annotate(count=Count("pk")))
    return [(label, counts.get(value, 0)) for value, label in labels.items()]


def _states(model: type[Model], rows: QuerySet[Any]) -> list[tuple[str, int]]:
    labels = {str(value): str(label) for value, label in model.State.choices}  # type: ignore[attr-defined]
    return _by(rows, "state", labels)


def year_bounds(year: int) -> tuple[datetime, datetime]:
    """The bounds of a year in UTC: its first instant and the next year's."""
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


def report(year: int) -> list[Section]:
    """The counts of a calendar year (UTC)."""
    since, until = year_bounds(year)
    within = {"created_at__gte": since, "created_at__lt": until}
    read = Consent.objects.filter(**within).exclude(recorded_at=None)
    reported = ReviewReport.objects.filter(**within)
    texts = Refusal.objects.filter(**within)
    return [
        Section(
            gettext("Consents that were read aloud"),
            [
                *_states(Consent, read),
                (gettext("Decided by a moderator"), read.exclude(decided_by=None).count()),
                (gettext("Approved by two moderators, because a check had failed"),
                 read.exclude(decided_by=None).exclude(first_approved_by=None)
                 .exclude(state=Consent.State.REFUSED).count()),
            ],
        ),
        Section(gettext("Enrolments stopped, because the voice is known or protected"),
                _states(Case, Case.objects.filter(**within))),
        Section(gettext("Takedowns that somebody requested"),
                _states(Takedown, Takedown.objects.filter(**within))),
        Section(gettext("Voices that nobody may enrol, added"),
                _by(ProtectedVoice.objects.filter(**within), "reason",
                    {str(v): str(label) for v, label in ProtectedVoice.Reason.choices})),
        Section(gettext("Texts refused, by category"),
                _by(texts, "category",
                    {name: str(CATEGORIES[name]) for name in EXPLANATIONS})),
        Section(gettext("Texts refused, by what came of them"), _states(Refusal, texts)),
        Section(gettext("Reviews of voices that somebody reported"),
                [(gettext("Reviews"), Review.objects.filter(reports__in=reported).distinct().count()),
                 (gettext("Reports"), reported.count())]),
        Section(gettext("Reviews of voices, by whether they are shown"),
                _states(Review, Review.objects.filter(**within))),
        Section(
            gettext("Organizations"),
            [
                (gettext("Strikes given"), Strike.objects.filter(**within).count()),
                *_by(Suspicion.objects.filter(**within), "kind",
                     {str(v): str(label) for v, label in Suspicion.Kind.choices}),
                (gettext("Licences revoked"), Licence.objects.filter(
                    state=Licence.State.REVOKED, order__created_at__gte=since,
                    order__created_at__lt=until).count()),
            ],
        ),
        Section(
            gettext("For comparison"),
            [
                (gettext("Requests spoken"), Generation.objects.filter(
                    state=Generation.State.SETTLED, **within).count()),
                (gettext("Clips whose origin people asked about"),
                 Examination.objects.filter(**within).count()),
            ],
        ),
    ]  # fmt: skip


def median_answer_time(year: int) -> timedelta | None:
    """The median time that moderators took to decide; None if nothing was decided."""
    since, until = year_bounds(year)
    taken = sorted(
        row.decided_at - row.created_at
        for model in (Case, Takedown)
        for row in model.objects.filter(created_at__gte=since, created_at__lt=until)
        if row.decided_at is not None
    )
    return taken[len(taken) // 2] if taken else None
