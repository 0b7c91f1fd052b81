"""Looking up the senders' domains and keeping what was seen: the worker does it, so that no page waits for it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from service.delivery.dns_look import Resolve, look, resolve
from service.domain.deliverability import judge
from service.domain.sender import Answers, Check, Sender, questions
from service.domain.timing import DAY
from service.storage import clinics, settings
from service.storage.clinics import ClinicRow
from service.usecases.kit import Kit

KEPT, ASKED = "dns-seen:", "dns-asked:"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a domain. `at` is None where nobody has looked yet."""

    at: int | None
    answers: Answers


def sender_of(kit: Kit, clinic: ClinicRow) -> Sender:
    return Sender(
        clinic.from_email, clinic.from_name, clinic.reply_to, clinic.address, kit.mail, kit.relay, kit.dkim_selector,
        kit.base_url,
    )  # fmt: skip


def look_up_senders(kit: Kit, ask: Resolve = resolve) -> int:
    """Looks at each clinic that was asked for, and daily at all whose mail leaves this machine. Gives how many."""
    with kit.db.read() as conn:
        houses = clinics.everyone(conn)
        asked = settings.beginning(conn, ASKED)
        kept = settings.beginning(conn, KEPT)
    done = 0
    for clinic in houses.values():
        seen = _read(kept.get(f"{KEPT}{clinic.id}"))
        daily = kit.mail != "outbox" and (seen.at is None or kit.wall() - seen.at >= DAY)
        if daily or f"{ASKED}{clinic.id}" in asked:
            _keep(kit, clinic, ask)
            done += 1
    return done


def ask_to_look(kit: Kit, clinic_id: int) -> None:
    """The worker looks within half a minute."""
    with kit.db.write() as conn:
        settings.put(conn, f"{ASKED}{clinic_id}", str(kit.wall()))


def seen_of(kit: Kit, clinic: ClinicRow) -> tuple[Seen, bool]:
    """What was last seen, and whether the worker is asked to look again."""
    with kit.db.read() as conn:
        found = settings.get(conn, f"{KEPT}{clinic.id}")
        asked = settings.get(conn, f"{ASKED}{clinic.id}") is not None
    return _read(found), asked


def checks(kit: Kit, clinic: ClinicRow, ask: Resolve = resolve) -> list[Check]:
    """Looked up at this moment, and not kept."""
    sender = sender_of(kit, clinic)
    return judge(sender, look(questions(sender), ask))


def _keep(kit: Kit, clinic: ClinicRow, ask: Resolve) -> None:
    found = look(questions(sender_of(kit, clinic)), ask)
    text = json.dumps({"at": kit.wall(), "answers": [[*question, answer] for question, answer in found.items()]})
    with kit.db.write() as conn:
        settings.put(conn, f"{KEPT}{clinic.id}", text)
        settings.remove(conn, f"{ASKED}{clinic.id}")


def _read(text: str | None) -> Seen:
    if text is None:
        return Seen(None, {})
    kept = json.loads(text)
    return Seen(kept["at"], {(kind, name): answer for kind, name, answer in kept["answers"]})
