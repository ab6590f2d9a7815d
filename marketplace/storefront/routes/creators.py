"""Routes for creators: the studio and what they earn."""

from django.urls import path

from marketplace.storefront.views import (
    biographies,
    media,
    money,
    reviews,
    selling,
    studio,
    studio_actions,
    studio_events,
)

urlpatterns = [
    path("studio/enrolments/<uuid:public_id>.mp3", media.first_impression, name="first-impression"),
    path("lend", studio.lend, name="lend"),
    path("studio", studio.studio, name="studio"),
    path("studio/page", biographies.studio_page, name="studio-page"),
    path("studio/welcome", studio.become, name="become-creator"),
    path("studio/earnings", money.earnings, name="earnings"),
    path("studio/payouts", money.payouts, name="payouts"),
    path("studio/payouts/set-up", money.set_up_payouts, name="set-up-payouts"),
    path("studio/payouts/again", money.payouts, name="payout-onboarding-again"),
    path("studio/payouts/schedule", selling.set_schedule, name="set-payout-schedule"),
    path("studio/payouts/now", selling.pay_now, name="pay-now"),
    path("studio/payouts/self-billing", selling.agree_self_billing, name="self-billing"),
    path("studio/payouts/details", selling.details, name="seller-details"),
    path("studio/payouts/details/save", selling.save_details, name="save-seller-details"),
    path("studio/statements/<int:year>-<int:month>.<str:kind>", money.statement, name="statement"),
    path("studio/new", studio.new_voice, name="new-voice"),
    path("studio/voices/<uuid:public_id>", studio.voice, name="studio-voice"),
    path("studio/voices/<uuid:public_id>/panel", studio.panel, name="studio-panel"),
    path("studio/voices/<uuid:public_id>/events", studio_events.events, name="studio-events"),
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
    path(
        "studio/voices/<uuid:public_id>/speaker",
        studio_actions.invite_speaker,
        name="invite-speaker",
    ),
    path("studio/voices/<uuid:public_id>/enrol", studio_actions.enrol, name="enrol"),
    path("studio/voices/<uuid:public_id>/preview", studio_actions.own_preview, name="own-preview"),
    path(
        "studio/voices/<uuid:public_id>/clips", studio_actions.choose_scripts, name="choose-scripts"
    ),
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
    path(
        "studio/recordings/<uuid:public_id>/again",
        studio_actions.judge_again,
        name="judge-again",
    ),
    path("studio/reviews/<uuid:public_id>/answer", reviews.answer, name="answer-review"),
    path("studio/recordings/<uuid:public_id>/audio", media.recording, name="recording-audio"),
]
