"""The contender that is the limit: the least that anybody could do to send the same mails and record them.

The template was split once; a letter is a join. Nothing is decided, no fault is expected, no answer is classified."""

from __future__ import annotations

import hmac
import http.client
import json
import quopri
import re
import socket
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import orjson

from bench.hands import stand_ready
from bench.limit_store import Store

KEY = b"0123456789abcdef0123456789abcdef"
WEEKLY = 5  # mails that a lead may have had
Letter = tuple[str, str, list[str]]  # address, token, values


class MailSend:
    """A request for each thousand letters, on one connection."""

    def __init__(self, port: int, mail: dict[str, Any]) -> None:
        self._door = http.client.HTTPConnection("127.0.0.1", port)
        self._mail = mail
        self._tags = [f"-v{number}-" for number in range(len(mail["values"]))]
        content = [("text/plain", mail["text"]), ("text/html", mail["html"])]
        self._fixed = {
            "from": {"email": mail["from_email"], "name": mail["from_name"]},
            "subject": mail["subject"][0][0],
            "content": [{"type": kind, "value": self._marked(*pattern)} for kind, pattern in content],
        }

    def _marked(self, literals: Sequence[str], slots: Sequence[int]) -> str:
        out = [literals[0]]
        for slot, literal in zip(slots, literals[1:], strict=True):
            out += ["-tk-" if slot < 0 else self._tags[slot], literal]
        return "".join(out)

    def send(self, letters: Sequence[Letter]) -> None:
        base = self._mail["unsubscribe_base"]
        people = [
            {
                "to": [{"email": to}],
                "substitutions": {**dict(zip(self._tags, values, strict=True)), "-tk-": token},
                "headers": {
                    "List-Unsubscribe": f"<{base}{token}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                },
                "custom_args": {"ref": token},
            }
            for to, token, values in letters
        ]
        body = orjson.dumps({"personalizations": people, **self._fixed})
        head = {"Authorization": "Bearer SG.bench", "Content-Type": "application/json"}
        self._door.request("POST", "/v3/mail/send", body, head)
        answer = self._door.getresponse()
        answer.read()
        if answer.status != 202:
            raise RuntimeError(f"the sink answered {answer.status}")


class Smtp:
    """One connection, the next letter's commands in one write with this one's text (RFC 2920)."""

    def __init__(self, port: int, mail: dict[str, Any]) -> None:
        self._wire = socket.create_connection(("127.0.0.1", port))
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._wire.makefile("rb")
        self._expect(b"220")
        self._wire.sendall(b"EHLO bench\r\n")
        while self._answers.readline()[3:4] == b"-":
            pass
        self._sender = mail["from_email"].encode()
        self._parts = _whole(mail)
        self._holes = [name for name in self._parts[1::2] if isinstance(name, str)]

    def send(self, letters: Sequence[Letter]) -> None:
        self._wire.sendall(self._envelope(letters[0]))
        for place, (to, token, values) in enumerate(letters):
            for code in (b"250", b"250", b"354"):
                self._expect(code)
            following = letters[place + 1 : place + 2]
            text = self._poured(to, token, values)
            if b"\r\n." in text:
                text = text.replace(b"\r\n.", b"\r\n..")
            self._wire.sendall(text + b"\r\n.\r\n" + (self._envelope(following[0]) if following else b""))
            self._expect(b"250")

    def _envelope(self, letter: Letter) -> bytes:
        return b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (self._sender, letter[0].encode())

    def _poured(self, to: str, token: str, values: Sequence[str]) -> bytes:
        known = {"to": to.encode(), "token": token.encode()}
        for number, value in enumerate(values):
            known[f"v{number}"] = _quoted_value(value)
        out = self._parts.copy()
        out[1::2] = [known[name] for name in self._holes]
        return b"".join(out)  # type: ignore[arg-type]

    def _expect(self, code: bytes) -> None:
        line = self._answers.readline()
        if line[:3] != code:
            raise RuntimeError(f"the sink answered {line!r}")


def _quoted_value(value: str) -> bytes:
    text = escape(value).replace("=", "=3D")
    return text.encode() if text.isascii() else quopri.encodestring(text.encode()).rstrip(b"=\n")


def _whole(mail: dict[str, Any]) -> list[bytes | str]:
    """The mail as bytes and the names of what stands between them, in turn."""

    def part(literals: Sequence[str], slots: Sequence[int]) -> str:
        out = [_quoted(literals[0])]
        for slot, literal in zip(slots, literals[1:], strict=True):
            out += ["{{token}}" if slot < 0 else f"{{{{v{slot}}}}}", _quoted(literal)]
        return "".join(out)

    def head(kind: str) -> str:
        encoding = "Content-Transfer-Encoding: quoted-printable"
        return f"--{{{{token}}}}\r\nContent-Type: {kind}; charset=utf-8\r\n{encoding}\r\n\r\n"

    text = (
        f"From: {mail['from_name']} <{mail['from_email']}>\r\nTo: {{{{to}}}}\r\nSubject: {mail['subject'][0][0]}\r\n"
        f"Date: Tue, 24 Nov 2026 16:00:00 +0000\r\nMessage-ID: <{{{{token}}}}@{mail['domain']}>\r\n"
        f"List-Unsubscribe: <{mail['unsubscribe_base']}{{{{token}}}}>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="{{token}}"\r\n\r\n'
        + head("text/plain")
        + part(*mail["text"])
        + "\r\n"
        + head("text/html")
        + part(*mail["html"])
        + "\r\n--{{token}}--"
    )
    pieces = re.split(r"\{\{(\w+)\}\}", text)
    return [piece if number % 2 else piece.encode() for number, piece in enumerate(pieces)]


def _quoted(literal: str) -> str:
    """Soft line breaks on both sides, so that a value needs no column."""
    return "=\r\n" + quopri.encodestring(literal.encode()).decode().replace("\n", "\r\n") + "=\r\n"


def main(asked: dict[str, Any]) -> None:
    mail = json.loads(Path(asked["mail"]).read_text())
    store = Store(asked["url"], asked["batch"])
    out = (MailSend if asked["provider"] == "sendgrid" else Smtp)(asked["port"], mail)
    places = [{"first_name": 2, "consent_date": 6, "consent_wording": 7}[name] for name in mail["values"]]

    def batch() -> int:
        rows, known = store.claim()
        if not rows:
            return 0
        letters, tokens = [], []
        for run, lead, step in rows:
            facts = known[lead]
            if facts[3] != 1 or facts[4] or facts[5] >= WEEKLY:
                raise RuntimeError("everybody may be written to")
            token = hmac.digest(KEY, b"%d:%d" % (run, step), "sha256").hex()[:32]
            letters.append((facts[1], token, [facts[place] for place in places]))
            tokens.append(token)
        out.send(letters)
        store.record(rows, tokens)
        return len(rows)

    warm = batch()

    def work() -> dict[str, Any]:
        mails = 0
        while sent := batch():
            mails += sent
        return {"mails": mails, "warm": warm}

    stand_ready(work)
    store.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
