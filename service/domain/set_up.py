"""The guided set-up: its steps, why each is there, and how far a clinic has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["done", "later", "open"]


@dataclass(frozen=True, slots=True)
class Step:
    """`why` is one sentence, said before anything is asked."""

    key: str
    name: str
    why: str


STEPS = (
    Step("clinic", "Your clinic", "Every mail must show who writes and where you are, and times count in your zone."),
    Step("sender", "Who the mails come from", "People open mail from a name they know; mailboxes check the sender."),
    Step("hours", "Who treats, and when", "Open times appear in mails and on the booking page, for people to book."),
    Step("form", "Your website’s form", "A series begins when somebody signs up, so a form has to reach this desk."),
    Step("campaign", "Your first series", "It answers each new person by itself, from the first hour to a visit."),
    Step("test", "A mail to yourself", "Seen in your own mailbox, you know what people get before the first one does."),
)
KEYS = tuple(step.key for step in STEPS)


@dataclass(frozen=True, slots=True)
class Progress:
    """`later`: left for another day. `over`: put away by a person, whatever is open. `series`: the campaign chosen."""

    done: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    over: bool = False
    series: str = ""

    def state(self, key: str) -> State:
        if key in self.done:
            return "done"
        return "later" if key in self.later else "open"

    @property
    def finished(self) -> bool:
        return all(key in self.done for key in KEYS)

    @property
    def next(self) -> Step | None:
        """The first that is open; then the first that was left for later."""
        waiting = [step for step in STEPS if step.key not in self.done]
        return next((step for step in waiting if step.key not in self.later), waiting[0] if waiting else None)

    def after(self, key: str) -> Step | None:
        """Where to go from a step: the next open one behind it, else the first that still waits."""
        behind = (step for step in STEPS[KEYS.index(key) + 1 :] if self.state(step.key) == "open")
        return next(behind, self.next)

    def with_done(self, key: str) -> Progress:
        return replace(self, done=self.done | {key}, later=self.later - {key})

    def with_later(self, key: str) -> Progress:
        return self if key in self.done else replace(self, later=self.later | {key})


def progress(done: Iterable[str], later: Iterable[str], over: bool, series: str) -> Progress:
    """As kept; a step that is no more is forgotten."""
    return Progress(frozenset(done) & set(KEYS), frozenset(later) & set(KEYS), over, series)
