"""Lexicons of an organization: their versions, their limits, and what they may not make heard."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from marketplace.accounts import organizations
from marketplace.api import wordings
from marketplace.compliance.models import AuditEvent
from marketplace.lexicons import entries as judging
from marketplace.lexicons import pls, queries, services
from marketplace.lexicons.models import Lexicon, LexiconEntry
from marketplace.licensing import api_keys, reservations, spoken_texts
from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy import services as policy
from marketplace.policy.given import sounding_like
from marketplace.policy.models import Refusal
from marketplace.policy.sounds import heard_texts
from marketplace.refusals import Refused, SpeechRefused
from synthesis.text.espeak import espeak_phonemes
from synthesis.text.lexicon import Entry
from synthesis.text.wording import Wording
from tests import factories
from tests.processor_time import within

pytestmark = pytest.mark.django_db
W3C = Entry("W3C", alias="World Wide Web Consortium")


@pytest.fixture
def key() -> ApiKey:
    return factories.make_key()[0]


def _lexicon(key: ApiKey, *entries: Entry, **options: Any) -> Lexicon:
    return services.create_lexicon(
        organization=key.organization, name="Brands", by=key.owner, entries=entries, **options
    )


def _words(lexicon: Lexicon) -> list[str]:
    return sorted(row.word for row in lexicon.latest.entries)


def _refusal(entry: Entry, key: ApiKey) -> str:
    with pytest.raises(Refused) as refused:
        _lexicon(key, entry)
    assert not Lexicon.objects.exists()
    return refused.value.code


def test_a_version_stays_as_it_was(key: ApiKey) -> None:
    lexicon = _lexicon(key, W3C, Entry("GIF", ipa="dʒɪf"))
    first = lexicon.latest
    services.revise(lexicon=lexicon, by=key, add=[Entry("W3C", alias="the web's consortium")])
    services.revise(
        lexicon=lexicon, by=key, remove_words=["GIF"], add=[Entry("IETF", alias="I E T F")]
    )
    assert _words(lexicon) == ["IETF", "W3C"]
    assert {row.word: row.alias or row.ipa for row in first.entries} == {
        "W3C": "World Wide Web Consortium", "GIF": "dʒɪf"}  # fmt: skip
    assert [v.size for v in lexicon.versions.all()] == [2, 2, 2]
    said = Wording.of("W3C", "en-US", queries.words_of([str(first.public_id)])).spoken
    assert said == "World Wide Web Consortium"
    actions = AuditEvent.objects.filter(subject_type="lexicons.lexicon").values_list(
        "action", "details"
    )
    assert sorted(action for action, _ in actions) == [*["lexicon.changed"] * 2, "lexicon.created"]
    assert "web" not in str(list(actions))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Entry("", alias="x"), "entry_word"),
        (Entry("?!", alias="x"), "entry_word"),
        (Entry("x" * 81, alias="x"), "entry_word"),
        (Entry("cat"), "entry_alias"),
        (Entry("cat", alias="dog", ipa="kæt"), "entry_alias"),
        (Entry("cat", alias="x" * 201), "entry_alias"),
        (Entry("cat", alias="…"), "entry_alias"),
        (Entry("cat", alias="dog", language="tlh"), "entry_language"),
        (Entry("cat", ipa="aɪ wɪl kɪl juː"), "pronunciation"),
        (Entry("猫", ipa="ʂa"), "pronunciation"),
        (Entry("cat", alias="I will kill you and your family"), "text_refused"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_and_nothing_is_stored(
    entry: Entry, code: str, key: ApiKey
) -> None:
    assert _refusal(entry, key) == code


def test_limits_hold(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_ENTRIES", 2)
    monkeypatch.setattr(services, "MAX_LEXICONS", 1)
    lexicon = _lexicon(key, W3C, Entry("GIF", ipa="dʒɪf"))
    for refuse in (
        lambda: services.revise(lexicon=lexicon, by=key, add=[Entry("A", alias="B")]),
        lambda: _lexicon(key),
    ):
        with pytest.raises(Refused, match=r"limit|at most"):
            refuse()
    assert lexicon.versions.count() == 1
    services.archive(lexicon=lexicon, by=key)
    _lexicon(key)
    with pytest.raises(Refused, match="limit"):
        services.archive(lexicon=lexicon, by=key, archived=False)


def test_only_who_makes_keys_changes_lexicons(key: ApiKey) -> None:
    lexicon = _lexicon(key)
    stranger = factories.make_user()
    other, _ = factories.make_key()
    finance = factories.make_user()
    team = organizations.create_organization(name="Studio", by=key.owner)
    team.memberships.create(user=finance, role="finance")
    theirs = services.create_lexicon(organization=team, name="Team", by=key.owner)
    for by, which in ((stranger, lexicon), (other, lexicon), (finance, theirs)):
        with pytest.raises(Refused):
            services.revise(lexicon=which, by=by, add=[W3C])
        with pytest.raises(Refused):
            services.archive(lexicon=which, by=by)
        with pytest.raises(Refused):
            services.rename(lexicon=which, name="Mine", by=by)
        with pytest.raises(Refused):
            services.make_default(lexicon=which, by=by)
    ApiKey.objects.filter(pk=key.pk).update(scopes=["read"])
    key.refresh_from_db()
    with pytest.raises(SpeechRefused, match="speak"):
        services.revise(lexicon=lexicon, by=key, add=[W3C])
    assert not LexiconEntry.objects.exists()


def test_a_key_that_is_limited_to_licences_leaves_the_default_lexicon_alone(key: ApiKey) -> None:
    default, other = _lexicon(key, W3C, default=True), _lexicon(key)
    for change in (
        lambda: services.revise(lexicon=default, by=key, remove_words=["W3C"]),
        lambda: services.rename(lexicon=default, name="Mine", by=key),
        lambda: services.archive(lexicon=default, by=key),
        lambda: services.make_default(lexicon=default, by=key, default=False),
        lambda: services.make_default(lexicon=other, by=key),
    ):
        with pytest.raises(Refused) as refusal:
            change()
        assert refusal.value.code == "key_limited"
    services.archive(lexicon=default, by=key.owner)
    with pytest.raises(Refused, match="only to its licences"):
        services.create_lexicon(organization=key.organization, name="Mine", by=key, default=True)


def test_a_key_without_limits_changes_the_default_lexicon(key: ApiKey) -> None:
    everything, _ = api_keys.create_key(
        organization=key.organization, name="Everything", by=key.owner
    )
    default = services.create_lexicon(
        organization=key.organization, name="Ours", by=everything, default=True
    )
    services.revise(lexicon=default, by=everything, add=[W3C])
    assert _words(default) == ["W3C"]


def test_one_lexicon_is_the_default_and_an_archived_one_is_not(key: ApiKey) -> None:
    first, second = _lexicon(key, W3C, default=True), _lexicon(key)
    services.make_default(lexicon=second, by=key.owner)
    assert [each.default for each in (Lexicon.objects.get(pk=first.pk), Lexicon.objects.get(pk=second.pk))] == [
        False, True]  # fmt: skip
    services.archive(lexicon=second, by=key.owner)
    assert queries.chosen_versions(key.organization, "") == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Lexicon.objects.filter(organization=key.organization).update(default=True)


def test_a_request_names_the_lexicon_it_wants_or_none(key: ApiKey) -> None:
    default, other = _lexicon(key, W3C, default=True), _lexicon(key)
    old = other.latest
    services.revise(lexicon=other, by=key, add=[W3C])

    def chosen(choice: str) -> list[Any]:
        return queries.chosen_versions(key.organization, choice)

    assert chosen("") == [default.latest]
    assert chosen("none") == []
    assert chosen(str(other.public_id)) == [other.latest]
    assert chosen(f"{other.public_id}:{old.public_id}") == [old]
    theirs = _lexicon(factories.make_key()[0])
    services.archive(lexicon=other, by=key)
    for wrong in (
        "x",
        str(theirs.public_id),
        str(other.public_id),
        f"{default.public_id}:{old.public_id}",
    ):
        with pytest.raises(SpeechRefused) as refused:
            chosen(wrong)
        assert (refused.value.status, refused.value.code) == (404, "lexicon_not_found")


def _read(key: ApiKey, text: str, *entries: Entry) -> Any:
    versions = [str(_lexicon(key, *entries).latest.public_id)] if entries else []
    wanted = factories.wanted(key.licences.get().voice.slug, text)
    return wordings.read_with(wanted, versions)


def test_a_threat_is_refused_however_it_is_put_together(key: ApiKey) -> None:
    threats = (
        ("I will call you and your family.", [Entry("call", alias="kill")]),
        ("I will call you and your family.", [Entry("call", ipa="kɪl")]),
        ('<speak>I will <phoneme ph="kɪl">call</phoneme> you and your family.</speak>', []),
        ('<speak>I will <phoneme ph="ˈkiːl">kale</phoneme> you and your family.</speak>', []),
        ('<speak>I will <sub alias="kill">call</sub> you and your family.</speak>', []),
    )
    for text, entries in threats:
        with pytest.raises(wordings.NotToBeHeard) as found:
            wordings.require_fit_to_hear(key, _read(key, text, *entries))
        found.value.refusal()
    texts = {policy.text_of(refusal) for refusal in Refusal.objects.all()}
    assert len(texts) == len(threats) - 1  # two are heard alike
    assert "I will call you and your family.\n[heard as: I will kill you and your family.]" in texts
    wordings.require_fit_to_hear(
        key, _read(key, '<speak>I will <phoneme ph="kɔːl">call</phoneme> you tonight.</speak>')
    )


def test_a_pronunciation_sounds_like_the_words_of_the_rules_in_their_languages() -> None:
    assert sounding_like("kɪl") == ("kill",)
    assert "tuer" in sounding_like("tɥe")
    assert "matar" in sounding_like("maˈtaɾ")
    assert sounding_like("aɪ wɪl kɪl juː") == ("will kill you",)
    assert sounding_like("ʃaʊmi") == ()
    assert not list(heard_texts(Wording.of("I will call you.")))


def test_words_and_phonemes_are_billed_hashed_and_kept(key: ApiKey) -> None:
    wanted = _read(key, '<speak>A <phoneme ph="dʒɪf">GIF</phoneme> of the W3C.</speak>', W3C)
    made = reservations.reserve(key=key, wanted=wanted)
    text = "A GIF /dʒɪf/ of the World Wide Web Consortium."
    assert made.characters_reserved == len(text)
    assert made.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert made.lexicon_versions == list(wanted.lexicon_versions)
    auditor = factories.make_user()
    from marketplace.accounts.services import appoint_auditor

    appoint_auditor(user=auditor)
    assert spoken_texts.open_text(generation=made, by=auditor, reason="A check.") == text


def test_a_lexicon_that_blows_a_text_up_is_refused(key: ApiKey) -> None:
    with pytest.raises(SpeechRefused) as refused:
        _read(key, "a " * 400, Entry("a", alias="x" * 200))
    assert refused.value.code == "text_too_long"
    assert not Generation.objects.exists()


PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"
      alphabet="ipa" xml:lang="en-US">
  <lexeme><grapheme>W3C</grapheme><alias>World Wide Web &amp; Consortium</alias></lexeme>
  <lexeme><grapheme>Linux</grapheme><grapheme>GNU/Linux</grapheme>
    <phoneme>ˈlaɪnʌks</phoneme><phoneme prefer="true">ˈlɪnəks</phoneme></lexeme>
  <lexeme><grapheme>cat</grapheme><phoneme alphabet="cmu-arpabet">K AE1 T</phoneme></lexeme>
</lexicon>"""


