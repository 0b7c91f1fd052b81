"""The mail that all contenders send, written down once: the shipped mail's shape, as the studio makes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.ours import worker
from bench.send_data import NOW, SERIES, STEP
from service.domain.mail import Pattern
from service.storage import clinics
from service.usecases.imagine import shipped_campaign
from service.usecases.person import envelope, shared

FACTS = {"first_name": "Firstname", "consent_date": "Consentdate", "consent_wording": "Consentwording"}


def write(url: str, path: Path) -> None:
    """As JSON: subject, html and text as [literals, slots], `values` as the facts that stand in the slots (−1 is the
    letter's own token), and the sender."""
    kit, provider = worker(url, "sendgrid", 9)
    provider.close()
    campaign = shipped_campaign(SERIES)
    if campaign is None:
        raise LookupError(SERIES)
    source = campaign.mails[STEP]
    with kit.db.read() as conn:
        clinic = next(iter(clinics.everyone(conn).values()))
        common = shared(conn, clinic, kit.base_url, NOW, [source])
    lead = {"first_name": FACTS["first_name"], "locale": "en", "clicked_book": False}
    consent = {"date": FACTS["consent_date"], "wording": FACTS["consent_wording"]}
    shape, values = kit.studio.split(source, common, {"lead": lead, "consent": consent})
    sent_as = envelope(clinic, kit.base_url, source.service)
    kit.db.dispose()
    names = {text: name for name, text in FACTS.items()}
    found: dict[str, Any] = {
        "subject": _pattern(shape.subject),
        "html": _pattern(shape.html),
        "text": _pattern(shape.text),
        "values": [names[value] for value in values],
        "from_name": sent_as.from_name,
        "from_email": sent_as.from_email,
        "reply_to": sent_as.reply_to,
        "domain": sent_as.domain,
        "list_id": sent_as.list_id,
        "unsubscribe_base": sent_as.unsubscribe_base,
    }
    path.write_text(json.dumps(found))


def _pattern(pattern: Pattern) -> list[Any]:
    return [list(pattern.literals), list(pattern.slots)]
