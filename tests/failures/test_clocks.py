"""Hours are those of the person's own wall clock, whatever the server, the clinic or the settings live by. These tests
run with the process's zone set to Kathmandu."""

from __future__ import annotations

import pytest

from service.domain.campaign import Arm, BranchStep, Definition, MailStep, WaitStep
from service.domain.conditions import Did, Happened, holds
from service.domain.enrollment import Facts
from service.domain.entry import Entry
from service.domain.timing import DAY, HOUR, Hour, Window, local, parse_iso
from service.storage import clinics
from service.usecases.travel import travel
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.written import write, writing

ZONES = ("Europe/Amsterdam", "America/Chicago", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC")
ALWAYS = Window(frozenset(range(7)), 0, 1440)
SEVEN_PM = (
    WaitStep("seven", hour=Hour(19 * 60), then="evening"),
    MailStep("evening", "evening", "", then=None),
)
EVENING = Definition("evening", "E", Entry("by-hand"), "seven", {step.key: step for step in SEVEN_PM}, window=ALWAYS)


def _sent_at(play: Cast, zone: str) -> str:
    (mail,) = (row for row in play.rows("outbox") if row["to_email"].startswith(_name(zone)))
    return f"{local(mail['at'], zone):%H:%M}"


def _name(zone: str) -> str:
    return zone.replace("/", "-").lower()


@pytest.mark.parametrize("clinic_zone", ["America/Chicago", "UTC", "Asia/Tokyo"])
def test_a_mail_for_seven_in_the_evening_comes_at_seven_by_each_persons_clock(play: Cast, clinic_zone: str) -> None:
    """mautic 7665: with every setting on Amsterdam, what was planned came two hours late, by UTC. 10170: a step for
    10:00 in a zone two hours ahead ran at 6:00 UTC."""
    play = writing(play)
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"zone": clinic_zone})
    write(play, EVENING)
    for zone in ZONES:
        play.signs_up(play.lead(_name(zone), zone=zone), "by-hand")
    travel(play.kit, play.provider, play.kit.clock() + 2 * DAY)
    assert {zone: _sent_at(play, zone) for zone in ZONES} == dict.fromkeys(ZONES, "19:00")


def test_a_window_is_the_persons_or_the_clinics_as_the_file_says_and_never_utc(play: Cast) -> None:
    """mautic 7665, 10170: the offset was counted the wrong way, or twice."""
    play = writing(play)
    for whose in ("lead", "clinic"):
        mail = MailStep(f"from-{whose}", f"from-{whose}", "")
        window = Window(frozenset(range(7)), 10 * 60, 11 * 60, zone=whose)  # type: ignore[arg-type]
        write(play, Definition(whose, whose, Entry("by-hand"), mail.key, {mail.key: mail}, window=window))
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, {"cap_day": 5})
    amsterdam = play.lead("anna", zone="Europe/Amsterdam")
    play.signs_up(amsterdam, "by-hand")
    travel(play.kit, play.provider, play.kit.clock() + 2 * DAY)
    hours = {row["subject"].split("-")[1]: row["at"] for row in play.rows("outbox")}
    assert f"{local(hours['lead'], 'Europe/Amsterdam'):%H}" == "10"
    assert f"{local(hours['clinic'], 'America/Chicago'):%H}" == "10"


def test_a_time_of_the_past_hour_is_compared_as_an_instant_in_every_zone() -> None:
    """mautic 15661: 18:58 was held to be before 17:59, for one side was local time and the other UTC."""
    now = parse_iso("2026-11-24T18:59", "Europe/Amsterdam")
    for zone in ZONES:
        for ago, is_so in ((60, True), (DAY - 1, True), (DAY, False), (DAY + HOUR, False)):
            facts = Facts(zone=zone, clinic_zone="UTC", now=now, events=[Happened("clicked", "book", now - ago)])
            assert holds(Did("clicked", "book", days=1), facts) is is_so, zone


def test_an_hour_stays_as_it_was_written_however_often_the_campaign_is_read_and_published(play: Cast) -> None:
    """mautic 17090: 7 pm turned into 11 am as soon as the builder was opened again, and a second wait was added."""
    steps = "\n  - {key: evening, mail: evening, delay: 1d}"
    window = '{days: [mon, tue, wed, thu, fri, sat, sun], from: "19:00", to: "20:00", zone: lead}'
    text, mails = campaign_file("late", steps, entry="{on: by-hand}", window=window), mail_files("evening")
    first = play.publishes(text, mails)
    for _ in range(3):
        (kept,) = play.rows("campaign_version", id=first)
        assert kept["source"] == text
        assert play.publishes(kept["source"], mails) == first
    with play.db.read() as conn:
        definition = play.kit.library.version(conn, first).definition
    assert (definition.window.opens, definition.window.closes) == (19 * 60, 20 * 60)
    play.signs_up(play.lead("anna", zone="Europe/Amsterdam"), "by-hand")
    travel(play.kit, play.provider, play.kit.clock() + 3 * DAY)
    (mail,) = play.rows("outbox")
    assert f"{local(mail['at'], 'Europe/Amsterdam'):%H:%M}" == "19:00"


def test_a_branch_asks_at_the_hour_that_it_names(play: Cast) -> None:
    """mautic 10170: the condition at ten was asked hours before ten."""
    steps = (
        WaitStep("ten", hour=Hour(10 * 60), then="asks"),
        BranchStep("asks", (Arm("Clicked", Did("clicked", "book"), "yes"),), "Not", then="no"),
        MailStep("yes", "yes", ""),
        MailStep("no", "no", ""),
    )
    play = writing(play)
    write(play, Definition("asks", "A", Entry("by-hand"), "ten", {step.key: step for step in steps}, window=ALWAYS))
    lead = play.lead("anna", zone="Europe/Amsterdam")
    play.signs_up(lead, "by-hand")
    travel(play.kit, play.provider, play.kit.clock() + DAY)
    (mail,) = play.rows("outbox")
    assert (mail["subject"], f"{local(mail['at'], 'Europe/Amsterdam'):%H:%M}") == ("A word: no", "10:00")
