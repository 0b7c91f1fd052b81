"""What was done to a draft: undone and done again, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from service.domain.edit import Act, Row, apply

DEEPEST = 200  # acts that can be undone


@dataclass(frozen=True, slots=True)
class History:
    now: Row
    before: tuple[Row, ...] = ()
    after: tuple[Row, ...] = ()


def done(history: History, act: Act) -> History:
    """Raises Refused, and nothing is changed. An act forgets what was undone before it."""
    return History(apply(history.now, act), (*history.before, history.now)[-DEEPEST:])


def undone(history: History) -> History:
    """The same where there is nothing to undo."""
    if not history.before:
        return history
    return History(history.before[-1], history.before[:-1], (history.now, *history.after))


def redone(history: History) -> History:
    """The same where there is nothing to do again."""
    if not history.after:
        return history
    return replace(history, now=history.after[0], before=(*history.before, history.now), after=history.after[1:])
