"""/o/TOKEN: what a person agreed to, when, and in which words."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from service.domain.clock_words import date_words, time_words
from service.domain.wording import mask
from service.usecases.check_receipts import show_receipts
from service.web.kit import kit
from service.web.public.language import language
from service.web.public.owner import owner_of, page


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/o/<token>", view_func=show, endpoint="agreed")


def show(token: str) -> ResponseReturnValue:
    with kit().db.read() as conn:
        whose = owner_of(conn, token)
        lines = show_receipts(conn, whose.lead)
    zone, spoken = whose.lead.zone, language()
    days = {
        line.row.id: (date_words(line.row.at, zone, spoken), time_words(line.row.at, zone, spoken)) for line in lines
    }
    return page("agreed", whose, address=mask(whose.lead.email or ""), lines=lines, days=days)
