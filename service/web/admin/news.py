"""What one is told by mail: the page behind such a mail, and one's own choice of what comes and when."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.domain.news import NEWS_WORDS, WHEN_WORDS, News, When, choices
from service.domain.right import Right
from service.domain.words import EVENTS
from service.usecases.show_news import choose_news, show_news
from service.web.admin.desk import blueprint, here, page
from service.web.admin.rights import need


@blueprint.get("/news/<token>")
@need(Right.SEE)
def news(token: str) -> str:
    desk = here()
    found = show_news(desk.kit, desk.user, token)
    if found is None:
        abort(404)
    return page("news", items=found, kinds=EVENTS)


@blueprint.get("/account/news")
@need(Right.SEE)
def my_news() -> str:
    desk = here()
    chosen = choices(desk.user.role, desk.user.news)
    return page("my-news", chosen=chosen, kinds=NEWS_WORDS, whens=WHEN_WORDS)


@blueprint.post("/account/news")
@need(Right.SEE)
def choose_my_news() -> ResponseReturnValue:
    desk = here()
    try:
        chosen = {kind: When(request.form.get(kind.value, "")) for kind in News}
    except ValueError:
        abort(400)
    choose_news(desk.kit, desk.user, chosen)
    flash("Kept: this is what you are told from now on.", "good")
    return redirect(url_for("desk.my_news"), 303)
