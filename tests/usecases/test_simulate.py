"""The shipped series on paper: nine mails, each in its hour, right across the change of the clocks."""

from itertools import pairwise

import pytest

from service.content.campaign_file import parse_campaign, shipped
from service.domain.campaign import Definition
from service.domain.enrollment import Facts
from service.domain.timing import DAY, local, parse_iso
from service.usecases.imagine import imagine
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES
from service.usecases.simulate import simulate
from tests.support.cast import campaign_file, mail_files

CHICAGO = "America/Chicago"


@pytest.fixture(scope="module")
def sciatica() -> Definition:
    file = shipped(CAMPAIGNS, TEMPLATES)["sciatica-consultation"]
    return parse_campaign(file.text, file.mails, "sciatica-consultation.yaml").definition


def test_a_sign_up_of_29_october_in_chicago_gets_nine_mails_in_their_hours(sciatica: Definition) -> None:
    start = parse_iso("2026-10-29T14:20", CHICAGO)
    happened = simulate(sciatica, Facts(zone=CHICAGO, clinic_zone=CHICAGO), start)
    mails = [each for each in happened if each.kind == "sends"]
    assert [f"{local(each.at, CHICAGO):%a %m-%d %H:%M %z} {each.mail}" for each in mails] == [
        "Thu 10-29 14:20 -0500 welcome",
        "Sat 10-31 14:20 -0500 causes",
        "Tue 11-03 14:20 -0600 how-it-works",
        "Fri 11-06 14:20 -0600 evidence",
        "Mon 11-09 14:20 -0600 what-to-expect",
        "Fri 11-13 14:20 -0600 complementary",
        "Tue 11-17 14:20 -0600 safety",
        "Mon 11-23 09:00 -0600 invitation",
        "Mon 12-07 09:00 -0600 last-one",
    ]
    assert happened[-1].kind == "ends"


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize("day", ["2026-10-29", "2026-10-31", "2026-11-01", "2026-03-07"])
def test_at_whatever_hour_no_mail_but_the_welcome_leaves_the_window(sciatica: Definition, day: str, hour: int) -> None:
    start = parse_iso(f"{day}T{hour:02d}:40", CHICAGO)
    happened = simulate(sciatica, Facts(zone=CHICAGO, clinic_zone="Asia/Kathmandu"), start)
    mails = [each for each in happened if each.kind == "sends"]
    assert len(mails) == 9
    assert mails[0].at == start
    assert all(sciatica.window.holds(local(each.at, CHICAGO)) for each in mails[1:])
    assert all(after.at - before.at >= DAY for before, after in pairwise(mails))


def test_whoever_opens_the_booking_page_gets_the_offer_and_a_breath(sciatica: Definition) -> None:
    happened = imagine({"timezone": CHICAGO, "clicked": ["book"]}).run(sciatica, parse_iso("2026-10-29", CHICAGO))
    mails = [each.mail for each in happened if each.kind == "sends"]
    assert "open-slots" in mails
    assert "holds-you-back" in mails
    assert len(mails) == 11


def test_a_booking_ends_it_there(sciatica: Definition) -> None:
    happened = imagine({"timezone": CHICAGO, "booked_after_days": 6}).run(sciatica, parse_iso("2026-10-29", CHICAGO))
    assert [each.mail for each in happened if each.kind == "sends"] == ["welcome", "causes", "how-it-works"]
    assert (happened[-1].kind, happened[-1].reason) == ("leaves", "goal-met")


def test_a_mail_that_goes_is_a_deed_that_a_later_step_sees() -> None:
    steps = """
  - {key: first, mail: first, at_once: true}
  - key: told
    branch:
      arms: [{label: told, when: {did: mailed}, steps: [{key: second, mail: second, delay: 2d}]}]
"""
    definition = parse_campaign(campaign_file(steps=steps), mail_files("first", "second"), "tiny.yaml").definition
    happened = imagine({"timezone": CHICAGO}).run(definition, parse_iso("2026-10-29T14:20", CHICAGO))
    assert [each.mail for each in happened if each.kind == "sends"] == ["first", "second"]


def test_every_shipped_series_ends_in_every_corner_of_the_world() -> None:
    for key, file in shipped(CAMPAIGNS, TEMPLATES).items():
        definition = parse_campaign(file.text, file.mails, f"{key}.yaml").definition
        for zone in (CHICAGO, "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "America/Havana"):
            for start in (parse_iso("2026-10-29T23:50", zone), parse_iso("2026-03-06T02:30", zone)):
                happened = imagine({"timezone": zone}).run(definition, start)
                assert happened[-1].kind == "ends", (key, zone)
                sent = [each.at for each in happened if each.kind == "sends"]
                assert sent, (key, zone)
                assert len(sent) == len([each.step for each in happened if each.kind == "sends"])
