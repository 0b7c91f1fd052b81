"""Who may do what."""

from __future__ import annotations

from service.domain.right import (
    GRANTS,
    RIGHT_WORDS,
    ROLE_HELP,
    ROLE_WORDS,
    Right,
    Role,
    may,
    may_manage,
    role_of,
    who_may,
)


def test_an_owner_may_do_everything_and_a_manager_too() -> None:
    assert GRANTS[Role.OWNER] == GRANTS[Role.MANAGER] == set(Right)


def test_a_front_desk_calls_books_and_stops_but_neither_exports_nor_reads_answers() -> None:
    assert GRANTS[Role.FRONT_DESK] == {Right.SEE, Right.CALL, Right.BOOK, Right.STOP}
    assert not may("front-desk", Right.EXPORT)
    assert not may("front-desk", Right.SEE_ANSWERS)


def test_a_practitioner_reads_answers_and_changes_no_campaign() -> None:
    assert may("practitioner", Right.SEE_ANSWERS)
    assert not may("practitioner", Right.EDIT_CAMPAIGNS)


def test_a_role_that_nobody_knows_may_only_look() -> None:
    assert role_of("emperor") is Role.VIEWER
    assert [right for right in Right if may("emperor", right)] == [Right.SEE]


def test_only_an_owner_reaches_owners() -> None:
    assert may_manage("owner", "owner")
    assert may_manage("manager", "front-desk")
    assert not may_manage("manager", "owner")
    assert not may_manage("front-desk", "viewer")


def test_each_right_names_who_has_it() -> None:
    assert who_may(Right.EXPORT) == [Role.OWNER, Role.MANAGER]
    assert who_may(Right.STOP) == [Role.OWNER, Role.MANAGER, Role.FRONT_DESK]


def test_every_role_and_right_has_its_words() -> None:
    assert set(ROLE_WORDS) == set(ROLE_HELP) == set(Role)
    assert set(RIGHT_WORDS) == set(Right)
