"""The first words with a relay: greeting, EHLO, STARTTLS, AUTH. Pure: yields what is to be said, is sent the answer."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal

from service.delivery.smtp_answers import MINUTE, REFUSED, Unwilling, reason
from service.delivery.smtp_replies import Reply

Tls = Literal["implicit", "required", "offered"]
START_TLS = None  # yielded where TLS is to be begun; any answer may be sent
_NAME = re.compile(r"[A-Za-z0-9.-]+")
_WRONG_PASSWORD = frozenset({530, 534, 535, 538})

Talk = Generator["bytes | None", Reply, "Offers"]


@dataclass(frozen=True, slots=True)
class Offers:
    """What the relay says it can."""

    words: frozenset[str] = frozenset()
    auth: frozenset[str] = frozenset()

    def __contains__(self, word: str) -> bool:
        return word in self.words


@dataclass(frozen=True, slots=True)
class Terms:
    """On which a line is opened. `secret_enough`: a password may go in the clear, for it stays on this machine."""

    name: str
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    secret_enough: bool = False


def hello(terms: Terms) -> Talk:
    """Raises Unwilling."""
    greeting = yield b""
    if greeting.code != 220:
        raise Unwilling(reason("the relay turns us away", greeting), MINUTE)
    offers = yield from _ehlo(terms.name)
    secret = terms.tls == "implicit"
    if not secret and "STARTTLS" in offers:
        answer = yield b"STARTTLS\r\n"
        if answer.code == 220:
            yield START_TLS
            secret = True
            offers = yield from _ehlo(terms.name)  # what was offered in the clear may have been anybody's word
    if not secret and terms.tls == "required":
        raise Unwilling("the relay offers no TLS: nothing was sent", REFUSED)
    if terms.user is not None:
        if not secret and not terms.secret_enough:
            raise Unwilling("the relay offers no TLS: the password was not sent", REFUSED)
        yield from _login(offers, terms.user, terms.password or "")
    return offers


def _ehlo(name: str) -> Talk:
    said = name if _NAME.fullmatch(name) else "localhost"
    answer = yield f"EHLO {said}\r\n".encode()
    if 200 <= answer.code < 300:
        return _offers(answer)
    if answer.code >= 500:
        answer = yield f"HELO {said}\r\n".encode()
        if 200 <= answer.code < 300:
            return Offers()
    raise Unwilling(reason("the relay turns us away", answer), MINUTE)


def _offers(answer: Reply) -> Offers:
    words, auth = set(), set[str]()
    for line in answer.words.decode("ascii", "replace").upper().splitlines()[1:]:
        word, *rest = line.replace("AUTH=", "AUTH ").split() or [""]
        words.add(word)
        if word == "AUTH":
            auth.update(rest)
    return Offers(frozenset(words), frozenset(auth))


def _login(offers: Offers, user: str, password: str) -> Generator[bytes | None, Reply, None]:
    ways = [way for way in ("PLAIN", "LOGIN") if way in offers.auth]
    if not ways:
        raise Unwilling("refused-key: the relay offers no AUTH PLAIN or LOGIN; take user and password out", REFUSED)
    for way in ways:
        answer = yield from (_plain(user, password) if way == "PLAIN" else _in_two_steps(user, password))
        if 200 <= answer.code < 300:
            return
        if answer.code in _WRONG_PASSWORD:
            break
        if answer.code < 500:
            raise Unwilling(reason("the relay cannot check the password now", answer), MINUTE)
    raise Unwilling("refused-key", REFUSED)


def _plain(user: str, password: str) -> Generator[bytes | None, Reply, Reply]:
    return (yield b"AUTH PLAIN " + b64encode(f"\0{user}\0{password}".encode()) + b"\r\n")


def _in_two_steps(user: str, password: str) -> Generator[bytes | None, Reply, Reply]:
    answer = yield b"AUTH LOGIN\r\n"
    for part in (user, password):
        if answer.code != 334:
            break
        answer = yield b64encode(part.encode()) + b"\r\n"
    return answer
