"""Metrics for the operator's monitoring, in Prometheus' text format."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from marketplace.letters import queries as letters
from synthesis.cache import AudioCache


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics of the audio cache and unsent letters, for callers with `METRICS_TOKEN` as a bearer token."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(shown, settings.METRICS_TOKEN):
        raise Http404
    cache = AudioCache(settings.REDIS_URL).figures()
    lines = [
        "# TYPE timbre_audio_cache_hits_total counter",
        f"timbre_audio_cache_hits_total {cache.hits}",
        "# TYPE timbre_audio_cache_misses_total counter",
        f"timbre_audio_cache_misses_total {cache.misses}",
        "# TYPE timbre_audio_cache_evictions_total counter",
        f"timbre_audio_cache_evictions_total {cache.evicted}",
        "# TYPE timbre_audio_cache_hit_ratio gauge",
        f"timbre_audio_cache_hit_ratio {cache.hit_ratio:.4f}",
        "# TYPE timbre_audio_cache_bytes gauge",
        f"timbre_audio_cache_bytes {cache.bytes}",
        "# TYPE timbre_audio_cache_entries gauge",
        f"timbre_audio_cache_entries {cache.entries}",
        "# TYPE timbre_letters gauge",
        *(f'timbre_letters{{state="{state}"}} {n}' for state, n in letters.counts().items()),
    ]
    return HttpResponse(
        "\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8"
    )
