"""The senders' domains are looked up by the worker, once a day or when asked, and what was seen is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.delivery.dns_look import look
from service.domain.timing import DAY, HOUR
from service.storage import clinics
from service.usecases.examine import Finding, examine
from service.usecases.look_up_senders import ask_to_look, look_up_senders, seen_of
from service.usecases.show_deliverability import show_deliverability
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.usecases.test_brake import the_past


class Names:
    """Name servers that know of nothing, or do not answer; `asked` counts."""

    def __init__(self, answer: list[str] | None) -> None:
        self.answer, self.asked = answer, 0

    def __call__(self, kind: str, name: str) -> list[str] | None:
        self.asked += 1
        return self.answer


def sends(play: Cast) -> Cast:
    """Mail leaves the machine, by SendGrid."""
    return replace(play, kit=replace(play.kit, mail="sendgrid"))


def house(play: Cast) -> clinics.ClinicRow:
    with play.db.read() as conn:
        return clinics.get(conn, play.clinic)


def test_the_worker_looks_once_a_day_and_what_it_saw_is_kept(play: Cast, clock: Clock) -> None:
    play, names = sends(play), Names([])
    assert look_up_senders(play.kit, names) == 1
    asked = names.asked
    assert asked == 5
    clock.advance(seconds=DAY - HOUR)
    assert look_up_senders(play.kit, names) == 0
    clock.advance(seconds=HOUR)
    assert look_up_senders(play.kit, names) == 1
    assert names.asked == 2 * asked
    shown = show_deliverability(play.kit, house(play), clock())
    assert shown.seen_at == clock()
    assert {check.key for check in shown.checks if check.state == "mend"} >= {"spf", "dkim", "dmarc", "mx"}


def test_while_mail_stays_here_nobody_is_asked_unless_a_person_wants_it(play: Cast) -> None:
    names = Names(None)
    assert look_up_senders(play.kit, names) == 0
    ask_to_look(play.kit, play.clinic)
    assert seen_of(play.kit, house(play))[1]
    assert look_up_senders(play.kit, names) == 1
    assert look_up_senders(play.kit, names) == 0
    seen, asked = seen_of(play.kit, house(play))
    assert (asked, set(seen.answers.values())) == (False, {None})
    shown = show_deliverability(play.kit, house(play), play.kit.clock())
    assert {check.state for check in shown.checks if check.key in ("spf", "mx", "dmarc")} == {"unseen"}


def test_the_reverse_name_is_asked_of_the_number_that_came_back() -> None:
    def ask(kind: str, name: str) -> list[str] | None:
        return {"A": ["192.0.2.7"], "PTR": [f"of.{name}"]}.get(kind)

    assert look([("A", "relay.example")], ask)["PTR", "192.0.2.7"] == ["of.192.0.2.7"]


def test_the_figures_of_thirty_days_are_counted_by_day(play: Cast, clock: Clock) -> None:
    the_past(play, 400, days_ago=1.2, complained_at=1)
    the_past(play, 100, days_ago=5.2, bounced_at=3)
    the_past(play, 50, days_ago=31.2, complained_at=50)
    shown = show_deliverability(play.kit, house(play), clock())
    assert (shown.total.accepted, shown.total.complained, shown.total.bounced) == (500, 1, 3)
    assert sorted(day.accepted for day in shown.days if day.accepted) == [100, 400]
    assert shown.points[-1].rate == pytest.approx(0.2)
    complaints = next(check for check in shown.checks if check.key == "complaints")
    assert complaints.state == "note"
    assert "0.20 %" in complaints.what


def findings(play: Cast, names: Names) -> list[Finding]:
    return examine(play.kit, secure=True, event_key=True, ask=names)


def test_the_doctor_asks_too_and_silent_name_servers_are_no_fault(play: Cast) -> None:
    assert not [each for each in findings(play, Names([])) if "SPF" in each.what], "mail stays here"
    unseen = [each for each in findings(sends(play), Names(None)) if "could not be seen" in each.what]
    assert len(unseen) >= 4
    assert {(each.state, each.well) for each in unseen} == {("unseen", True)}
    missing = [each for each in findings(sends(play), Names([])) if each.state == "mend" and "DMARC" in each.what]
    assert missing[0].record.startswith("_dmarc.")
