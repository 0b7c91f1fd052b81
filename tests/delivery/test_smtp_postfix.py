"""Debian's Postfix takes what we send and passes it on unharmed. Collected only where it is installed, for root."""

from __future__ import annotations

import threading
from pathlib import Path

from service.delivery.provider import no_probe
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.domain.mail import Calendar, render
from service.domain.message import Accepted
from tests.support import postfix
from tests.support.clock import NOW
from tests.support.letters import batch, letter
from tests.support.mails import defects, lf, parts
from tests.support.smtp_peer import SmtpPeer, certificate

NAMES = [
    "Alice",
    ".",
    "..\n.\n",
    "From me",
    "söñja 🌻",
    "a=b=20",
    "trailing  \t",
    "x" * 300,
    "\r\n.\r\nQUIT\r\n",
    "é" * 80,
]

if postfix.INSTALLED:

    def test_postfix_takes_what_we_send_over_four_lines_under_tls(tmp_path: Path) -> None:
        _, client_tls = certificate(tmp_path)
        letters = [letter(number, NAMES[number % len(NAMES)]) for number in range(40)]
        letters.append(letter(40, to="söñja@example.org", calendar=Calendar("REQUEST", "BEGIN:VCALENDAR\r\n")))
        arrived = threading.Event()
        with SmtpPeer(pipelining=True) as peer, postfix.postfix(peer.port, tmp_path / "relay.pem") as port:
            peer.when_received = lambda: arrived.set() if len(peer.received) == len(letters) else None
            out = SmtpProvider(SmtpServer("127.0.0.1", port, tls="required"), client_tls)
            sent = batch(letters)
            assert out.send(sent, NOW, no_probe) == [Accepted()] * len(letters)
            out.close()
            assert arrived.wait(60)
        got = {received.to[0]: received.mail for received in peer.received}
        assert len(got) == len(letters)
        for one in letters:
            mail, rendered = got[one.to], render(sent.shape, one.values, one.token)
            # The standard library calls any address in another script a defect.
            assert defects(mail) == [] or not one.to.isascii()
            found = parts(mail)
            assert (found["text/plain"], found["text/html"]) == (lf(rendered.text), lf(rendered.html))
            assert mail["Message-ID"] == f"<{one.ref}@sun.example>"
