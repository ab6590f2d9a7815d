"""Letters and documents write dates without a leading zero, and times with their zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from django.utils import translation

from marketplace import dates

MOMENT = datetime(2026, 3, 5, 9, 7, tzinfo=UTC)


def test_a_day_has_no_leading_zero() -> None:
    assert dates.in_words(MOMENT) == "5 March 2026"
    assert dates.in_words(date(2026, 3, 15)) == "15 March 2026"
    assert dates.in_brief(MOMENT) == "5 Mar"


def test_a_time_is_told_in_the_zone_that_is_named() -> None:
    assert dates.in_words_with_time(MOMENT) == "5 March 2026, 09:07 UTC"
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=-10)))
    assert dates.in_words_with_time(elsewhere) == "5 March 2026, 09:07 UTC"
    assert dates.in_words(elsewhere) == "5 March 2026"


def test_a_document_names_months_in_the_sites_language_whoever_asks() -> None:
    with translation.override("de"):
        assert dates.in_words(MOMENT) == "5 March 2026"
        assert dates.in_words_with_time(MOMENT) == "5 March 2026, 09:07 UTC"
        assert dates.in_brief(date(2026, 5, 5)) == "5 May"


def test_a_sentence_of_a_page_writes_a_day_as_its_language_does() -> None:
    assert dates.to_the_reader(MOMENT) == "5 March 2026"
    with translation.override("de"):
        assert dates.to_the_reader(MOMENT) == "5. März 2026"
    with translation.override("zh-hans"):
        assert dates.to_the_reader(MOMENT) == "2026年3月5日"
