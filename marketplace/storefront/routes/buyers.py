"""Routes for buyers: orders, licences, plans, credit, teams, webhooks."""

from django.urls import path

from marketplace.storefront.views import (
    checkout,
    credit,
    licences,
    payments,
    plans,
    quotes,
    teams,
    webhooks,
)

urlpatterns = [
    path("voices/<slug:slug>/exclusive", quotes.ask, name="ask-exclusive"),
    path("quotes", quotes.quotes, name="quotes"),
    path("quotes/<uuid:public_id>", quotes.answer, name="answer-quote"),
    path("voices/<slug:slug>/buy", checkout.buy, name="buy"),
    path("orders/<uuid:public_id>/paid", checkout.return_from_payment, name="paid"),
    path("licences", licences.licences, name="licences"),
    path(
        "suspicions/<uuid:public_id>/explain",
        licences.explain_suspicion,
        name="explain-suspicion",
    ),
    path("licences/<uuid:public_id>", licences.licence, name="licence"),
    path("licences/<uuid:public_id>/keys", licences.create_key, name="create-key"),
    path("licences/<uuid:public_id>/certificate.pdf", licences.certificate, name="certificate"),
    path("licences/<uuid:public_id>/renew", licences.renew, name="renew"),
    path("licences/<uuid:public_id>/upgrade", licences.upgrade, name="upgrade"),
    path("plans", plans.plans, name="plans"),
    path("plans/subscribe", plans.subscribe, name="subscribe"),
    path("plans/manage", plans.manage_plan, name="manage-plan"),
    path("plans/keys", plans.create_plan_key, name="create-plan-key"),
    path("credit", credit.credit, name="credit"),
    path("credit/<uuid:public_id>/paid", credit.credit_paid, name="credit-paid"),
    path("payments", payments.payments, name="payments"),
    path("payments/<uuid:public_id>.pdf", payments.receipt, name="receipt"),
    path("teams", teams.teams, name="teams"),
    path("teams/invite", teams.invite, name="invite"),
    path("teams/join", teams.join, name="join-team"),
    path("teams/members/<int:pk>", teams.member, name="team-member"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/<uuid:public_id>", webhooks.change_webhook, name="change-webhook"),
    path("webhooks/messages/<int:pk>/replay", webhooks.replay_webhook, name="replay-webhook"),
    path("keys/<uuid:public_id>/rotate", licences.rotate_key, name="rotate-key"),
    path("keys/<uuid:public_id>/revoke", licences.revoke_key, name="revoke-key"),
]
