"""What a page of the desk asks of the database, of the line and of other hosts."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

MOST_STATEMENTS, MOST_BYTES = 25, 300_000
# Letters beyond Western Europe's: a browser fetches them where a page has one.
_FAR_LETTERS = "-ext.woff2"
_FETCHED = re.compile(
    r"""<(?:script|img|source|iframe|audio|video|input)\b[^>]*?\ssrc="([^"]+)"|<link\b[^>]*?\shref="([^"]+)" """.strip()
)
_IN_CSS = re.compile(r"""url\(["']?([^"')]+)|@import\s+["']([^"']+)""")
_INLINE = {
    "a script in the page": re.compile(r"<script(?![^>]*\ssrc=)"),
    "a handler in the markup": re.compile(r"<[^>]*\son[a-z]+=[\"']"),
    "a style in the page": re.compile(r"<style|<[^>]*\sstyle=[\"']"),
    "an address that is a script": re.compile(r"(?:href|src|action)=[\"']\s*javascript:"),
}


@dataclass
class Files:
    """The files that pages share, each asked for once. `host`: ours, as a mail names it."""

    client: FlaskClient
    host: str
    known: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def bytes_of(self, address: str) -> int:
        """Of the file and of those that it asks for; as the server sends them."""
        if address not in self.known:
            with self.client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
                data = answer.get_data()
            assert answer.status_code == 200, f"{address}: {answer.status_code}"
            text = gzip.decompress(data) if answer.headers.get("Content-Encoding") == "gzip" else data
            inner = [a or b for a, b in _IN_CSS.findall(text.decode())] if answer.mimetype == "text/css" else []
            folder = address.split("?", maxsplit=1)[0].rpartition("/")[0]
            inner = [
                each if each.startswith(("/", "data:", "#")) or "//" in each else f"{folder}/{each}" for each in inner
            ]
            self.known[address] = len(data), inner
        size, inner = self.known[address]
        return size + sum(
            self.bytes_of(each)
            for each in dict.fromkeys(inner)
            if not each.startswith(("data:", "#")) and not each.split("?")[0].endswith(_FAR_LETTERS)
        )


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def faults_of(client: FlaskClient, path: str, files: Files) -> list[str]:
    """What a page does that none may, in words; nothing where all is well."""
    answer, said = _look(client, path)
    if len(said) > MOST_STATEMENTS:  # what a process keeps for some minutes was made by this first look
        answer, said = _look(client, path)
    if answer.status_code in (302, 303) and answer.headers["Location"].startswith("/desk/"):
        return []  # the page that it leads to is looked at for itself
    if answer.status_code != 200:
        return [f"answered {answer.status_code}"]
    found = [f"{len(said)} statements"] if len(said) > MOST_STATEMENTS else []
    return found + (_of_html(answer, files) if answer.mimetype == "text/html" else [])


def _look(client: FlaskClient, path: str) -> tuple[TestResponse, list[str]]:
    with statements() as said:
        answer = client.get(path)
        answer.get_data()
    return answer, said


def _of_html(answer: TestResponse, files: Files) -> list[str]:
    text = answer.text
    asked = list(dict.fromkeys((a or b).removeprefix(files.host) for a, b in _FETCHED.findall(text)))
    abroad = [each for each in asked if "//" in each]
    found = [f"asks another host: {each}" for each in abroad]
    frames = re.findall(r'<iframe\b[^>]*?\ssrc="([^"]+)"[^>]*\sloading="lazy"', text)  # fetched when they are in sight
    sent = len(answer.data) + sum(
        files.bytes_of(each)
        for each in asked
        if each not in abroad and each not in frames and not each.startswith("data:")
    )
    found += [f"{sent / 1000:.0f} kB"] if sent > MOST_BYTES else []
    policy = answer.headers.get("Content-Security-Policy", "")
    scripts = re.search(r"(?:script-src|default-src) ([^;]*)", policy)
    if scripts is None or "unsafe" in scripts[1] or "//" in scripts[1]:
        found.append(f"its policy admits scripts: {policy or 'none'}")
    if "default-src 'none'" in policy:
        return found  # a mail in a frame: its styles are its own, and nothing in it runs
    return found + [name for name, pattern in _INLINE.items() if pattern.search(text)]