def test_a_pls_file_is_read_and_written() -> None:
    entries = pls.parse_file(PLS.encode())
    assert [(each.word, each.alias or each.ipa) for each in entries] == [
        ("W3C", "World Wide Web & Consortium"),
        ("Linux", "ˈlɪnəks"),
        ("GNU/Linux", "ˈlɪnəks"),
        ("cat", "kˈæt"),
    ]
    assert {(each.language, each.case_sensitive) for each in entries} == {("en-US", True)}
    assert pls.parse_file(pls.as_pls(entries).encode()) == entries


def test_a_csv_file_comes_back_as_it_was() -> None:
    entries = [
        Entry("W3C", alias='World "Wide" Web, Consortium', language="en-US", case_sensitive=True),
        Entry("soft", ipa="sɔft", whole_words=False),
    ]
    assert pls.parse_file(pls.as_csv(entries).encode()) == entries
    assert pls.parse_file("\ufeffword,alias\nW3C,Web\n".encode()) == [Entry("W3C", alias="Web")]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49", "-ing", "@home", "'=1", "''=1", "a;=1", "a; '=1", " =1", "\t=1", "'cause"],
)
def test_a_csv_file_holds_no_formula_and_still_comes_back_as_it_was(text: str) -> None:
    entries = [Entry(text, alias=text, ipa=text)]
    written = pls.as_csv(entries)
    assert pls.parse_file(written.encode()) == entries
    if text != "'cause":
        cells = list(csv.reader(io.StringIO(written)))[1]
        assert not any(re.match(r"\s*[=+@-]|.*;\s*=", cell) for cell in cells)


