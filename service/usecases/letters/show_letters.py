"""The Letters room: every letter with its numbers, and one as it was written and as it is read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from service.content.letter_mail import MAIL, LetterText, read_mail
from service.domain.campaign import MailStep
from service.domain.mail import Rendered
from service.storage import campaigns, letter_numbers, letters, segments
from service.storage.clinics import ClinicRow
from service.storage.letter_numbers import Progress
from service.storage.letters import DONE, GOING, LetterRow
from service.storage.segments import SegmentRow
from service.usecases.kit import Kit
from service.usecases.letters.who import segment_name
from service.usecases.letters.write_letter import FIRST, NewLetter
from service.usecases.preview_mail import Heading, headings, preview_mail

MOST = 100
FOR_THE_HOUR = frozenset({"", "not-yet", "outside-window", "brake"})  # nothing of the reader's own holds it


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter with its words. `number`: of its version."""

    row: LetterRow
    text: LetterText
    exact: bool
    first: bool
    number: int

    def with_text(self, text: LetterText) -> NewLetter:
        """The same letter with other words."""
        row = self.row
        return NewLetter(row.name, text, row.source, row.at, self.exact, self.first, row.holdout)


@dataclass(frozen=True, slots=True)
class LetterLine:
    """`shown`: the state in which people see it: one that has come to everybody still goes while mails wait for their
    hour. `who`: the segment's name, None for everyone who agreed."""

    row: LetterRow
    shown: str
    who: str | None
    numbers: Progress


def show_letters(kit: Kit, clinic_id: int) -> list[LetterLine]:
    """Newest first."""
    with kit.db.read() as conn:
        rows = letters.of_clinic(conn, clinic_id, MOST)
        numbers = letter_numbers.progress(conn, [row.campaign_id for row in rows])
        names = {source: segment_name(conn, clinic_id, source) for source in {row.source for row in rows}}
    return [_line(row, names[row.source], numbers[row.campaign_id]) for row in rows]


def show_letter(kit: Kit, clinic_id: int, key: str) -> tuple[Opened, LetterLine] | None:
    with kit.db.read() as conn:
        row = letters.by_key(conn, clinic_id, key)
        if row is None:
            return None
        numbers = letter_numbers.progress(conn, [row.campaign_id])[row.campaign_id]
        return opened(conn, kit, row), _line(row, segment_name(conn, clinic_id, row.source), numbers)


def show_heading(kit: Kit, clinic: ClinicRow, row: LetterRow, now: int) -> Heading:
    """What a lock screen shows of it."""
    with kit.db.read() as conn:
        return headings(kit, conn, clinic, kit.library.version(conn, row.version_id), now)[MAIL]


def show_letter_mail(kit: Kit, clinic: ClinicRow, row: LetterRow, now: int) -> Rendered:
    with kit.db.read() as conn:
        return preview_mail(kit, conn, clinic, kit.library.version(conn, row.version_id), MAIL, now)


def show_choices(kit: Kit, clinic_id: int) -> list[SegmentRow]:
    """The segments that a letter may go to."""
    with kit.db.read() as conn:
        return segments.of_clinic(conn, clinic_id)


def opened(conn: Connection, kit: Kit, row: LetterRow) -> Opened:
    version = kit.library.version(conn, row.version_id)
    step = version.definition.steps[version.definition.first]
    return Opened(
        row=row,
        text=read_mail(version.mails[MAIL]),
        exact=isinstance(step, MailStep) and step.at_once,
        first=version.definition.priority >= FIRST,
        number=campaigns.version_number(conn, row.version_id),
    )


def _line(row: LetterRow, who: str | None, numbers: Progress) -> LetterLine:
    leaves = numbers.on_the_way or any(guard in FOR_THE_HOUR for guard in numbers.waiting)
    return LetterLine(row, GOING if row.state == DONE and leaves else row.state, who, numbers)
