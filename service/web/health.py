"""GET /healthz: whether mail goes out, for a monitor. No names, only counts and ages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, redirect
from flask.typing import ResponseReturnValue

from service.usecases.check_health import check_health
from service.web.kit import kit

blueprint = Blueprint("health", __name__)


@blueprint.get("/")
def front() -> ResponseReturnValue:
    return redirect("/desk")


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    health: dict[str, Any] = check_health(kit())
    response = jsonify(health)
    response.headers["Cache-Control"] = "no-store"
    return response, 200 if health["ok"] else 503
