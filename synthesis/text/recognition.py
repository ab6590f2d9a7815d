"""Which language a sentence in Latin letters is in, by the small words that no sentence does without.

It answers only where a sentence is clearly in another language than its text: names, titles and a
few borrowed words stay with the voice's own.
"""

from __future__ import annotations

import re
from functools import lru_cache

MIN_WORDS = 5
MIN_MARKED = 3  # words of a sentence that begins with ¿ or ¡
MIN_WEIGHT = 1.8  # weight of the small words
MIN_WEIGHT_REFUSED = 2.8  # where no voice speaks it
SHARE = 0.18  # of that weight in the number of words
TIMES = 2.5  # as much as for the voice's own language
SECOND = 1.2  # as much as for the next best
_WORD = re.compile(r"[^\W\d_]+['’]?")

# Words that hold sentences together, and those that also stand in names and titles ("La Casa de …")
_STRONG = {
    "en": """i you he she it we they me him us them my your his our their this that these those is are was were
        am be been being have has had do does did don doesn didn won isn aren wasn will would can could
        should must not what who when where why how which there here if because but than then so as with
        from about into just very only also some any all no yes please let going want know the of
        and after before today tomorrow yesterday back again never always something other their""",
    "es": """yo tú él ella nosotros ellos ellas usted ustedes me te se nos lo le les mi su sus mis tu tus este
        esta esto ese esa eso estos estas es son era eran fue fueron ser está están estaba estoy hay ha han he
        tiene tienen tengo puede pueden quiero hace hacer no sí que qué quién cuándo dónde cómo porque pero
        si cuando como para por con sin sobre muy más ya también aquí ahora nada todo todos siempre nunca
        hasta desde entre donde quien había ser cada otro otra así aunque mientras según algo mejor bien ayer hoy
        mañana después antes voy va vamos dijo luego""",
    "fr": """je tu il elle nous vous ils elles me te se mon ma mes ton ta tes son sa ses notre votre leur ce
        cet cette ces est sont était étaient être suis es sommes êtes ai as avons avez ont avait c' j' n' qu' s'
        m' t' ne
        pas que qui quoi quand où comment pourquoi parce mais si comme pour par avec sans sur dans très plus
        aussi ici tout tous toujours jamais rien bien fait faire peut dit même chez donc car dont lorsque
        puis encore déjà cela ça y on été peu alors depuis entre hier
        aujourd' demain après avant va vais vas allé voir rien quand""",
    "it": """io lui lei noi voi loro mi ti si ci vi lo gli mio mia tuo tua suo sua nostro vostro questo questa
        questi queste quello quella è sono era erano essere sei siamo stato stata ho hai ha abbiamo hanno
        aveva c' non che chi cosa quando dove come perché ma se per con senza sul sulla molto più anche qui
        tutto tutti sempre mai niente bene fa fare può nel nella dal dalla così già poi ancora quanto
        ogni solo però quindi mentre alla allo degli delle dei so sia sta sto vado va ieri oggi domani dopo
        prima stasera andato abbia sarà""",
    "pt": """eu ele ela nós eles elas você vocês me te se lhe meu minha seu sua seus suas nosso este esta isso
        isto esse essa aquele é são era eram foi foram ser está estão estava estou tem têm tenho há pode podem
        quero faz fazer não sim que quem quando onde como porque mas para por com sem sobre muito mais
        já também aqui agora nada tudo todos sempre nunca até desde entre pelo pela num numa ao aos à
        ou bem só cada outro outra assim havia isso depois ontem hoje amanhã antes vou vai vamos disse onde""",
    "de": """ich du er sie es wir ihr mich dich ihn uns euch mein meine dein sein seine unser dieser diese
        dieses das ist sind war waren bin bist sein haben hat hatte hast kann können muss will wird werden
        wurde nicht kein keine was wer wann wo wie warum weil aber wenn als ob dass daß für mit ohne auf
        aus bei nach vor über unter sehr mehr auch hier alles immer nie nichts nur noch schon und oder
        zu zum zur vom beim man sich den dem einen einem einer eines eine heute gestern doch mal""",
    "nl": """ik jij je hij zij ze wij we jullie mij me hem haar ons mijn jouw zijn onze deze dit dat is was
        waren ben bent heb hebt heeft hebben had kan kunnen moet wil wordt worden werd niet geen wat wie wanneer
        waar hoe waarom omdat maar als dan voor met zonder op uit bij naar over onder zeer meer ook hier
        alles altijd nooit niets alleen nog al en of te een het er aan door""",
}
_WEAK = {
    "en": "a an or in on at to for by",
    "es": "el la los las un una unos unas de del al a en y o e",
    "fr": "le la les un une des du de d l au aux à en et ou",
    "it": "il lo la i gli le un uno una di del della dei delle da in a al alla e o l' d' nell' dell' all'",
    "pt": "o a os as um uma uns umas de do da dos das em no na nos nas e",
    "de": "der die das ein im am in an von",
    "nl": "de den van in",
}
_ENDINGS = {  # of words of five letters and more
    "en": ("ing", "tion", "ness", "ight", "ould", "ough", "ed", "ly"),
    "es": ("ción", "ciones", "ado", "ados", "ando", "iendo", "dad", "mente", "ería", "aba", "ían"),
    "fr": ("eux", "euse", "ment", "ait", "aient", "ée", "ées", "és", "ez", "ons", "tion", "ique"),
    "it": ("zione", "zioni", "are", "ere", "ire", "ando", "endo", "ato", "ati", "uto", "mente", "tà"),
    "pt": ("ção", "ções", "ado", "ados", "ando", "endo", "indo", "dade", "mente", "ava", "inho", "agem"),
    "de": ("ung", "ungen", "lich", "keit", "heit", "isch", "chen", "sch", "ieren", "ten"),
    "nl": ("ijk", "heid", "ing", "aan", "oor", "sch", "eren"),
}  # fmt: skip
_LETTERS = {"ñ¿¡": "es", "ãõ": "pt", "ß": "de", "œêûî": "fr", "ìò": "it"}
RECOGNIZED = {  # the language that such a sentence is spoken in, None where no voice can
    "en": "en-US", "es": "es", "fr": "fr", "it": "it", "pt": "pt-BR", "de": None, "nl": None,
}  # fmt: skip


