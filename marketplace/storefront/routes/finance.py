"""Routes of the finance desk."""

from django.urls import path

from marketplace.storefront.views.finance import (
    books,
    creators,
    differences,
    disputes,
    events,
    overview,
    payments,
)

urlpatterns = [
    path("finance", overview.overview, name="finance"),
    path("finance/differences", differences.overview, name="finance-differences"),
    path(
        "finance/differences/<str:source>/<str:currency>",
        differences.book,
        name="finance-book-difference",
    ),
    path("finance/payments", payments.payments, name="finance-payments"),
    path("finance/payments/<uuid:public_id>", payments.payment, name="finance-payment"),
    path("finance/payments/<uuid:public_id>/refund", payments.refund, name="finance-refund"),
    path("finance/refunds", payments.refunds_list, name="finance-refunds"),
    path("finance/refunds/<uuid:public_id>", payments.decide_refund, name="finance-decide-refund"),
    path("finance/documents/<uuid:public_id>", payments.invoice, name="finance-invoice"),
    path("finance/disputes", disputes.disputes, name="finance-disputes"),
    path("finance/disputes/<int:pk>", disputes.dispute, name="finance-dispute"),
    path("finance/disputes/<int:pk>/evidence", disputes.send_evidence, name="finance-evidence"),
    path(
        "finance/disputes/<int:pk>/ready/<slug:name>",
        disputes.ready_file,
        name="finance-ready-file",
    ),
    path("finance/events", events.events, name="finance-events"),
    path("finance/events/<int:pk>", events.try_again, name="finance-try-again"),
    path("finance/transfers", creators.transfers, name="finance-transfers"),
    path("finance/creators", creators.creators, name="finance-creators"),
    path("finance/creators/<int:pk>", creators.creator, name="finance-creator"),
    path("finance/creators/<int:pk>/decision", creators.decide, name="finance-decide-creator"),
    path("finance/entries", books.entries, name="finance-entries"),
    path("finance/entries/new", books.propose, name="finance-propose"),
    path("finance/entries/<uuid:public_id>", books.decide_entry, name="finance-decide-entry"),
    path("finance/months", books.months, name="finance-months"),
    path("finance/months/close", books.close, name="finance-close"),
    path("finance/months/<int:pk>", books.decide_month, name="finance-decide-month"),
    path("finance/journal", books.download_journal, name="finance-journal"),
]
