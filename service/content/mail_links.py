"""Where a mail's links lead: to our own pages, the clinic's, or a source that the mail names; and what they spell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.content import words
from service.content.faults import Fault
from service.content.mail_file import MailSource

_HREF = re.compile(r"<(?!!)[^>]*?\bhref\s*=\s*(\"[^\"]*\"|'[^']*')", re.DOTALL)
_OURS = re.compile(r"\{\{[^{}]*\}\}[^{}\s]*")
_HOST = re.compile(r"https://[\w.-]+\.[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)


def link_faults(mail: MailSource) -> Iterator[Fault]:
    """A link that leads nowhere, one that is not safe, one to a page that no source names, and one that spells a
    condition into the log of whoever carries it."""
    cited = {source.url for source in mail.sources if source.url}
    for found in _HREF.finditer(mail.mjml):
        address = found[1][1:-1].strip()
        wrong = _wrong(address, cited)
        if wrong:
            line = mail.body_line + mail.mjml.count("\n", 0, found.start(1))
            yield Fault(mail.file, line, *wrong)


def _wrong(address: str, cited: set[str]) -> tuple[str, str, str] | None:
    if _OURS.fullmatch(address) or address in cited or re.match(r"(?:tel|mailto):.", address):
        return None
    if not _HOST.fullmatch(address):
        mend = "choose a link from the list, or give a whole address that begins with https://"
        return f"a link to “{address}” leads nowhere" if address else "a link leads nowhere", mend, "links"
    spelt = words.HEALTH.search(re.sub(r"[^A-Za-z]+", " ", address))
    if spelt:
        mend = "link to a page whose address names no condition, or cite it under sources"
        return f"“{spelt[0]}” in a link's address", mend, "discretion"
    return (
        f"“{address}” is no page of ours and no source of this mail",
        "list it under sources, or leave it out",
        "links",
    )
