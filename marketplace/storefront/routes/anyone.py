"""Routes for anyone: the store, the origin of audio, one's own data."""

from django.contrib.sitemaps.views import index, sitemap
from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace.storefront.crawlers import SITEMAPS, robots
from marketplace.storefront.views import (
    catalogue,
    choices,
    creators,
    design,
    following,
    help,
    letters,
    licences,
    media,
    privacy,
    provenance,
    reviews,
    share_images,
    shortlist,
    sign_in_first,
    sounds_like,
    status,
    trials,
)


def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the server answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", catalogue.home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("status", status.status, name="status"),
    path("status.json", status.status_json, name="status-json"),
    path("robots.txt", robots, name="robots"),
    path(
        "sitemap.xml",
        index,
        {"sitemaps": SITEMAPS, "sitemap_url_name": "storefront:sitemap-part"},
        name="sitemap",
    ),
    path("sitemap-<slug:section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap-part"),
    path("help", help.index, name="help"),
    path("help/<slug:name>", help.page, name="help-page"),
    path("terms", help.terms, name="terms"),
    path("design", design.design, name="design"),
    path("go-on", sign_in_first.go_on, name="go-on"),
    path("voices", catalogue.voices, name="voices"),
    path("voices/<slug:slug>", catalogue.voice, name="voice"),
    path("voices/<slug:slug>/share.png", share_images.voice, name="share-voice"),
    path("voices/<slug:slug>/try", trials.ask, name="try-voice"),
    path("reviews/<uuid:public_id>/report", reviews.report, name="report-review"),
    path("trials/<uuid:public_id>", trials.trial, name="trial"),
    path("trials/<uuid:public_id>.mp3", trials.audio, name="trial-audio"),
    path("currency", choices.choose_currency, name="currency"),
    path("language", choices.choose_language, name="language"),
    path("shortlist", shortlist.shortlist, name="shortlist"),
    path("creators/<int:pk>/follow", following.follow, name="follow"),
    path("following/stop/<str:token>", following.stop_letters, name="stop-letters"),
    path("creators/<int:pk>/share.png", share_images.creator, name="share-creator"),
    path("creators/<int:pk>/<str:name>", creators.creator, name="creator"),
    path("sounds-like", sounds_like.send, name="sounds-like"),
    path("sounds-like/<uuid:public_id>", sounds_like.found, name="sample"),
    path("compare", catalogue.compare, name="compare"),
    path("docs/api", catalogue.api_guide, name="api-guide"),
    path("transparency", privacy.transparency, name="transparency"),
    path("privacy", privacy.privacy, name="privacy"),
    path("privacy/copy", privacy.ask_copy, name="ask-copy"),
    path("privacy/copy/<uuid:public_id>.zip", privacy.copy, name="copy"),
    path("privacy/key", privacy.make_key, name="account-key"),
    path("privacy/erase", privacy.ask_erasure, name="ask-erasure"),
    path("privacy/<uuid:public_id>", privacy.erasure, name="erasure"),
    path("origin", provenance.origin, name="origin"),
    path("origin/<uuid:public_id>", provenance.examination, name="examination"),
    path("origin/<uuid:public_id>.jws", provenance.report, name="examination-report"),
    path("letters", letters.letters, name="letters"),
    path("letters/<str:name>", letters.letter, name="letter"),
    path("verify/<uuid:public_id>", licences.verify, name="verify"),
    path("previews/<uuid:public_id>.mp3", media.preview, name="preview"),
]
