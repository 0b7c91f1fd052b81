"""The checks of a mail as one list: what each looks at, what it found, and how to mend that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from service.content.campaign_file import Campaign
from service.content.faults import Fault
from service.content.lint import lint_mail
from service.content.mail_file import MailSource
from service.content.studio import Studio
from service.usecases.kit import Kit

CHECKS = {
    "discretion": ("Discretion", "No lock screen and no log shows a condition"),
    "claims": ("Health claims", "Each claim has its source"),
    "promises": ("Honest words", "Nothing promises too much"),
    "subject": ("Subject and preheader", "Short enough to be read whole, and each says its own"),
    "links": ("Links", "Each leads to a page of ours or to a source"),
    "pictures": ("Pictures", "Each says what it shows to who cannot see it"),
    "contrast": ("Contrast", "All text can be read on its ground"),
    "size": ("Size", "Small enough that Gmail shows it whole"),
    "length": ("Length", "Read in a minute or two"),
    "names": ("Readers’ names", "It reads well also without a first name"),
    "foot": ("The mail’s foot", "It says that it is no medical advice, and how to stop"),
    "form": ("MJML and Liquid", "Every tag and every field is understood"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """`fine`: what holds where nothing was found."""

    topic: str
    name: str
    fine: str
    faults: tuple[Fault, ...]


def check_mail(kit: Kit, mail: MailSource) -> tuple[Check, ...]:
    return _checked(kit.studio, mail)


def check_mails(kit: Kit, campaign: Campaign) -> dict[str, tuple[Check, ...]]:
    """Of all the campaign's mails, by name."""
    return {name: check_mail(kit, mail) for name, mail in campaign.every.items()}


@lru_cache(maxsize=600)
def _checked(studio: Studio, mail: MailSource) -> tuple[Check, ...]:
    """A mail is checked once, whoever looks: every way that it can turn out is made for it."""
    return listed(lint_mail(mail, studio))


def listed(faults: Iterable[Fault]) -> tuple[Check, ...]:
    """What asks for a hand first."""
    found: dict[str, set[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.topic if fault.topic in CHECKS else "form", set()).add(fault)
    checks = [Check(topic, *told, tuple(sorted(found.get(topic, ())))) for topic, told in CHECKS.items()]
    return tuple(sorted(checks, key=lambda check: not check.faults))
