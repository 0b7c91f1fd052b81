"""Showing once more who one is, before what could do harm from a screen that was left open."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.domain.right import Right
from service.domain.session_age import proved
from service.usecases.sessions import prove
from service.web.admin import rights
from service.web.admin.desk import blueprint, checks, here, page, renew
from service.web.admin.rights import need
from service.web.limits import limiter

TRIES = parse("10/15 minutes")
OFTEN = "Too many tries. Wait a quarter of an hour, then try again."
WRONG = "This was not right. Give the password that you sign in with{}."
OR_CODE = ", or wait for the next code in your app"
OURS = {"csrf_token", "proof"}


@blueprint.post("/prove")
@need(Right.SEE)
def prove_it() -> ResponseReturnValue:
    """Before a page or a file that was asked for: it is offered once more, so that its press begins the download."""
    then = _ours(request.form.get("then", ""))
    fault = _fault()
    return _ask(fault, then=then) if fault else page("proved", then=then)


def _check() -> ResponseReturnValue | None:
    """What was sent is kept in the page that asks, and done once the answer is right."""
    desk = here()
    if not rights.wants_proof(str(request.endpoint), request.method):
        return None
    if proved(desk.session.proved_at, desk.kit.wall()):
        return None
    if request.method == "GET":
        return _ask("", then=request.full_path.rstrip("?"))
    fault = _fault() if "proof" in request.form else ""
    return _ask(fault) if fault or "proof" not in request.form else None


checks.append(_check)


def _fault() -> str:
    """Nothing when it is they: from now on nobody is asked for a while, and the session has another key."""
    desk = here()
    counter = (TRIES, "proof", str(desk.user.id))
    if not limiter.limiter.test(*counter):
        return OFTEN
    if not prove(desk.kit, desk.user, request.form.get("proof", "")):
        limiter.limiter.hit(*counter)
        return WRONG.format(OR_CODE if desk.codes else "")
    renew(desk.session, desk.user.role, proved=True)
    return ""


def _ask(fault: str, then: str = "") -> ResponseReturnValue:
    kept = [] if then else [(name, value) for name, value in request.form.items(multi=True) if name not in OURS]
    action = url_for("desk.prove_it") if then else request.full_path.rstrip("?")
    shown = page("prove", action=action, kept=kept, then=then, fault=fault, codes=here().codes)
    return shown, 429 if fault == OFTEN else 403


def _ours(path: str) -> str:
    """A page of the desk with what was chosen on it, else Home."""
    parts = urlsplit(path)
    plain = parts.path.startswith("/desk/") and not parts.scheme and not parts.netloc and "\\" not in path
    return path if plain else url_for("desk.home")
