"""Doors for other machines. Each verifies the raw bytes, keeps them, then answers."""

from __future__ import annotations

from flask import Blueprint

from service.web.hooks import signup

blueprint = Blueprint("hooks", __name__)
for part in (signup,):
    part.add_to(blueprint)
