"""Planning a letter: who would get it and who would not, and then the word to send it."""

from __future__ import annotations

from dataclasses import dataclass

from service.storage import audits, letter_numbers, letters
from service.storage.letter_numbers import GETS, HELD_OUT
from service.storage.letters import DRAFT, PLANNED, LetterRow
from service.usecases.kit import Kit
from service.usecases.letters.who import who_of
from service.usecases.letters.write_letter import Gone


@dataclass(frozen=True, slots=True)
class Foreseen:
    """People as they are now. `left_out`: by reason, the most first. `no_segment`: the one it names is no more."""

    gets: int = 0
    held_out: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    no_segment: bool = False

    @property
    def all(self) -> int:
        return self.gets + self.held_out + sum(people for _, people in self.left_out)


def foresee_letter(kit: Kit, row: LetterRow, now: int) -> Foreseen:
    with kit.db.read() as conn:
        try:
            who = who_of(conn, row, now)
        except KeyError:
            return Foreseen(no_segment=True)
        counts = letter_numbers.foresee(conn, who, row.clinic_id, row.key, row.holdout)
    gets, held_out = counts.pop(GETS, 0), counts.pop(HELD_OUT, 0)
    return Foreseen(gets, held_out, tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))))


def plan_letter(kit: Kit, clinic_id: int, user_id: int | None, key: str, at: int | None = None) -> bool:
    """The draft leaves at `at`, or at its own hour; one that has passed is now. False when it is no draft any more or
    has no hour. Raises Gone."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = letters.locked(conn, clinic_id, key)
        if row is None:
            raise Gone
        hour = row.at if at is None else at
        if row.state != DRAFT or hour is None:
            return False
        letters.change(conn, row.campaign_id, {"state": PLANNED, "at": max(hour, now)})
        audits.record(conn, clinic_id, user_id, now, "letter planned", "letter", {"key": key, "at": max(hour, now)})
    return True
