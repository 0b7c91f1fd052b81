"""What a link says that leads nowhere, and a form that was open too long."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import InternalServerError, NotFound


def add_to(blueprint: Blueprint) -> None:
    blueprint.register_error_handler(404, nowhere)
    blueprint.register_error_handler(CSRFError, too_old)


def nowhere(_error: NotFound) -> tuple[str, int]:
    """The same words for a forged token, an old one and a mistyped one: a stranger learns nothing."""
    return render_template("public/nowhere.html"), 404


def trouble(_error: InternalServerError) -> tuple[str, int]:
    return render_template("public/trouble.html"), 500


def too_old(_error: CSRFError) -> tuple[str, int]:
    return render_template("public/once-more.html", back=request.path), 400
