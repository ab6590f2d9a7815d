"""Italian nouns that halves stand behind: "due ore e mezza"."""

from __future__ import annotations

ONE = {  # of many
    "tazze": "tazza",
    "bicchieri": "bicchiere",
    "cucchiai": "cucchiaio",
    "cucchiaini": "cucchiaino",
    "ore": "ora",
    "giorni": "giorno",
    "settimane": "settimana",
    "mesi": "mese",
    "anni": "anno",
    "minuti": "minuto",
    "chili": "chilo",
    "litri": "litro",
    "metri": "metro",
    "chilometri": "chilometro",
    "grammi": "grammo",
    "miglia": "miglio",
    "piedi": "piede",
    "pollici": "pollice",
    "libbre": "libbra",
    "dozzine": "dozzina",
    "giri": "giro",
    "punti": "punto",
    "tonnellate": "tonnellata",
    "ettari": "ettaro",
    "arance": "arancia",
    "mele": "mela",
    "uova": "uovo",
    "cipolle": "cipolla",
    "carote": "carota",
    "limoni": "limone",
    "pagine": "pagina",
    "once": "oncia",
}
HALVED = "|".join(sorted({*ONE, *ONE.values()}))
