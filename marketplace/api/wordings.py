"""How a request is read: in the language of its voice, with the lexicons that it asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from marketplace.api.spoken_before import JUDGED_BEFORE
from marketplace.lexicons import queries as lexicons
from marketplace.licensing.models import ApiKey
from marketplace.licensing.speaking_rights import unknown
from marketplace.policy import services as policy
from marketplace.policy.models import Refusal
from marketplace.policy.patience import Patience
from marketplace.policy.rules import EXPLANATIONS
from marketplace.policy.sounds import heard_texts
from marketplace.refusals import SpeechRefused
from marketplace.retelling import retell
from marketplace.voices.models import Voice
from synthesis.refusals import TextRefused
from synthesis.speech_request import SpeechRequest
from synthesis.text.wording import Wording


def read_with(wanted: SpeechRequest, version_ids: Sequence[str]) -> SpeechRequest:
    """The request, read in its voice's language with these versions of lexicons.

    Raises:
        SpeechRefused: voice_not_found (404); ssml, language_not_spoken, pronunciation,
            text_too_long (422).
    """
    return read_each([wanted], version_ids)[0]


def read_each(wanted: Sequence[SpeechRequest], version_ids: Sequence[str]) -> list[SpeechRequest]:
    """Requests, each read in its voice's language with these versions of lexicons.

    Raises:
        SpeechRefused: what `read_with` refuses.
    """
    languages = _languages_of({each.voice for each in wanted})
    words = lexicons.words_of(version_ids) if version_ids else None
    read = []
    for each in wanted:
        try:
            wording = Wording.of(each.wording.written, languages[each.voice], words)
            before = tuple(
                Wording.of(earlier.written, languages[each.voice], words).last(JUDGED_BEFORE)
                for earlier in each.before
            )
        except TextRefused as refusal:
            raise SpeechRefused(422, refusal.code, retell(str(refusal))) from refusal
        read.append(
            replace(each, wording=wording, before=before, lexicon_versions=tuple(version_ids))
        )
    return read


def _languages_of(slugs: Collection[str]) -> dict[str, str]:
    """The languages of the voices that are asked for; a text that nobody will speak is not read."""
    found = dict(Voice.objects.filter(slug__in=slugs).values_list("slug", "language"))
    for slug in slugs:
        if slug not in found:
            raise unknown(slug)
    return found


class NotToBeHeard(SpeechRefused):
    """A text that may not be spoken; `refusal` stores why."""

    def __init__(self, key: ApiKey, voice: str, objection: policy.Objection) -> None:
        super().__init__(403, "text_refused", EXPLANATIONS[objection.match.category])
        self.key, self.voice, self.objection = key, voice, objection

    def refusal(self) -> Refusal:
        """The stored refusal, which can be appealed."""
        return policy.refuse(key=self.key, voice=self.voice, objection=self.objection)


def require_fit_to_hear(key: ApiKey, wanted: SpeechRequest) -> None:
    """Refuse what may not be heard, however it is written or pronounced; writes nothing.

    For workers: whoever reads a text as the engine does loads the engine's dictionaries.

    Raises:
        NotToBeHeard: what speaks against it.
        SpeechRefused: text_unjudged.
    """
    patience = Patience()
    told = [(wanted.voice, wanted.wording), *wanted.beside]
    languages = _languages_of({voice for voice, _ in told})

    def require(voice: str, text: str, heard: Iterable[str] = ()) -> None:
        objection = policy.objection_to(
            key=key, text=text, use=wanted.use, heard=heard, patience=patience
        )
        if objection is not None:
            raise NotToBeHeard(key, voice, objection)

    for voice, wording in told:
        require(voice, wording.spoken, heard_texts(wording, languages[voice], patience))
    # What is harmless by itself may not be so behind what was just heard, or beside another part
    rows = []
    if wanted.before:
        rows.append([(wording, "") for wording in (*wanted.before, wanted.wording)])
    if wanted.beside:
        rows.append([(wording, languages[voice]) for voice, wording in told])
    for row in rows:
        whole = Wording.together(row)
        heard = heard_texts(whole, languages[wanted.voice], patience)
        require(wanted.voice, whole.spoken, heard)