@lru_cache(maxsize=1)
def _weights() -> dict[str, dict[str, float]]:
    """By word: how much it speaks for each language; more where few others have it."""
    found: dict[str, dict[str, float]] = {}
    for table, weight in ((_WEAK, 0.5), (_STRONG, 1.0)):
        for language, words in table.items():
            for word in words.split():
                found.setdefault(word, {})[language] = weight
    return {
        word: {language: weight / len(said) ** 0.5 for language, weight in said.items()}
        for word, said in found.items()
    }


def evidence(sentence: str) -> tuple[dict[str, float], int]:
    """By language, the weight of the words that speak for it; and the number of words."""
    plain = sentence.lower().replace("\u00ad", "")
    words = _WORD.findall(plain)
    scores = dict.fromkeys(RECOGNIZED, 0.0)
    for word in words:
        bare = word.rstrip("'’")
        known = _weights().get(f"{bare}'" if bare != word else bare) or _weights().get(bare)
        if known:
            for language, weight in known.items():
                scores[language] += weight
        elif len(bare) >= 5:
            for language, endings in _ENDINGS.items():
                scores[language] += 0.4 * bare.endswith(endings)
    for letters, language in _LETTERS.items():
        if any(letter in plain for letter in letters):
            scores[language] += 0.7
    return scores, len(words)


def recognized(sentence: str, own: str) -> str:
    """The language ("es") that a sentence is clearly in; else `own`, the first two letters of a tag."""
    scores, words = evidence(sentence)
    if words < (MIN_MARKED if sentence[:1] in "¿¡" else MIN_WORDS):
        return own
    best, second = sorted(scores, key=lambda each: scores[each], reverse=True)[:2]
    mine = scores.get(own, 0.0)
    clear = (
        best != own
        and scores[best]
        >= max(MIN_WEIGHT if RECOGNIZED[best] else MIN_WEIGHT_REFUSED, SHARE * words)
        and scores[best] >= TIMES * mine
        and scores[best] >= SECOND * scores[second]
    )
    return best if clear else own
