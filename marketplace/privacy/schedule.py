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


_OWN_KEY = gettext_lazy(
    "Encrypted with a key used for your data alone; once that key is deleted, nobody can read it again, not even "
    "in a backup"
)
_AUDITED = gettext_lazy(
    "Each encrypted with a key of its own; only auditors can open one, and every opening is recorded"
)
_AFTER_CONSENT = gettext_lazy(
    "You erase your account; or three years after your consent ended or was withdrawn"
)
SCHEDULE = (
    Kept(
        gettext_lazy("Numbers by which a voice is recognized (an embedding)"),
        gettext_lazy(
            "To check that it is you who reads your consent and who is on your recordings, and that a new voice is "
            "not somebody’s who is here already"
        ),
        _AFTER_CONSENT,
        gettext_lazy(
            "Scrambled with a secret of ours, without which they are of little use to whoever steals them"
        ),
        biometric=True,
    ),
    Kept(
        gettext_lazy("Numbers by which the machine speaks like you (a voice template)"),
        gettext_lazy("To speak as you for those who hold a licence"),
        gettext_lazy(
            "You erase your account; or three years after your consent ended or was withdrawn. "
            "Silent as soon as you withdraw"
        ),
        gettext_lazy(
            "Encrypted with a key used for your data alone; it is never given to anybody, buyers included"
        ),
        biometric=True,
    ),
    Kept(
        gettext_lazy("Recordings"),
        gettext_lazy("To learn your voice, and to learn it again when our software gets better"),
        gettext_lazy(
            "You remove them one by one, or erase your account; or three years after your consent "
            "ended or was withdrawn"
        ),
        _OWN_KEY,
        biometric=True,
    ),
    Kept(
        gettext_lazy("Your spoken consent, and what our checks of it found"),
        gettext_lazy("To prove that it was you who agreed, and to what"),
        gettext_lazy(
            "You erase your account, and its text stays locked away for three years; or three years after "
            "your consent ended or was withdrawn"
        ),
        _OWN_KEY,
        biometric=True,
    ),
    Kept(
        gettext_lazy("What you read to ask “Is my voice here?”"),
        gettext_lazy("To answer that question"),
        gettext_lazy(
            "About an hour; if you ask for a voice to be taken down, until that is decided"
        ),
        gettext_lazy("Encrypted"),
        biometric=True,
    ),
    Kept(
        gettext_lazy("A sample that you send to find voices that sound like it"),
        gettext_lazy(
            "To measure how it sounds, and to order the voices by that; it is compared with nothing else"
        ),
        gettext_lazy("The recording: as soon as it is measured. The numbers measured: an hour"),
        gettext_lazy(
            "Encrypted; the numbers scrambled with a secret of ours, and used only for the browser that sent the sample"
        ),
        biometric=True,
    ),
    Kept(
        gettext_lazy("The list of people whose voice nobody may offer here"),
        gettext_lazy("To stop others from offering their voice"),
        gettext_lazy("You take yourself off the list, by reading aloud as you did to get on it"),
        gettext_lazy(
            "Numbers by which the voice is recognized, without a name, and scrambled with a secret of ours"
        ),
        biometric=True,
    ),
    Kept(
        gettext_lazy("Texts that buyers had spoken"),
        gettext_lazy(
            "To find out what was said with a voice, if it was abused; to charge for it, and to trace audio back"
        ),
        gettext_lazy(
            "After 30 days, or as the operator sets. Their length, and a fingerprint by which the same text would be "
            "recognized, stay with the accounts"
        ),
        _AUDITED,
    ),
    Kept(
        gettext_lazy(
            "Lines that visitors tried, and a scrambled note of the network that they came from"
        ),
        gettext_lazy("To speak them; to find out what was said with a voice, if it was abused"),
        gettext_lazy(
            "After 30 days, or as the operator sets. Their audio: ten minutes. If you were signed in: when you erase "
            "your account, if that is sooner"
        ),
        _AUDITED,
    ),
    Kept(
        gettext_lazy(
            "Where you are signed in: the browser, its network without the last part, when it was last used"
        ),
        gettext_lazy("To let you recognize where you are signed in, and end it"),
        gettext_lazy("You sign out, or end it; at the latest after two weeks"),
        gettext_lazy("In our database, for you alone to see"),
    ),
    Kept(
        gettext_lazy(
            "In your browser (cookies): that you are signed in, that you have signed in before, a protection for "
            "forms, the language and the currency that you chose, and the time zone of your device"
        ),
        gettext_lazy(
            "To show you pages as you want them, and times as your clock does; to let you in while somebody else "
            "tries wrong passwords; not to follow you"
        ),
        gettext_lazy(
            "The time zone: you close the browser. Being signed in: two weeks. The rest: a year. Or you delete them"
        ),
        gettext_lazy("In your browser; read only by this site"),
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
        gettext_lazy(
            "After 90 days; a scrambled note of the network that asked: a quarter of an hour"
        ),
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
        gettext_lazy("Because contracts and tax law ask for it"),
        gettext_lazy(
            "Ten years after the sale. When you erase your account, your name in them is locked away"
        ),
        gettext_lazy(
            "What is locked away is encrypted, and opened only for the reason for which it had to be kept"
        ),
    ),
    Kept(
        gettext_lazy("A record of who did what here, and when"),
        gettext_lazy("To be able to prove what happened"),
        gettext_lazy(
            "As long as the platform exists; what is personal in it becomes unreadable when you erase your account"
        ),
        gettext_lazy(
            "Each entry is bound to the one before it, so that none can be changed without notice; personal parts "
            "are encrypted with a key used for your data alone"
        ),
    ),
)
