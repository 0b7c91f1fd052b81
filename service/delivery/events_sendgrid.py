"""SendGrid's event webhook: who sent it, and what its reports mean."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from service.delivery.sendgrid_request import REF_ARGUMENT
from service.domain.bounce import Verdict, status_in, verdict
from service.domain.click import Flag, flag_of, open_flag
from service.domain.delivery_event import DeliveryEvent, Kind, Stop

PROVIDER = "sendgrid"
OLDEST = 24 * 3_600 + 600  # a post is tried again for a day, under its first signature
NEWEST = 300
_TIMESTAMP = re.compile(r"[0-9]{10}")
_REF = re.compile(r"[0-9a-f]{32}")
_KINDS = {
    "processed": Kind.PROCESSED,
    "deferred": Kind.DEFERRED,
    "delivered": Kind.DELIVERED,
    "dropped": Kind.DROPPED,
    "open": Kind.OPENED,
    "click": Kind.CLICKED,
    "spamreport": Kind.COMPLAINED,
    "unsubscribe": Kind.UNSUBSCRIBED,
    "group_unsubscribe": Kind.UNSUBSCRIBED,
    "group_resubscribe": Kind.RESUBSCRIBED,
}
_DROPS: dict[str, Stop] = {
    "bounced address": "hard-bounce",
    "invalid": "invalid",
    "spam reporting address": "complaint",
    "unsubscribed address": "unsubscribed",
}
_BIGGEST = 1 << 63
# Only a post with one of these may hold what `_clean` mends: an escape, another encoding, a very long number or one
# with an exponent, a NaN.
_SUSPECT = re.compile(rb"\\u|\x00|[:,\[]\s*-?(?:[0-9]{19}|[0-9.]+[eE]|[NI])")


def verify(raw: bytes, signature: str, timestamp: str, public_key: str, now: int) -> bool:
    """Whether SendGrid signed these very bytes within a day of `now`. `public_key`: base64 DER, as SendGrid shows it.
    The timestamp is held to ten digits, so that none of the body can pass for a part of it."""
    if not _TIMESTAMP.fullmatch(timestamp) or not now - OLDEST <= int(timestamp) <= now + NEWEST:
        return False
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), timestamp.encode() + raw, ec.ECDSA(SHA256()))
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True


def parse(raw: bytes, now: int) -> list[DeliveryEvent]:
    """Every report of a post, those of unknown kinds and shapes too; never fails. `now` where a report names no
    instant."""
    try:
        found = json.loads(raw)
        suspect = not raw.isascii() or _SUSPECT.search(raw) is not None
        return [_report(item, now, suspect) for item in (found if isinstance(found, list) else [found])]
    except (ValueError, RecursionError):
        return [_unknown({"unreadable": raw.decode("latin-1")}, now)]


def _report(item: Any, now: int, suspect: bool) -> DeliveryEvent:
    return _event(_clean(item) if suspect else item, now) if isinstance(item, dict) else _unknown({"report": item}, now)


def _unknown(data: Mapping[str, Any], now: int) -> DeliveryEvent:
    clean = _clean(data)
    return DeliveryEvent(PROVIDER, _digest(clean), Kind.UNKNOWN, None, now, clean)


def _event(data: Mapping[str, Any], now: int) -> DeliveryEvent:
    kind = _kind(data)
    named = data.get("sg_event_id")
    ref = data.get(REF_ARGUMENT)
    at = data.get("timestamp")
    says = _verdict(data, kind)
    return DeliveryEvent(
        provider=PROVIDER,
        external_id=named if isinstance(named, str) and 0 < len(named) <= 200 else _digest(data),
        kind=kind,
        ref=ref if isinstance(ref, str) and _REF.fullmatch(ref) else None,
        at=at if isinstance(at, int) and 0 < at <= now + NEWEST else now,
        data=data,
        bad_address=says == "invalid",
        soft=says in ("soft", "not-theirs"),
        counted=says == "soft",
        flag=_flag(data, kind),
        stop=_DROPS.get(_word(data, "reason")) if kind is Kind.DROPPED else None,
    )


def _kind(data: Mapping[str, Any]) -> Kind:
    event = _word(data, "event")
    if event == "bounce":
        return Kind.BLOCKED if _word(data, "type") == "blocked" else Kind.BOUNCED
    return _KINDS.get(event, Kind.UNKNOWN)


def _verdict(data: Mapping[str, Any], kind: Kind) -> Verdict | None:
    if kind not in (Kind.BOUNCED, Kind.BLOCKED):
        return None
    return verdict(_status(data), _word(data, "bounce_classification"), blocked=kind is Kind.BLOCKED)


def _status(data: Mapping[str, Any]) -> str | None:
    return status_in(_word(data, "status")) or status_in(_word(data, "reason"))


def _flag(data: Mapping[str, Any], kind: Kind) -> Flag | None:
    agent, ip = _word(data, "useragent", lower=False), _word(data, "ip")
    if kind is Kind.OPENED:
        return open_flag(agent, ip, data.get("sg_machine_open") is True)
    return flag_of(agent, "GET", 0, None, None) if kind is Kind.CLICKED else None


def _word(data: Mapping[str, Any], name: str, *, lower: bool = True) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        return ""
    return value.strip().lower() if lower else value.strip()


def _digest(data: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _clean(value: Any) -> Any:
    """What both databases can keep as JSON: no NUL, no half of a pair, no number beyond 63 bits, no NaN."""
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:
            return value  # next to all of a report
        return value.replace("\x00", "�").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    whole = isinstance(value, int) and -_BIGGEST < value < _BIGGEST
    return value if value is None or whole or (isinstance(value, float) and abs(value) < 1e300) else str(value)
