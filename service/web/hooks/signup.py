"""POST /hooks/signup/KEY: sign-ups from other people's forms. Whoever is not the source learns nothing here."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from limits import parse

from service.usecases.take_post import Came, take_post
from service.web.kit import kit
from service.web.limits import limiter

LONGEST = 64 * 1024
RATE = parse("120/minute")  # a source's authentic posts; those beyond it are kept and read by the job


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
    taken = take_post(kit(), key, raw, headers, came, may_read=lambda: limiter.limiter.hit(RATE, "signup", key))
    return ("", 401) if taken is None else ({"received": True}, 200)
