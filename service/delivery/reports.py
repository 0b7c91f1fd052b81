"""Bounces (RFC 3464) and complaints (RFC 5965) that come as mails, as the reports they are.

A report counts only where the mail that it returns carries a Message-ID of ours: nobody else knows that name, so that a
forged one stops no stranger."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parsedate_to_datetime

from service.domain.bounce import Verdict, status_in, verdict
from service.domain.delivery_event import DeliveryEvent, Kind
from service.domain.timing import DAY

PROVIDER = "smtp"
OLDEST = 10 * DAY  # a relay gives up after five
_REF = re.compile(r"\s*<([0-9a-f]{32})@[^<>\s]+>\s*")
_RETURNED = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"}
)
_ACTIONS = {
    "failed": Kind.BOUNCED,
    "delayed": Kind.DEFERRED,
    "delivered": Kind.DELIVERED,
    "relayed": Kind.PROCESSED,
    "expanded": Kind.PROCESSED,
}
_WORST = (Kind.BOUNCED, Kind.DEFERRED, Kind.DELIVERED, Kind.PROCESSED, Kind.UNKNOWN)


def events_of(mail: Message, received_at: int) -> Iterator[DeliveryEvent]:
    """What a multipart/report says of the mail of ours that it returns; nothing for any other mail. At most one."""
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return
    parts = [part for part in mail.get_payload() if isinstance(part, Message)]
    ref = _returned_ref(parts)
    if ref is None:
        return
    at = _instant(mail, received_at)
    for part in parts[:10]:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            yield _bounce(part, ref, at)
            return
        if kind == "message/feedback-report":
            yield _complaint(part, ref, at)
            return


def _bounce(part: Message, ref: str, at: int) -> DeliveryEvent:
    """Our mails have one recipient: of several blocks, the worst counts."""
    told = [(_ACTIONS.get(_field(each, "action").casefold(), Kind.UNKNOWN), each) for each in _blocks(part)]
    told = [pair for pair in told if _field(pair[1], "final-recipient") or _field(pair[1], "action")]
    if not told:
        return _event(Kind.UNKNOWN, ref, at, {"report": "delivery-status"})
    kind, block = min(told, key=lambda pair: _WORST.index(pair[0]))
    status = status_in(_field(block, "status")) or status_in(_field(block, "diagnostic-code"))
    data = {name: _field(block, name)[:500] for name in ("action", "status", "diagnostic-code", "remote-mta")}
    return _event(
        kind, ref, at, {"report": "delivery-status", **data}, verdict(status) if kind is Kind.BOUNCED else None
    )


def _complaint(part: Message, ref: str, at: int) -> DeliveryEvent:
    blocks = list(_blocks(part))
    said = _field(blocks[0], "feedback-type").casefold() if blocks else ""
    kinds = {"abuse": Kind.COMPLAINED, "opt-out": Kind.UNSUBSCRIBED, "opt-out-list": Kind.UNSUBSCRIBED}
    return _event(kinds.get(said, Kind.UNKNOWN), ref, at, {"report": "feedback", "feedback-type": said[:100]})


def _event(kind: Kind, ref: str, at: int, data: dict[str, str], says: Verdict | None = None) -> DeliveryEvent:
    """The same report, by whatever way and however often it comes, is one."""
    told = "\n".join([ref, kind, *(f"{key}:{data[key]}" for key in sorted(data))])
    return DeliveryEvent(
        provider=PROVIDER,
        external_id=f"sha256:{hashlib.sha256(told.encode()).hexdigest()}",
        kind=kind,
        ref=ref,
        at=at,
        data=data,
        bad_address=says == "invalid",
        soft=says in ("soft", "not-theirs"),
        counted=says == "soft",
    )


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields of a machine-readable part."""
    inner = part.get_payload()
    if isinstance(inner, list):
        yield from (each for each in inner if isinstance(each, Message))
    elif isinstance(inner, str):
        for text in inner.split("\n\n"):
            yield _fields(text)


def _returned_ref(parts: list[Message]) -> str | None:
    for part in parts:
        if part.get_content_type() not in _RETURNED:
            continue
        inner = part.get_payload()
        returned = inner[0] if isinstance(inner, list) and inner else _fields(part.get_payload(decode=True))
        found = _REF.fullmatch(str(returned.get("message-id") or "")) if isinstance(returned, Message) else None
        if found:
            return found[1]
    return None


def _fields(text: object) -> Message:
    raw = text if isinstance(text, bytes) else str(text or "").encode("utf-8", "replace")
    return message_from_bytes(raw, policy=policy.compat32)


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name) or "").replace("\x00", "").encode("utf-8", "replace").decode().split())


def _instant(mail: Message, received_at: int) -> int:
    try:
        said = int(parsedate_to_datetime(str(mail.get("date") or "")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return received_at
    return said if received_at - OLDEST <= said <= received_at else received_at
