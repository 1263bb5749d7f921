"""Working days, make-up working days, deadlines that pause."""

from datetime import date

import pytest

from voucher.calendars import Calendar, Pause, last_plain_day, last_working_day
from voucher.errors import NotValid

CHINA = Calendar("CN")


@pytest.mark.parametrize(("day", "works"), [
    (date(2026, 2, 13), True), (date(2026, 2, 14), True), (date(2026, 2, 15), False), (date(2026, 2, 16), False),
    (date(2026, 2, 23), False),
    (date(2026, 2, 28), True), (date(2026, 10, 1), False), (date(2026, 11, 21), False),
])
def test_china_works_on_make_up_saturdays_and_rests_on_holidays(day: date, works: bool) -> None:
    assert CHINA.is_working_day(day) is works


def test_an_office_may_close_and_open_on_days_of_its_own() -> None:
    office = Calendar("IE", frozenset({date(2026, 12, 24)}), frozenset({date(2026, 12, 26)}))
    assert not office.is_working_day(date(2026, 12, 24))
    assert office.why_closed(date(2026, 12, 24)) == "closed by the office"
    assert office.is_working_day(date(2026, 12, 26))
    assert Calendar("IE").is_working_day(date(2026, 12, 24))


def test_five_working_days_over_the_spring_festival_end_two_weeks_later() -> None:
    deadline = last_working_day(CHINA, date(2026, 2, 12), 5)
    assert deadline.due == date(2026, 2, 26)
    assert CHINA.working_days_after(date(2026, 2, 12), 5) == deadline.due
    assert "2026-02-14  Counts: a make-up working day." in deadline.explain()
    assert "2026-02-17  Does not count: Chinese New Year (Spring Festival)." in deadline.explain()


@pytest.mark.parametrize(("country", "day", "zh", "en"), [
    ("CN", date(2026, 2, 17), "春节", "Chinese New Year (Spring Festival)"),
    ("IE", date(2026, 3, 17), "Saint Patrick's Day", "Saint Patrick's Day"),
])
def test_a_holiday_is_named_in_chinese_where_that_is_known(country: str, day: date, zh: str, en: str) -> None:
    [note] = [each for each in last_working_day(Calendar(country), day.replace(day=day.day - 4), 5).notes if each.day == day]
    assert (note.values_in("zh"), note.values_in("en")) == ({"reason": zh}, {"reason": en})
    office = Calendar(country, closed=frozenset({day}))
    [note] = [each for each in last_working_day(office, day.replace(day=day.day - 4), 5).notes if each.day == day]
    assert note.values_in("zh") == {"reason": "closed by the office"}


def test_a_pause_stops_the_clock_and_says_so() -> None:
    pause = Pause(date(2026, 3, 3), date(2026, 3, 6), "papers were asked for")
    deadline = last_working_day(CHINA, date(2026, 3, 2), 3, [pause])
    assert deadline.due == date(2026, 3, 10)
    told = [str(note)[12:] for note in deadline.notes]
    assert told == ["The clock starts; 3 working days.", *["Does not count: papers were asked for."] * 3, "The last day."]


def test_a_pause_moves_a_plain_last_day_by_as_many_days() -> None:
    pause = Pause(date(2026, 3, 30), date(2026, 4, 2), "papers were asked for")
    assert last_plain_day(date(2026, 3, 2), date(2026, 4, 1)).due == date(2026, 4, 1)
    assert last_plain_day(date(2026, 3, 2), date(2026, 4, 1), [pause]).due == date(2026, 4, 4)


def test_a_time_in_days_does_not_end_on_a_day_on_which_nobody_works() -> None:
    ended = last_plain_day(date(2026, 9, 1), date(2026, 10, 1), calendar=CHINA)
    assert ended.due == date(2026, 10, 8)
    assert str(ended.notes[1]) == "2026-10-01  No time ends on a day on which nobody works: National Day."
    assert ended.notes[1].values_in("zh")["reason"] == "国庆节"
    assert last_plain_day(date(2026, 3, 2), date(2026, 4, 1), calendar=CHINA).due == date(2026, 4, 1)


def test_a_country_that_we_do_not_know_is_refused() -> None:
    with pytest.raises(NotValid, match="no working days of 'XX'"):
        Calendar("XX")
