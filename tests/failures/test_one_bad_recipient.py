"""One recipient whom the provider refuses spoils nothing for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from service.delivery.outbox import OutboxProvider
from service.delivery.provider import Probe
from service.domain.enrollment import EnrollmentState
from service.domain.mail import Batch
from service.domain.message import Doubtful, Later, Outcome, Rejected
from service.storage.database import Database
from tests.support.cast import Cast, cast, outbox_provider
from tests.support.clock import Clock

BAD = "guest3@example.org"


class Refusing(OutboxProvider):
    """Takes everybody's mail but one person's, whose outcome is this."""

    answer: Outcome

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        good = [letter for letter in batch.letters if letter.to != BAD]
        super().send(Batch(batch.shape, batch.envelope, tuple(good)), now, probe)
        return [self.answer if letter.to == BAD else _accepted() for letter in batch.letters]


def _accepted() -> Outcome:
    from service.domain.message import Accepted

    return Accepted()


def _refusing(db: Database, answer: Outcome) -> Refusing:
    plain = outbox_provider(db)
    made = Refusing(plain._put, plain._known)
    made.answer = answer
    return made


def _seven(db: Database, clock: Clock, answer: Outcome) -> Cast:
    play = cast(db, clock, _refusing(db, answer))
    for number in range(7):
        play.signs_up(play.lead(f"guest{number}"))
    return play


def _counts(play: Cast) -> Counter[tuple[str, str]]:
    return Counter((row["to_email"], row["subject"]) for row in play.rows("outbox"))


ANSWERS: Sequence[Outcome] = (
    Rejected("554 the sender is not verified"),
    Rejected("550 no such user", bad_address=True),
    Later("421 come back", 1_795_536_060),
    Doubtful("the line broke"),
)


@pytest.mark.parametrize("answer", ANSWERS, ids=["rejected", "bad address", "later", "doubtful"])
def test_one_refused_recipient_makes_no_other_get_their_mail_again(db: Database, clock: Clock, answer: Outcome) -> None:
    """mautic 7226: a 554 for one contact left the others of the job unrecorded, and they were mailed over and over."""
    play = _seven(db, clock, answer)
    for _ in range(12):
        play.quiet()
        clock.advance(minutes=10)
    assert _counts(play) == {(f"guest{n}@example.org", "A word: welcome"): 1 for n in range(7) if n != 3}


def test_whoever_was_refused_is_not_tried_for_ever_and_the_others_go_on(db: Database, clock: Clock) -> None:
    """mautic 7226, 13675: the refused one was tried anew with each job, and those behind it never got theirs."""
    play = _seven(db, clock, Rejected("550 no such user", bad_address=True))
    for _ in range(9):
        play.quiet()
        clock.advance(days=1)
    assert set(_counts(play).values()) == {1}
    assert len(_counts(play)) == 6 * 3
    refused = next(row["id"] for row in play.rows("lead") if row["email"] == BAD)
    assert play.mails(refused) == [("welcome", "rejected")]
    (run,) = play.rows("enrollment", lead_id=refused)
    assert (run["state"], run["reason"]) == (EnrollmentState.EXITED, "invalid")


def test_a_batch_that_breaks_in_the_middle_mails_nobody_twice_and_loses_nobody(db: Database, clock: Clock) -> None:
    """mautic 7226: the exception that one recipient raised left those before it sent and not recorded."""
    play = _seven(db, clock, Rejected("554"))

    class Broken(Exception): ...

    class Breaking(OutboxProvider):
        def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
            some = Batch(batch.shape, batch.envelope, batch.letters[:4])
            super().send(some, now, probe)
            raise Broken

    plain = outbox_provider(db)
    whole, play.provider = plain, Breaking(plain._put, plain._known)
    with pytest.raises(Broken):
        play.tick()
    assert sum(_counts(play).values()) == 4
    play.provider = whole
    for _ in range(4):
        clock.advance(minutes=10)
        play.quiet()
    assert _counts(play) == {(f"guest{n}@example.org", "A word: welcome"): 1 for n in range(7)}
