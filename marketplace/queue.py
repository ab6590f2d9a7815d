"""Background work: every kind by its name, the two ways to queue it, and what of it was lost.

Where a member's task is, a function with the last word of its name (names outlive modules, so the
rest need not be a path):

- `marketplace.<app>.tasks.…`: `marketplace/<app>/tasks.py`, except `HEAR_SEARCH` and `EXAMINE`;
- `synthesis/tasks/speaking.py`: `SPEAK`, `SPEAK_ITEM`;
- `synthesis/tasks/trying.py`: `SPEAK_TRIAL`;
- `synthesis/tasks/learning.py`: `ENROL_VOICE`, `MAKE_PREVIEWS`;
- `synthesis/tasks/engines.py`: `NOTICE_RELEASE`, `LEARN_ANEW`;
- `synthesis/tasks/listening.py`: `JUDGE_RECORDING`, `VERIFY_CONSENT`, `HEAR_SEARCH`;
- `synthesis/tasks/examining.py`: `EXAMINE`, `HEAR_SAMPLE`;
- `synthesis/tasks/upkeep.py`: `DELETE_OBJECT`, `FORGET_AUDIO`, `RESUME_STALLED_WORK`.

Nothing imports those modules: code that queues work needs only its name. Each name's queue is in
`marketplace/settings/schedule.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum, StrEnum
from functools import partial
from typing import Any

from celery import Task, current_app
from celery.signals import task_prerun
from django.core.cache import cache
from django.db import transaction


class Work(StrEnum):
    """Every task by its name on the wire, which never changes: messages outlive code."""

    # speech and voices
    SPEAK = "synthesis.tasks.speak"
    SPEAK_ITEM = "synthesis.tasks.speak_item"
    SPEAK_TRIAL = "synthesis.tasks.speak_trial"
    ENROL_VOICE = "synthesis.tasks.enrol_voice"
    MAKE_PREVIEWS = "synthesis.tasks.make_previews"
    NOTICE_RELEASE = "synthesis.tasks.notice_release"
    LEARN_ANEW = "synthesis.tasks.learn_anew"
    # listening
    JUDGE_RECORDING = "synthesis.tasks.judge_recording"
    VERIFY_CONSENT = "synthesis.tasks.verify_consent"
    HEAR_SEARCH = "marketplace.moderation.tasks.hear_search"
    EXAMINE = "marketplace.provenance.tasks.examine"
    HEAR_SAMPLE = "synthesis.tasks.hear_sample"
    # erasing
    DELETE_OBJECT = "synthesis.tasks.delete_object"
    FORGET_AUDIO = "synthesis.tasks.forget_audio"
    FORGET_SEARCHES = "marketplace.moderation.tasks.forget_searches"
    FORGET_CLIPS = "marketplace.provenance.tasks.forget_clips"
    FORGET_SAMPLES = "marketplace.listings.tasks.forget_samples"
    FORGET_SHELF_NOTES = "marketplace.listings.tasks.forget_shelf_notes"
    FORGET_SPOKEN_TEXTS = "marketplace.licensing.tasks.forget_spoken_texts"
    FORGET_REFUSED_TEXTS = "marketplace.policy.tasks.forget_refused_texts"
    FORGET_LETTERS = "marketplace.letters.tasks.forget_given_up"
    FORGET_WHAT_IS_OVER = "marketplace.privacy.tasks.forget_what_is_over"
    # listings and licences
    HOLD_TO_CONSENT = "marketplace.listings.tasks.hold_to_consent"
    LOAD_RATES = "marketplace.listings.tasks.load_rates"
    ANNOUNCE_WITHDRAWAL = "marketplace.licensing.tasks.announce_withdrawal"
    ANNOUNCE_NARROWING = "marketplace.licensing.tasks.announce_narrowing"
    WARN_OF_CONSENTS = "marketplace.licensing.tasks.warn_of_consents"
    EXPIRE_LICENCES = "marketplace.licensing.tasks.expire_licences"
    REMIND_OF_ENDS = "marketplace.licensing.tasks.remind_of_ends"
    RELEASE_ABANDONED_USAGE = "marketplace.licensing.tasks.release_abandoned_usage"
    DROP_REVIEWS = "marketplace.reviews.tasks.drop_reviews"
    TELL_FOLLOWERS = "marketplace.profiles.tasks.tell_followers"
    COUNT_POPULARITY = "marketplace.licensing.tasks.count_popularity"
    # money
    PROCESS_EVENT = "marketplace.payouts.tasks.process_event"
    PROCESS_PENDING_EVENTS = "marketplace.payouts.tasks.process_pending_events"
    SWEEP_MISSED_EVENTS = "marketplace.payouts.tasks.sweep_missed_events"
    POST_USAGE = "marketplace.payouts.tasks.post_usage"
    RENEW_LICENCES = "marketplace.payouts.tasks.renew_licences"
    CHARGE_RENEWAL = "marketplace.payouts.tasks.charge_renewal"
    TOP_UP_CREDIT = "marketplace.payouts.tasks.top_up_credit"
    CHARGE_TOP_UP = "marketplace.payouts.tasks.charge_top_up"
    END_PLANS = "marketplace.payouts.tasks.end_plans"
    FORGET_METHOD = "marketplace.payouts.tasks.forget_method"
    SEND_REFUND = "marketplace.payouts.tasks.send_refund"
    SEND_TRANSFER = "marketplace.payouts.tasks.send_transfer"
    RECLAIM_TRANSFERS = "marketplace.payouts.tasks.reclaim_transfers"
    SEND_REVERSAL = "marketplace.payouts.tasks.send_reversal"
    FREEZE_PAYOUTS = "marketplace.payouts.tasks.freeze_payouts"
    RELEASE_HOLDS_AND_PAY = "marketplace.payouts.tasks.release_holds_and_pay"
    RESUME_LOST_MONEY_WORK = "marketplace.payouts.tasks.resume_lost_money_work"
    RECONCILE_YESTERDAY = "marketplace.payouts.tasks.reconcile_yesterday"
    CHECK_VAT_NUMBER = "marketplace.billing.tasks.check_vat_number"
    CHECK_WAITING_VAT_NUMBERS = "marketplace.billing.tasks.check_waiting_vat_numbers"
    CHECK_SELLER_VAT_NUMBER = "marketplace.payouts.tasks.check_seller_vat_number"
    CHECK_WAITING_SELLERS = "marketplace.payouts.tasks.check_waiting_sellers"
    NUMBER_INVOICES = "marketplace.billing.tasks.number_invoices"
    WRITE_SELF_BILLING = "marketplace.payouts.tasks.write_self_billing"
    PROVE_BALANCES = "marketplace.payouts.tasks.prove_balances"
    # letters, webhooks, requests
    SEND_LETTER = "marketplace.letters.tasks.send"
    SEND_DUE_LETTERS = "marketplace.letters.tasks.send_due"
    DELIVER_WEBHOOK = "marketplace.webhooks.tasks.deliver"
    DELIVER_DUE_WEBHOOKS = "marketplace.webhooks.tasks.deliver_due"
    FULFIL_PRIVACY_REQUEST = "marketplace.privacy.tasks.fulfil"
    MAKE_COPY = "marketplace.privacy.tasks.make_copy"
    RESUME_PRIVACY_REQUESTS = "marketplace.privacy.tasks.resume_requests"
    # upkeep
    RESUME_STALLED_WORK = "synthesis.tasks.resume_stalled_work"
    TIDY_TRIALS = "marketplace.trials.tasks.tidy_trials"
    TIDY_API = "marketplace.api.tasks.tidy_api"
    LINK_AUDIT_EVENTS = "marketplace.compliance.tasks.link_audit_events"
    MEASURE = "marketplace.status.tasks.measure"
    NOTE_PULSE = "marketplace.status.tasks.note_pulse"
    LOOK_FOR_PATTERNS = "marketplace.policy.tasks.look_for_patterns"


class Turn(IntEnum):
    """When a message's turn comes within its queue, in the broker's own steps: low ones first."""

    FIRST = 0  # what finishes something, and whatever names no turn
    USUAL = 3  # somebody waits for it
    LAST = 6  # nobody waits, or there is much of it


# Work that sweeps queue again. Rows of the first kind say themselves whether a worker has them or when
# they are due; rows of the second don't, so their work counts as held for as long as it may take
_ROW_TELLS = frozenset(
    {Work.ENROL_VOICE, Work.SPEAK_ITEM, Work.SEND_LETTER, Work.DELIVER_WEBHOOK, Work.PROCESS_EVENT}
)
_ROW_IS_SILENT = frozenset(
    {
        Work.JUDGE_RECORDING,
        Work.VERIFY_CONSENT,
        Work.MAKE_PREVIEWS,
        Work.EXAMINE,
        Work.HEAR_SAMPLE,
        Work.CHARGE_RENEWAL,
        Work.CHARGE_TOP_UP,
        Work.CHECK_VAT_NUMBER,
        Work.CHECK_SELLER_VAT_NUMBER,
        Work.SEND_REFUND,
        Work.SEND_TRANSFER,
        Work.POST_USAGE,
        Work.SEND_REVERSAL,
        Work.FULFIL_PRIVACY_REQUEST,
        Work.MAKE_COPY,
    }
)
_WAITS = 1800  # seconds for which a queued message is believed to wait for its turn
_TAKES = 600  # seconds that work without a time limit may take
_ASKED_TOGETHER = 500


def at_commit(work: Work, *arguments: int | str, turn: Turn | None = None) -> None:
    """Queue work once the transaction around this is committed; never if it is rolled back."""
    transaction.on_commit(partial(at_once, work, *arguments, turn=turn))


def at_once(
    work: Work, *arguments: int | str, turn: Turn | None = None, queue: str | None = None
) -> None:
    """Queue work now: for rows that are already committed, or while a client waits.

    queue: another one than its own.
    """
    options: dict[str, Any] = {} if turn is None else {"priority": turn}
    if queue is not None:
        options["queue"] = queue
    mark = _mark(work, arguments[0]) if work in _ROW_TELLS | _ROW_IS_SILENT else ""
    if mark:  # before it is sent: a worker that has it at once changes the mark
        cache.set(mark, 1, _WAITS)
    try:
        current_app.send_task(work.value, arguments, **options)
    except Exception:
        if mark:
            cache.delete(mark)
        raise


def lost(work: Work, rows: Iterable[int], *, most: int | None = None) -> Iterator[int]:
    """Those of some unfinished rows whose message neither waits nor is being worked on, at most `most`.

    Marks are kept beside the messages, so a broker that loses these loses the marks too.

    Raises:
        ValueError: this work has no marks, so all of its rows would look lost.
    """
    if work not in _ROW_TELLS | _ROW_IS_SILENT:
        raise ValueError(f"{work} is marked nowhere while it waits")
    rows = list(rows)
    for start in range(0, len(rows), _ASKED_TOGETHER):
        marks = {_mark(work, row): row for row in rows[start : start + _ASKED_TOGETHER]}
        known = cache.get_many(marks)
        for mark, row in marks.items():
            if mark in known:
                continue
            if most == 0:
                return
            most = None if most is None else most - 1
            yield row


def _mark(work: str, row: object) -> str:
    return f"queued:{work}:{row}"


@task_prerun.connect
def _has_begun(task: Task[Any, Any], args: Sequence[object], **_: object) -> None:
    """Note that a message waits no longer, so that work whose worker dies is queued again soon."""
    if task.name in _ROW_TELLS:
        cache.delete(_mark(task.name, args[0]))
    elif task.name in _ROW_IS_SILENT:
        cache.set(_mark(task.name, args[0]), 1, (task.time_limit or _TAKES) + 60)
