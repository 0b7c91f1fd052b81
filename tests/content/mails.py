"""Mails for tests, written in a few words."""

from __future__ import annotations

from service.content.mail_file import MailSource, parse_mail

FRONT = """---
subject: "{subject}"
preheader: "What this is about."
service: {service}
signature: true
---
"""


def mjml_file(
    *blocks: str, subject: str = "A plain subject", service: bool = True, raw: str = "", preheader: str = ""
) -> str:
    """A mail's MJML file: each block a text of its own, then what stands in `raw`."""
    texts = "\n".join(f"<mj-text>{block}</mj-text>" for block in blocks)
    front = FRONT.format(subject=subject, service=str(service).lower())
    if preheader:
        front = front.replace("What this is about.", preheader)
    return f"{front}<mj-section><mj-column>\n{texts}\n{raw}</mj-column></mj-section>\n"


def mail(*blocks: str, text: str = "Hello.", subject: str = "A plain subject", service: bool = True) -> MailSource:
    return parse_mail("a-mail", mjml_file(*blocks, subject=subject, service=service), text, "a/a-mail.mjml")
