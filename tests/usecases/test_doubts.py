"""What is told of a mail in doubt: since when, why, what happens by itself, and when only a person can settle it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.domain.timing import DAY, HOUR, MINUTE
from service.storage import clinics, tables
from service.usecases.decide_doubt import Decider, decide_doubt
from service.usecases.settle import may_resend
from service.usecases.show_doubts import Doubt, as_json, show_doubts, what_then
from tests.support.cast import Cast


def a_doubt(play: Cast, provider: str = "smtp") -> int:
    play.signs_up(play.alice)
    play.tick()
    (row,) = play.rows("message", lead_id=play.alice)
    lost = {"state": "in_doubt", "provider": provider, "accepted_at": None, "lease_until": row["created_at"] + 300}
    with play.db.write() as conn:
        conn.execute(sa.update(tables.message).values(reason="no answer", settled_at=None, **lost))
    return int(row["id"])


def doubts(play: Cast) -> list[Doubt]:
    with play.db.read() as conn:
        return show_doubts(play.kit, conn, play.clinic, play.kit.clock())


def test_each_tells_since_when_and_why_and_no_name_leaves_by_the_command_line(play: Cast) -> None:
    a_doubt(play)
    (doubt,) = doubts(play)
    assert doubt.line.name == "Alice"
    assert (doubt.since, doubt.why, doubt.person) == (play.kit.clock(), "no answer", False)
    assert doubt.at == play.kit.clock() + 300 + 10 * MINUTE
    assert "alice" not in str(as_json(doubt, "then", None)).lower()


@pytest.mark.parametrize("provider", ["smtp", "sendgrid"])
@pytest.mark.parametrize("tries", [1, 2])
@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("useful", [None, 5 * MINUTE, 9 * DAY])
def test_what_is_told_is_what_the_rule_does(
    provider: str, tries: int, again: bool, heard: bool, useful: int | None
) -> None:
    now = 1_795_536_000
    row = _row(provider, tries, now, None if useful is None else now + useful)
    clinic = replace(_house(now), resend_in_doubt=again)
    words, at, person = what_then(row, clinic, heard, now)
    instants = [now + part * HOUR for part in range(40)]
    resent = [each for each in instants if may_resend(row, {clinic.id: clinic}, heard, each)]
    assert person == (not resent)
    assert (at is None) == person
    if at is not None:
        assert may_resend(row, {clinic.id: clinic}, heard, at)
        assert not may_resend(row, {clinic.id: clinic}, heard, at - 1)
    assert "person" in words or not person


def test_somebody_at_the_command_line_decides_and_it_is_on_record(play: Cast) -> None:
    number = a_doubt(play)
    assert decide_doubt(play.kit, Decider(play.clinic), [number], "drop") == 1
    assert play.rows("message")[0]["reason"] == "Somebody at the command line decided not to send it"
    assert [row["user_id"] for row in play.rows("audit", action="mail in doubt: drop")] == [None]
    assert doubts(play) == []


def _row(provider: str, tries: int, now: int, useful: int | None):  # type: ignore[no-untyped-def]
    from service.storage.messages import MessageRow

    return MessageRow(
        1, 1, 1, 1, 1, 1, "welcome", 1, "welcome", False, "ref", "in_doubt", now, now, now, 1, tries, provider, None,
        None, {}, None, useful, None,
    )  # fmt: skip


def _house(now: int) -> clinics.ClinicRow:
    plain = {"name": "Sun", "zone": "UTC", "cap_day": 1, "cap_week": 4, "created_at": now}
    fields = clinics.ClinicRow.__dataclass_fields__
    return clinics.ClinicRow(**{name: plain.get(name) for name in fields} | {"id": 1, "resend_in_doubt": True})  # type: ignore[arg-type]
