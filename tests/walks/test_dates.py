"""Steps that hang on a date of the lead's: so many days before or after it, at the hour that the file names."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.campaign import Anchor, Definition, MailStep, WaitStep
from service.domain.decision import Act, Send
from service.domain.engine import decide, enter
from service.domain.enrollment import Enrollment, Facts
from service.domain.entry import Entry
from service.domain.places import anchored
from service.domain.timing import DAY, HOUR, Delay, Window, day_start, local, local_day, parse_iso
from tests.support.zones import ALL_ZONES, instants, zones

CHICAGO = "America/Chicago"
ALWAYS = Window(frozenset(range(7)), 0, 1440)


def _of(step: MailStep | WaitStep) -> Definition:
    return Definition("s", "S", Entry("by-hand"), step.key, {step.key: step}, window=ALWAYS)


def _on(date: str, zone: str = CHICAGO) -> Facts:
    return Facts(zone=zone, clinic_zone=zone, anchors={"field:birthday": parse_iso(date, zone)})


@pytest.mark.parametrize("date", ["2026-03-08", "2026-11-01", "2026-06-01"])
def test_nine_in_the_morning_is_nine_on_the_days_when_the_clocks_change_too(date: str) -> None:
    at = anchored(Anchor("field:birthday", Delay(), False, minute=9 * 60), _on(date))
    assert at is not None
    assert f"{local(at, CHICAGO):%Y-%m-%d %H:%M}" == f"{date} 09:00"


@settings(max_examples=settings.default.max_examples * 3)
@given(instants, zones, st.integers(-30, 30), st.integers(5 * 60, 23 * 60 + 59))
def test_the_hour_of_a_date_is_the_wall_clocks_in_every_zone(at: int, zone: str, days: int, minute: int) -> None:
    birthday = day_start(local_day(at, zone), zone)
    facts = Facts(zone=zone, clinic_zone=zone, anchors={"field:birthday": birthday})
    anchor = Anchor("field:birthday", Delay(days=abs(days)), before=days < 0, minute=minute)
    found = anchored(anchor, facts)
    assert found is not None
    here = local(found, zone)
    assert here.toordinal() == local_day(birthday, zone) + days
    assert here.hour * 60 + here.minute == minute


def test_the_hour_of_a_date_holds_on_every_day_of_the_year_in_every_zone(long: bool) -> None:
    anchor = Anchor("field:birthday", Delay(), before=False, minute=9 * 60)
    for zone in ALL_ZONES if long else ALL_ZONES[::7]:
        first = local_day(parse_iso("2026-01-02"), zone)
        for day in range(first, first + 363):
            facts = Facts(zone=zone, clinic_zone=zone, anchors={"field:birthday": day_start(day, zone)})
            here = local(anchored(anchor, facts) or 0, zone)
            assert (here.toordinal(), here.hour, here.minute) == (day, 9, 0), f"{zone}: {here}"


def test_a_wait_until_a_week_before_a_birthday_ends_there_and_one_that_has_passed_ends_at_once() -> None:
    wait = WaitStep("w", anchor=Anchor("field:birthday", Delay(days=7), before=True, minute=9 * 60))
    facts = _on("2026-11-24")
    early, late = parse_iso("2026-10-01T12:00", CHICAGO), parse_iso("2026-11-20T12:00", CHICAGO)
    assert enter(_of(wait), facts, early).due == parse_iso("2026-11-17T09:00", CHICAGO)
    assert enter(_of(wait), facts, late).due == late


def test_a_mail_before_a_date_that_nobody_knows_is_left_out() -> None:
    mail = MailStep("m", "m", "", anchor=Anchor("field:birthday", Delay(days=1), before=True, minute=540))
    now = parse_iso("2026-10-01T12:00", CHICAGO)
    nobody = replace(_on("2026-11-24"), anchors={})
    run = Enrollment(1, 1, "m", 1, now, now, now)
    assert decide(_of(mail), run, nobody, now) == Act("skipped", None, "too-late")


def test_a_mail_after_a_date_goes_after_it_and_one_before_it_never_late() -> None:
    birthday = parse_iso("2026-11-24", CHICAGO)
    facts = _on("2026-11-24")
    after = MailStep("m", "m", "", anchor=Anchor("field:birthday", Delay(days=3), before=False, minute=540))
    start = birthday - 5 * DAY
    due = enter(_of(after), facts, start).due
    assert due == birthday + 3 * DAY + 9 * HOUR
    assert isinstance(decide(_of(after), Enrollment(1, 1, "m", 1, start, start, due), facts, due), Send)
    before = replace(after, anchor=Anchor("field:birthday", Delay(), before=True, minute=0))
    run = Enrollment(1, 1, "m", 1, start, start, birthday)
    assert decide(_of(before), run, facts, birthday) == Act("skipped", None, "too-late")
