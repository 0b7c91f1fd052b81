"""/x/TOKEN: the link of a mail that no person can see. Who follows it follows every link: a scanner."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.domain.click import TRAP
from service.web.public.owner import note_click, owner


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/x/<token>", view_func=show, endpoint="hidden")


def show(token: str) -> ResponseReturnValue:
    """Answers like any page: a scanner that finds a dead link may hold the mail for it."""
    note_click(owner(token), TRAP)
    return "There is nothing to see here.\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
