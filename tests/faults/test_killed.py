"""Killed at any point of sending, by SIGKILL: nothing is lost, nothing comes twice but the one documented resend."""

import pytest

from service.domain.message import PROBES
from service.storage.database import Database
from tests.support.killed import KINDS, Kill, Kinds, Result, Story, seeded

STATED = 50
SAMPLE = 6


def _holds(result: Result, kind: Kinds, *, tells: bool = True) -> None:
    told = result.line()
    assert result.lost == [], told
    if kind == "outbox" or (kind == "sendgrid" and tells):
        assert result.repeated == {}, told
    assert all(count == 1 for count in result.repeated.values()), told
    assert sum(result.repeated.values()) <= result.doubtful, told
    assert set(result.rows) <= {"accepted", "in_doubt"}, told
    assert result.rows["in_doubt"] == result.for_a_person, told
    assert not result.for_a_person or (kind == "smtp" and result.kills > 1), told


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", PROBES)
def test_killed_at_a_named_point_it_goes_on_where_it_stood(
    db: Database, db_url: str, kind: Kinds, point: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = Story(db, db_url, kind, people=3).run([Kill(point)])
    with capsys.disabled():
        print(f"\n{db.dialect} {kind} {point}: {result.line()}", end="")
    assert result.kills == 1
    _holds(result, kind)


def test_killed_by_the_time_sendgrid_has_read_the_request_its_events_settle_it(db: Database, db_url: str) -> None:
    result = Story(db, db_url, "sendgrid", people=3).run([Kill("on-read")])
    assert result.kills == 1
    _holds(result, "sendgrid")


def test_what_is_in_doubt_twice_is_left_to_a_person(db: Database, db_url: str) -> None:
    result = Story(db, db_url, "smtp", people=2).run([Kill("after-intent"), Kill("after-intent")])
    assert result.kills == 2
    assert result.for_a_person == 2
    _holds(result, "smtp")


@pytest.mark.parametrize("point", ["after-intent", "after-bytes", "after-202"])
def test_without_an_event_sendgrid_gets_each_doubt_once_more_at_most(db: Database, db_url: str, point: str) -> None:
    result = Story(db, db_url, "sendgrid", people=3, tells=False).run([Kill(point)])
    assert result.kills == 1
    _holds(result, "sendgrid", tells=False)
    assert len(result.repeated) == (3 if point == "after-202" else 0) or point == "after-bytes"


def test_seeded_runs_with_several_kills(
    db_url: str, db: Database, long: bool, capsys: pytest.CaptureFixture[str], fresh: object
) -> None:
    kills = mails = repeated = doubts = left = 0
    runs = STATED if long else SAMPLE
    for seed in range(runs):
        kind = KINDS[seed % len(KINDS)]
        planned, batch, people = seeded(seed, kind)
        fresh(db_url)  # type: ignore[operator]
        result = Story(db, db_url, kind, people=people).run(planned, batch)
        _holds(result, kind)
        kills, mails = kills + result.kills, mails + result.expected
        repeated, doubts = repeated + sum(result.repeated.values()), doubts + result.doubtful
        left += result.for_a_person
    with capsys.disabled():
        print(
            f"\n{db.dialect}: {runs} runs, {kills} kills, {mails} mails expected, 0 lost, "
            f"{repeated} repeated of {doubts} in doubt (SMTP only), {left} in doubt twice and left to a person",
            end="",
        )
