"""Whose page this is."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request

from service.usecases.follow_link import follow_link
from service.usecases.read_link import Owner, Reading, read_link
from service.web.kit import kit
from service.web.public.language import speaks_to


def owner_of(conn: Reading, token: str) -> Owner:
    """Aborts with the same 404 for every token that leads nowhere."""
    found = read_link(conn, kit(), token, kit().clock())
    if found is None:
        abort(404)
    speaks_to(found.lead.locale)
    return found


def owner(token: str) -> Owner:
    with kit().db.read() as conn:
        return owner_of(conn, token)


def note_click(whose: Owner, link: str) -> None:
    """A hit on a mail's link; a page that sends to itself adds a query and is no new hit."""
    if whose.message_id is not None and not request.args:
        follow_link(
            kit(), whose.message_id, link, user_agent=request.headers.get("User-Agent", ""), method=request.method
        )


def page(template: str, whose: Owner, **values: Any) -> str:
    """Every patient's page knows its clinic, its lead and its own token."""
    return render_template(
        f"public/{template}.html",
        clinic=whose.clinic,
        lead=whose.lead,
        token=whose.token,
        **values,
    )
