"""A letter to many: once to everybody it is for, whatever happens on the way."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from service.domain.timing import DAY, HOUR
from service.storage.database import Database
from service.storage.letters import DONE, GOING, PLANNED, STOPPED
from service.storage.tables import lead
from service.usecases.letters.correct_letter import correct_letter
from service.usecases.letters.plan_letter import foresee_letter
from service.usecases.letters.send_letters import send_letters
from service.usecases.letters.show_letters import show_letter
from service.usecases.letters.stop_letter import resume_letter, stop_letter
from service.usecases.release_held import release
from tests.support.cast import campaign_file, mail_files, make_kit
from tests.support.clock import Clock
from tests.support.letter_room import SUBJECT, TEN, Room, a_text

GUESTS = [f"guest{number}@example.org" for number in range(20)]


class Killed(Exception):
    pass


def dies(where: str, after: int) -> Callable[[str], None]:
    """A probe that ends the process, as it were, the `after`-th time it comes by this point."""
    seen: Counter[str] = Counter()

    def probe(name: str) -> None:
        seen[name] += 1
        if (name, seen[name]) == (where, after):
            raise Killed

    return probe


@pytest.fixture
def crowd(room: Room) -> list[int]:
    return room.comes(20)


def test_everybody_of_the_segment_gets_it_once_and_nobody_else(room: Room, crowd: list[int], regulars: str) -> None:
    room.comes(3, interest="neck-pain")
    key = room.plans(regulars)
    assert room.sends() == 20
    assert room.got() == sorted(GUESTS)
    assert room.sends() == 0
    assert room.got() == sorted(GUESTS)
    assert (room.row(key).state, room.row(key).looked, room.row(key).entered) == (DONE, 20, 20)
    assert room.numbers(key).sent == 20


def test_nothing_leaves_before_its_hour(room: Room, clock: Clock, crowd: list[int], regulars: str) -> None:
    key = room.plans(regulars, TEN + HOUR)
    assert room.sends() == 0
    assert (room.got(), room.row(key).state) == ([], PLANNED)
    clock.advance(hours=1)
    room.sends()
    assert room.got() == sorted(GUESTS)


def test_a_draft_goes_to_nobody(room: Room, crowd: list[int], regulars: str) -> None:
    room.writes(regulars)
    assert room.sends() == 0
    assert room.got() == []


@pytest.mark.parametrize("where", ["before-record", "after-record"])
def test_killed_between_batches_it_goes_on_where_it_was(
    room: Room, crowd: list[int], regulars: str, where: str
) -> None:
    """listmonk 2070 and 2313: a resumed campaign that begins anew writes to its first readers twice."""
    key = room.plans(regulars)
    for after in (1, 2):
        with pytest.raises(Killed):
            send_letters(room.play.kit, batch=3, probe=dies(where, after))
        room.play.tick()
    row = room.row(key)
    assert row.state == GOING
    assert row.cursor == crowd[row.looked - 1]
    assert 0 < row.looked < 20
    assert room.sends(batch=3) == 20 - row.looked
    assert room.got() == sorted(GUESTS)
    assert len(room.play.rows("enrollment")) == 20


def test_stopped_half_way_the_rest_waits_and_resumed_only_the_rest_is_sent(
    room: Room, crowd: list[int], regulars: str
) -> None:
    play = room.play
    key = room.plans(regulars)
    with pytest.raises(Killed):
        send_letters(play.kit, batch=5, probe=dies("after-record", 1))
    play.tick()
    with pytest.raises(Killed):
        send_letters(play.kit, batch=5, probe=dies("after-record", 1))
    assert stop_letter(play.kit, play.clinic, play.dana, key) == 5
    assert room.sends() == 0
    assert room.got() == sorted(GUESTS[:5])
    assert room.row(key).state == STOPPED
    assert room.numbers(key).waiting == {"campaign-paused": 5}
    assert stop_letter(play.kit, play.clinic, play.dana, key) is None
    assert resume_letter(play.kit, play.clinic, play.dana, key) == 5
    assert room.sends() == 10
    assert room.got() == sorted(GUESTS)


def test_stopped_after_all_were_looked_at_whoever_waits_still_waits(
    room: Room, clock: Clock, crowd: list[int], regulars: str
) -> None:
    play = room.play
    key = room.plans(regulars)
    send_letters(play.kit)
    assert room.row(key).state == DONE
    assert stop_letter(play.kit, play.clinic, play.dana, key) == 20
    play.tick()
    assert room.got() == []
    room.comes(1)
    clock.advance(hours=1)
    assert resume_letter(play.kit, play.clinic, play.dana, key) == 20
    assert room.sends() == 0, "it had come to everybody: resuming looks for nobody new"
    assert room.got() == sorted(GUESTS)


def test_corrected_half_way_each_reader_has_one_of_the_two_and_nobody_both(
    room: Room, crowd: list[int], regulars: str
) -> None:
    play = room.play
    key = room.plans(regulars)
    with pytest.raises(Killed):
        send_letters(play.kit, batch=8, probe=dies("after-record", 1))
    play.tick()
    with pytest.raises(Killed):
        send_letters(play.kit, batch=8, probe=dies("after-record", 1))
    right = "We are closed on Friday"
    assert correct_letter(play.kit, play.clinic, play.dana, key, a_text(subject=right)).key == key
    room.sends()
    assert room.got() == sorted(GUESTS[:8])
    assert room.got(right) == sorted(GUESTS[8:])
    correct_letter(play.kit, play.clinic, play.dana, key, a_text(subject="We are closed on Sunday"))
    room.sends()
    assert len(play.rows("outbox")) == 20


def test_a_correction_reaches_a_mail_that_was_decided_on_before_it(room: Room, crowd: list[int], regulars: str) -> None:
    """Read and rendered in its old words, and corrected before it was recorded: decided anew."""
    play = room.play
    key = room.plans(regulars)
    send_letters(play.kit)

    def corrects(where: str) -> None:
        if where == "before-intent" and room.row(key).version_id == first:
            correct_letter(play.kit, play.clinic, play.dana, key, a_text(subject="We are closed on Friday"))

    first = room.row(key).version_id
    play.tick(probe=corrects)
    play.tick()
    assert room.got() == []
    assert room.got("We are closed on Friday") == sorted(GUESTS)


def test_a_mail_that_the_provider_put_off_is_corrected_too(room: Room, crowd: list[int], regulars: str) -> None:
    play = room.play
    key = room.plans(regulars)
    send_letters(play.kit)
    with pytest.raises(Killed):
        play.tick(probe=dies("after-intent", 1))
    with play.db.write() as conn:
        conn.execute(sa.text("UPDATE message SET state = 'planned', tries = 0, due_at = :now"), {"now": TEN})
    correct_letter(play.kit, play.clinic, play.dana, key, a_text(subject="We are closed on Friday"))
    play.quiet()
    assert (room.got(), room.got("We are closed on Friday")) == ([], sorted(GUESTS))


def test_a_mail_that_may_have_left_keeps_its_words(room: Room, crowd: list[int], regulars: str) -> None:
    play = room.play
    key = room.plans(regulars)
    send_letters(play.kit)
    with pytest.raises(Killed):
        play.tick(probe=dies("after-bytes", 1))
    before = {row["id"]: row["version_id"] for row in play.rows("message")}
    assert len(before) == 20
    correct_letter(play.kit, play.clinic, play.dana, key, a_text(subject="We are closed on Friday"))
    assert {row["id"]: row["version_id"] for row in play.rows("message")} == before


def test_whoever_gets_nothing_has_the_reason(room: Room, clock: Clock, regulars: str) -> None:
    play = room.play
    room.comes(2)
    (silent,) = room.comes(1, consent=False)
    (young,) = room.comes(1, minor=True)
    with play.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id.in_([play.bob, play.charlie])).values(interest="sciatica"))
    key = room.plans(regulars)
    told = foresee_letter(play.kit, room.row(key), clock())
    assert (told.gets, told.all) == (2, 6)
    left_out = {"hard-bounce": 1, "minor": 1, "no-consent": 1, "unsubscribed": 1}
    assert dict(told.left_out) == left_out
    room.sends()
    assert room.numbers(key).sent == 2
    assert room.numbers(key).not_sent == left_out
    why = {row["lead_id"]: row["reason"] for row in play.rows("refusal")}
    assert why == {play.bob: "unsubscribed", play.charlie: "hard-bounce", silent: "no-consent", young: "minor"}


def test_held_out_are_the_same_people_at_every_look_and_each_knows_why(
    room: Room, clock: Clock, crowd: list[int], regulars: str
) -> None:
    play = room.play
    key = room.plans(regulars, holdout=4_000)
    told = foresee_letter(play.kit, room.row(key), clock())
    assert 0 < told.held_out < 20
    assert told.gets + told.held_out == 20
    with pytest.raises(Killed):
        send_letters(play.kit, batch=7, probe=dies("before-record", 2))
    room.sends(batch=4)
    assert room.numbers(key).held_out == told.held_out
    assert room.numbers(key).sent == told.gets
    out = {row["lead_id"] for row in play.rows("refusal", reason="held-out")}
    assert len(out) == told.held_out
    assert not out & {row["lead_id"] for row in play.rows("message")}


def test_a_cap_lets_the_more_important_mail_go_first(room: Room, clock: Clock, regulars: str) -> None:
    """One mail a person and day: a series of the middle goes before a letter, and a letter that must go first before
    the series. Who is moved gets theirs on the next day."""
    play = room.play
    steps = "\n  - {key: only, mail: only}"
    play.publishes(campaign_file("middle", steps, entry="{on: by-hand}", goal="none"), mail_files("only"))
    for guest, first in zip(room.comes(2), (False, True), strict=True):
        with play.db.write() as conn:
            conn.execute(sa.update(lead).values(interest=None).where(lead.c.id != guest, lead.c.interest.is_not(None)))
            conn.execute(sa.update(lead).where(lead.c.id == guest).values(interest="sciatica"))
        play.signs_up(guest, "by-hand")
        key = room.plans(regulars, first=first)
        room.sends()
        mails = [row["mail"] for row in play.rows("message", lead_id=guest)]
        assert mails == (["letter"] if first else ["only"])
        assert room.numbers(key).waiting == ({} if first else {"capped": 1})
    clock.advance(days=1)
    play.tick()
    assert len(play.rows("outbox")) == 4


def test_a_letter_counts_as_sent_while_only_a_readers_own_pause_holds_it(
    room: Room, clock: Clock, regulars: str
) -> None:
    rests, _reads = room.comes(2)
    with room.play.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == rests).values(paused_until=TEN + 30 * DAY))
    key = room.plans(regulars)
    send_letters(room.play.kit)
    shown = show_letter(room.play.kit, room.play.clinic, key)
    assert shown is not None
    assert shown[1].shown == GOING
    room.play.tick()
    shown = show_letter(room.play.kit, room.play.clinic, key)
    assert shown is not None
    assert (shown[1].shown, shown[1].numbers.waiting) == (DONE, {"paused": 1})
    assert stop_letter(room.play.kit, room.play.clinic, None, key) == 1


def test_outside_the_hours_for_mails_it_waits_unless_it_says_exactly(
    room: Room, clock: Clock, crowd: list[int], regulars: str
) -> None:
    night = TEN + 11 * HOUR
    clock.at = night
    waits = room.plans(regulars, night)
    room.sends()
    assert room.numbers(waits).waits == 20
    room.plans(regulars, night, exact=True)
    room.sends()
    assert room.got() == sorted(GUESTS)


def test_after_an_outage_it_waits_for_a_person(room: Room, clock: Clock, crowd: list[int], regulars: str) -> None:
    play = room.play
    key = room.plans(regulars)
    clock.advance(days=1)
    room.sends()
    assert room.got() == []
    assert room.numbers(key).waiting == {"overdue": 20}
    assert release(play.kit, play.clinic, "send", play.dana) == 20
    play.tick()
    assert room.got() == sorted(GUESTS)


def test_who_joins_the_segment_behind_the_cursor_is_not_written_to(room: Room, crowd: list[int], regulars: str) -> None:
    play = room.play
    late = room.crowd[2]
    with play.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == late).values(interest=None))
    room.plans(regulars)
    with pytest.raises(Killed):
        send_letters(play.kit, batch=5, probe=dies("after-record", 1))
    with play.db.write() as conn:
        conn.execute(sa.update(lead).where(lead.c.id == late).values(interest="sciatica"))
    room.sends()
    assert room.got() == sorted(set(GUESTS) - {"guest2@example.org"})


def test_two_workers_on_one_letter_write_to_each_once(room: Room, crowd: list[int], regulars: str, db_url: str) -> None:
    key = room.plans(regulars)
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def works() -> None:
        db = Database(db_url)
        try:
            start.wait()
            send_letters(make_kit(db, Clock(TEN)), batch=2)
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)
        finally:
            db.dispose()

    threads = [threading.Thread(target=works) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert (room.row(key).looked, room.row(key).entered) == (20, 20)
    room.play.tick()
    assert room.got() == sorted(GUESTS)
    assert SUBJECT in room.play.sent("guest0@example.org")
    assert room.row(key).ended_at is not None
