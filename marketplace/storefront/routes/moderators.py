"""Routes of the moderation desk."""

from django.urls import path

from marketplace.storefront.views import biographies, listing_review, moderation, review_desk

urlpatterns = [
    path("moderation", moderation.desk, name="moderation"),
    path("moderation/consents/<uuid:public_id>", moderation.decide_consent, name="decide-consent"),
    path(
        "moderation/consents/<uuid:public_id>/audio",
        moderation.consent_audio,
        name="consent-audio",
    ),
    path("consents/<uuid:public_id>.zip", moderation.consent_evidence, name="consent-evidence"),
    path("moderation/listings", listing_review.moderate_listing, name="moderate-listing"),
    path(
        "moderation/listings/<uuid:public_id>",
        listing_review.review_listing,
        name="review-listing",
    ),
    path("moderation/estates", moderation.estate_consent, name="estate-consent"),
    path("moderation/cases/<uuid:public_id>", moderation.decide_case, name="decide-case"),
    path(
        "moderation/takedowns/<uuid:public_id>",
        moderation.decide_takedown,
        name="decide-takedown",
    ),
    path(
        "moderation/takedowns/<uuid:public_id>/audio",
        moderation.takedown_audio,
        name="takedown-audio",
    ),
    path("moderation/biographies/<uuid:public_id>", biographies.decide, name="decide-biography"),
    path("moderation/reviews/<uuid:public_id>", review_desk.decide, name="decide-review"),
    path("moderation/appeals/<uuid:public_id>", moderation.decide_appeal, name="decide-appeal"),
    path(
        "moderation/suspicions/<uuid:public_id>",
        moderation.decide_suspicion,
        name="decide-suspicion",
    ),
    path("moderation/licences", moderation.moderate_licence, name="moderate-licence"),
    path("moderation/payouts", moderation.freeze_payouts, name="freeze-payouts"),
]
