"""Mail steps: which mail, when, and what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from service.content.faults import nearest
from service.content.mail_file import MailSource
from service.content.span_table import delay_of
from service.content.wait_table import anchor_beside
from service.content.yaml_table import Table
from service.domain.campaign import MailStep

MAIL_KEYS = ("key", "mail", "at_once", "delay", "before", "after", "skip_if_late", "slots", "without_slots", "visit")


@dataclass(slots=True)
class MailSteps:
    """Reads mail steps. `mail_of` gives a mail by its name, or None when there is none or it is broken (noted
    elsewhere); `mails` are those that the steps name."""

    known: frozenset[str]
    mail_of: Callable[[str], MailSource | None]
    keyed: bool
    mails: dict[str, MailSource] = field(default_factory=dict)

    def read(self, row: Table, key: str, then: str | None) -> MailStep:
        row.only(MAIL_KEYS)
        source = self._source(row, "mail")
        without = self._without_slots(row)
        anchor, late = anchor_beside(row, ("before", "after"), keyed=self.keyed), row.flag("skip_if_late")
        if row.has("delay") and anchor:
            row.wrong("delay", f"{row.where} has a delay and a date", "keep one of delay:, before:, after:")
        if late and not (row.has("before") or row.has("after")):
            what = f"{row.where} has no date to be late for"
            row.wrong("skip_if_late", what, "add before: or after:, or leave it out")
        return MailStep(
            key=key,
            mail=row.text("mail") or "",
            title=source.title if source else "",
            delay=delay_of(row, "delay"),
            anchor=replace(anchor, skip_if_late=late) if anchor else None,
            at_once=row.flag("at_once"),
            service=source.service if source else False,
            topic=source.topic if source else "how",
            needs_slots=row.one_of("slots", ("required",)) is not None,
            needs_visit=self._attended(row),
            without_slots=without,
            then=then,
        )

    def _attended(self, row: Table) -> bool:
        asked = row.one_of("visit", ("attended",)) is not None
        if asked and not self.keyed:
            row.wrong("visit", f"{row.where} asks for a visit, but nobody here has one", "leave it out")
        return asked

    def _source(self, row: Table, key: str) -> MailSource | None:
        name = row.text(key, "name the mail")
        if name is None:
            return None
        if name not in self.known:
            mend = nearest(name, self.known) if self.known else "write its .mjml and .txt"
            row.wrong(key, f"{row.where} sends {name!r}, which has no template", mend)
            return None
        source = self.mail_of(name)
        if source is None:
            return None
        if not self.keyed and any(read.startswith("appointment.") for read in source.names):
            what = f"{name!r} prints an appointment, but nobody here has one"
            row.wrong(key, what, "enter on: booked, cancelled or no-show")
        self.mails[name] = source
        return source

    def _without_slots(self, row: Table) -> str | None:
        if not row.has("slots"):
            if row.has("without_slots"):
                what = f"{row.where} does not ask for slots"
                row.wrong("without_slots", what, "add slots: required, or leave it out")
            return None
        needed = "name the mail that goes when there are no slots"
        if not row.has("without_slots"):
            row.missing("without_slots", needed)
            return None
        source, other = self._source(row, "without_slots"), self.mail_of(row.text("mail") or "")
        if source and other and source.service != other.service:
            what = "one of the two mails is service mail and the other is not"
            row.wrong("without_slots", what, "make both the same")
        return row.text("without_slots")
