"""Operations on letters: write one, send one, delete undeliverable ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace import storage
from marketplace.letters import folder, languages, preferences
from marketplace.letters.kinds import Kind
from marketplace.letters.models import Letter
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused

# seconds after each attempt: two days in all
PAUSES = (60, 300, 900, 3_600, 14_400, 43_200, 86_400)
KEPT_DAYS = 30  # that an undelivered letter is kept for an operator to see
PERMANENT = 500  # a mail server's answers from here on are final (RFC 5321, 4.2.1)
SEAL = "letter"
MAX_ADDRESS = 254  # characters (RFC 5321, 4.5.3.1.3)
MAX_SUBJECT = 180
FROM_ONE_USER, TO_ONE_ADDRESS = 30, 5  # letters a day to whom a user names

Words = Callable[[], tuple[str, str]]  # subject and text


def write(
    *, to: Iterable[str], words: Words, kind: Kind | None = None, language: str | None = None
) -> None:
    """Write a letter to each address in its reader's language, sent once the caller's transaction commits.

    words: makes subject and text in the language in force. A subject may hold names that people
    chose; it is one line of letters and signs all the same. kind: which letters it is one of, so
    that nothing goes to those who turned them off; None: it is necessary. language: of an account
    that is gone or not found by the address. To what can't be an address nothing is written.
    """
    addresses = [each for each in to if len(each) <= MAX_ADDRESS and each.isprintable()]
    if kind is not None:
        addresses = preferences.who_want(kind, addresses)
    sealed = dict[str, bytes]()
    for address, theirs in languages.languages_of(addresses).items():
        chosen = theirs if language is None else languages.of_account(language)
        if chosen not in sealed:
            sealed[chosen] = _sealed(words, kind, chosen)
        letter = Letter.objects.create(
            email=address, sealed=sealed[chosen], next_try_at=timezone.now()
        )
        at_commit(Work.SEND_LETTER, letter.pk)


def _sealed(words: Words, kind: Kind | None, language: str) -> bytes:
    with languages.written_for(language):
        subject, text = words()
        if kind is not None:
            text = f"{text}\n{preferences.how_to_stop(kind)}\n"
    return storage.seal(json.dumps([one_line(subject), text]).encode(), SEAL)


def one_line(text: str) -> str:
    """A text as a header takes it: on one line, without what can't be seen, and not too long."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(shown.split())[:MAX_SUBJECT]


def checked_address(text: str) -> str:
    """An address that a letter can be sent to, without spaces around it.

    Raises:
        Refused: email.
    """
    address = text.strip()
    try:
        if len(address) > MAX_ADDRESS:
            raise ValidationError("too long")
        validate_email(address)
    except ValidationError as invalid:
        raise Refused(
            "email", gettext("This is not a valid e-mail address. Correct it.")
        ) from invalid
    return address


def require_moderate(*, by: int, to: str) -> None:
    """Count a letter that a user has sent to somebody whom they name, and refuse too many in a day.

    Raises:
        Refused: too_many_letters.
    """
    today = f"{timezone.now():%Y%m%d}"
    someone = hashlib.sha256(to.strip().casefold().encode()).hexdigest()
    for who, most in ((f"by:{by}", FROM_ONE_USER), (f"to:{someone}", TO_ONE_ADDRESS)):
        name = f"letters:{who}:{today}"
        cache.add(name, 0, timeout=86_400)
        if cache.incr(name) > most:
            raise Refused(
                "too_many_letters",
                gettext(
                    "So many invitations were sent today that no more can be; try again tomorrow."
                ),
            )


def send(*, letter_id: int) -> None:
    """Attempt a due letter once; what isn't accepted is retried later. Harmless to repeat.

    A worker that dies between the mail server's answer and ours sends it twice, never not at all.
    """
    with transaction.atomic():
        letter = Letter.objects.select_for_update(no_key=True).filter(pk=letter_id).first()
        if letter is None or letter.state != Letter.State.WAITING:
            return
        if letter.next_try_at > timezone.now():  # another worker has it, or has just had it
            return
        letter.tries += 1
        pause = PAUSES[min(letter.tries, len(PAUSES)) - 1]
        letter.next_try_at = timezone.now() + timedelta(seconds=pause)
        letter.save(update_fields=["tries", "next_try_at"])
    subject, text = json.loads(storage.unseal(bytes(letter.sealed), SEAL))
    try:
        send_mail(subject, text, None, [letter.email])
    except (OSError, SMTPException, ValueError) as error:  # ValueError: no letter can be made of it
        _note(letter_id, error)
    else:
        Letter.objects.filter(pk=letter_id).delete()


def _note(letter_id: int, error: Exception) -> None:
    with transaction.atomic():
        letter = Letter.objects.select_for_update(no_key=True).filter(pk=letter_id).first()
        if letter is None:
            return
        letter.problem = f"{type(error).__name__}: {error}"[:200]
        letter.save(update_fields=["problem"])
        if _is_final(error) or letter.tries > len(PAUSES):
            letter.transition(Letter.State.GIVEN_UP)


def _is_final(error: Exception) -> bool:
    """Whether the mail server will never accept this letter."""
    if isinstance(error, ValueError):
        return True
    return isinstance(error, SMTPRecipientsRefused) and all(
        code >= PERMANENT for code, _ in error.recipients.values()
    )


def try_again(*, letter: Letter) -> None:
    """Retry an abandoned letter from the first attempt.

    Raises:
        InvalidTransition: it is still being delivered.
    """
    with transaction.atomic():
        letter = Letter.objects.select_for_update(no_key=True).get(pk=letter.pk)
        letter.tries, letter.next_try_at, letter.problem = 0, timezone.now(), ""
        letter.save(update_fields=["tries", "next_try_at", "problem"])
        letter.transition(Letter.State.WAITING)
        at_commit(Work.SEND_LETTER, letter.pk)


def forget(address: str) -> None:
    """Delete letters queued for an address, and those stored instead of sent."""
    Letter.objects.filter(email__iexact=address).delete()
    folder.forget(address)


def forget_given_up() -> int:
    """Delete letters that were abandoned long ago; returns how many."""
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    count, _ = Letter.objects.filter(state=Letter.State.GIVEN_UP, created_at__lt=old).delete()
    return count
