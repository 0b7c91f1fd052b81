"""POST /hooks/sendgrid/events: what became of the mails. Whoever is not SendGrid learns nothing here."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from service.delivery.events_sendgrid import parse, verify
from service.usecases.record_events import record_events
from service.web.kit import kit

LONGEST = 2 * 1024 * 1024  # a post holds 768 KB at most
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/hooks/sendgrid/events", "sendgrid_events", take_events, methods=["POST"])


def take_events() -> ResponseReturnValue:
    """200 once the reports are on record; SendGrid tries again for a day otherwise."""
    if (request.content_length or 0) > LONGEST:
        return "", 413
    raw = request.stream.read(LONGEST + 1)
    if len(raw) > LONGEST:
        return "", 413
    key: str = current_app.config.get("MERIDIAN_EVENT_PUBLIC_KEY") or ""
    signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
    if not key or not verify(raw, signature, timestamp, key, kit().wall()):
        return "", 401
    record_events(kit(), parse(raw, kit().clock()))
    return "", 200
