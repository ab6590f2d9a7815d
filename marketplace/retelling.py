"""Sentences that were made in English, in the language of whoever reads them.

Rows hold such sentences, and the engine, which knows no languages of pages, refuses with them; so does the API.
Those without a value are looked up as they are; those with values are recognized by their pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from django.utils.translation import gettext, gettext_noop

# what the engine says, `synthesis/`: a test there finds every sentence that is not here
_SENTENCES = (
    gettext_noop("The text has too many signs that each stand for several words."),
    gettext_noop("There is no sound in this file. Record it again or choose another file."),
    gettext_noop("The recording has %(channels)s channels; use one or two."),
    gettext_noop(
        "The recording has a sample rate of %(rate)s Hz; use %(least)s to 96,000 Hz."
    ),
    gettext_noop(
        "This file is not a recording we can read. Save it as WAV, FLAC, MP3, M4A, Ogg or WebM and upload "
        "that."
    ),
    gettext_noop(
        "The recording is %(minutes)s minutes long; the limit is %(most)s. Upload a shorter part: a good "
        "minute is all it takes."
    ),
    gettext_noop(
        "There are %(number)s sound tracks in this file, and players choose different ones. Export the one with "
        "your voice alone, and upload that."
    ),
    gettext_noop(
        "The channels of this recording cancel one another: each sounds different from both together. Export "
        "one channel (mono), and upload that."
    ),
    gettext_noop("This recording can't be played."),
    gettext_noop("Many recordings are being read. Try again in a minute."),
    gettext_noop("The file is empty. Choose the recording again."),
    gettext_noop("Reading this file took too long. Export it as WAV and upload that."),  # in old rows
    gettext_noop(
        "The file ends in the middle: it was cut off while saving or uploading. Upload it again, or export it "
        "once more."
    ),
    gettext_noop(
        "The recording is silent. Check that the right microphone is chosen and not muted, then record again."
    ),
    gettext_noop(
        "We hear no speech in this recording, only music or noise. Record your voice alone, with nothing "
        "playing."
    ),
    gettext_noop(
        "This sounds like a telephone call: everything above %(kilohertz)s kHz is missing. Record with a "
        "microphone at 16 kHz or more (a phone's recorder app is fine, a call is not)."
    ),
    gettext_noop(
        "The recording is too loud and distorts (%(clipped)s of it is clipped). Lower the input level or step "
        "back from the microphone, then record again."
    ),
    gettext_noop(
        "The background is too loud (%(decibels)s dB below your voice; 20 dB or more is good). Close windows, "
        "switch off fans and record again closer to the microphone."
    ),
    gettext_noop("We hear more than one person. Upload recordings in which you speak alone."),
    gettext_noop("Quiet: move closer to the microphone or raise the input level."),
    gettext_noop("Some background noise: a quieter room gives a cleaner voice."),
    gettext_noop("Dull: a better microphone would capture more of your voice."),
    gettext_noop(
        "Only %(so_far)s seconds of speech so far; %(least)s are needed and %(good)s or more give a better "
        "voice. Add another recording."
    ),
    gettext_noop("This was spoken by this platform, not by a person. Record your own voice."),
    gettext_noop(
        "There are less than %(least)s seconds of speech in this sample. Send a longer one."
    ),
    gettext_noop(
        "This does not sound like whoever read the consent statement: %(names)s. Remove what is not of the "
        "same speaker, and try again."
    ),
    gettext_noop(
        "This does not sound like the speaker of most recordings: %(names)s. Remove what is not of the same "
        "speaker, and try again."
    ),
    gettext_noop(
        "This voice is very similar to one that is here already or that may not be replicated. A moderator "
        "will compare them, and you will find the answer here."
    ),
    gettext_noop("We heard: “%(heard)s”. Read the whole statement aloud, word for word."),
    gettext_noop(
        "This does not sound like the voice in the recordings. Only the person whose voice it is can consent; "
        "use the same microphone as for the recordings."
    ),
    gettext_noop(
        "This does not sound like a person speaking into a microphone. Read it yourself, close to the "
        "microphone, in a quiet room; nothing may be played back."
    ),
    gettext_noop("This sounds as if it were put together from pieces. A moderator listens to it."),
    gettext_noop("We did not hear “%(words)s”. A moderator listens to it."),
    gettext_noop("A letter in the text has more than %(most)s marks on it."),
    gettext_noop(
        "A pronunciation has at most %(symbols)s symbols, for at most %(characters)s characters."
    ),
    gettext_noop("%(symbols)s in %(ipa)s is not an IPA symbol we know."),
    gettext_noop("%(ipa)s has no sound."),
    gettext_noop(
        "%(word)s: phonemes can be given for words in Latin and Devanagari letters; for others, write what is "
        "to be said instead."
    ),
    gettext_noop(
        "%(ipa)s is too far from how %(word)s can be read. If something else is to be said, write that instead."
    ),
    gettext_noop("With the lexicon's aliases the text is too long; send less of it."),
    gettext_noop("There is nothing to say: the text is empty."),
    gettext_noop("There is nothing to say: the text has no words."),
    gettext_noop("There is nothing to say: the document has no words."),
    gettext_noop(
        "No voice speaks the language of %(words)s; leave it out or write it in a language that voices speak."
    ),
    gettext_noop("A word in the text is too long to be read; put spaces into it."),
    gettext_noop("No voice speaks the language %(language)s; leave this part out."),
    gettext_noop("Speed must be between %(least)s and %(most)s."),
    gettext_noop("Nothing after a document type or an entity counts."),
    gettext_noop("SSML holds half of a surrogate pair."),
    gettext_noop("SSML line %(line)s, column %(column)s: %(why)s."),
    gettext_noop("It takes far longer to say than its characters cost."),
    gettext_noop("A first impression needs %(least)s s of speech."),
    gettext_noop(
        "We could not make out enough words in the recordings. Record in a quiet room, speak clearly in the "
        "language of the voice (%(language)s), with short pauses."
    ),
    gettext_noop("This voice is not on sale any more."),
)  # fmt: skip
# what the checks of a reading found, without the advice that follows there: while moderators listen, none is of use
_FINDINGS = (
    gettext_noop("We heard: “%(heard)s”."),
    gettext_noop("This does not sound like the voice in the recordings."),
    gettext_noop("This does not sound like a person speaking into a microphone."),
    gettext_noop("This sounds as if it were put together from pieces."),
    gettext_noop("We did not hear “%(words)s”."),
    gettext_noop("We could not check this reading by machine."),
)
_ADVICE = (
    "Read the whole statement aloud, word for word.",
    "Only the person whose voice it is can consent; use the same microphone as for the recordings.",
    "Read it yourself, close to the microphone, in a quiet room; nothing may be played back.",
    "A moderator listens to it.",
    "Moderators listen to it.",
)
# what speech is refused with, in the API and on the page of a licence
_SPEECH = (
    gettext_noop("The engine is busy. Try again in a moment."),
    gettext_noop("The engine is still loading. Try again in a moment."),
    gettext_noop("The engine was restarted. Send the request again."),
    gettext_noop("This is no longer what was accepted, so it was not spoken. Send it again."),
    gettext_noop("Speech failed on our side; nothing was charged."),
    gettext_noop(
        "Part of this text is in a language or script that no voice speaks: leave it out, or write it "
        "in one that they do."
    ),
    gettext_noop("Checking this text takes too long; send it in parts."),
    gettext_noop(
        "This text takes too long to say for what its characters cost: write signs and numbers out in "
        "words, or send it in parts."
    ),
    gettext_noop("A sentence of the text is too long; put full stops in."),
    gettext_noop("This text can't be spoken."),
    gettext_noop("The speaker withdrew their consent; this voice is silent."),
    gettext_noop("The speaker's consent has ended; this voice is silent."),
    gettext_noop("This voice is suspended while moderators look into it."),
    gettext_noop("Licence %(number)s is expired."),
    gettext_noop("Licence %(number)s is paused."),
    gettext_noop("Licence %(number)s is refunded."),
    gettext_noop("Licence %(number)s is revoked."),
    gettext_noop("Licence %(number)s is suspended."),
    gettext_noop("Licence %(number)s ended; renew it to continue."),
    gettext_noop(
        "The text has %(cost)s characters; licence %(number)s has %(left)s of %(included)s left, and "
        "its terms allow no more."
    ),
    gettext_noop(
        "The text has %(cost)s characters; licence %(number)s has %(left)s of %(included)s left, and "
        "too little prepaid credit is left; buy more."
    ),
    gettext_noop(
        "The text has %(cost)s characters; licence %(number)s has %(left)s of %(included)s left, and "
        "your monthly spend limit is reached; raise it or wait."
    ),
    gettext_noop(
        "This API key may spend %(limit)s characters per month and has %(left)s left; raise its limit "
        "or wait."
    ),
)  # fmt: skip
# why a renewal that would have come by itself was given up
_RENEWALS = (
    gettext_noop(
        "The speaker's consent ends on %(day)s, before another term would. It can be renewed once "
        "they have consented for longer."
    ),
)
_ALL = (*_SENTENCES, *_FINDINGS, *_SPEECH, *_RENEWALS)
_PLACE = re.compile(r"%\((\w+)\)s")
# what was quoted ends its sentence itself: ".”." has one full stop too many
_TWO_STOPS = re.compile(r"([.!?…。][”“»」])[.。]")


def retell(sentence: str) -> str:
    """A sentence of ours in the language in force; as it was written where no translation is known."""
    if not sentence:
        return ""
    told = gettext(sentence)
    if told != sentence:
        return told
    for said, values in _found(sentence):
        return _TWO_STOPS.sub(r"\1", gettext(said) % values)
    return sentence


def finding(reason: str) -> str:
    """What the checks of a reading found, retold without what its speaker is to do about it."""
    for advice in _ADVICE:
        reason = reason.removesuffix(f" {advice}")
    return retell(reason)


def is_known(sentence: str) -> bool:
    """Whether a sentence can be told in the language of a page."""
    return sentence in _ALL or any(_found(sentence))


def _found(sentence: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The sentences with values that this one may be, each with its values."""
    for said, texts, names in _with_values():
        values = _values_in(sentence, texts, names)
        if values is not None:
            yield said, values


@cache
def _with_values() -> list[tuple[str, list[str], list[str]]]:
    """The sentences that hold values: their texts around those, and the values' names."""
    split = ((said, _PLACE.split(said)) for said in _ALL)
    return [(said, parts[::2], parts[1::2]) for said, parts in split if len(parts) > 1]


def _values_in(sentence: str, texts: list[str], names: list[str]) -> dict[str, str] | None:
    """What stands between texts, each found where it first comes: in time linear to the sentence.

    What outsiders wrote may stand in it, so no pattern tries every place for every value.
    """
    first, *between, last = texts
    end = len(sentence) - len(last)
    if not (sentence.startswith(first) and sentence.endswith(last)):
        return None
    place, values = len(first), {}
    for name, text in zip(names, between, strict=False):
        found = sentence.find(text, place + 1, end)
        if found < 0:
            return None
        values[name] = sentence[place:found]
        place = found + len(text)
    if place >= end:
        return None
    return {**values, names[-1]: sentence[place:end]}