@pytest.mark.parametrize(
    "content",
    [
        b"<lexicon><lexeme><grapheme>a</grapheme></lexeme></lexicon>",
        b"<speak/>",
        b"<lexicon>",
        b'<!DOCTYPE lexicon [<!ENTITY a "b">]><lexicon/>',
        b'<!DOCTYPE lexicon SYSTEM "file:///etc/passwd"><lexicon/>',
        b'<?xml version="1.0" encoding="nonsense"?><lexicon/>',
        b'<lexicon><lexeme><grapheme>a</grapheme><phoneme alphabet="x-sampa">a</phoneme></lexeme></lexicon>',
        b'<lexicon alphabet="cmu"><lexeme><grapheme>a</grapheme><phoneme>Q9</phoneme></lexeme></lexicon>',
        b"word;alias\na;b\n",
        b"word,alias\na\n",
        b"word,alias\na,b,c\n",
        b"word,alias,whole_words\na,b,perhaps\n",
        b"\xff\xfe\x00",
        b"",
        b"<" + b"x" * (1024 * 1024),
    ],
)
def test_a_file_that_is_no_lexicon_is_refused(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        pls.parse_file(content)
    assert refused.value.code == "lexicon_file"


@pytest.mark.parametrize(
    "content",
    [
        b"<lexicon><lexeme><grapheme>" + b"\n" * 1_000_000,
        b"<lexicon><lexeme>" + b"<alias>" * 30_000 + b"a " * 250_000 + b"</alias>" * 30_000,
        b"word," * 100_000 + b"alias\n" + b",\n" * 200_000,
    ],
    ids=["line ends", "elements in one another", "columns"],
)
def test_a_file_takes_time_in_proportion_to_its_size(content: bytes) -> None:
    with within(1), pytest.raises(Refused):
        pls.parse_file(content)


@pytest.mark.parametrize(
    "content",
    [
        b"<lexicon>" + b"<lexeme><grapheme>a</grapheme><alias>b</alias></lexeme>" * 1001,
        b"<lexicon><lexeme>" + b"<grapheme>a</grapheme>" * 1001 + b"<alias>b</alias></lexeme>",
        b"word,alias\n" + b"a,b\n" * 1001 + b"no row at all",
    ],
    ids=["lexemes", "words of a lexeme", "rows"],
)
def test_a_file_is_read_no_further_than_a_lexicon_holds(content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        pls.parse_file(content)
    assert refusal.value.code == "too_many_entries"


def test_a_file_of_too_many_entries_is_refused_before_each_is_judged(
    key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    lexicon = _lexicon(key)
    judged: list[str] = []
    monkeypatch.setattr("marketplace.policy.services.require_licensable", judged.append)
    with pytest.raises(Refused) as refusal:
        services.revise(
            lexicon=lexicon, by=key, add=[Entry(f"w{n}", alias="x") for n in range(1001)]
        )
    assert (refusal.value.code, judged) == ("too_many_entries", [])


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal:
        act()
    return refusal.value.code


def test_a_word_that_comes_often_is_judged_once(
    key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    monkeypatch.setattr(judging, "require_plausible", lambda word, *_: judged.append(word))
    lexicon = _lexicon(key, *[Entry(" cat", ipa="kæt"), Entry("cat ", ipa="kæt")] * 500)
    assert (judged, lexicon.latest.size) == (["cat"], 1)


def test_what_is_refused_anyway_is_not_judged(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_LEXICONS", 1)
    lexicon = _lexicon(key, default=True)
    judged: list[str] = []
    monkeypatch.setattr(judging, "require_plausible", lambda word, *_: judged.append(word))
    cat = Entry("cat", ipa="kæt")
    assert _refused(lambda: _lexicon(key, cat)) == "too_many_lexicons"
    assert _refused(lambda: services.revise(lexicon=lexicon, by=key, add=[cat])) == "key_limited"
    services.archive(lexicon=lexicon, by=key.owner)
    lexicon.refresh_from_db()
    for also, code in ((cat, "lexicon_archived"), (Entry("?", alias="x"), "entry_word")):
        act = partial(services.revise, lexicon=lexicon, by=key.owner, add=[cat, also])
        assert _refused(act) == code
    assert judged == []


def test_entries_are_judged_up_to_a_length_at_once_and_in_a_minute(
    key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: 600_000.0)
    long = [Entry(f"w{n}", alias="a " * 95) for n in range(400)]
    assert _refused(lambda: _lexicon(key, *long)) == "entries_too_long"
    short = [Entry(f"w{n}", alias="a") for n in range(1000)]
    lexicons = [_lexicon(key, *short) for _ in range(3)]
    change = partial(services.revise, lexicon=lexicons[0], by=key.owner, add=[W3C])
    assert _refused(change) == "rate_limited"
    _lexicon(factories.make_key()[0], W3C)
    services.revise(lexicon=lexicons[0], by=key, remove_words=["w1"])
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: 600_060.0)
    assert change().number == 3


def test_a_full_lexicon_of_pronunciations_is_judged_in_two_seconds(key: ApiKey) -> None:
    parts = ("bar", "den", "fil", "gor", "kam", "lus", "mip", "nov", "ret", "sto")
    words = ["".join(each) for each in product(parts, repeat=3)]
    espeak_phonemes("warm", "en-US")
    with within(2):
        said = [espeak_phonemes(word, "en-GB") for word in words]
        lexicon = _lexicon(key, *map(_pronounced, words, said))
    assert lexicon.latest.size == 1000


def _pronounced(word: str, said: str) -> Entry:
    return Entry(word, ipa=said.replace("Q", "əʊ").replace("A", "eɪ").replace("I", "aɪ"))
