"""POST /hooks/sendgrid/inbound/SECRET: mails that people answered with. Whoever lacks it learns nothing."""

from __future__ import annotations

import hmac

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from service.delivery.incoming_sendgrid import CHANNEL, post_name
from service.usecases.take_mail import take_mail
from service.web.kit import kit

KEPT = 2 * 1024 * 1024  # of a post; a mail's words come first in it, attachments last
LONGEST = 40 * 1024 * 1024  # SendGrid posts 30 MB at most
PIECE = 256 * 1024


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/hooks/sendgrid/inbound/<secret>", "sendgrid_inbound", take, methods=["POST"])


def take(secret: str) -> ResponseReturnValue:
    """200 once the mail is on record, whole or (beyond two megabytes) its beginning; SendGrid tries again for three
    days otherwise. A mail that was turned away for its size would be lost."""
    expected: str = current_app.config.get("MERIDIAN_INBOUND_SECRET") or ""
    if not expected or not hmac.compare_digest(expected.encode(), secret.encode("utf-8", "replace")):
        return "", 404
    request.max_content_length = LONGEST
    if (request.content_length or 0) > LONGEST:
        return "", 413
    raw = _beginning()
    content_type = request.headers.get("Content-Type", "")[:500]
    take_mail(kit(), CHANNEL, post_name(raw, content_type), content_type, raw)
    return "", 200


def _beginning() -> bytes:
    """The first KEPT bytes; the rest is read and let go, for an answer in the middle of a post counts as none."""
    kept, read = bytearray(), 0
    while read <= LONGEST and (piece := request.stream.read(PIECE)):
        read += len(piece)
        kept += piece[: KEPT - len(kept)]
    return bytes(kept)
