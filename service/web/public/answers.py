"""/a/TOKEN/ANSWER: an answer to what holds somebody back. GET shows it; POST lets the clinic know."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from service.storage import practitioners
from service.usecases.answer_question import LONGEST, answer_question
from service.usecases.read_link import Owner
from service.web.kit import kit
from service.web.public.language import noted, say
from service.web.public.owner import note_click, owner, page

TITLES = {
    "price": noted("What it costs"),
    "needles": noted("How the needles feel"),
    "time": noted("How much time it takes"),
    "forme": noted("Is it for me?"),
    "other": noted("Tell us what holds you back"),
}


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/a/<token>/<answer>", view_func=show, endpoint="answer")
    blueprint.add_url_rule("/a/<token>/<answer>", view_func=tell, endpoint="tell_answer", methods=["POST"])


def show(token: str, answer: str) -> ResponseReturnValue:
    whose = _owner(token, answer)
    note_click(whose, answer)
    return _answer_page(whose, answer)


def tell(token: str, answer: str) -> ResponseReturnValue:
    whose = _owner(token, answer)
    text = request.form.get("text", "")
    if answer == "other" and not text.strip():
        return _answer_page(whose, answer, empty=True), 422
    answer_question(kit(), whose.lead.id, answer, message_id=whose.message_id, text=text)
    return _answer_page(whose, answer, told=True)


def _owner(token: str, answer: str) -> Owner:
    if answer not in TITLES:
        abort(404)
    return owner(token)


def _answer_page(whose: Owner, answer: str, *, told: bool = False, empty: bool = False) -> str:
    with kit().db.read() as conn:
        visit = practitioners.first_visit(conn, whose.clinic.id)
    return page(
        "answer",
        whose,
        answer=answer,
        title=say(TITLES[answer]),
        told=told,
        empty=empty,
        longest=LONGEST,
        minutes=visit.minutes if visit is not None else None,
    )
