"""Sending the mails to the clinic's own people: taken under a lease, handed over with no transaction open, recorded.

Whoever is killed between the hand-over and its record leaves a lease that ends. The mail then goes again under the same
ref and with the same link, which works once: losing it would lock somebody out."""

from __future__ import annotations

from service.content.staff_letter import staff_shape
from service.delivery.provider import Provider, no_probe
from service.domain.mail import Batch, Letter
from service.domain.message import Accepted, Later, Outcome, Rejected
from service.domain.refs import ref
from service.storage import clinics, staff_links
from service.storage.staff_links import MailDue
from service.usecases.kit import Kit
from service.usecases.person import envelope

LEASE = 300
AT_ONCE = 20


def send_staff_mails(kit: Kit, provider: Provider) -> int:
    """Gives how many were handed over."""
    now = kit.clock()
    with kit.db.read() as conn:
        if not staff_links.any_due(conn, now):
            return 0
    with kit.db.write() as conn:
        due = staff_links.take(conn, now, now + LEASE, AT_ONCE)
    for row in due:
        (outcome,) = provider.send(_batch(kit, row), kit.clock(), no_probe)
        _record(kit, row, outcome)
    return len(due)


def _batch(kit: Kit, row: MailDue) -> Batch:
    with kit.db.read() as conn:
        clinic = clinics.get(conn, row.clinic_id)
    letter = Letter(ref(kit.ref_key, row.link_id, "staff", 0), row.to, (), kit.links.mint("staff", row.link_id))
    door = "news" if row.kind == staff_links.NEWS else "link"
    return Batch(staff_shape(row.kind, f"{kit.base_url}/desk/{door}/"), envelope(clinic, kit.base_url, True), (letter,))


def _record(kit: Kit, row: MailDue, outcome: Outcome) -> None:
    now = kit.clock()
    with kit.db.write() as conn:
        if isinstance(outcome, Later):
            staff_links.put_off(conn, row, max(outcome.at, now + 1))
        else:
            said = {Accepted: "sent", Rejected: "refused"}.get(type(outcome), "in-doubt")
            staff_links.finish(conn, row, said, now)
