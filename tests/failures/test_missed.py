"""A worker that was away for days misses nobody: what is due is asked of what stands, never of when it last looked."""

from __future__ import annotations

from service.domain.campaign import Definition, MailStep
from service.domain.entry import DateEntry, Entry
from service.domain.timing import DAY, MINUTE, Delay, Window, parse_iso
from service.storage import leads, marks
from service.storage.marks import FieldMark
from service.usecases.release_held import release
from service.usecases.save_segment import save_segment
from service.usecases.watch_dates import watch_dates
from service.usecases.watch_segments import watch_segments
from tests.support.cast import CHICAGO, Cast
from tests.support.clock import Clock
from tests.support.written import write, writing

ALWAYS = Window(frozenset(range(7)), 0, 1440)
HELLO = MailStep("hello", "hello", "", at_once=True)
SEGMENT = "key: warm\nname: Warm\nwho: {interest: sciatica}\n"


def _of(entry: Entry, mail: MailStep = HELLO) -> Definition:
    return Definition("hello", "H", entry, mail.key, {mail.key: mail}, window=ALWAYS)


def test_a_mail_due_in_four_days_leaves_though_somebody_looks_every_thirty_seconds(play: Cast, clock: Clock) -> None:
    """mailtrain 755: the trigger for four days on looked only at what had come in the last half minute, and never
    fired."""
    play = writing(play)
    write(play, _of(Entry("by-hand"), MailStep("hello", "hello", "", Delay(days=4))))
    play.signs_up(play.alice, "by-hand")
    clock.advance(seconds=4 * DAY - 5 * MINUTE)
    for _ in range(20):
        play.tick()
        clock.advance(seconds=30)
    (mail,) = play.rows("outbox")
    assert mail["at"] == 1_795_536_000 + 4 * DAY


def test_whoever_came_into_a_segment_while_the_worker_was_down_for_days_enters(play: Cast, clock: Clock) -> None:
    """mailtrain 755: what happened between two looks that were far apart was lost."""
    play = writing(play)
    write(play, _of(Entry("segment", what="warm")))
    save_segment(play.kit, play.clinic, play.dana, SEGMENT)
    watch_segments(play.kit)
    came = []
    for day in range(5):
        came.append(play.lead(f"guest{day}", interest="sciatica"))
        clock.advance(days=1)
    gone = came[0]
    with play.db.write() as conn:
        leads.change(conn, gone, {"interest": None}, clock())
    for _ in range(3):
        watch_segments(play.kit)
        play.quiet()
    assert {run["lead_id"] for run in play.rows("enrollment")} == set(came[1:])
    assert len(play.rows("outbox")) == 4


def _birthday(play: Cast, name: str, day: str) -> int:
    lead = play.lead(name)
    with play.db.write() as conn:
        marks.set_fields(conn, [FieldMark(play.clinic, lead, "birthday", day)], play.kit.clock())
    return lead


def test_a_birthday_in_the_days_when_the_worker_was_down_enters_and_waits_for_a_person(
    play: Cast, clock: Clock
) -> None:
    """mailtrain 755, for dates: nobody is lost, and nobody is wished a happy birthday a week late unasked."""
    play = writing(play)
    entry = Entry("date", what="birthday", date=DateEntry("birthday", yearly=True))
    write(play, _of(entry))
    today, missed, ahead = (
        _birthday(play, name, day) for name, day in (("a", "1980-11-29"), ("b", "1971-11-26"), ("c", "1990-12-20"))
    )
    watch_dates(play.kit)
    assert play.rows("enrollment") == []
    clock.at = parse_iso("2026-11-29T09:30", CHICAGO)
    for _ in range(3):
        watch_dates(play.kit)
        play.quiet()
    runs = {run["lead_id"]: run for run in play.rows("enrollment")}
    assert set(runs) == {today, missed}
    assert [row["to_email"] for row in play.rows("outbox")] == ["a@example.org"]
    assert runs[missed]["guard"] == "overdue"
    assert release(play.kit, play.clinic, "skip", play.dana) == 1
    clock.advance(days=21)
    watch_dates(play.kit)
    assert {run["lead_id"] for run in play.rows("enrollment")} == {today, missed, ahead}


def test_each_birthday_is_wished_once_a_year_however_often_somebody_looks(play: Cast, clock: Clock) -> None:
    """mailtrain 755 and its opposite: looking again and again sends nothing again."""
    play = writing(play)
    write(play, _of(Entry("date", what="birthday", date=DateEntry("birthday", yearly=True))))
    _birthday(play, "a", "1980-11-25")
    for year in ("2026", "2027"):
        clock.at = parse_iso(f"{year}-11-24T15:00", CHICAGO)
        for _ in range(10):
            watch_dates(play.kit)
            play.tick()
            clock.advance(hours=6)
    assert [row["to_email"] for row in play.rows("outbox")] == ["a@example.org"] * 2
