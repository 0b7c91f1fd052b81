"""What every vendor's module does, and what they share: reading an untrusted body without ever failing badly."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson

from service.domain.form_meaning import Form
from service.domain.lead import Address, address
from service.domain.signup import SignUp, Unreadable, clean
from service.sources.phones import read_phone

FIELDS_MOST = 200
_ID_LONGEST = 200


NO_MAPPING: Mapping[str, Any] = MappingProxyType({})
URL = ":url"  # among the headers: the post's own address, for those who sign it


class OnlyATest(Exception):
    """The vendor says that nobody is behind this post."""


class Vendor(Protocol):
    """`signed` vendors prove who posts; an unsigned one's posts come from a form that anyone may fill in. `title` is
    what people call it; `steps`: where to click there; `asks_for`: what is pasted here from there, if anything."""

    @property
    def name(self) -> str: ...
    @property
    def signed(self) -> bool: ...
    @property
    def title(self) -> str: ...
    @property
    def steps(self) -> tuple[str, ...]: ...
    @property
    def asks_for(self) -> str: ...

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        """True when the post is the vendor's own and fresh. `headers` are keyed in lower case."""
        ...

    def external_id(self, raw: bytes, headers: Mapping[str, str]) -> str | None:
        """What the vendor itself calls this post, the same whenever it is repeated; None when it does not say."""
        ...

    def form(self, raw: bytes, content_type: str) -> Form | None:
        """The post's fields; None for a vendor whose posts say themselves what is what. Raises Unreadable."""
        ...

    def parse(self, raw: bytes, content_type: str, mapping: Mapping[str, Any] = NO_MAPPING) -> SignUp:
        """`mapping`: what the clinic said of the fields. Raises Unreadable, OnlyATest."""
        ...

    def secret_fault(self, secret: str | None) -> str | None:
        """What is wrong with a secret, in words that say what to do; None when it will do."""
        ...


def json_object(raw: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises Unreadable."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Unreadable("The body is not JSON. Set the form to send JSON, then send it again.") from None
    if not isinstance(value, dict):
        raise Unreadable("The body is JSON, but no object with named fields.")
    return value


def part(of: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under a key; empty when there is none."""
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def form_fields(raw: bytes) -> dict[str, str]:
    """A urlencoded body's fields, the first of each name. Raises Unreadable."""
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MOST)
    except ValueError:
        raise Unreadable(f"The form has more than {FIELDS_MOST} fields.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def reached_by(value: object, phone: object) -> Address | None:
    """The address; None for somebody who gave a phone and nothing else. Raises Unreadable, with what to do about it."""
    text = clean(value)
    if text is None and read_phone(clean(phone)):
        return None
    if text is None:
        raise Unreadable("There is no email address in it, and no phone number either. See whether its text says more.")
    try:
        return address(text)
    except ValueError:
        raise Unreadable("What stands for the email address is not one. Look for a slip, or please call.") from None


def external(value: object) -> str | None:
    """An id fit to be a key: short ones as they are, long ones as their hash."""
    text = clean(value, 4 * _ID_LONGEST)
    if text is None:
        return None
    return text if len(text) <= _ID_LONGEST else hashlib.sha256(text.encode()).hexdigest()


def same(one: bytes, other: str) -> bool:
    """Compares a signature in constant time; a header of any characters will do."""
    return hmac.compare_digest(one, other.encode("utf-8", "surrogateescape"))


def post_id(vendor: Vendor, raw: bytes, headers: Mapping[str, str], now: int) -> str:
    """What makes a repeated post the same one: the vendor's id, else the tidied body within one minute."""
    own = vendor.external_id(raw, headers)
    if own is not None:
        return f"id:{own}"
    return f"body:{hashlib.sha256(_normalised(raw) + str(now // 60).encode()).hexdigest()}"


def _normalised(raw: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, TypeError, RecursionError):
        return raw.strip()
