"""Mails that come back, in a few words: replies, automatic answers, bounces and complaints, as servers write them."""

from __future__ import annotations

import json
from email.message import EmailMessage

OURS = "sun.example"


def reply(
    words: str = "Do you take Aetna?",
    *,
    sender: str = "Alice <alice@example.org>",
    to: str = "hello@sun.example",
    subject: str = "Re: Why this lingers",
    ref: str | None = None,
    html: str | None = None,
    **headers: str,
) -> bytes:
    """`ref`: of the mail that it answers; `headers` with underscores for dashes."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = "Tue, 24 Nov 2026 14:00:00 +0000"
    mail["Message-ID"] = f"<{abs(hash((words, sender, subject, ref)))}@example.org>"
    if ref is not None:
        mail["In-Reply-To"] = f"<{ref}@{OURS}>"
        mail["References"] = f"<older@else.example> <{ref}@{OURS}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def bounce(
    ref: str | None,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    recipient: str = "alice@example.org",
    whole: bool = False,
    diagnostic: str = "smtp; 550 5.1.1 no such user",
) -> bytes:
    """A delivery status notification (RFC 3464), returning the headers of the mail, or the `whole` of it."""
    named = f"Message-ID: <{ref}@{OURS}>\n" if ref is not None else ""
    returned = f"From: hello@sun.example\nTo: {recipient}\n{named}Subject: A word\n"
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: hello@sun.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Date: Tue, 24 Nov 2026 14:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Tue, 24 Nov 2026 13:59:00 +0000

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--b1
Content-Type: {kind}

{returned}
--b1--
""".replace("\n", "\r\n").encode()


def complaint(ref: str | None, *, kind: str = "abuse") -> bytes:
    """A feedback report (RFC 5965)."""
    named = f"Message-ID: <{ref}@{OURS}>\n" if ref is not None else ""
    return f"""From: <abuse@provider.example>
To: hello@sun.example
Subject: FW: A word
Date: Tue, 24 Nov 2026 14:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain; charset=us-ascii

This is an email abuse report.

--b2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--b2
Content-Type: message/rfc822

From: hello@sun.example
To: alice@example.org
{named}Subject: A word

Hello.

--b2--
""".replace("\n", "\r\n").encode()


BOUNDARY = "xYzZY"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def form(fields: dict[str, str | bytes], boundary: str = BOUNDARY) -> bytes:
    """The fields as SendGrid's Inbound Parse posts them."""
    out = b""
    for name, value in fields.items():
        raw = value if isinstance(value, bytes) else value.encode()
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + raw + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


def parsed(
    words: str = "Do you take Aetna?",
    *,
    sender: str = "Alice <alice@example.org>",
    to: str = "hello@sun.example",
    subject: str = "Re: A word",
    headers: str = "",
    **more: str | bytes,
) -> dict[str, str | bytes]:
    """The fields of a mail that SendGrid has read by itself."""
    fields: dict[str, str | bytes] = {
        "headers": f"From: {sender}\nTo: {to}\nSubject: {subject}\n{headers}",
        "to": to,
        "from": sender,
        "subject": subject,
        "text": words,
        "envelope": json.dumps({"to": [to], "from": "alice@example.org"}),
        "charsets": json.dumps({"to": "UTF-8", "text": "utf-8"}),
    }
    return fields | more
