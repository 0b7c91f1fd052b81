"""The standing cast, a mail to many, and a clinic that lets a person have one mail a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.content.letter_mail import LetterText
from service.content.letter_who import AGREED
from service.storage import letters
from service.storage.letter_numbers import Progress
from service.usecases.letters.plan_letter import plan_letter
from service.usecases.letters.send_letters import send_letters
from service.usecases.letters.show_letters import show_letter
from service.usecases.letters.write_letter import NewLetter, write_letter
from tests.support.cast import Cast
from tests.support.clock import Clock

TEN = 1_795_536_000  # a Tuesday, ten in the morning in Chicago
WORDS = (
    "We are closed from Thursday to Sunday, and open again on Monday at nine. Nobody has to do anything for this.",
    "Whoever has a visit on these days has been called already.\nThe others find us here as always.",
)
SEGMENT = "key: regulars\nname: Regulars\nwho: {interest: sciatica}\n"
SUBJECT = "We are closed on Thursday"


def a_text(**values: Any) -> LetterText:
    plain: dict[str, Any] = {
        "subject": SUBJECT,
        "preheader": "The days, and when we open again.",
        "paragraphs": WORDS,
        "button": "book",
        "label": "See open times",
    }
    return LetterText(**plain | values)


@dataclass
class Room:
    """`crowd`: leads who agreed, in the order of their ids."""

    play: Cast
    clock: Clock
    crowd: list[int] = field(default_factory=list)

    def comes(self, number: int, interest: str = "sciatica", **values: Any) -> list[int]:
        values["interest"] = interest
        new = [self.play.lead(f"guest{len(self.crowd) + each}", **values) for each in range(number)]
        self.crowd += new
        return new

    def writes(self, source: str = AGREED, at: int | None = TEN, text: LetterText | None = None, **more: Any) -> str:
        new = NewLetter("Closed on Thursday", text or a_text(), source, at, **more)
        written = write_letter(self.play.kit, self.play.clinic, self.play.dana, new)
        assert written.faults == {}
        assert written.key is not None
        return written.key

    def plans(self, source: str = AGREED, at: int = TEN, **more: Any) -> str:
        key = self.writes(source, at, **more)
        assert plan_letter(self.play.kit, self.play.clinic, self.play.dana, key)
        return key

    def sends(self, **more: Any) -> int:
        """The job of the letters, and the tick behind it."""
        looked = send_letters(self.play.kit, **more)
        self.play.tick()
        return looked

    def row(self, key: str) -> letters.LetterRow:
        with self.play.db.read() as conn:
            found = letters.by_key(conn, self.play.clinic, key)
        assert found is not None
        return found

    def numbers(self, key: str) -> Progress:
        shown = show_letter(self.play.kit, self.play.clinic, key)
        assert shown is not None
        return shown[1].numbers

    def got(self, subject: str = SUBJECT) -> list[str]:
        """Who has a mail with this subject in the mailbox, each as often as they have it."""
        return sorted(row["to_email"] for row in self.play.rows("outbox") if row["subject"] == subject)
