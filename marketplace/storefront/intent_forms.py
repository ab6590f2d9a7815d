"""What each form of the site does, and each of a moderator's decisions."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class FormDescription:
    """`doing` completes "You were about to …"; `facts` are the details."""

    doing: StrOrPromise
    button: StrOrPromise
    facts: list[tuple[str, str]] = field(default_factory=list)


# by URL name; if a form has several buttons, the first whose name was sent applies
FORMS: dict[str, dict[str, FormDescription]] = {
    "buy": {"": FormDescription(_("buy a licence"), _("Buy the licence"))},
    "shortlist": {
        "off": FormDescription(_("take voices off your shortlist"), _("Take them off")),
        "": FormDescription(_("save voices to your shortlist"), _("Save them")),
    },
    "review": {"": FormDescription(_("review a voice"), _("Publish the review"))},
    "remove-review": {
        "": FormDescription(_("delete your review of a voice"), _("Delete the review"))
    },
    "appeal-review": {
        "": FormDescription(
            _("appeal against the loss of your review"), pgettext_lazy("button", "Appeal")
        )
    },
    "answer-review": {
        "": FormDescription(_("answer a review of your voice"), _("Publish the answer"))
    },
    "report-review": {"": FormDescription(_("report a review to the moderators"), _("Report it"))},
    "decide-review": {"": FormDescription(_("decide on a review"), _("Decide"))},
    "follow": {
        "off": FormDescription(_("stop following a creator"), _("Unfollow")),
        "": FormDescription(_("follow a creator"), _("Follow")),
    },
    "studio-page": {"": FormDescription(_("change what your page says about you"), _("Save"))},
    "decide-biography": {"": FormDescription(_("decide on what a creator wrote"), _("Decide"))},
    "ask-exclusive": {"": FormDescription(_("ask for an exclusive licence"), _("Ask for a quote"))},
    "answer-quote": {
        "accept": FormDescription(
            _("accept an offer of an exclusive licence"), _("Accept and pay")
        ),
        "decline": FormDescription(_("decline a request for an exclusive licence"), _("Decline")),
        "": FormDescription(_("offer an exclusive licence"), pgettext_lazy("button", "Offer")),
    },
    "renew": {"": FormDescription(_("buy another term of a licence"), _("Renew the licence"))},
    "renewal-on": {
        "": FormDescription(_("have a licence renew automatically"), _("Turn on automatic renewal"))
    },
    "renewal-off": {
        "": FormDescription(_("stop a licence from renewing automatically"), _("Don't renew"))
    },
    "renewal-pay": {
        "": FormDescription(_("pay for the renewal of a licence"), _("Confirm and pay"))
    },
    "renewal-card": {"": FormDescription(_("save another payment method"), _("Save another"))},
    "upgrade": {"": FormDescription(_("upgrade a licence"), _("Upgrade the licence"))},
    "take-back": {
        "": FormDescription(_("end a licence and have it refunded"), _("End it and refund me"))
    },
    "take-payment-back": {"": FormDescription(_("take a payment back"), _("End it and refund me"))},
    "billing": {"": FormDescription(_("change your billing details"), _("Save the details"))},
    "subscribe": {"": FormDescription(_("subscribe to a plan"), _("Subscribe"))},
    "change-plan": {
        "": FormDescription(_("change your plan as it was shown"), _("Change the plan"))
    },
    "manage-plan": {
        "": FormDescription(
            _("see the card and the invoices of your plan"), _("Open the payment provider's pages")
        )
    },
    "end-plan": {"": FormDescription(_("end a plan that your card pays for"), _("End the plan"))},
    "credit": {"": FormDescription(_("buy credit"), _("Buy the credit"))},
    "credit-limit": {
        "": FormDescription(_("set the monthly limit of your credit"), _("Set the limit"))
    },
    "top-up-on": {
        "": FormDescription(_("turn on automatic top-up"), _("Turn on automatic top-up"))
    },
    "top-up-off": {"": FormDescription(_("buy credit by hand alone"), _("Switch it off"))},
    "credit-confirm": {
        "": FormDescription(_("confirm a payment for credit"), _("Confirm and pay"))
    },
    "create-key": {"": FormDescription(_("create an API key for a licence"), _("Create the key"))},
    "speak": {"": FormDescription(_("have a text spoken by your licence"), _("Speak it"))},
    "create-plan-key": {"": FormDescription(_("create an API key"), _("Create the key"))},
    "rotate-key": {
        "": FormDescription(_("replace an API key with a new one"), _("Replace the key"))
    },
    "revoke-key": {"": FormDescription(_("revoke an API key"), _("Revoke the key"))},
    "key-use": {"": FormDescription(_("say what an API key speaks for"), _("Save the use"))},
    "key-origins": {
        "": FormDescription(_("say which pages may use an API key"), _("Save the pages"))
    },
    "account-key": {
        "": FormDescription(
            _("create a key that copies and erases your data over the API"), _("Create the key")
        )
    },
    "explain-suspicion": {
        "": FormDescription(_("explain what you are doing"), _("Send the explanation"))
    },
    "teams": {"": FormDescription(_("create a team"), _("Create the team"))},
    "invite": {"": FormDescription(_("invite somebody to your team"), _("Send the invitation"))},
    "withdraw-invitation": {
        "": FormDescription(_("withdraw an invitation to your team"), _("Withdraw the invitation"))
    },
    "team-member": {
        "remove": FormDescription(_("remove a member from your team"), _("Remove the member")),
        "": FormDescription(_("change what a member of your team may do"), _("Change the role")),
    },
    "account-profile": {"": FormDescription(_("change your name"), _("Save the name"))},
    "end-session": {"": FormDescription(_("sign one of your browsers out"), _("End the session"))},
    "end-other-sessions": {
        "": FormDescription(_("sign out everywhere else"), _("Sign out everywhere else"))
    },
    "region": {"": FormDescription(_("change your time zone and currency"), _("Save"))},
    "account-letters": {
        "": FormDescription(_("choose which e-mails you get"), _("Save the choice"))
    },
    "lexicons": {"": FormDescription(_("create a lexicon"), _("Create the lexicon"))},
    "lexicon": {"": FormDescription(_("say how a word is pronounced"), _("Save the word"))},
    "change-lexicon": {"": FormDescription(_("change a lexicon"), _("Change the lexicon"))},
    "import-lexicon": {
        "": FormDescription(_("import words into a lexicon"), _("Import the words"))
    },
    "remove-entry": {"": FormDescription(_("remove a word from a lexicon"), _("Remove the word"))},
    "webhooks": {"": FormDescription(_("add an address for webhooks"), _("Add the address"))},
    "change-webhook": {
        "rotate": FormDescription(_("replace the secret of a webhook"), _("Replace the secret")),
        "": FormDescription(_("switch off a webhook"), _("Switch it off")),
    },
    "test-webhook": {
        "": FormDescription(_("send a test event to a webhook"), _("Send a test event"))
    },
    "replay-webhook": {
        "": FormDescription(_("send a webhook's message again"), _("Send it again"))
    },
    "ask-copy": {"": FormDescription(_("get a copy of everything about you"), _("Request a copy"))},
    "ask-erasure": {
        "": FormDescription(
            _("erase your account and everything of yours"), _("Erase everything about me")
        )
    },
    "become-creator": {"": FormDescription(_("become a creator"), _("Become a creator"))},
    "new-voice": {"": FormDescription(_("begin a new voice"), _("Begin the voice"))},
    "set-up-payouts": {
        "": FormDescription(_("set up your payouts"), _("Go to the payment provider's pages"))
    },
    "set-payout-schedule": {"": FormDescription(_("choose when you are paid"), _("Save"))},
    "pay-now": {"": FormDescription(_("have everything payable sent to you"), _("Pay me"))},
    "self-billing": {
        "end": FormDescription(_("write your own invoices again"), _("End it")),
        "": FormDescription(_("have the platform write your invoices"), _("I agree")),
    },
    "save-seller-details": {"": FormDescription(_("change your details as a seller"), _("Save"))},
    "add-recordings": {
        "": FormDescription(_("add recordings to your voice"), _("Add the recordings"))
    },
    "remove-recording": {"": FormDescription(_("remove a recording"), _("Remove the recording"))},
    "judge-again": {"": FormDescription(_("have a recording checked again"), _("Try again"))},
    "challenge": {
        "": FormDescription(_("get a statement of consent to read"), _("Show me what to read"))
    },
    "record-consent": {
        "": FormDescription(_("send the reading of your statement"), _("Send the reading"))
    },
    "narrow-consent": {"": FormDescription(_("allow less with your voice"), _("Allow less"))},
    "revoke-consent": {
        "": FormDescription(
            _("withdraw your consent, which silences your voice"), _("Withdraw my consent")
        )
    },
    "invite-speaker": {"": FormDescription(_("send a speaker their own link"), _("Send the link"))},
    "enrol": {"": FormDescription(_("have your voice made"), _("Make my voice"))},
    "choose-scripts": {
        "": FormDescription(_("choose what the clips of your voice say"), _("Save the clips"))
    },
    "own-preview": {
        "": FormDescription(_("create a clip in your own words"), _("Create the clip"))
    },
    "offers": {
        "submit": FormDescription(
            _("save your prices and submit your voice for review"), _("Save and submit")
        ),
        "": FormDescription(_("save your prices and terms"), _("Save")),
    },
    "decide-consent": {"": FormDescription(_("decide on a consent"), _("Decide"))},
    "estate-consent": {
        "": FormDescription(_("record the consent of an estate"), _("Record the consent"))
    },
    "review-listing": {"": FormDescription(_("decide on a listing"), _("Decide"))},
    "moderate-listing": {"": FormDescription(_("suspend or resume a listing"), _("Apply"))},
    "decide-case": {"": FormDescription(_("decide on voices that sound alike"), _("Decide"))},
    "decide-takedown": {
        "": FormDescription(_("decide on a request to take a voice down"), _("Decide"))
    },
    "decide-appeal": {"": FormDescription(_("decide on an appeal"), _("Decide"))},
    "decide-suspicion": {"": FormDescription(_("decide on a suspicion"), _("Decide"))},
    "moderate-licence": {"": FormDescription(_("suspend, resume or revoke a licence"), _("Apply"))},
    "freeze-payouts": {"": FormDescription(_("freeze or release a creator's money"), _("Apply"))},
    "admin:licensing_coupon_add": {"": FormDescription(_("make a coupon"), _("Make the coupon"))},
    "admin:licensing_coupon_changelist": {"": FormDescription(_("decide on coupons"), _("Decide"))},
    "finance-refund": {"": FormDescription(_("refund a payment"), _("Go on"))},
    "finance-decide-refund": {"": FormDescription(_("decide on a refund"), _("Decide"))},
    "finance-evidence": {
        "": FormDescription(_("send a bank evidence about a dispute"), _("Send the evidence"))
    },
    "finance-try-again": {
        "": FormDescription(_("try an event of the payment provider again"), _("Try again"))
    },
    "finance-decide-creator": {"": FormDescription(_("decide on a creator's money"), _("Apply"))},
    "finance-propose": {"": FormDescription(_("propose an adjusting entry"), _("Propose"))},
    "finance-book-difference": {
        "": FormDescription(_("book a difference from the provider's books"), _("Propose"))
    },
    "finance-decide-entry": {"": FormDescription(_("decide on an adjusting entry"), _("Decide"))},
    "finance-close": {"": FormDescription(_("close a month of the books"), _("Close the month"))},
    "finance-decide-month": {"": FormDescription(_("reopen a month of the books"), _("Apply"))},
}

# a decision by the value of its button: what it would do, and the button
DECISIONS: dict[str, dict[str, tuple[StrOrPromise, StrOrPromise]]] = {
    "decide-consent": {
        "approve": (_("approve a consent"), _("Approve")),
        "reject": (_("refuse a consent"), _("Refuse")),
    },
    "review-listing": {
        "approve": (_("put a listing on sale"), _("Put on sale")),
        "send_back": (_("send a listing back"), _("Send back")),
    },
    "moderate-listing": {
        "suspend": (_("suspend a listing"), _("Suspend")),
        "resume": (_("resume a listing"), _("Resume")),
    },
    "decide-case": {
        "allow": (_("allow a voice that sounds like another"), _("Allow")),
        "uphold": (_("stop an enrolment for good"), _("Stop for good")),
    },
    "decide-takedown": {
        "reject": (_("reject a request to take a voice down"), _("Leave it")),
        "uphold": (_("take a voice down"), _("Take it down")),
    },
    "decide-appeal": {
        "overturn": (_("allow a refused text"), _("Allow it")),
        "uphold": (_("uphold the refusal of a text"), _("Uphold")),
        "strike": (
            _("uphold the refusal of a text and add a strike"),
            _("Uphold and add a strike"),
        ),
    },
    "decide-review": {
        "leave": (_("leave a reported review"), _("Leave it")),
        "take_down": (_("take a review down"), _("Take it down")),
        "take_down_answer": (_("take the answer to a review down"), _("Take the answer down")),
        "restore": (_("show a review again"), _("Show it again")),
        "uphold": (_("leave a review down for good"), _("Leave it down")),
    },
    "decide-biography": {
        "approve": (_("show what a creator wrote"), _("Show it")),
        "send_back": (_("send back what a creator wrote"), _("Send back")),
    },
    "decide-suspicion": {
        "release": (_("release an organization"), _("Release")),
        "stop": (_("stop an organization"), _("Stop")),
    },
    "moderate-licence": {
        "suspend": (_("suspend a licence"), _("Suspend")),
        "resume": (_("resume a licence"), _("Resume")),
        "revoke": (_("revoke a licence for good"), _("Revoke")),
    },
    "finance-decide-refund": {
        "approve": (_("approve a refund as the second person"), _("Approve")),
        "drop": (_("drop a refund"), _("Drop it")),
        "paid": (_("record that a refund was paid another way"), _("Record it")),
    },
    "finance-decide-creator": {
        "freeze": (_("freeze a creator's money"), _("Freeze")),
        "release": (_("release a creator's money"), _("Release")),
        "refund": (_("refund the buyers of a creator's silenced voices"), _("Refund them")),
        "write-off": (_("write off a creator's debt"), _("Write it off")),
    },
    "finance-decide-entry": {
        "post": (_("post an adjusting entry as the second person"), _("Post")),
        "drop": (_("drop an adjusting entry"), _("Drop it")),
    },
    "finance-decide-month": {
        "ask": (_("ask for a month to be reopened"), _("Ask")),
        "reopen": (_("reopen a month as the second person"), _("Reopen")),
        "leave": (_("leave a month closed"), _("Leave it closed")),
    },
    "freeze-payouts": {
        "freeze": (_("freeze a creator's money"), _("Freeze")),
        "release": (_("release a creator's money"), _("Release")),
    },
}
