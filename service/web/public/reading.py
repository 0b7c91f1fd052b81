"""/r/TOKEN: the mail as a page, with its sources."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from service.usecases.read_mail import read_mail
from service.web.kit import kit
from service.web.public.owner import note_click, owner_of, page


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/r/<token>", view_func=show, endpoint="read")


def show(token: str) -> ResponseReturnValue:
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        mail = read_mail(conn, kit(), whose, kit().clock())
    if mail is None:
        abort(404)
    note_click(whose, "read")
    return page("read", whose, mail=mail)
