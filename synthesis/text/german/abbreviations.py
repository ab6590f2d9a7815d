"""Short words of German, and the units of the kitchen, the shop and the court."""

from __future__ import annotations

_SHORT = {
    "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Hrn.": "Herrn", "Fr.": "Frau", "Mr.": "Mister",
    "Mrs.": "Missis", "Ms.": "Miss", "Frl.": "Fräulein", "Fam.": "Familie", "Fa.": "Firma", "Ing.": "Ingenieur", "Dipl.": "Diplom",
    "Min.": "Minuten", "Sek.": "Sekunden", "Std.": "Stunden", "Tsd.": "Tausend", "Mio.": "Millionen",
    "Mrd.": "Milliarden", "Abs.": "Absatz", "Anm.": "Anmerkung", "Aufl.": "Auflage", "Hrsg.": "Herausgeber",
    "geb.": "geboren", "gest.": "gestorben", "gegr.": "gegründet",
    "max.": "maximal", "min.": "minimal", "mind.": "mindestens", "zzgl.": "zuzüglich", "exkl.": "exklusive",
    "einschl.": "einschließlich", "inkl.": "inklusive", "abzgl.": "abzüglich",
    "evtl.": "eventuell", "ggf.": "gegebenenfalls", "ggü.": "gegenüber", "gem.": "gemäß", "lt.": "laut",
    "bzgl.": "bezüglich", "betr.": "betreffend", "zzt.": "zurzeit", "ca.": "circa",
    "bzw.": "beziehungsweise", "bspw.": "beispielsweise", "vs.": "gegen", "vgl.": "vergleiche",
    "insg.": "insgesamt",

    "usw.": "und so weiter", "usf.": "und so fort", "etc.": "et cetera", "i. d. R.": "in der Regel",
    "u. v. m.": "und vieles mehr", "s. S.": "siehe Seite", "s. o.": "siehe oben", "s. u.": "siehe unten", "a. D.": "außer Dienst",
    "i. A.": "im Auftrag", "i. V.": "in Vertretung", "i. V. m.": "in Verbindung mit", "i. S. d.": "im Sinne des",
    "i. S. v.": "im Sinne von", "i. H. v.": "in Höhe von", "i. R. d.": "im Rahmen des", "i. Allg.": "im Allgemeinen",
    "m. E.": "meines Erachtens", "m. a. W.": "mit anderen Worten", "m. W.": "meines Wissens", "z. T.": "zum Teil",
    "z. Z.": "zurzeit", "z. Zt.": "zurzeit", "z. Hd.": "zu Händen", "v. a.": "vor allem", "o. g.": "oben genannt",
    "u. g.": "unten genannt", "z. B.": "zum Beispiel", "d. h.": "das heißt", "u. a.": "unter anderem",
    "u. Ä.": "und Ähnliches", "o. Ä.": "oder Ähnliches", "u. U.": "unter Umständen", "u. E.": "unseres Erachtens",
    "o. k.": "okay", "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "d. J.": "des Jahres", "d. M.": "des Monats",
    "a. M.": "am Main", "a. d.": "an der", "h. c.": "honoris causa", "e. V.": "e V",
    "b. w.": "bitte wenden", "s. a.": "siehe auch", "v. l. n. r.": "von links nach rechts", "n. b.": "nicht bekannt",
    "Pl.": "Platz", "Str.": "Straße", "St.": "Sankt", "Whg.": "Wohnung", "Zi.": "Zimmer", "Kü.": "Küche",
    "Bhf.": "Bahnhof", "Hbf.": "Hauptbahnhof", "Hbf": "Hauptbahnhof", "Postf.": "Postfach",
    "Stk.": "Stück", "Stck.": "Stück", "Pck.": "Päckchen", "Pkg.": "Packung", "Msp.": "Messerspitze", "TL": "Teelöffel",
    "EL": "Esslöffel", "Tel.": "Telefon", "Tel": "Telefon", "Nr.": "Nummer", "Nrn.": "Nummern", "Jhd.": "Jahrhundert",
    "Jh.": "Jahrhundert", "Abb.": "Abbildung", "Bd.": "Band", "Kap.": "Kapitel", "Tab.": "Tabelle", "Ziff.": "Ziffer",
    "Az.": "Aktenzeichen", "Urt.": "Urteil", "Beschl.": "Beschluss", "lit.": "Litera", "Rspr.": "Rechtsprechung",
    "MwSt.": "Mehrwertsteuer", "MwSt": "Mehrwertsteuer", "USt.": "Umsatzsteuer", "USt": "Umsatzsteuer",
    "USt-IdNr.": "Umsatzsteuer-Identifikationsnummer", "St.-Nr.": "Steuernummer", "Art.-Nr.": "Artikelnummer",
    "Kd.-Nr.": "Kundennummer", "Best.-Nr.": "Bestellnummer", "Rg.-Nr.": "Rechnungsnummer", "Re.-Nr.": "Rechnungsnummer",
    "Tel.-Nr.": "Telefonnummer", "Hs.-Nr.": "Hausnummer", "Konto-Nr.": "Kontonummer", "Kto.": "Konto",
    "Jan.": "Januar", "Feb.": "Februar", "Febr.": "Februar", "Apr.": "April", "Aug.": "August", "Sept.": "September",
    "Okt.": "Oktober", "Nov.": "November", "Dez.": "Dezember", "Strg": "Steuerung",
    "NK": "Nebenkosten", "EBK": "Einbauküche", "Whgen.": "Wohnungen",
    "tgl.": "täglich", "wchtl.": "wöchentlich", "jhrl.": "jährlich", "vorauss.": "voraussichtlich",
    "MfG": "Mit freundlichen Grüßen",
    **{f"{word} {short}": f"{word} {said}" for word in ("aus", "nach", "Richtung", "im") for short, said in {"NW": "Nordwest", "NO": "Nordost", "SW": "Südwest", "SO": "Südost"}.items()},
    "Ri.": "Richtung", "Fahrtr.": "Fahrtrichtung",
    "li.": "links", "re.": "rechts", "Wfl.": "Wohnfläche", "verfügb.": "verfügbar", "Bestellnr.": "Bestellnummer",
    "rd.": "rund", "zw.": "zwischen", "wg.": "wegen", "gez.": "gezeichnet", "Ltg.": "Leitung",
    "Abt.": "Abteilung", "Vers.": "Versicherung", "sof.": "sofort", "spätest.": "spätestens", "Mitgl.": "Mitglieder", "Feiert.": "Feiertage",
    "Hg.": "Herausgeber", "Bsp.": "Beispiel", "Frühst.": "Frühstück", "vorbeh.": "vorbehalten", "geschl.": "geschlossen", "Abf.": "Abfahrt",
    "Ank.": "Ankunft", "Kfm.": "Kaufmann", "Kffr.": "Kauffrau", "mult.": "multiplex", "Bearb.": "Bearbeitung", "Verf.": "Verfasser",
    "Verl.": "Verlag", "Übers.": "Übersetzung", "Kl.": "Klasse", "Mwst.": "Mehrwertsteuer", "Ges.": "Gesellschaft", "Vors.": "Vorsitzender",
    "Geschw.": "Geschwister", "Gebr.": "Gebrüder", "Stv.": "Stellvertreter", "Anz.": "Anzahl", "Bem.": "Bemerkung", "Bez.": "Bezirk",
    "Lkr.": "Landkreis", "Univ.": "Universität", "Inst.": "Institut", "Ber.": "Bericht", "Anh.": "Anhang", "Einl.": "Einleitung",
    "Tel-Nr.": "Telefonnummer", "Tel.Nr.": "Telefonnummer", "BGBl.": "Bundesgesetzblatt", "BT-Drs.": "Bundestagsdrucksache",
    "BT-Drucks.": "Bundestagsdrucksache", "BR-Drs.": "Bundesratsdrucksache", "u. v. a.": "und viele andere", "u. v. a. m.": "und viele andere mehr",
    "u. a. m.": "und andere mehr", "i. e. S.": "im engeren Sinne", "i. w. S.": "im weiteren Sinne", "p. a.": "pro Jahr", "p. P.": "pro Person",
    "k. A.": "keine Angabe", "k. o.": "k o", "u. s. w.": "und so weiter", "a. a. O.": "am angegebenen Ort", "d. Ä.": "der Ältere", "d. Gr.": "der Große",
    "c. t.": "cum tempore", "s. t.": "sine tempore", "v. u. Z.": "vor unserer Zeitrechnung", "n. u. Z.": "nach unserer Zeitrechnung",
    "u. Z.": "unserer Zeitrechnung", "b. a. W.": "bis auf Weiteres", "b. a. w.": "bis auf Weiteres", "o. B.": "ohne Befund", "u. A. w. g.": "um Antwort wird gebeten",
    "o. ä.": "oder ähnliche", "u. ä.": "und ähnliche", "o. d. T.": "ob der Tauber", "i. Br.": "im Breisgau", "i. Tr.": "in der Trockenmasse",
    "A. D.": "Anno Domini", "i. O.": "in Ordnung", "n. i. O.": "nicht in Ordnung", "u. dgl.": "und dergleichen", "u. dergl.": "und dergleichen",
    "z. Hdn.": "zu Händen", "m. b. H.": "mit beschränkter Haftung", "bzw": "beziehungsweise", "zB": "zum Beispiel", "zb": "zum Beispiel",
    "usw": "und so weiter", "evtl": "eventuell", "ggf": "gegebenenfalls", "inkl": "inklusive", "vgl": "vergleiche", "ca": "circa", "mind": "mindestens",
    "d.h": "das heißt", "ZKB": "Zimmer, Küche, Bad", "insb.": "insbesondere", "insbes.": "insbesondere", "ü. NN": "über Normalnull", "ü. NHN": "über Normalhöhennull", "ü. d. M.": "über dem Meer", "n. d.": "nach dem",
    "π": "Pi",
}  # fmt: skip
BEFORE_NUMBERS = {  # "Diese Art." is no article
    "S.": "Seite", "Art.": "Artikel", "Gr.": "Größe", "Bj.": "Baujahr", "Rn.": "Randnummer", "Tz.": "Textziffer",
    "Anl.": "Anlage", "Nr.": "Nummer", "Urt. v.": "Urteil vom", "s.": "siehe", "St.": "Stück", "Kl.": "Klasse", "Pkt.": "Punkt", "Pos.": "Position",
    "No.": "Nummer", "Nr": "Nummer", "Gl.": "Gleis", "EZ": "Erstzulassung", "Ps": "Psalm", "Jg.": "Jahrgang", "op.": "Opus", "Op.": "Opus", "Ø": "durchschnittlich", "H.": "Heft",
    "PLZ": "Postleitzahl", "BLZ": "Bankleitzahl", "Hs.": "Haus", "Zi.": "Zimmer", "KW": "Kalenderwoche",
}  # fmt: skip
UNITS = {  # (one, many), behind a number
    "TL": ("Teelöffel", "Teelöffel"), "EL": ("Esslöffel", "Esslöffel"), "Pck.": ("Päckchen", "Päckchen"),
    "Pkg.": ("Packung", "Packungen"), "Msp.": ("Messerspitze", "Messerspitzen"), "Bd.": ("Bund", "Bund"),
    "Stk.": ("Stück", "Stück"), "Stck.": ("Stück", "Stück"), "Fl.": ("Flasche", "Flaschen"),
    "Tabl.": ("Tablette", "Tabletten"), "Tbl.": ("Tablette", "Tabletten"), "Pers.": ("Person", "Personen"), "Std.": ("Stunde", "Stunden"),
    "Min.": ("Minute", "Minuten"), "Sek.": ("Sekunde", "Sekunden"), "Std": ("Stunde", "Stunden"),
    "Min": ("Minute", "Minuten"), "Sek": ("Sekunde", "Sekunden"), "Mon.": ("Monat", "Monate"), "J.": ("Jahr", "Jahre"), "Tg.": ("Tag", "Tage"),
    "Mio.": ("Million", "Millionen"), "Mio": ("Million", "Millionen"), "Mrd.": ("Milliarde", "Milliarden"),
    "Wo.": ("Woche", "Wochen"), "ct": ("Cent", "Cent"), "Ct": ("Cent", "Cent"), "Ct.": ("Cent", "Cent"), "PS": ("PS", "PS"),
    "kWp": ("Kilowatt Peak", "Kilowatt Peak"), "U/min": ("Umdrehung pro Minute", "Umdrehungen pro Minute"), "dB": ("Dezibel", "Dezibel"), "Ztr.": ("Zentner", "Zentner"),
    "l/100 km": ("Liter auf hundert Kilometer", "Liter auf hundert Kilometer"), "Pfd.": ("Pfund", "Pfund"),
    "Ah": ("Amperestunde", "Amperestunden"), "Einw.": ("Einwohner", "Einwohner"), "Pkt.": ("Punkt", "Punkte"), "Kal.": ("Kalorie", "Kalorien"),
    "Mill.": ("Million", "Millionen"), "qm": ("Quadratmeter", "Quadratmeter"), "cbm": ("Kubikmeter", "Kubikmeter"),
    "m/s²": ("Meter pro Sekunde Quadrat", "Meter pro Sekunde Quadrat"),
    "qkm": ("Quadratkilometer", "Quadratkilometer"), "cl": ("Zentiliter", "Zentiliter"), "kcal": ("Kilokalorie", "Kilokalorien"),
}  # fmt: skip
PER = (  # what something is counted per, behind a slash
    r"Tag|Woche|Monat|Jahr|Stunde|Minute|Person|Nacht|Stück|Quartal|Liter|Kilo|kg|km|kWh|m²|qm|Flasche|Packung|Seite|Kopf|Kind|Zimmer"
)


def _spellings(short: str) -> list[str]:
    """ "z. B." is written with a space, a narrow one, or none."""
    return [short, short.replace(" ", "\u00a0"), short.replace(" ", "")]


ABBREVIATIONS = {each: said for short, said in _SHORT.items() for each in _spellings(short)}
