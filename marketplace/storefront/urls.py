"""Routes of the pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from marketplace.storefront.views import (
    catalogue,
    checkout,
    licences,
    media,
    moderation,
    money,
    plans,
    provenance,
    quotes,
    studio,
    studio_actions,
    webhooks,
)


def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the server answers."""
    return HttpResponse("ok", content_type="text/plain")


app_name = "storefront"
urlpatterns = [
    path("", catalogue.home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("voices", catalogue.voices, name="voices"),
    path("voices/<slug:slug>", catalogue.voice, name="voice"),
    path("voices/<slug:slug>/exclusive", quotes.ask, name="ask-exclusive"),
    path("quotes", quotes.quotes, name="quotes"),
    path("quotes/<uuid:public_id>", quotes.answer, name="answer-quote"),
    path("voices/<slug:slug>/buy", checkout.buy, name="buy"),
    path("docs/api", catalogue.api_guide, name="api-guide"),
    path("orders/<uuid:public_id>/paid", checkout.paid, name="paid"),
    path("licences", licences.licences, name="licences"),
    path("licences/<uuid:public_id>", licences.licence, name="licence"),
    path("licences/<uuid:public_id>/keys", licences.create_key, name="create-key"),
    path("licences/<uuid:public_id>/certificate.pdf", licences.certificate, name="certificate"),
    path("licences/<uuid:public_id>/renew", licences.renew, name="renew"),
    path("licences/<uuid:public_id>/upgrade", licences.upgrade, name="upgrade"),
    path("plans", plans.plans, name="plans"),
    path("plans/subscribe", plans.subscribe, name="subscribe"),
    path("plans/manage", plans.manage_plan, name="manage-plan"),
    path("plans/keys", plans.create_plan_key, name="create-plan-key"),
    path("credit", plans.credit, name="credit"),
    path("credit/<uuid:public_id>/paid", plans.credit_paid, name="credit-paid"),
    path("teams", plans.teams, name="teams"),
    path("teams/invite", plans.invite, name="invite"),
    path("teams/join", plans.join, name="join-team"),
    path("teams/members/<int:pk>", plans.member, name="team-member"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/<uuid:public_id>", webhooks.change_webhook, name="change-webhook"),
    path("webhooks/messages/<int:pk>/replay", webhooks.replay_webhook, name="replay-webhook"),
    path("moderation", moderation.desk, name="moderation"),
    path("moderation/consents/<uuid:public_id>", moderation.decide_consent, name="decide-consent"),
    path(
        "moderation/consents/<uuid:public_id>/audio",
        moderation.consent_audio,
        name="consent-audio",
    ),
    path("consents/<uuid:public_id>.zip", moderation.consent_evidence, name="consent-evidence"),
    path("moderation/cases/<uuid:public_id>", moderation.decide_case, name="decide-case"),
    path("moderation/appeals/<uuid:public_id>", moderation.decide_appeal, name="decide-appeal"),
    path("moderation/licences", moderation.moderate_licence, name="moderate-licence"),
    path("origin", provenance.origin, name="origin"),
    path("origin/<uuid:public_id>", provenance.examination, name="examination"),
    path("origin/<uuid:public_id>.jws", provenance.report, name="examination-report"),
    path("verify/<uuid:public_id>", licences.verify, name="verify"),
    path("keys/<uuid:public_id>/rotate", licences.rotate_key, name="rotate-key"),
    path("keys/<uuid:public_id>/revoke", licences.revoke_key, name="revoke-key"),
    path("previews/<uuid:public_id>.mp3", media.preview, name="preview"),
    path("studio/enrolments/<uuid:public_id>.mp3", media.first_impression, name="first-impression"),
    path("studio", studio.studio, name="studio"),
    path("studio/welcome", studio.become, name="become-creator"),
    path("studio/earnings", money.earnings, name="earnings"),
    path("studio/payouts", money.payouts, name="payouts"),
    path("studio/payouts/set-up", money.set_up_payouts, name="set-up-payouts"),
    path("studio/payouts/again", money.payouts, name="payout-onboarding-again"),
    path("studio/statements/<int:year>-<int:month>.<str:kind>", money.statement, name="statement"),
    path("studio/new", studio.new_voice, name="new-voice"),
    path("studio/voices/<uuid:public_id>", studio.voice, name="studio-voice"),
    path("studio/voices/<uuid:public_id>/panel", studio.panel, name="studio-panel"),
    path("studio/voices/<uuid:public_id>/state", studio.state, name="studio-state"),
    path(
        "studio/voices/<uuid:public_id>/recordings",
        studio_actions.add_recordings,
        name="add-recordings",
    ),
    path("studio/voices/<uuid:public_id>/consent", studio_actions.challenge, name="challenge"),
    path(
        "studio/voices/<uuid:public_id>/consent/revoke",
        studio_actions.revoke_consent,
        name="revoke-consent",
    ),
    path(
        "studio/voices/<uuid:public_id>/consent/narrow",
        studio_actions.narrow_consent,
        name="narrow-consent",
    ),
    path("studio/voices/<uuid:public_id>/enrol", studio_actions.enrol, name="enrol"),
    path("studio/voices/<uuid:public_id>/preview", studio_actions.own_preview, name="own-preview"),
    path("studio/voices/<uuid:public_id>/offers", studio_actions.offers, name="offers"),
    path(
        "studio/consents/<uuid:public_id>/recording",
        studio_actions.record_consent,
        name="record-consent",
    ),
    path(
        "studio/recordings/<uuid:public_id>/remove",
        studio_actions.remove_recording,
        name="remove-recording",
    ),
    path("studio/recordings/<uuid:public_id>/audio", media.recording, name="recording-audio"),
]
