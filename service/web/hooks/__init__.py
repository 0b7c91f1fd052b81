"""Doors for other machines. Each verifies the raw bytes, keeps them, then answers."""

from __future__ import annotations

from flask import Blueprint

from service.web.hooks import inbound, sendgrid, signup

blueprint = Blueprint("hooks", __name__)
for part in (signup, sendgrid, inbound):
    part.add_to(blueprint)
