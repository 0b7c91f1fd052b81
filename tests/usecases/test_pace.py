"""Rates and warm-up: counted by rows as mail is taken in hand, whoever takes it; what waits is told why."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.domain.mail import Batch
from service.domain.message import Later, Outcome
from service.domain.timing import DAY, MINUTE
from service.storage import clinics, leads
from service.storage.tables import message
from service.usecases.advance import commit, plan
from service.usecases.resend import resend_planned
from service.usecases.why import why
from tests.support.cast import Cast, campaign_file, mail_files
from tests.support.clock import Clock

GUESTS = 6


def set_rates(play: Cast, **rates: object) -> None:
    with play.db.write() as conn:
        clinics.change(conn, play.clinic, rates)


@pytest.fixture
def guests(play: Cast) -> list[int]:
    found = [play.lead(f"guest{number}") for number in range(GUESTS)]
    for guest in found:
        play.signs_up(guest)
    return found


def sent(play: Cast) -> int:
    return len(play.rows("message", state="accepted"))


def test_where_no_rate_is_set_nothing_is_counted(play: Cast, guests: list[int]) -> None:
    assert play.tick().accepted == GUESTS
    assert play.rows("pace") == []


def test_a_warm_up_holds_the_rest_until_tomorrows_hours_and_says_so(
    play: Cast, guests: list[int], clock: Clock
) -> None:
    set_rates(play, warm_up="2 3")
    play.tick()
    assert sent(play) == 2
    held = [row for row in play.rows("enrollment") if row["guard"] == "pace"]
    assert len(held) == GUESTS - 2
    with play.db.read() as conn:
        lead = leads.get(conn, held[0]["lead_id"])
        assert lead is not None
        told = [line.because for line in why(play.kit, conn, lead, clock()).lines]
    assert any(line.startswith("warm-up: 2 of 2 sent today; moved to ") for line in told)
    clock.advance(seconds=min(row["due_at"] for row in held) - clock())
    play.tick()
    clock.advance(hours=6)
    play.tick()
    assert sent(play) == 5
    clock.advance(days=1)
    play.tick()
    assert sent(play) == GUESTS + 2, "the warm-up is over: the last welcome, and the second mail of the first two"


def test_service_mail_is_counted_and_leaves_all_the_same(play: Cast, guests: list[int], clock: Clock) -> None:
    files = mail_files("note", service=True)
    steps = "\n  - {key: note, mail: note, at_once: true}"
    play.publishes(campaign_file("notes", steps, entry="{on: signup, interest: [note]}", goal="none"), files)
    set_rates(play, rate_day=2)
    play.tick()
    assert sent(play) == 2
    play.signs_up(guests[-1], interest="note")
    play.tick()
    assert sent(play) == 3
    assert [row["n"] for row in play.rows("pace")] == [3]


def test_two_hands_that_decided_on_the_same_day_send_no_more_than_it_may_see(
    play: Cast, guests: list[int], clock: Clock
) -> None:
    set_rates(play, rate_day=4)
    first, second = (plan(play.kit, clock(), GUESTS) for _ in range(2))
    mine, theirs = first[:3], second[3:]
    assert len(commit(play.kit, "outbox", mine, clock())) == 3
    kept = commit(play.kit, "outbox", theirs, clock())
    assert sum(item.composed is not None for item in kept) == 1
    assert len(play.rows("message")) == 4


def test_a_clinics_second_is_kept_and_holds_no_other_clinic_back(play: Cast, guests: list[int], clock: Clock) -> None:
    set_rates(play, rate_second=1)
    assert play.tick(limit=2).accepted == 2
    assert play.tick().accepted == 0
    clock.advance(seconds=2)
    assert play.tick().accepted == 2
    assert {row["guard"] for row in play.rows("enrollment")} == {None}, "seconds are not worth a word"


def test_the_providers_second_is_kept_for_all_clinics_together(play: Cast, guests: list[int], clock: Clock) -> None:
    slow = replace(play, kit=replace(play.kit, rate=2))
    assert slow.tick().accepted == 4
    assert slow.tick().accepted == 0
    clock.advance(seconds=1)
    assert slow.tick().accepted == 2


class Puts:
    """Asks every mail to come back in a minute, as long as it is told to."""

    name = "outbox"

    def __init__(self, play: Cast) -> None:
        self.off = True
        self._then = play.provider

    def send(self, batch: Batch, now: int, probe: object) -> list[Outcome]:
        if self.off:
            return [Later("busy", now + MINUTE)] * len(batch.letters)
        return self._then.send(batch, now, probe)  # type: ignore[arg-type]

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
        return {}

    def drain(self) -> None: ...

    def close(self) -> None: ...


def test_a_mail_that_is_put_off_counts_once_a_day_and_on_the_day_that_it_leaves(
    play: Cast, guests: list[int], clock: Clock
) -> None:
    set_rates(play, rate_day=4, overdue_after=7 * DAY)
    slow = replace(play, provider=Puts(play))
    slow.tick()
    clock.advance(minutes=2)
    resend_planned(slow.kit, slow.provider)
    assert [row["n"] for row in play.rows("pace")] == [4]
    with play.db.write() as conn:
        conn.execute(sa.update(message).values(due_at=clock() + DAY))
    clock.advance(days=1, minutes=1)
    slow.provider.off = False
    resend_planned(slow.kit, slow.provider)
    (day,) = play.rows("pace")
    assert (day["n"], day["step"]) == (4, 1)
    assert sent(play) == 4
