"""Every table, a subject a module. `migrations/versions` builds the same schema; a test holds the two equal."""

from service.storage.tables.base import metadata
from service.storage.tables.house import audit, clinic, setting, user_account, worker
from service.storage.tables.mail import cap, delivery_event, message, outbox
from service.storage.tables.people import answer, consent, event, inbox, lead, source, suppression, task
from service.storage.tables.series import campaign, campaign_version, enrollment, refusal
from service.storage.tables.visits import absence, appointment, practitioner, visit_quarter, visit_type, working_hours

__all__ = [
    "absence",
    "answer",
    "appointment",
    "audit",
    "campaign",
    "campaign_version",
    "cap",
    "clinic",
    "consent",
    "delivery_event",
    "enrollment",
    "event",
    "inbox",
    "lead",
    "message",
    "metadata",
    "outbox",
    "practitioner",
    "refusal",
    "setting",
    "source",
    "suppression",
    "task",
    "user_account",
    "visit_quarter",
    "visit_type",
    "worker",
    "working_hours",
]
