"""Words of two sounds that their part of speech doesn't tell apart, or that taggers take for another.

Every sense names what stands before the word and behind it; the first that fits has the word, and a
word that no sense fits is left to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class _Sense:
    """phonemes: of the word; before, after: what must touch it; near: a word of the sentence."""

    phonemes: str
    before: re.Pattern[str]
    after: re.Pattern[str]
    near: re.Pattern[str] | None


def _sense(phonemes: str, before: str = "", after: str = "", near: str = "") -> _Sense:
    return _Sense(
        phonemes,
        re.compile(rf"(?:{before})$" if before else r"$", re.I),
        re.compile(after or "", re.I),
        re.compile(rf"\b(?:{near})\b", re.I) if near else None,
    )


_END = r"(?=\s*(?:[.,;:!?]|$))"
_MODAL = (
    r"\b(?:to|will|would|can|could|may|might|must|should|shall|not|never|who|they|we|you|I|don't|"
    r"didn't|won't|can't|cannot)\s"
)
_TOOK_A = r"\b(?:took|take|takes|taking|taken|gave|made|a deep|a final|a low|one last|final)\s(?:a\s|his\s|her\s|their\s)?(?:\w+\s)?"
_METALS = (
    "metals?|copper|zinc|tin|iron|steel|mercury|cadmium|arsenic|toxic|toxins?|poison\\w*|elements?|solder\\w*|"
    "alloys?|ore|smelt\\w*|mined?|miners?|melt\\w*|molten|pewter|pipes?|bullets?|contaminat\\w*|paint|"
    "gold|silver|weigh\\w*|heavy|roof|radiation|x-rays?|pencils?"
)
_NOT_METAL = r"(?!\s(?:singer|guitar|guitarist|role|author|actor|actress|vocals?|vocalist|developer|engineer|designer|character|time|times|story|investigator|counsel|to|us|the way|them|him|her|me|by|in the race|into|out|up)\b)"
_FISH = (
    "fish\\w*|lakes?|river|caught|catch|grilled|striped|largemouth|smallmouth|pond|fillets?|hook\\w*|bait|"
    "trout|salmon|angler\\w*|reel\\w*|rod|perch|swam|sea"
)
_SENSES: Mapping[str, tuple[_Sense, ...]] = {
    "lead": (
        _sense("lˈɛd", after=r"[\s-](?:pipes?|paint|poisoning|bullets?|acid|shields?|weights?|crystal|ore|mines?|roof|glass|sulphate|oxide|shot|apron|levels?|exposure|content)\b"),
        _sense("lˈɛd", before=r"\b(?:made|out|full|lump|sheets?|pipes?|bullets?|tons?|pounds?|kilos?|piece|traces?|amounts?|levels?|bars?)\s(?:out\s)?of\s", after=_NOT_METAL),
        _sense("lˈɛd", before=r"\b(?:molten|melted|heavy as|pure|like|pencil|of|toxic)\s", after=_END),
        _sense("lˈɛd", before=r"\bpencil\s"),
        _sense("lˈɛd", before=r"\bget(?:s|ting)?\sthe\s", after=r"\sout\b"),
        _sense("lˈɛd", after=r"\s(?:is|was)\s(?:poisonous|toxic|heavy|melted|molten|removed|mined|soft|dense|a\s(?:heavy\s|soft\s)?metal|found\sin)\b"),
        _sense("lˈɛd", before=r"^", after=r"\s(?:is|was|melts|poisons|contaminat\w+)\b"),
        _sense("lˈɛd", before=r"(?<!the\s)(?<!\ba\s)(?<!to\s)(?<!will\s)(?<!they\s)(?<!we\s)(?<!you\s)\b(?:of|and|with|than|have|has|had|some|contains?|containing|from|or|took|as|some|no|zinc,|tin,|copper,|iron,|mercury,|remove|mine|mined)\s", after=_NOT_METAL + r"(?!\s(?:a|an|the|his|her|its|their|our|you)\b)", near=_METALS),
    ),
    "bass": (
        _sense("bˈæs", near=_FISH, after=r"(?!\s(?:guitar|line|drum|player|clef|note|solo|voice))"),
        _sense("bˈAs"),
    ),
    "row": (
        _sense("ɹˈO", before=r"\b(?:in|on|front|back|first|second|third|last|top|bottom|next|each|every|per)\s(?:a\s|the\s|one\s)?(?:\w+\s)?"),
        _sense("ɹˈW", before=r"\b(?:terrible|furious|huge|blazing|heated|flaming|almighty|bitter|public|political|diplomatic|awful|nasty|blistering)\s", after=r"(?!\sof\b)"),
        _sense("ɹˈW", before=r"\b(?:had|have|has|having|another)\s(?:(?:a|an|another)\s)?(?:\w+\s)?", after=r"(?!\s(?:of|house))"),
        _sense("ɹˈW", before=r"\b(?:a|the|this|that|latest)\s", after=r"\s(?:about|over(?!\sthere)|with|between|broke out|erupted|has erupted)\b"),
    ),
    "tear": (
        _sense("tˈɛɹ", before=r"\b(?:a|the|this|small|big|long|huge|muscle|ligament|tendon|cartilage|meniscus|retinal|acl|wear and)\s", after=r"(?:\s(?:across|through|along|down the|in)\b(?!\s(?:his|her|my|your|their)\seyes?))"),
        _sense("tˈɛɹ", before=r"\b(?:wear and|muscle|ligament|tendon|cartilage|meniscus|retinal|cuff)\s"),
        _sense("tˈɛɹ", before=r"^", after=r"\s(?:along|off|up|down|out|open|here|apart|into|back|through)\b"),
    ),
    "live": (
        _sense("lˈIv", before=r"\b(?:it|them|him|her|broadcast|broadcasts|broadcasting|streamed|streaming|go|goes|going|went|gone|performed|performing|performs|play|played|playing|reporting|aired|airing|airs|recorded|sung|appeared|appearing|band)\s", after=r"(?!\s(?:in|with|together|alone|happily|long|up)\b(?!\s(?:concert|front|studio)))"),
        _sense("lˈIv", after=r"\s(?:on|from)\s(?:tv|air|stage|television|radio|youtube|twitch|camera|the air|the scene)\b"),
        _sense("lˈIv", before=r"^", after=r"\s(?:from|at|coverage|music|updates?|now)\b"),
    ),
    "read": (
        _sense("ɹˈɛd", before=r"\b(?:have|has|had|having|haven't|hasn't|hadn't|I've|you've|we've|they've|he'd|she'd)\s(?:(?:you|he|she|they|we|I|not|never|ever|already|just|also|even|all|only|always|recently|everyone|anyone)\s){0,2}"),
        _sense("ɹˈid", before=r"\b(?:I|you|we|they|who|people|children|kids)\s(?:(?:often|usually|always|sometimes|never|rarely|also|mostly)\s)?", near="every|each|often|usually|always|sometimes|daily|nowadays", after=r"(?!.*\b(?:yesterday|last|ago|once|then)\b)"),
    ),
    "minute": (
        _sense("mInjˈut", after=r"\s(?:amounts?|details?|quantity|quantities|traces?|particles?|differences?|changes?|fraction|portion|quantum|cracks?|organisms?|variations?|dose|doses|scale|examination)\b"),
        _sense("mInjˈut", before=r"\b(?:so|very|extremely|incredibly|almost|too|differences? (?:is|was|are|were)|in)\s", after=r"(?=[.,;]|$|\s(?:that|and|as|detail))"),
    ),
    "content": (
        _sense("kəntˈɛnt", before=r"\b(?:made|make|makes|keep|keeps|kept)\s(?:him|her|me|them|us|you)\s", after=_END),
        _sense("kəntˈɛnt", before=r"\b(?:felt|feel|feels|feeling|am|is|are|was|were|be|been|being|seem|seems|seemed|quite|perfectly|very|not|looked|looks|grew|remain|remains|remained|more|less|I'm|he's|she's|they're)\s", after=r"(?:\s(?:with|to|in life|just|enough)\b|" + _END + ")"),
    ),
    "desert": (_sense("dəzˈɜɹt", before=_MODAL),),
    "deserts": (_sense("dəzˈɜɹts", before=r"\bjust\s"), _sense("dəzˈɜɹts", before=r"\b(?:he|she|who)\s")),
    "contract": (_sense("kəntɹˈækt", before=r"\b(?:muscles?|vessels|pupils|lungs|metals?|expand and|expands? or|markets?)\s|" + _MODAL, after=r"(?!\s(?:is|was|has|says)\b)"),),
    "export": (_sense("ɪkspˈɔɹt", before=_MODAL + r"|^[\"']?", after=r"(?=\s(?:the|a|an|your|my|it|them|all|as|to|wine|goods|data|[a-z]+s)\b)"),),
    "conflict": (_sense("kənflˈɪkt", before=r"\b(?:views|reports|accounts|schedules|interests|stories|versions|ideas|opinions|dates|goals|results|statements|often|sometimes)\s|" + _MODAL),),
    "resume": (_sense("ɹˈɛzəmˌA", before=r"\b(?:your|my|his|her|their|our|a|the|this|updated|impressive)\s", after=r"(?!\s(?:the|his|her|your|their|my|its|a)\b)"),),
    "resumes": (_sense("ɹˈɛzəmˌAz", before=r"\b(?:your|my|his|her|their|our|of|the|these|hundred|many|send|sent|received|review)\s", after=r"(?!\s(?:the|his|her|your|their|my|its|a)\b)"),),
    "bow": (
        _sense("bˈW", before=_TOOK_A),
        _sense("bˈW", after=r"\s(?:of\s(?:the|a|our|his)\s(?:ship|boat|vessel|canoe|ferry|yacht)|down|to\s(?:the|his|her|no|stern)|before)\b"),
        _sense("bˈW", before=r"\b(?:ship's|boat's|the port|the starboard|from)\s"),
    ),
    "sow": (_sense("sˈW", before=r"\b(?:the|a|old|pregnant|mother)\s", after=r"(?:\s(?:and|had|has|fed|lay|gave|was|is|with|grunted|snorted)\b|" + _END + ")"),),
    "Polish": (_sense("pˈɑlɪʃ", before=r"^[\"']?", after=r"\s(?:the|your|my|his|her|it|them|all|these|those|this|that|each|every|until|with|and buff)\b"),),
    "Nice": (_sense("nˈis", before=r"\b(?:in|to|from|near|of)\s", after=r"(?!\s[a-z])"), _sense("nˈis", before=r"\b(?:in|to|from|near)\s", after=r"\s(?:was|is|has|last|next|this|yesterday|airport)\b"), _sense("nˈis", after=r",\sFrance\b")),
    "Reading": (_sense("ɹˈɛdɪŋ", before=r"\b(?:in|to|from|near|at|of)\s", after=r"(?!\s(?:[a-z]+ing|list|books?|room|comprehension|and Writing)\b)"), _sense("ɹˈɛdɪŋ", after=r",\s(?:Pennsylvania|England|Berkshire)\b|\s(?:FC|Festival)\b")),
    "number": (_sense("nˈʌməɹ", after=r"\s(?:than\s(?:before|ever|the other|mine)|and number)\b"),),
    "learned": (_sense("lˈɜɹnɪd", before=r"\b(?:a|the|most|very|my|our|many|this|his|her)\s", after=r"\s(?:man|men|woman|women|friends?|colleagues?|judges?|scholars?|counsel|society|professors?|gentlem[ae]n|journals?|essays?)\b"),),
    "aged": (_sense("ˈAʤɪd", after=r"\s(?:man|men|woman|women|parents?|father|mother|grand\w+|people|relatives?|couple|aunt|uncle)\b"), _sense("ˈAʤɪd", before=r"\bthe\s", after=_END)),
    "blessed": (_sense("blˈɛsɪd", before=r"\b(?:a|the|this|that|every|most|our|whole)\s", after=r"\s[a-z]|\s(?:Virgin|Sacrament|Mother)"),),
    "bowed": (_sense("bˈOd", after=r"\s(?:legs?|outwards?|strings?|instruments?|shelf|shelves)\b"), _sense("bˈWd")),
    "axes": (_sense("ˈæksᵻz", near=r"wood|chop\w*|trees?|swung|sharpen\w*|lumber\w*|battle|blades?|hatchets?|throw\w*|saws?|knives"),),
    "bases": (_sense("bˈAsᵻz", near=r"loaded|military|air|army|naval|runners?|stole|steal\w*|baseball|inning|cover\w*|touch|pairs?|troops"),),
    "moped": (_sense("mˈOpˌɛd", before=r"\b(?:a|the|his|her|my|your|their|our|by|on|this|that)\s(?:\w+\s)?"),),
    "protest": (_sense("pɹətˈɛst", before=r"\b(?:they|we|to|will|would|I|you|workers|students|people|who|farmers|may)\s", after=r"(?!\s(?:is|was|marche?s?|groups?|movement)\b)"),),
    "slough": (_sense("slˈʌf", after=r"\s(?:off|away)\b"),),
    "Job": (_sense("ʤˈOb", before=r"\b[Bb]ook\sof\s|\bpatience\sof\s"),),
    "Rodeo": (_sense("ɹOdˈAO", after=r"\sDrive\b"),),
    "putting": (_sense("pˈʌTɪŋ", after=r"\s(?:greens?|surface|practice|stroke)\b"),),
    "does": (_sense("dˈOz", before=r"\b(?:the|these|those)\s", after=r"\s(?:are|were|graze|grazed|ran|run|fled|leapt)\b"), _sense("dˈOz", before=r"\b(?:two|three|four|five|several|many|bucks and|and her|stags and)\s", after=r"(?!\s(?:not|it|he|she|this|that)\b)"),),
}  # fmt: skip
_WORDS = re.compile(
    rf"(?<![\w'\[-])(?:{'|'.join(sorted(_SENSES, key=len, reverse=True))})(?![\w\]])", re.I
)
_COMMAND = re.compile(
    r"^[\"']?([A-Z][a-z]+)(?=\s(?:the|a|an|your|my|his|her|its|our|their|this|these|those|all|each|it|them|any)\b)"
)


def _said(match: re.Match[str], text: str) -> str | None:
    senses = _SENSES.get(match[0]) or _SENSES.get(match[0].lower(), ())
    before = text[max(0, match.start() - 60) : match.start()]
    for sense in senses:
        if (
            sense.before.search(before)
            and sense.after.match(text, match.end())
            and (sense.near is None or sense.near.search(text))
        ):
            return sense.phonemes
    return None


def marked(text: str, lexicon: Mapping[str, Any] | None = None) -> str:
    """The text with such words in the reader's notation, "[lead](/lˈɛd/)".

    lexicon: word -> phonemes by part of speech, which tells how a command begins: "Insert the coin".
    """

    def mark(match: re.Match[str]) -> str:
        said = _said(match, text)
        return f"[{match[0]}](/{said}/)" if said else match[0]

    def command(match: re.Match[str]) -> str:
        verb = _verb(match[1], lexicon or {})
        return f"[{match[1]}](/{verb}/)" if verb else match[0]

    return _COMMAND.sub(command, _WORDS.sub(mark, text))


def _verb(word: str, lexicon: Mapping[str, Any]) -> str | None:
    """How a word that is also a noun is said as a verb, None where there is no difference."""
    entry = lexicon.get(word.lower())
    if not isinstance(entry, dict) or not entry.keys() & {"VERB", "NOUN"}:
        return None
    said: str | None = entry.get("VERB", entry.get("DEFAULT"))
    return said
