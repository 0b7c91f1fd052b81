"""Reading a mail as its receiver's program does."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def parts(mail: EmailMessage) -> dict[str, str]:
    """The text of each part by its type."""
    return {part.get_content_type(): lf(part.get_content()) for part in mail.iter_parts()}


def defects(mail: EmailMessage) -> list[object]:
    found: list[object] = [*mail.defects]
    for part in mail.walk():
        found += part.defects
        for value in part.values():
            found += value.defects
    return found


def lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
