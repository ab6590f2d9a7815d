"""Which queue each piece of work waits in, and what runs by the clock."""

from celery.schedules import crontab

from marketplace.queue import Turn, Work

CELERY_TASK_ROUTES = {
    Work.ENROL_VOICE: {"queue": "enrol", "priority": Turn.USUAL},
    Work.MAKE_PREVIEWS: {
        "queue": "enrol",
        "priority": Turn.FIRST,
    },  # a voice is sold with them alone
    Work.SPEAK: {"queue": "speech"},
    Work.SPEAK_TRIAL: {"queue": "speech", "priority": Turn.LAST},  # who pays comes first
    Work.SPEAK_ITEM: {"queue": "jobs", "priority": Turn.USUAL},  # learning a voice takes minutes
    Work.NOTICE_RELEASE: {"queue": "speech"},
    Work.DELIVER_WEBHOOK: {"queue": "webhooks"},
    # whoever has read a statement sits before the page; recordings come in turns of their creators
    Work.JUDGE_RECORDING: {"queue": "listen", "priority": Turn.USUAL},
    Work.VERIFY_CONSENT: {"queue": "listen"},
    Work.HEAR_SEARCH: {"queue": "anonymous"},  # anyone may send these three, however many
    Work.EXAMINE: {"queue": "anonymous"},
    Work.HEAR_SAMPLE: {"queue": "anonymous"},
    Work.MAKE_COPY: {"queue": "copies"},  # of gigabytes, beside no letters and no money
}
CELERY_BEAT_SCHEDULE = {
    "resume-stalled-work": {"task": Work.RESUME_STALLED_WORK, "schedule": 30.0},
    "retry-webhooks": {
        "task": Work.PROCESS_PENDING_EVENTS,
        "schedule": 60.0,
    },
    "resume-lost-money-work": {
        "task": Work.RESUME_LOST_MONEY_WORK,
        "schedule": 300.0,
    },
    "number-invoices": {
        "task": Work.NUMBER_INVOICES,
        "schedule": 120.0,
    },
    "load-rates": {  # published at about 16:00 in Frankfurt
        "task": Work.LOAD_RATES,
        "schedule": crontab(hour="6,15,18", minute=25),
    },
    "check-waiting-vat-numbers": {
        "task": Work.CHECK_WAITING_VAT_NUMBERS,
        "schedule": crontab(minute=5),
    },
    "check-waiting-sellers": {
        "task": Work.CHECK_WAITING_SELLERS,
        "schedule": crontab(minute=8),
    },
    "release-holds-and-pay": {
        "task": Work.RELEASE_HOLDS_AND_PAY,
        "schedule": crontab(minute=20),
    },
    "renew-licences": {
        "task": Work.RENEW_LICENCES,
        "schedule": crontab(minute=50),
    },
    "end-plans": {"task": Work.END_PLANS, "schedule": crontab(minute=40)},
    "top-up-credit": {"task": Work.TOP_UP_CREDIT, "schedule": 60.0},
    "sweep-missed-events": {
        "task": Work.SWEEP_MISSED_EVENTS,
        "schedule": crontab(hour=2, minute=10),
    },
    "reconcile": {
        "task": Work.RECONCILE_YESTERDAY,
        "schedule": crontab(hour=3, minute=10),
    },
    "write-self-billing": {
        "task": Work.WRITE_SELF_BILLING,
        "schedule": crontab(hour=5, minute=10),
    },
    "prove-balances": {
        "task": Work.PROVE_BALANCES,
        "schedule": crontab(hour=3, minute=40),
    },
    "look-for-patterns": {
        "task": Work.LOOK_FOR_PATTERNS,
        "schedule": 60.0,
    },
    "forget-spoken-texts": {
        "task": Work.FORGET_SPOKEN_TEXTS,
        "schedule": crontab(hour=4, minute=10),
    },
    "forget-refused-texts": {
        "task": Work.FORGET_REFUSED_TEXTS,
        "schedule": crontab(hour=4, minute=0),
    },
    "forget-what-is-over": {
        "task": Work.FORGET_WHAT_IS_OVER,
        "schedule": crontab(hour=4, minute=20),
    },
    "resume-privacy-requests": {
        "task": Work.RESUME_PRIVACY_REQUESTS,
        "schedule": 600.0,
    },
    "forget-searches": {
        "task": Work.FORGET_SEARCHES,
        "schedule": 300.0,
    },
    "forget-clips": {
        "task": Work.FORGET_CLIPS,
        "schedule": 300.0,
    },
    "forget-samples": {
        "task": Work.FORGET_SAMPLES,
        "schedule": 300.0,
    },
    "forget-shelf-notes": {
        "task": Work.FORGET_SHELF_NOTES,
        "schedule": crontab(minute=45),
    },
    "link-audit-events": {
        "task": Work.LINK_AUDIT_EVENTS,
        "schedule": 60.0,
    },
    "measure": {"task": Work.MEASURE, "schedule": 30.0},
    "tidy-trials": {"task": Work.TIDY_TRIALS, "schedule": 60.0},
    "tidy-api": {"task": Work.TIDY_API, "schedule": 60.0},
    "deliver-due-webhooks": {
        "task": Work.DELIVER_DUE_WEBHOOKS,
        "schedule": 15.0,
    },
    "send-due-letters": {"task": Work.SEND_DUE_LETTERS, "schedule": 15.0},
    "forget-letters": {
        "task": Work.FORGET_LETTERS,
        "schedule": crontab(hour=4, minute=30),
    },
    "remind-of-ends": {
        "task": Work.REMIND_OF_ENDS,
        "schedule": crontab(hour=8, minute=0),
    },
    "warn-of-consents": {
        "task": Work.WARN_OF_CONSENTS,
        "schedule": crontab(hour=8, minute=10),
    },
    "count-popularity": {
        "task": Work.COUNT_POPULARITY,
        "schedule": crontab(minute=35),
    },
    "tell-followers": {
        "task": Work.TELL_FOLLOWERS,
        "schedule": crontab(hour=9, minute=0),
    },
    "drop-reviews": {
        "task": Work.DROP_REVIEWS,
        "schedule": crontab(hour=3, minute=50),
    },
    "expire-licences": {"task": Work.EXPIRE_LICENCES, "schedule": 300.0},
    "release-abandoned-usage": {
        "task": Work.RELEASE_ABANDONED_USAGE,
        "schedule": 60.0,
    },
}
