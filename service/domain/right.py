"""Who may do what: a person at the desk has one role, and a role is a set of rights."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    PRACTITIONER = "practitioner"
    FRONT_DESK = "front-desk"
    VIEWER = "viewer"


class Right(StrEnum):
    """What a page or an act asks for."""

    SEE = "see"  # whoever has signed in
    CALL = "call"  # tasks, notes, and what the front desk notes down after a call
    EDIT_LEADS = "edit-leads"
    SEE_ANSWERS = "see-answers"
    EXPORT = "export"
    IMPORT = "import"
    ERASE = "erase"
    EDIT_CAMPAIGNS = "edit-campaigns"  # drafts
    PUBLISH = "publish"
    SETTINGS = "settings"
    PEOPLE = "people"
    STOP = "stop"  # stop sending and start it again
    BOOK = "book"


GRANTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MANAGER: frozenset(Right),  # except over owners: `may_manage`
    Role.PRACTITIONER: frozenset({Right.SEE, Right.SEE_ANSWERS, Right.CALL, Right.BOOK}),
    Role.FRONT_DESK: frozenset({Right.SEE, Right.CALL, Right.BOOK, Right.STOP}),
    Role.VIEWER: frozenset({Right.SEE}),
}
ROLE_WORDS: Mapping[Role, str] = {
    Role.OWNER: "owner",
    Role.MANAGER: "manager",
    Role.PRACTITIONER: "practitioner",
    Role.FRONT_DESK: "front desk",
    Role.VIEWER: "viewer",
}
ROLE_HELP: Mapping[Role, str] = {
    Role.OWNER: "May do everything, and decides who else is an owner.",
    Role.MANAGER: "May do everything but change owners.",
    Role.PRACTITIONER: "Sees leads and what they wrote, calls them and books visits. Changes no campaign.",
    Role.FRONT_DESK: "Calls leads, books visits, and can stop all mail. Sees no answers, exports nothing.",
    Role.VIEWER: "Looks, and changes nothing. Sees no answers.",
}
RIGHT_WORDS: Mapping[Right, str] = {
    Right.SEE: "look at the desk",
    Right.CALL: "note calls and finish tasks",
    Right.EDIT_LEADS: "change a lead",
    Right.SEE_ANSWERS: "see what leads wrote",
    Right.EXPORT: "export people",
    Right.IMPORT: "import people",
    Right.ERASE: "erase a person",
    Right.EDIT_CAMPAIGNS: "work on campaigns and letters",
    Right.PUBLISH: "publish campaigns and send letters",
    Right.SETTINGS: "change the clinic's settings",
    Right.PEOPLE: "change who works here",
    Right.STOP: "stop and start sending",
    Right.BOOK: "change visits",
}


def role_of(name: str) -> Role:
    """A role that nobody knows any more may only look."""
    return Role(name) if name in Role._value2member_map_ else Role.VIEWER


def may(role: str, right: Right) -> bool:
    return right in GRANTS[role_of(role)]


def who_may(right: Right) -> list[Role]:
    """The roles that have it, the widest first."""
    return [role for role in Role if right in GRANTS[role]]


def may_manage(role: str, other: str) -> bool:
    """Whether one of `role` may change, or make somebody, `other`: only owners reach owners."""
    return may(role, Right.PEOPLE) and (role_of(role) is Role.OWNER or role_of(other) is not Role.OWNER)
