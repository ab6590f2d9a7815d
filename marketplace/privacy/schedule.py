"""The public retention schedule: what is stored, how long (740 ILCS 14/15(a), GDPR art. 13)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """what: in plain words; purpose; until: what ends it; how: how it is stored."""

    what: str
    purpose: str
    until: str
    how: str
    biometric: bool = False


SILENT = "three years after your consent ended or was withdrawn"
SCHEDULE = (
    Kept(
        "Speaker embeddings",
        "To compare a reading with recordings, and new voices with those that are here",
        f"You erase your account; or {SILENT}",
        "Rotated by a secret matrix",
        biometric=True,
    ),
    Kept(
        "Voice templates",
        "To speak as you for those who hold a licence",
        f"You erase your account; or {SILENT}. Silent as soon as you withdraw",
        "Encrypted with your own key; never handed out",
        biometric=True,
    ),
    Kept(
        "Recordings",
        "To learn your voice, and to learn it again for a better engine",
        f"You remove them one by one, or erase your account; or {SILENT}",
        "Encrypted with your own key",
        biometric=True,
    ),
    Kept(
        "The reading of your consent, and its scores",
        "To prove that it was you",
        f"You erase your account, and its text stays sealed for three years; or {SILENT}",
        "Encrypted with your own key",
        biometric=True,
    ),
    Kept(
        "What you read to ask “Is my voice here?”",
        "To answer that question",
        "About an hour; with a takedown, its decision",
        "Encrypted",
        biometric=True,
    ),
    Kept(
        "A sample that you send to find voices that sound like it",
        "To measure how it sounds, and to order the voices by that; nothing else is compared with it",
        "The recording: as soon as it is measured. The measurement: an hour",
        "Encrypted; the measurement rotated by a secret matrix, and used for the browser that sent it alone",
        biometric=True,
    ),
    Kept(
        "The list of those whom nobody may enrol",
        "To stop them from being enrolled",
        "You remove yourself in the same way",
        "An embedding without a name, rotated by a secret matrix",
        biometric=True,
    ),
    Kept(
        "Texts that buyers had spoken",
        "To find out what was said with a voice, if it was abused; to settle and to trace",
        "After 30 days, or as the operator sets; their hash and length stay with the accounts",
        "Each encrypted with a key of its own; opened only by auditors, and every opening is recorded",
    ),
    Kept(
        "Lines that visitors tried, and a digest of the network that asked",
        "To speak them; to find out what was said with a voice, if it was abused",
        "After 30 days, or as the operator sets. Their audio: ten minutes. With an account: or you erase it",
        "Each encrypted with a key of its own; opened only by auditors, and every opening is recorded",
    ),
    Kept(
        "Where you are signed in: the browser, its network without the last part, when it was last used",
        "To let you recognize your sessions, and end them",
        "The session ends: you sign out or end it, or two weeks",
        "Beside the session",
    ),
    Kept(
        "Reviews that you wrote, with the name that you signed; reports of reviews; answers to them",
        "To tell other buyers what a voice is like, and to keep that honest",
        "You delete the review, or erase your account; a review whose licence is refunded goes by itself",
        "Reviews and answers are public; reports are for moderators",
    ),
    Kept(
        "What you write about yourself as a creator, and whom you follow",
        "To show it on your page; to tell you of new voices",
        "You take it out, or erase your account",
        "The text is public once a moderator has read it; whom you follow is shown to you alone",
    ),
    Kept(
        "Orders, licences, earnings, payouts",
        "Contract and tax law",
        "Ten years after the sale; names in them are sealed when you erase your account",
        "Sealed",
    ),
    Kept(
        "Who did what and when",
        "To prove what happened, unchanged",
        "With the platform; what is personal in it becomes unreadable when you erase your account",
        "Chained by hashes; personal parts encrypted with your own key",
    ),
)
