"""Two leads that are one person: which of them is kept, and what the other adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class One(Protocol):
    """What is known of either."""

    @property
    def id(self) -> int: ...
    @property
    def email(self) -> str | None: ...
    @property
    def first_name(self) -> str | None: ...
    @property
    def last_name(self) -> str | None: ...
    @property
    def other_names(self) -> tuple[str, ...]: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def interest(self) -> str | None: ...
    @property
    def consent(self) -> str: ...
    @property
    def source_id(self) -> int | None: ...
    @property
    def page(self) -> str | None: ...
    @property
    def utm(self) -> dict[str, str]: ...
    @property
    def pace(self) -> str: ...
    @property
    def paused_until(self) -> int | None: ...
    @property
    def refused_topics(self) -> list[str]: ...
    @property
    def minor(self) -> bool: ...
    @property
    def urgent(self) -> bool: ...
    @property
    def created_at(self) -> int: ...
    @property
    def called_at(self) -> int | None: ...


_MARKS = ("minor", "urgent")  # what keeps series back, of either


def may_be_kept(one: One, other: One) -> bool:
    """Never one without an address beside one with: consent was given for an address."""
    return one.email is not None or other.email is None


def better(one: One, other: One) -> int:
    """The id of the one to keep, unless somebody says otherwise: with an address, that agreed to mails, the older."""

    def worth(each: One) -> tuple[bool, bool, int]:
        return each.email is not None, each.consent == "given", -each.created_at

    return max((one, other), key=worth).id


def merged(kept: One, other: One) -> dict[str, object]:
    """What changes on the kept one. Gaps are filled; of two wishes, the one for less mail holds."""
    changes: dict[str, object] = {}
    for name in ("first_name", "last_name", "phone", "interest", "page", "utm"):
        if not getattr(kept, name) and getattr(other, name):
            changes[name] = getattr(other, name)
    if other.created_at < kept.created_at:
        changes.update(created_at=other.created_at, source_id=other.source_id)
    if other.pace == "weekly" != kept.pace:
        changes["pace"] = other.pace
    if (other.paused_until or 0) > (kept.paused_until or 0):
        changes["paused_until"] = other.paused_until
    if set(other.refused_topics) - set(kept.refused_topics):
        changes["refused_topics"] = sorted({*kept.refused_topics, *other.refused_topics})
    changes.update({mark: True for mark in _MARKS if getattr(other, mark) and not getattr(kept, mark)})
    if other.called_at is not None and (kept.called_at is None or other.called_at < kept.called_at):
        changes["called_at"] = other.called_at
    names = _names(kept, other)
    if names != kept.other_names:
        changes["also_named"] = "\n".join(names)
    return changes


def _names(kept: One, other: One) -> tuple[str, ...]:
    """The kept one's other names, with those of the other that say somebody else's."""
    own = " ".join(filter(None, (kept.first_name or other.first_name, kept.last_name or other.last_name)))
    found: Sequence[str] = (*kept.other_names, *other.other_names)
    if kept.first_name and kept.last_name:
        found = (*found, " ".join(filter(None, (other.first_name, other.last_name))))
    unlike = {name.casefold(): name for name in reversed(found) if name and name.casefold() != own.casefold()}
    return tuple(reversed(unlike.values()))
