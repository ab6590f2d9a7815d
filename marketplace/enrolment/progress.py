"""What a voice that is being learned is at, and how long that usually takes."""

from __future__ import annotations

from statistics import median
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from marketplace.enrolment.enrolments import STAGES
from marketplace.voices.models import Enrolment, VoiceVersion

LAST = 20  # voices whose time tells how long the next one takes
KNOWN_FOR = 600  # seconds; many pages ask each second
LEAST = 3  # below so many, nothing is said


def usual_seconds() -> float | None:
    """How long learning a voice takes here, as a rule; None if few were learned."""
    known = cache.get_or_set("enrolment:usual_seconds", _measured_seconds, KNOWN_FOR)
    return known or None


def _measured_seconds() -> float:
    recent = VoiceVersion.objects.filter(enrolment__style_mix__isnull=True).order_by("-id")
    found = [
        float(seconds)
        for report in recent.values_list("report", flat=True)[:LAST]
        if (seconds := report.get("enrol_seconds"))
    ]
    return median(found) if len(found) >= LEAST else 0.0


def voices_before(enrolment: Enrolment) -> int:
    """How many others wait before a voice, or are being learned."""
    return Enrolment.objects.filter(
        state__in=Enrolment.OPEN, style_mix__isnull=True, id__lt=enrolment.pk
    ).count()


def progress_of(enrolment: Enrolment) -> dict[str, Any]:
    """What a page shows of an enrolment: stage, share (0 to 1), percent, and the time, in words."""
    return {
        "stage": gettext(enrolment.stage) if enrolment.stage else "",
        "share": round(enrolment.progress, 2),
        "percent": f"{round(100 * enrolment.progress)}%",
        "time": _time_told(enrolment),
    }


def _time_told(enrolment: Enrolment) -> str:
    if enrolment.stage == STAGES[0]:
        before = voices_before(enrolment)
        if before:
            return ngettext(
                "%(n)s voice is before yours.", "%(n)s voices are before yours.", before
            ) % {"n": before}
    usual, passed = usual_seconds(), (timezone.now() - enrolment.created_at).total_seconds()
    so_far = int(passed // 60)
    if usual is None:
        return gettext("This takes a few minutes. So far: %(minutes)s min.") % {"minutes": so_far}
    return gettext(
        "Voices took %(usual)s min here lately, from the first second of learning. So far: %(minutes)s min."
    ) % {"usual": max(1, round(usual / 60)), "minutes": so_far}
