"""What a provider answered is kept: a moment's trouble with the database makes no doubt, and no second mail."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from service.domain.mail import Batch
from service.domain.message import Accepted, Outcome, Rejected
from service.storage.database import Database
from tests.support.cast import cast
from tests.support.clock import Clock


class Relay:
    """Answers as it was told to; while it does, the database goes away for its next `away` statements."""

    name = "smtp"

    def __init__(self, db: Database, answer: Outcome, away: int = 0) -> None:
        self._engine = db._engine
        self._answer, self._away = answer, away
        self.mails = 0

    def send(self, batch: Batch, _now: int, _probe: object) -> list[Outcome]:
        self.mails += len(batch.letters)
        if self._away:
            sa.event.listen(self._engine, "before_cursor_execute", self._trouble)
        return [self._answer for _ in batch.letters]

    def _trouble(self, _conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if self._away:
            self._away -= 1
            raise OperationalError(statement, {}, Exception("deadlock detected"))

    def recall(self, _asked: object, _now: int) -> dict[str, bool]:
        return {}

    def drain(self) -> None: ...

    def close(self) -> None: ...


def test_an_answer_is_recorded_although_the_database_was_away_for_a_moment(db: Database, clock: Clock) -> None:
    relay = Relay(db, Accepted(), away=1)
    play = cast(db, clock, relay, mail="smtp")
    play.signs_up(play.alice)
    play.tick()
    assert play.mails(play.alice) == [("welcome", "accepted")]
    clock.advance(hours=1)
    play.quiet()
    assert relay.mails == 1


@pytest.mark.parametrize("answer", [Accepted(), Rejected("refused 554 5.7.1")], ids=["accepted", "rejected"])
def test_what_was_printed_is_kept_only_until_the_outcome_is_known(db: Database, clock: Clock, answer: Outcome) -> None:
    play = cast(db, clock, Relay(db, answer), mail="smtp")
    play.signs_up(play.alice)
    play.tick()
    (row,) = play.rows("message")
    assert (row["values"], row["settled_at"]) == (None, clock())
