"""A mailbox on loopback that speaks as much IMAP as a reader needs, and never lets itself be changed."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ImapPeer:
    """`mails` by number, each (seconds when it came, bytes). `tls`: from the first byte, or with `starttls` when asked
    for. `breaks_at`: the line is cut when this command comes. `said` is all that was commanded."""

    user: str = "desk@sun.example"
    password: str = "only for tests"
    folder: str = "INBOX"
    validity: int = 7
    tls: ssl.SSLContext | None = None
    starttls: bool = False
    breaks_at: str = ""
    mails: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> ImapPeer:
        peer = self

        class Line(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                talk = _Talk(peer, self)
                try:
                    talk.run()
                finally:
                    talk.close()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def brings(self, raw: bytes, at: int = 0, number: int | None = None) -> int:
        uid = number if number is not None else max(self.mails, default=0) + 1
        self.mails[uid] = (at, raw)
        return uid


class _Talk:
    def __init__(self, peer: ImapPeer, line: Any) -> None:
        self.peer, self.line = peer, line
        self.socket, self.open = line.request, True
        self.read: Any = None
        self.write: Any = None

    def close(self) -> None:
        if self.write is not None and self.write is not self.line.wfile:
            self.write.close()
        self.socket.close()

    def run(self) -> None:
        if self.peer.tls is not None and not self.peer.starttls:
            if not self._wrap():
                return
        else:
            self.read, self.write = self.line.rfile, self.line.wfile
        self._say("* OK ready")
        while self.open:
            raw = self.read.readline()
            if not raw:
                return
            tag, _, command = raw.decode().strip().partition(" ")
            self.peer.said.append(command if not command.startswith("LOGIN") else "LOGIN")
            if self.peer.breaks_at and command.startswith(self.peer.breaks_at):
                return
            self._answer(tag, command)

    def _wrap(self) -> bool:
        assert self.peer.tls is not None
        self.socket = self.peer.tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        try:
            self.socket.do_handshake()
        except OSError:
            return False
        self.read = self.write = self.socket.makefile("rwb", buffering=0)
        return True

    def _say(self, *lines: str | bytes) -> None:
        for each in lines:
            self.write.write((each if isinstance(each, bytes) else each.encode()) + b"\r\n")

    def _answer(self, tag: str, command: str) -> None:
        word = command.partition(" ")[0]
        if word == "CAPABILITY":
            more = " STARTTLS" if self.peer.starttls else ""
            self._say(f"* CAPABILITY IMAP4rev1{more}", f"{tag} OK done")
        elif word == "STARTTLS":
            self._say(f"{tag} OK done")
            self.open = self._wrap()
        elif word == "LOGIN":
            right = f'"{self.peer.password}"' in command and self.peer.user in command
            self._say(f"{tag} OK done" if right else f"{tag} NO wrong")
        elif word == "EXAMINE":
            if f'"{self.peer.folder}"' not in command:
                self._say(f"{tag} NO no such folder")
                return
            validity = f"* OK [UIDVALIDITY {self.peer.validity}] valid"
            self._say(f"* {len(self.peer.mails)} EXISTS", validity, f"{tag} OK [READ-ONLY] done")
        elif word == "LOGOUT":
            self._say("* BYE", f"{tag} OK done")
            self.open = False
        elif command.startswith("UID SEARCH"):
            self._say("* SEARCH" + "".join(f" {uid}" for uid in self._found(command)), f"{tag} OK done")
        elif command.startswith("UID FETCH"):
            self._fetch(tag, command)
        else:
            self._say(f"{tag} BAD {word}")

    def _found(self, command: str) -> list[int]:
        """Of N:* the last mail is always one, as the standard says; SINCE is not looked at."""
        numbered = re.search(r"UID (\d+):\*", command)
        if numbered is None:
            return sorted(self.peer.mails)
        from_here = [uid for uid in self.peer.mails if uid >= int(numbered[1])]
        return sorted({*from_here, *([max(self.peer.mails)] if self.peer.mails else [])})

    def _fetch(self, tag: str, command: str) -> None:
        asked = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command)
        assert asked is not None, command
        uid, most = int(asked[1]), int(asked[2])
        if uid in self.peer.mails:
            raw = self.peer.mails[uid][1][:most]
            self._say(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}".encode(), raw + b")")
        self._say(f"{tag} OK done")
