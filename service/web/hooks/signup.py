"""POST /hooks/signup/KEY: sign-ups from other people's forms. Whoever is not the source learns nothing here."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from service.sources.vendor import URL
from service.usecases.take_post import Came, take_post
from service.web.kit import kit
from service.web.limits import AMinute

LONGEST = 64 * 1024
AT_ONCE = AMinute(30)  # of a source’s authentic posts; those beyond it are kept and read by the job, a moment later


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/hooks/signup/<key>", "signup", take, methods=["POST"])


def take(key: str) -> ResponseReturnValue:
    if (request.content_length or 0) > LONGEST:
        return "", 413
    raw = request.stream.read(LONGEST + 1)
    if len(raw) > LONGEST:
        return "", 413
    came = Came(user_agent=request.headers.get("User-Agent"))
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers[URL] = f"{kit().base_url}{request.full_path.rstrip('?')}"
    taken = take_post(kit(), key, raw, headers, came, may_read=lambda: AT_ONCE.hit(key))
    return ("", 401) if taken is None else ({"received": True}, 200)
