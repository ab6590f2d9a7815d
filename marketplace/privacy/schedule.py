"""The public retention schedule: what is stored, how long (740 ILCS 14/15(a), GDPR art. 13)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Kept:
    """what: in plain words; purpose; until: what ends it; how: how it is stored."""

    what: StrOrPromise
    purpose: StrOrPromise
    until: StrOrPromise
    how: StrOrPromise
    biometric: bool = False


SCHEDULE = (
    Kept(
        gettext_lazy("Speaker embeddings"),
        gettext_lazy(
            "To compare a reading with recordings, and new voices with those that are here"
        ),
        gettext_lazy(
            "You erase your account; or three years after your consent ended or was withdrawn"
        ),
        gettext_lazy("Rotated by a secret matrix"),
        biometric=True,
    ),
    Kept(
        gettext_lazy("Voice templates"),
        gettext_lazy("To speak as you for those who hold a licence"),
        gettext_lazy(
            "You erase your account; or three years after your consent ended or was withdrawn. "
            "Silent as soon as you withdraw"
        ),
        gettext_lazy("Encrypted with your own key; never handed out"),
        biometric=True,
    ),
    Kept(
        gettext_lazy("Recordings"),
        gettext_lazy("To learn your voice, and to learn it again for a better engine"),
        gettext_lazy(
            "You remove them one by one, or erase your account; or three years after your consent "
            "ended or was withdrawn"
        ),
        gettext_lazy("Encrypted with your own key"),
        biometric=True,
    ),
    Kept(
        gettext_lazy("The reading of your consent, and its scores"),
        gettext_lazy("To prove that it was you"),
        gettext_lazy(
            "You erase your account, and its text stays sealed for three years; or three years after "
            "your consent ended or was withdrawn"
        ),
        gettext_lazy("Encrypted with your own key"),
        biometric=True,
    ),
    Kept(
        gettext_lazy("What you read to ask “Is my voice here?”"),
        gettext_lazy("To answer that question"),
        gettext_lazy("About an hour; with a takedown, its decision"),
        gettext_lazy("Encrypted"),
        biometric=True,
    ),
    Kept(
        gettext_lazy("A sample that you send to find voices that sound like it"),
        gettext_lazy(
            "To measure how it sounds, and to order the voices by that; nothing else is compared with it"
        ),
        gettext_lazy("The recording: as soon as it is measured. The measurement: an hour"),
        gettext_lazy(
            "Encrypted; the measurement rotated by a secret matrix, and used for the browser that sent it alone"
        ),
        biometric=True,
    ),
    Kept(
        gettext_lazy("The list of those whom nobody may enrol"),
        gettext_lazy("To stop them from being enrolled"),
        gettext_lazy("You remove yourself in the same way"),
        gettext_lazy("An embedding without a name, rotated by a secret matrix"),
        biometric=True,
    ),
    Kept(
        gettext_lazy("Texts that buyers had spoken"),
        gettext_lazy(
            "To find out what was said with a voice, if it was abused; to settle and to trace"
        ),
        gettext_lazy(
            "After 30 days, or as the operator sets; their hash and length stay with the accounts"
        ),
        gettext_lazy(
            "Each encrypted with a key of its own; opened only by auditors, and every opening is recorded"
        ),
    ),
    Kept(
        gettext_lazy("Lines that visitors tried, and a digest of the network that asked"),
        gettext_lazy("To speak them; to find out what was said with a voice, if it was abused"),
        gettext_lazy(
            "After 30 days, or as the operator sets. Their audio: ten minutes. With an account: or you erase it"
        ),
        gettext_lazy(
            "Each encrypted with a key of its own; opened only by auditors, and every opening is recorded"
        ),
    ),
    Kept(
        gettext_lazy(
            "Where you are signed in: the browser, its network without the last part, when it was last used"
        ),
        gettext_lazy("To let you recognize your sessions, and end them"),
        gettext_lazy("The session ends: you sign out or end it, or two weeks"),
        gettext_lazy("Beside the session"),
    ),
    Kept(
        gettext_lazy(
            "Reviews that you wrote, with the name that you signed; reports of reviews; answers to them"
        ),
        gettext_lazy("To tell other buyers what a voice is like, and to keep that honest"),
        gettext_lazy(
            "You delete the review, or erase your account; a review whose licence is refunded goes by itself"
        ),
        gettext_lazy("Reviews and answers are public; reports are for moderators"),
    ),
    Kept(
        gettext_lazy("How often a voice's clips were played on a day"),
        gettext_lazy("To show creators what interest there is in their voices"),
        gettext_lazy("After 90 days; the digest of the network that asked: a quarter of an hour"),
        gettext_lazy("As a number; never who it was"),
    ),
    Kept(
        gettext_lazy("What we found in a clip whose origin somebody asked for"),
        gettext_lazy("To show the result again, and its signed report"),
        gettext_lazy("After 90 days; the clip itself: as soon as we have listened"),
        gettext_lazy("Beside the clip's SHA-256; never who asked"),
    ),
    Kept(
        gettext_lazy("What you write about yourself as a creator, and whom you follow"),
        gettext_lazy("To show it on your page; to tell you of new voices"),
        gettext_lazy("You take it out, or erase your account"),
        gettext_lazy(
            "The text is public once a moderator has read it; whom you follow is shown to you alone"
        ),
    ),
    Kept(
        gettext_lazy("Orders, licences, earnings, payouts"),
        gettext_lazy("Contract and tax law"),
        gettext_lazy(
            "Ten years after the sale; names in them are sealed when you erase your account"
        ),
        gettext_lazy("Sealed"),
    ),
    Kept(
        gettext_lazy("Who did what and when"),
        gettext_lazy("To prove what happened, unchanged"),
        gettext_lazy(
            "With the platform; what is personal in it becomes unreadable when you erase your account"
        ),
        gettext_lazy("Chained by hashes; personal parts encrypted with your own key"),
    ),
)
